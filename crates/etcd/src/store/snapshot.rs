//! The store as a value that can be sent to a lagging member or written to a file: its rows, from which the index is
//! built again, as the real server does when it opens its database (etcd: server/mvcc/kvstore.go, `restore`).

use serde::de::Error;
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::record::Record;
use super::size::Size;
use super::{KvHash, Store};
use crate::rpc::KeyValue;

/// A row. Deletions are told apart by their version, which is 0.
#[derive(Serialize, Deserialize)]
struct Row {
    kv: KeyValue,
    sub: u32,
}

#[derive(Deserialize)]
struct Image {
    current_revision: i64,
    compact_revision: i64,
    hashes: Vec<(u32, i64, i64)>,
    size: Size,
    rows: Vec<Row>,
}

struct Rows<'a>(&'a Store);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.0.log.len()))?;
        for record in self.0.log.iter() {
            seq.serialize_element(&(&record.kv, record.sub))?;
        }
        seq.end()
    }
}

impl Serialize for Store {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let hashes: Vec<(u32, i64, i64)> =
            self.compaction_hashes.iter().map(|h| (h.hash, h.compact_revision, h.revision)).collect();
        (self.current_revision, self.compact_revision, hashes, self.size, Rows(self)).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Store {
    /// Reads foreign bytes: rows out of order or without a key are refused.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let image = Image::deserialize(deserializer)?;
        let mut store = Store {
            current_revision: image.current_revision.max(1),
            compact_revision: image.compact_revision,
            ..Store::default()
        };
        let mut last = (0, 0);
        for Row { kv, sub } in image.rows {
            let revision = (kv.mod_revision, sub);
            if kv.key.is_empty() || (last != (0, 0) && revision <= last) || kv.mod_revision > store.current_revision {
                return Err(D::Error::custom("the rows of the snapshot are not in the order of their revisions"));
            }
            last = revision;
            let tombstone = kv.version == 0;
            store.index.write(&mut store.log, &kv.key, &mut |prev| {
                let key = prev.map_or(&kv.key, |prev| &prev.kv.key).clone();
                Record { kv: KeyValue { key, ..kv.clone() }, sub, tombstone }
            });
        }
        store.size = image.size;
        store.compaction_hashes = image
            .hashes
            .into_iter()
            .map(|(hash, compact_revision, revision)| KvHash { hash, compact_revision, revision })
            .collect();
        Ok(store)
    }
}
