//! Answers of the key-value service.

use etcd::rpc::{DeleteRangeResponse, KeyValue, PutResponse, RangeResponse, ResponseOp, TxnResponse};

use super::{Printable, Simple, header_fields, line, message_formats};
use crate::go;

/// A key and its value, a line each.
pub fn simple_kv(style: Simple, kv: &KeyValue, out: &mut Vec<u8>) {
    if !style.value_only {
        simple_bytes(style, &kv.key, out);
    }
    simple_bytes(style, &kv.value, out);
}

fn simple_bytes(style: Simple, bytes: &[u8], out: &mut Vec<u8>) {
    match style.hex {
        true => line(out, bytes.iter().map(|b| format!("\\x{b:02x}")).collect::<String>()),
        false => line(out, bytes),
    }
}

pub fn fields_kv(prefix: &str, kv: &KeyValue, out: &mut Vec<u8>) {
    line(out, format!("\"{prefix}Key\" : {}", go::quote_bytes(&kv.key)));
    line(out, format!("\"{prefix}CreateRevision\" : {}", kv.create_revision));
    line(out, format!("\"{prefix}ModRevision\" : {}", kv.mod_revision));
    line(out, format!("\"{prefix}Version\" : {}", kv.version));
    line(out, format!("\"{prefix}Value\" : {}", go::quote_bytes(&kv.value)));
    line(out, format!("\"{prefix}Lease\" : {}", kv.lease));
}

impl Printable for RangeResponse {
    fn simple(&self, style: Simple, out: &mut Vec<u8>) {
        self.kvs.iter().for_each(|kv| simple_kv(style, kv, out));
    }

    fn fields(&self, out: &mut Vec<u8>) -> Option<()> {
        header_fields(&self.header, out);
        self.kvs.iter().for_each(|kv| fields_kv("", kv, out));
        line(out, format!("\"More\" : {}", self.more));
        line(out, format!("\"Count\" : {}", self.count));
        Some(())
    }

    message_formats!();
}

impl Printable for PutResponse {
    fn simple(&self, style: Simple, out: &mut Vec<u8>) {
        line(out, "OK");
        self.prev_kv.iter().for_each(|kv| simple_kv(style, kv, out));
    }

    fn fields(&self, out: &mut Vec<u8>) -> Option<()> {
        header_fields(&self.header, out);
        self.prev_kv.iter().for_each(|kv| fields_kv("Prev", kv, out));
        Some(())
    }

    message_formats!();
}

impl Printable for DeleteRangeResponse {
    fn simple(&self, style: Simple, out: &mut Vec<u8>) {
        line(out, self.deleted.to_string());
        self.prev_kvs.iter().for_each(|kv| simple_kv(style, kv, out));
    }

    fn fields(&self, out: &mut Vec<u8>) -> Option<()> {
        header_fields(&self.header, out);
        line(out, format!("\"Deleted\" : {}", self.deleted));
        self.prev_kvs.iter().for_each(|kv| fields_kv("Prev", kv, out));
        Some(())
    }

    message_formats!();
}

impl Printable for TxnResponse {
    fn simple(&self, style: Simple, out: &mut Vec<u8>) {
        line(out, if self.succeeded { "SUCCESS" } else { "FAILURE" });
        for response in &self.responses {
            line(out, "");
            match response {
                ResponseOp::Range(r) => r.simple(style, out),
                ResponseOp::Put(r) => r.simple(style, out),
                ResponseOp::DeleteRange(r) => r.simple(style, out),
                ResponseOp::Txn(r) => r.simple(style, out),
            }
        }
    }

    fn fields(&self, out: &mut Vec<u8>) -> Option<()> {
        header_fields(&self.header, out);
        line(out, format!("\"Succeeded\" : {}", self.succeeded));
        self.responses.iter().try_for_each(|response| match response {
            ResponseOp::Range(r) => r.fields(out),
            ResponseOp::Put(r) => r.fields(out),
            ResponseOp::DeleteRange(r) => r.fields(out),
            ResponseOp::Txn(r) => r.fields(out),
        })
    }

    message_formats!();
}
