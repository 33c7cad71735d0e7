//! Writing: any number of changes under one revision.

use super::{ChangeId, KeyRange, RangeOptions, RangeResult, Record, Store, hash};
use crate::Bytes;
use crate::rpc::{KeyValue, RangeRequest, RangeResponse, Status};

/// A transaction that writes. All its changes carry the same revision, one above the store's; a transaction that
/// changes nothing uses none. What it has written it reads (etcd: server/mvcc/kvstore_txn.go, `storeTxnWrite`).
///
/// There is no rolling back: whoever applies a request checks it before the first change.
pub struct WriteTxn<'a> {
    store: &'a mut Store,
    changes: Vec<ChangeId>,
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
    pub fn get(&self, key: &Bytes) -> Option<&Record> {
        self.store.index.get(&self.store.log, key).map(|v| v.newest()).filter(|r| !r.tombstone)
    }

    /// Writes a key. Returns the revision of the change and the lease the key was attached to before, 0 for none.
    pub fn put(&mut self, key: &Bytes, value: Bytes, lease: i64) -> (i64, i64) {
        let revision = self.store.current_revision + 1;
        let sub = self.changes.len() as u32;
        let value = value.kept();
        let (mut old_lease, mut existed) = (0, false);
        let Store { index, log, size, .. } = &mut *self.store;
        let (row, before) = index.write(log, key, &mut |prev| {
            // History does not hold copies of the key: it lies where the value does, if that is a part of the same entry;
            // else it is the last version's.
            let key = match prev {
                _ if value.is_beside(key) => key.clone(),
                Some(prev) => prev.kv.key.kept(),
                None => key.kept(),
            };
            let mut kv = KeyValue {
                key,
                create_revision: revision,
                mod_revision: revision,
                version: 1,
                value: value.clone(),
                lease,
            };
            if let Some(KeyValue { create_revision, version, lease, .. }) = prev.filter(|p| !p.tombstone).map(|p| &p.kv)
            {
                (kv.create_revision, kv.version) = (*create_revision, version + 1);
                (old_lease, existed) = (*lease, true);
            }
            let record = Record { kv, sub, tombstone: false };
            size.add(hash::row_len(&record));
            record
        });
        self.changes.push(ChangeId { row, prev: before.filter(|_| existed) });
        (revision, old_lease)
    }

    /// Deletes the keys of a range. Returns them as they were.
    pub fn delete_range(&mut self, keys: &KeyRange) -> Vec<KeyValue> {
        let mut found = Vec::new();
        self.store.index.visit(&self.store.log, keys, &mut |versions| {
            if versions.is_live() {
                found.push(versions.newest().kv.clone());
            }
            core::ops::ControlFlow::Continue(())
        });
        let revision = self.store.current_revision + 1;
        for KeyValue { key, .. } in &found {
            let sub = self.changes.len() as u32;
            let Store { index, log, size, .. } = &mut *self.store;
            let (row, prev) = index.write(log, key, &mut |_| {
                let kv = KeyValue { key: key.kept(), mod_revision: revision, ..Default::default() };
                let record = Record { kv, sub, tombstone: true };
                size.add(hash::row_len(&record));
                record
            });
            self.changes.push(ChangeId { row, prev });
        }
        found
    }

    /// Ends the transaction; the store moves on by one revision if anything changed.
    pub fn end(mut self) -> Vec<ChangeId> {
        self.commit()
    }

    fn commit(&mut self) -> Vec<ChangeId> {
        if !self.changes.is_empty() {
            self.store.current_revision += 1;
        }
        core::mem::take(&mut self.changes)
    }
}

impl Drop for WriteTxn<'_> {
    fn drop(&mut self) {
        self.commit();
    }
}
