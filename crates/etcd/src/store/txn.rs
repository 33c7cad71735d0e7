//! Writing: any number of changes under one revision.

use std::sync::Arc;

use super::{Change, KeyRange, RangeOptions, RangeResult, Record, Store, hash};
use crate::Bytes;
use crate::rpc::{KeyValue, RangeRequest, RangeResponse, Status};

/// A transaction that writes. All its changes carry the same revision, one above the store's; a transaction that
/// changes nothing uses none. What it has written it reads (etcd: server/mvcc/kvstore_txn.go, `storeTxnWrite`).
///
/// There is no rolling back: whoever applies a request checks it before the first change.
pub struct WriteTxn<'a> {
    store: &'a mut Store,
    changes: Vec<Change>,
}

impl Store {
    /// Begins a transaction. End it with [`WriteTxn::end`]; dropping it ends it too, losing the list of changes.
    pub fn write(&mut self) -> WriteTxn<'_> {
        WriteTxn { store: self, changes: Vec::new() }
    }
}

impl WriteTxn<'_> {
    /// The revision reads see: the store's, and one more after the first change.
    pub fn revision(&self) -> i64 {
        self.store.current_revision + !self.changes.is_empty() as i64
    }

    /// Reads within the transaction.
    pub fn range(&self, keys: &KeyRange, options: RangeOptions) -> Result<RangeResult, Status> {
        self.store.range_at(keys, options, self.revision())
    }

    /// Reads within the transaction, as a client asks.
    pub fn range_request(&self, request: &RangeRequest) -> Result<RangeResponse, Status> {
        self.store.range_request_at(request, self.revision())
    }

    /// The key as the transaction sees it.
    pub fn get(&self, key: &Bytes) -> Option<&Arc<Record>> {
        self.store.index.get(&self.store.log, key).map(|v| v.newest()).filter(|r| !r.tombstone)
    }

    /// Writes a key. Returns the revision of the change and the lease the key was attached to before, 0 for none.
    pub fn put(&mut self, key: &Bytes, value: Bytes, lease: i64) -> (i64, i64) {
        let revision = self.store.current_revision + 1;
        let sub = self.changes.len() as u32;
        let Store { index, log, .. } = &mut *self.store;
        let (record, prev) = index.write(log, key, |prev| {
            // The key's own bytes from its last version, if there is one, so that history does not hold copies.
            let key = prev.map_or_else(|| key.kept(), |p| p.kv.key.clone());
            let value = value.kept();
            let live = prev.filter(|p| !p.tombstone);
            let (create_revision, version) = live.map_or((revision, 0), |p| (p.kv.create_revision, p.kv.version));
            let kv = KeyValue { key, create_revision, mod_revision: revision, version: version + 1, value, lease };
            Arc::new(Record { kv, sub, tombstone: false })
        });
        let old_lease = self.note(record, prev);
        (revision, old_lease)
    }

    /// Deletes the keys of a range. Returns them as they were.
    pub fn delete_range(&mut self, keys: &KeyRange) -> Vec<Arc<Record>> {
        let mut found = Vec::new();
        self.store.index.visit(&self.store.log, keys, &mut |versions| {
            if versions.is_live() {
                found.push(versions.key().clone());
            }
            core::ops::ControlFlow::Continue(())
        });
        let revision = self.store.current_revision + 1;
        let mut deleted = Vec::with_capacity(found.len());
        for key in found {
            let sub = self.changes.len() as u32;
            let Store { index, log, .. } = &mut *self.store;
            let (record, prev) = index.write(log, &key, |_| {
                let kv = KeyValue { key: key.clone(), mod_revision: revision, ..Default::default() };
                Arc::new(Record { kv, sub, tombstone: true })
            });
            deleted.extend(prev.clone());
            self.note(record, prev);
        }
        deleted
    }

    /// Ends the transaction; the store moves on by one revision if anything changed.
    pub fn end(mut self) -> Vec<Change> {
        self.commit()
    }

    fn commit(&mut self) -> Vec<Change> {
        if !self.changes.is_empty() {
            self.store.current_revision += 1;
        }
        core::mem::take(&mut self.changes)
    }

    fn note(&mut self, record: Arc<Record>, prev: Option<Arc<Record>>) -> i64 {
        let prev = prev.filter(|p| !p.tombstone);
        let old_lease = prev.as_ref().map_or(0, |p| p.kv.lease);
        self.store.size.add(hash::row_len(&record));
        self.changes.push(Change { record, prev });
        old_lease
    }
}

impl Drop for WriteTxn<'_> {
    fn drop(&mut self) {
        self.commit();
    }
}
