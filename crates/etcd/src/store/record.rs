//! One version of a key.

use super::log::RowId;
use crate::rpc::{Event, EventType, KeyValue};

/// One version of a key: what the real server keeps in a row of its database under the revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The version. Of a deletion, only `key` and `mod_revision` are set, which is what a watcher gets to see.
    pub kv: KeyValue,
    /// Position among the changes of the same revision.
    pub sub: u32,
    /// Whether this version is the key's deletion.
    pub tombstone: bool,
}

impl Record {
    /// Main revision and position in it: the order in which everything happened.
    pub fn revision(&self) -> (i64, u32) {
        (self.kv.mod_revision, self.sub)
    }
}

/// One change of an applied transaction, as the watch feed carries it: where the store has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeId {
    /// The key after the change.
    pub(super) row: RowId,
    /// The key before it, if it existed.
    pub(super) prev: Option<RowId>,
}

/// One change.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The key after the change.
    pub record: &'a Record,
    /// The key before it, if it existed.
    pub prev: Option<&'a Record>,
}

impl Change<'_> {
    /// The event a watcher is told.
    pub fn event(&self, prev_kv: bool) -> Event {
        Event {
            r#type: if self.record.tombstone { EventType::Delete } else { EventType::Put },
            kv: self.record.kv.clone(),
            prev_kv: if prev_kv { self.prev.map(|p| p.kv.clone()) } else { None },
        }
    }
}
