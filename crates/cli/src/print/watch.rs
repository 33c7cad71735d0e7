//! What a watcher brings. etcdctl shows the client library's struct here, not the message, so JSON has other names.

use etcd::rpc::{EventType, WatchResponse};

use super::json::{Object, array};
use super::json_messages::ToJson;
use super::kv::{fields_kv, simple_kv};
use super::wire_messages::ToWire;
use super::{Printable, Simple, header_fields, line};
use crate::program::Exit;

/// One message of a watch.
pub struct WatchShown<'a>(pub &'a WatchResponse);

fn type_name(kind: EventType) -> &'static str {
    match kind {
        EventType::Put => "PUT",
        EventType::Delete => "DELETE",
    }
}

impl Printable for WatchShown<'_> {
    fn simple(&self, style: Simple, out: &mut Vec<u8>) {
        for event in &self.0.events {
            line(out, type_name(event.r#type));
            event.prev_kv.iter().for_each(|kv| simple_kv(style, kv, out));
            simple_kv(style, &event.kv, out);
        }
    }

    fn fields(&self, out: &mut Vec<u8>) -> Option<()> {
        header_fields(&self.0.header, out);
        for event in &self.0.events {
            line(out, format!("\"Type\" : {}", type_name(event.r#type)));
            event.prev_kv.iter().for_each(|kv| fields_kv("Prev", kv, out));
            fields_kv("", &event.kv, out);
        }
        Some(())
    }

    fn json(&self, _: bool) -> Option<String> {
        let r = self.0;
        // A watcher that failed on the client's side has no list of events at all.
        let none = r.canceled && r.compact_revision == 0;
        let events = if none { "null".to_owned() } else { array(r.events.iter().map(|e| e.object().finish())) };
        let object = Object::new()
            .raw("Header", r.header.object().finish())
            .raw("Events", events)
            .raw("CompactRevision", r.compact_revision)
            .raw("Canceled", r.canceled)
            .raw("Created", r.created);
        Some(object.finish())
    }

    fn protobuf(&self) -> Option<Result<Vec<u8>, Exit>> {
        Some(Ok(self.0.encode()))
    }
}
