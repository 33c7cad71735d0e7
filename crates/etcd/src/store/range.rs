//! Reading.

use core::ops::ControlFlow;

use super::{KeyRange, Store};
use crate::Bytes;
use crate::rpc::{KeyValue, RangeRequest, RangeResponse, SortOrder, SortTarget, Status, errors};

/// How to read a range.
#[derive(Clone, Copy, Debug, Default)]
pub struct RangeOptions {
    /// At most so many keys; 0 or less is no limit.
    pub limit: i64,
    /// As of this revision; 0 or less is now.
    pub revision: i64,
    /// Only count.
    pub count_only: bool,
}

/// What a range holds.
#[derive(Clone, Debug, Default)]
pub struct RangeResult {
    /// The keys, in order.
    pub kvs: Vec<KeyValue>,
    /// Keys in the range, beyond the limit too.
    pub count: i64,
    /// Revision of the store when read.
    pub revision: i64,
}

impl Store {
    /// Reads the keys of a range.
    ///
    /// # Errors
    /// `compacted` or `future_rev` if the revision is not there.
    pub fn range(&self, keys: &KeyRange, options: RangeOptions) -> Result<RangeResult, Status> {
        self.range_at(keys, options, self.current_revision)
    }

    /// Reads as if the store were at revision `current`: within a transaction that has written, one more than before
    /// (etcd: server/mvcc/kvstore_txn.go, `rangeKeys`).
    pub(super) fn range_at(&self, keys: &KeyRange, options: RangeOptions, current: i64) -> Result<RangeResult, Status> {
        if options.revision > current {
            return Err(errors::future_rev());
        }
        let revision = if options.revision <= 0 { current } else { options.revision };
        if revision < self.compact_revision {
            return Err(errors::compacted());
        }
        let limit = if options.count_only { 0 } else { usize::try_from(options.limit).unwrap_or(0) };
        let mut count = 0;
        // What exists now is counted from the index's own sums, so only the wanted keys need be visited.
        let counted = (revision == current).then(|| self.index.count_live(&self.log, keys));
        let expected = if limit == 0 { usize::MAX } else { limit }.min(counted.unwrap_or_default() as usize);
        let mut kvs = Vec::with_capacity(if options.count_only { 0 } else { expected });
        if !(options.count_only && counted.is_some()) {
            self.index.visit(&self.log, keys, &mut |versions| {
                if let Some(record) = versions.at(revision) {
                    count += 1;
                    if !options.count_only && (limit == 0 || kvs.len() < limit) {
                        kvs.push(record.kv.clone());
                        if counted.is_some() && kvs.len() == limit {
                            return ControlFlow::Break(());
                        }
                    }
                }
                ControlFlow::Continue(())
            });
        }
        Ok(RangeResult { kvs, count: counted.unwrap_or(count) as i64, revision: current })
    }

    /// Every key that is attached to a lease now, with that lease.
    pub(crate) fn leased_keys(&self) -> Vec<(i64, Bytes)> {
        let mut keys = Vec::new();
        let all = KeyRange::new(&Bytes::default(), &Bytes::from(&[0]));
        self.index.visit(&self.log, &all, &mut |versions| {
            let newest = &versions.newest().kv;
            if newest.lease != 0 {
                keys.push((newest.lease, newest.key.clone()));
            }
            ControlFlow::Continue(())
        });
        keys
    }

    /// The range as a client asks for it, with filters and sorting.
    ///
    /// # Errors
    /// `compacted` or `future_rev` if the revision is not there.
    pub fn range_request(&self, request: &RangeRequest) -> Result<RangeResponse, Status> {
        self.range_request_at(request, self.current_revision)
    }

    /// etcd: server/etcdserver/apply.go, `Range`.
    pub(super) fn range_request_at(&self, request: &RangeRequest, current: i64) -> Result<RangeResponse, Status> {
        let keys = KeyRange::new(&request.key, &request.range_end);
        let filtered = request.min_mod_revision != 0
            || request.max_mod_revision != 0
            || request.min_create_revision != 0
            || request.max_create_revision != 0;
        // All must be seen before some can be chosen; else one more than wanted tells whether there are more.
        let fetch_all = request.sort_order != SortOrder::None || filtered || request.limit <= 0;
        let limit = if fetch_all { 0 } else { request.limit.saturating_add(1) };
        let options = RangeOptions { limit, revision: request.revision, count_only: request.count_only };
        let mut result = self.range_at(&keys, options, current)?;

        if filtered {
            result.kvs.retain(|kv| {
                let within = |value: i64, min: i64, max: i64| (max == 0 || value <= max) && (min == 0 || value >= min);
                within(kv.mod_revision, request.min_mod_revision, request.max_mod_revision)
                    && within(kv.create_revision, request.min_create_revision, request.max_create_revision)
            });
        }
        sort(&mut result.kvs, request);
        let mut response = RangeResponse { count: result.count, ..Default::default() };
        response.header.revision = result.revision;
        if let Ok(limit) = usize::try_from(request.limit)
            && limit > 0
            && result.kvs.len() > limit
        {
            result.kvs.truncate(limit);
            response.more = true;
        }
        if request.keys_only {
            result.kvs.iter_mut().for_each(|kv| kv.value = Default::default());
        }
        response.kvs = result.kvs;
        Ok(response)
    }
}

/// Sorts as asked. Equal ones stay in the order of their keys; the real server's sort leaves their order open.
fn sort(kvs: &mut [KeyValue], request: &RangeRequest) {
    if request.sort_target == SortTarget::Key {
        if request.sort_order == SortOrder::Descend {
            kvs.reverse();
        }
        return;
    }
    let descend = request.sort_order == SortOrder::Descend;
    kvs.sort_by(|a, b| {
        let order = match request.sort_target {
            SortTarget::Key => a.key.cmp(&b.key),
            SortTarget::Version => a.version.cmp(&b.version),
            SortTarget::Create => a.create_revision.cmp(&b.create_revision),
            SortTarget::Mod => a.mod_revision.cmp(&b.mod_revision),
            SortTarget::Value => a.value.cmp(&b.value),
        };
        if descend { order.reverse() } else { order }
    });
}
