//! Requests by chance: the same seed makes the same ones. They are few keys and small numbers, so that they meet: puts of
//! the same key, reads of revisions that exist, that are gone, that are yet to come.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// At most so many keys: the real server sorts equals in no particular order when there are more than twelve.
const KEYS: [&str; 10] = ["a", "a/1", "a/2", "b", "b/1", "b\u{0}", "c", "ca", "d", "\u{7f}"];

/// A transaction that deletes keys keeps nothing of them: where a put wants to keep the value or the lease of a key that
/// the same transaction has deleted, the real server dies.
fn without_keys_that_go(txn: &Value) -> Value {
    let text = txn.to_string();
    if !text.contains("request_delete_range") {
        return txn.clone();
    }
    let text = ["ignore_value", "ignore_lease"]
        .iter()
        .fold(text, |text, flag| text.replace(&format!("\"{flag}\":true"), &format!("\"{flag}\":false")));
    serde_json::from_str(&text).expect("it was JSON before")
}

/// A sequence of requests to the JSON gateway.
pub struct Requests {
    state: u64,
    revision: i64,
}

impl Requests {
    pub fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, revision: 1 }
    }

    /// The revision the last answer told.
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// Learns from an answer which revisions there are.
    pub fn saw(&mut self, answer: &Value) {
        let revision = answer["header"]["revision"].as_str().and_then(|text| text.parse().ok());
        self.revision = revision.unwrap_or(self.revision);
    }

    /// The next path and body.
    pub fn next(&mut self) -> (&'static str, Value) {
        match self.below(40) {
            0..13 => ("/v3/kv/put", self.put()),
            13..23 => ("/v3/kv/range", self.range()),
            23..26 => ("/v3/kv/deleterange", self.delete()),
            26..33 => ("/v3/kv/txn", without_keys_that_go(&self.txn(2))),
            33 => ("/v3/kv/compaction", json!({ "revision": self.some_revision() })),
            34 | 35 => ("/v3/lease/grant", json!({ "ID": self.lease(), "TTL": 1_000 + self.below(1_000) })),
            36 => ("/v3/lease/revoke", json!({ "ID": self.lease() })),
            37 | 38 => ("/v3/lease/timetolive", json!({ "ID": self.lease(), "keys": self.chance(2) })),
            _ => ("/v3/lease/leases", json!({})),
        }
    }

    /// xorshift64*.
    fn below(&mut self, bound: u64) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % bound
    }

    fn chance(&mut self, one_in: u64) -> bool {
        self.below(one_in) == 0
    }

    fn key(&mut self) -> String {
        let at = self.below(KEYS.len() as u64) as usize;
        STANDARD.encode(KEYS[at])
    }

    fn lease(&mut self) -> String {
        (1 + self.below(4)).to_string()
    }

    fn value(&mut self) -> String {
        STANDARD.encode(format!("value {}", self.below(6)))
    }

    /// Mostly one that exists or did, sometimes the next, or one that makes no sense.
    fn some_revision(&mut self) -> String {
        let reach = self.revision.unsigned_abs() + 2;
        if self.chance(12) { "-1".into() } else { (self.revision + 1 - self.below(reach.min(30)) as i64).to_string() }
    }

    /// A single key, an interval (perhaps an empty one), a prefix's, or everything from a key on.
    fn with_end(&mut self, mut request: Value) -> Value {
        request["key"] = self.key().into();
        match self.below(5) {
            0 => request["range_end"] = self.key().into(),
            1 => request["range_end"] = STANDARD.encode([0]).into(),
            2 => request["range_end"] = STANDARD.encode("b0").into(),
            _ => {}
        }
        request
    }

    fn put(&mut self) -> Value {
        let mut request = json!({ "key": self.key() });
        if !self.chance(8) {
            request["value"] = self.value().into();
        }
        if self.chance(4) {
            request["lease"] = self.lease().into();
        }
        for flag in ["prev_kv", "ignore_value", "ignore_lease"] {
            if self.chance(if flag == "prev_kv" { 2 } else { 8 }) {
                request[flag] = true.into();
            }
        }
        request
    }

    fn range(&mut self) -> Value {
        let mut request = self.with_end(json!({}));
        if self.chance(3) {
            request["limit"] = (self.below(4).to_string()).into();
        }
        if self.chance(3) {
            request["revision"] = self.some_revision().into();
        }
        if self.chance(2) {
            request["sort_order"] = ["NONE", "ASCEND", "DESCEND"][self.below(3) as usize].into();
            request["sort_target"] = ["KEY", "VERSION", "CREATE", "MOD", "VALUE"][self.below(5) as usize].into();
        }
        for flag in ["serializable", "keys_only", "count_only"] {
            if self.chance(6) {
                request[flag] = true.into();
            }
        }
        for bound in ["min_mod_revision", "max_mod_revision", "min_create_revision", "max_create_revision"] {
            if self.chance(8) {
                request[bound] = self.some_revision().into();
            }
        }
        request
    }

    fn delete(&mut self) -> Value {
        let mut request = if self.chance(3) { self.with_end(json!({})) } else { json!({ "key": self.key() }) };
        if self.chance(2) {
            request["prev_kv"] = true.into();
        }
        request
    }

    fn txn(&mut self, depth: u32) -> Value {
        let compares = self.below(3);
        json!({
            "compare": (0..compares).map(|_| self.compare()).collect::<Vec<_>>(),
            "success": self.operations(depth),
            "failure": self.operations(depth),
        })
    }

    fn compare(&mut self) -> Value {
        let mut compare = if self.chance(3) { self.with_end(json!({})) } else { json!({ "key": self.key() }) };
        compare["result"] = ["EQUAL", "GREATER", "LESS", "NOT_EQUAL"][self.below(4) as usize].into();
        let (target, field, value) = match self.below(5) {
            0 => ("VERSION", "version", self.below(4).to_string()),
            1 => ("CREATE", "create_revision", self.some_revision()),
            2 => ("MOD", "mod_revision", self.some_revision()),
            3 => ("VALUE", "value", self.value()),
            _ => ("LEASE", "lease", self.below(5).to_string()),
        };
        compare["target"] = target.into();
        compare[field] = value.into();
        compare
    }

    fn operations(&mut self, depth: u32) -> Vec<Value> {
        let count = self.below(4);
        let operation = |requests: &mut Self| match requests.below(if depth > 0 { 8 } else { 7 }) {
            0..3 => json!({ "request_put": requests.put() }),
            3..5 => json!({ "request_range": requests.range() }),
            5 | 6 => json!({ "request_delete_range": requests.delete() }),
            _ => json!({ "request_txn": requests.txn(depth - 1) }),
        };
        (0..count).map(|_| operation(self)).collect()
    }
}
