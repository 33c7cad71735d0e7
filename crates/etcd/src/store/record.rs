//! One version of a key, and the versions of a key.

use std::sync::Arc;

use crate::Bytes;
use crate::rpc::{Event, EventType, KeyValue};

/// One version of a key: what the real server keeps in a row of its database under the revision. Records never
/// change, so the key index, the revision log, every copy of the store and every watcher share them.
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

/// One change of an applied transaction, as the watch feed carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The key after the change.
    pub record: Arc<Record>,
    /// The key before it, if it existed.
    pub prev: Option<Arc<Record>>,
}

impl Change {
    /// The event a watcher is told.
    pub fn event(&self, prev_kv: bool) -> Event {
        Event {
            r#type: if self.record.tombstone { EventType::Delete } else { EventType::Put },
            kv: self.record.kv.clone(),
            prev_kv: if prev_kv { self.prev.as_ref().map(|p| p.kv.clone()) } else { None },
        }
    }
}

/// All kept versions of a key, newest first. etcd keeps a list of generations for each key (server/mvcc/key_index.go);
/// here a tombstone in the list ends a generation, which says the same.
#[derive(Clone, Debug)]
pub(super) struct Versions {
    newest: Arc<Record>,
    older: Option<Arc<Older>>,
}

/// The versions behind the newest: a shared list, so that writing a key after the store was copied does not copy the
/// key's history.
#[derive(Debug)]
struct Older {
    record: Arc<Record>,
    next: Option<Arc<Older>>,
}

impl Drop for Older {
    /// Unlinks one by one: a key with a long history would otherwise end in a recursion as deep.
    fn drop(&mut self) {
        let mut next = self.next.take();
        while let Some(node) = next {
            next = match Arc::try_unwrap(node) {
                Ok(mut node) => node.next.take(),
                Err(_) => None,
            };
        }
    }
}

impl Versions {
    pub fn new(newest: Arc<Record>) -> Self {
        Versions { newest, older: None }
    }

    pub fn newest(&self) -> &Arc<Record> {
        &self.newest
    }

    pub fn key(&self) -> &Bytes {
        &self.newest.kv.key
    }

    /// Whether the key exists now.
    pub fn is_live(&self) -> bool {
        !self.newest.tombstone
    }

    pub fn push(&mut self, record: Arc<Record>) {
        let before = core::mem::replace(&mut self.newest, record);
        self.older = Some(Arc::new(Older { record: before, next: self.older.take() }));
    }

    /// The kept versions, newest first, deletions among them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Record>> {
        let mut older = self.older.as_deref();
        core::iter::once(&self.newest).chain(core::iter::from_fn(move || {
            let node = older?;
            older = node.next.as_deref();
            Some(&node.record)
        }))
    }

    /// The version at a revision, be it a tombstone.
    pub fn version_at(&self, revision: i64) -> Option<&Arc<Record>> {
        self.iter().find(|r| r.kv.mod_revision <= revision)
    }

    /// The key as of a revision, if it existed then.
    pub fn at(&self, revision: i64) -> Option<&Arc<Record>> {
        self.version_at(revision).filter(|r| !r.tombstone)
    }

    /// Drops every version that no read at `revision` or later can see, into `dropped`. Returns whether anything is
    /// left. A deletion at exactly `revision` stays until the next compaction, so that a watch from there is told of
    /// it (etcd: server/mvcc/key_index.go, `compact`).
    pub fn compact(&mut self, revision: i64, dropped: &mut Vec<Arc<Record>>) -> bool {
        let dropped_before = dropped.len();
        let mut keep = Vec::new();
        let mut found = false;
        for record in self.iter() {
            let needed = if record.kv.mod_revision > revision {
                true
            } else if found {
                false
            } else {
                found = true;
                !record.tombstone || record.kv.mod_revision == revision
            };
            if needed { keep.push(record.clone()) } else { dropped.push(record.clone()) }
        }
        if dropped.len() == dropped_before {
            return true;
        }
        let mut older = None;
        let mut oldest_first = keep.into_iter().rev().peekable();
        while let Some(record) = oldest_first.next() {
            if oldest_first.peek().is_none() {
                *self = Versions { newest: record, older };
                return true;
            }
            older = Some(Arc::new(Older { record, next: older }));
        }
        false
    }
}
