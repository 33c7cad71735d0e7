//! The multi-version store: every change of a key is a new version under a new revision; nothing is overwritten until
//! a compaction drops what is superseded (etcd: server/mvcc).
//!
//! The real server keeps an index from key to revisions in memory and the rows by revision in a database file. Here
//! a row is a [`Record`] with a number, which the index holds: a read needs one search, a copy of the store costs a few
//! reference counts, and values are never copied.

mod hash;
mod heads;
mod history;
mod key_range;
mod log;
mod range;
mod record;
mod size;
mod snapshot;
mod tree;
mod txn;
pub mod watch;

pub use hash::{KvHash, crc32c};
pub use key_range::KeyRange;
pub use range::{RangeOptions, RangeResult};
pub use record::{Change, ChangeId, Record};
pub use txn::WriteTxn;
pub use watch::{Delivery, WatchHub};

use crate::rpc::{Status, errors};
use log::Log;
use size::Size;
use tree::Tree;

/// All versions of all keys. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Store {
    index: Tree,
    log: Log,
    current_revision: i64,
    compact_revision: i64,
    compaction_hashes: Vec<KvHash>,
    size: Size,
}

impl Default for Store {
    /// An empty store. It is at revision 1 and has never been compacted.
    fn default() -> Self {
        Store {
            index: Tree::default(),
            log: Log::default(),
            current_revision: 1,
            compact_revision: -1,
            compaction_hashes: Vec::new(),
            size: Size::default(),
        }
    }
}

impl Store {
    /// Revision of the last change.
    pub fn revision(&self) -> i64 {
        self.current_revision
    }

    /// Revision of the last compaction; -1 for never.
    pub fn compact_revision(&self) -> i64 {
        self.compact_revision
    }

    /// Number of keys that exist now.
    pub fn key_count(&self) -> u64 {
        self.index.live()
    }

    /// Number of kept versions, deletions included: the rows of the real database.
    pub fn version_count(&self) -> usize {
        self.log.len()
    }

    /// Revision of the last row: the newest version that is kept, deletions included; 0 when there is none.
    pub fn last_row_revision(&self) -> i64 {
        self.log.iter().last().map_or(0, |record| record.kv.mod_revision)
    }

    /// Size of the database file, in bytes.
    pub fn db_size(&self) -> i64 {
        self.size.file() as i64
    }

    /// Size of the database file as of the last commit, in bytes. The quota is held against it, so that a few writes
    /// may still pass when the file is full, as they do on a real server.
    pub fn committed_size(&self) -> i64 {
        self.size.committed() as i64
    }

    /// Bytes of the database file that are in use.
    pub fn db_size_in_use(&self) -> i64 {
        self.size.in_use() as i64
    }

    /// Gives the file's free pages back.
    pub fn defragment(&mut self) {
        self.size.defragment();
    }

    /// Lets the revision grow by so many above the last row, and forgets all history up to there (etcd:
    /// etcdutl/snapshot/v3_snapshot.go, `modifyLatestRevision`).
    pub fn bump_revision(&mut self, by: i64) {
        if by > 0 {
            self.current_revision = self.last_row_revision().saturating_add(by).max(self.current_revision);
            // It cannot fail: the revision exists, and nothing can have been compacted beyond the last one.
            let _ = self.compact(self.current_revision);
        }
    }

    /// Drops what no read at `revision` or later can see (etcd: server/mvcc/kvstore.go, `Compact`). The real server
    /// removes the rows in the background; here they are gone at once.
    ///
    /// # Errors
    /// `compacted` if that has happened before, `future_rev` if the revision does not exist yet.
    pub fn compact(&mut self, revision: i64) -> Result<(), Status> {
        if revision <= self.compact_revision {
            return Err(errors::compacted());
        }
        if revision > self.current_revision {
            return Err(errors::future_rev());
        }
        self.note_compaction_hash(revision);
        // Only a key that was changed or deleted since the last compaction can have something to drop.
        let mut keys: Vec<&Record> = self
            .log
            .since(self.compact_revision)
            .take_while(|r| r.kv.mod_revision <= revision)
            .filter(|r| r.tombstone || r.kv.version > 1)
            .collect();
        keys.sort_unstable_by(|a, b| a.kv.key.cmp(&b.kv.key));
        keys.dedup_by(|a, b| a.kv.key == b.kv.key);
        let mut dropped = Vec::new();
        for record in keys {
            self.index.compact_key(&self.log, &record.kv.key, revision, &mut dropped);
        }
        self.size.commit();
        for row in dropped.iter().filter_map(|row| self.log.get(*row)) {
            self.size.remove(hash::row_len(&row.record));
        }
        dropped.sort_unstable();
        self.log.remove(&dropped);
        self.compact_revision = revision;
        Ok(())
    }

    /// What a transaction has changed, unless that was compacted since.
    pub fn change(&self, id: ChangeId) -> Option<Change<'_>> {
        let record = |row| Some(&self.log.get(row)?.record);
        Some(Change { record: record(id.row)?, prev: id.prev.and_then(record) })
    }

    /// A record as a change: with what was there before it.
    fn change_of<'a>(&'a self, record: &'a Record) -> Change<'a> {
        Change { record, prev: self.before(record) }
    }

    /// The key just before a change of it, if it existed and is still there
    /// (etcd: server/etcdserver/api/v3rpc/watch.go, `sendLoop`).
    fn before(&self, record: &Record) -> Option<&Record> {
        let before = record.kv.mod_revision - 1;
        if before < self.compact_revision {
            return None;
        }
        self.index.get(&self.log, &record.kv.key)?.at(before)
    }
}
