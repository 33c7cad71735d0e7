//! Applying puts, deletions and transactions (etcd: server/etcdserver/apply.go).

use core::cmp::Ordering;

use crate::lease::{Lessor, NO_LEASE};
use crate::rpc::{
    Compare, CompareResult, CompareTarget, DeleteRangeRequest, DeleteRangeResponse, KeyValue, PutRequest, PutResponse,
    RangeRequest, RequestOp, ResponseOp, Status, TxnRequest, TxnResponse, errors,
};
use crate::store::{KeyRange, RangeOptions, Store, WriteTxn};

/// Writes a key. The caller has made sure that the lease exists.
pub(super) fn put(txn: &mut WriteTxn<'_>, lessor: &mut Lessor, r: &PutRequest) -> Result<PutResponse, Status> {
    // Most puts need not know what was there; looking for it costs as much as the write.
    let before = if r.ignore_value || r.ignore_lease || r.prev_kv { txn.get(&r.key) } else { None };
    if (r.ignore_value || r.ignore_lease) && before.is_none() {
        return Err(errors::key_not_found());
    }
    let value = before.filter(|_| r.ignore_value).map_or(&r.value, |b| &b.kv.value).clone();
    let lease = before.filter(|_| r.ignore_lease).map_or(r.lease, |b| b.kv.lease);
    let prev_kv = before.filter(|_| r.prev_kv).map(|b| b.kv.clone());

    let (revision, old_lease) = txn.put(&r.key, value, lease);
    if old_lease != lease {
        if old_lease != NO_LEASE {
            lessor.detach(old_lease, &r.key);
        }
        if lease != NO_LEASE {
            lessor.attach(lease, &r.key);
        }
    }
    let mut response = PutResponse { prev_kv, ..Default::default() };
    response.header.revision = revision;
    Ok(response)
}

/// Deletes a range.
pub(super) fn delete_range(txn: &mut WriteTxn<'_>, lessor: &mut Lessor, r: &DeleteRangeRequest) -> DeleteRangeResponse {
    let deleted = txn.delete_range(&KeyRange::new(&r.key, &r.range_end));
    for kv in deleted.iter().filter(|kv| kv.lease != NO_LEASE) {
        lessor.detach(kv.lease, &kv.key);
    }
    let mut response = DeleteRangeResponse { deleted: deleted.len() as i64, ..Default::default() };
    if r.prev_kv {
        response.prev_kvs = deleted;
    }
    response.header.revision = txn.revision();
    response
}

/// Which branch a transaction takes, and each transaction within that branch.
pub(super) struct Path {
    succeeded: bool,
    nested: Vec<Path>,
}

impl Path {
    /// Evaluates all compares, nested ones too, before anything is changed.
    pub fn of(store: &Store, r: &TxnRequest) -> Path {
        let succeeded = r.compare.iter().all(|c| holds(store, c));
        let taken = if succeeded { &r.success } else { &r.failure };
        let nested = taken.iter().filter_map(|op| match op {
            RequestOp::Txn(r) => Some(Path::of(store, r)),
            _ => None,
        });
        Path { succeeded, nested: nested.collect() }
    }

    fn taken<'a>(&self, r: &'a TxnRequest) -> &'a [RequestOp] {
        if self.succeeded { &r.success } else { &r.failure }
    }
}

/// Whether a transaction has nothing but reads in both branches; it then needs no place in the log
/// (etcd: server/etcdserver/v3_server.go, `isTxnReadonly`).
pub fn is_read_only(r: &TxnRequest) -> bool {
    r.success.iter().chain(&r.failure).all(|op| matches!(op, RequestOp::Range(_)))
}

/// Whether a read-only transaction may be answered from a member's own state.
pub fn is_serializable(r: &TxnRequest) -> bool {
    r.success.iter().chain(&r.failure).all(|op| matches!(op, RequestOp::Range(r) if r.serializable))
}

/// Finds out whether what the transaction will do can be done, since it cannot be undone.
pub(super) fn check(store: &Store, lessor: &Lessor, r: &TxnRequest, path: &Path) -> Result<(), Status> {
    each_op(r, path, &mut |op| match op {
        RequestOp::Put(r) => check_put(store, lessor, r),
        _ => Ok(()),
    })?;
    each_op(r, path, &mut |op| match op {
        RequestOp::Range(r) => check_range(store, r),
        _ => Ok(()),
    })
}

fn each_op(r: &TxnRequest, path: &Path, f: &mut dyn FnMut(&RequestOp) -> Result<(), Status>) -> Result<(), Status> {
    let mut nested = path.nested.iter();
    for op in path.taken(r) {
        match op {
            RequestOp::Txn(r) => nested.next().map_or(Ok(()), |path| each_op(r, path, f))?,
            op => f(op)?,
        }
    }
    Ok(())
}

fn check_put(store: &Store, lessor: &Lessor, r: &PutRequest) -> Result<(), Status> {
    if (r.ignore_value || r.ignore_lease) && store.range(&KeyRange::single(&r.key), COUNT)?.count == 0 {
        return Err(errors::key_not_found());
    }
    if r.lease != NO_LEASE && !lessor.exists(r.lease) {
        return Err(errors::lease_not_found());
    }
    Ok(())
}

const COUNT: RangeOptions = RangeOptions { limit: 0, revision: 0, count_only: true };

fn check_range(store: &Store, r: &RangeRequest) -> Result<(), Status> {
    if r.revision > store.revision() {
        Err(errors::future_rev())
    } else if r.revision != 0 && r.revision < store.compact_revision() {
        Err(errors::compacted())
    } else {
        Ok(())
    }
}

/// Does what the path says, in order.
pub(super) fn run(
    txn: &mut WriteTxn<'_>,
    lessor: &mut Lessor,
    r: &TxnRequest,
    path: &Path,
) -> Result<TxnResponse, Status> {
    let mut nested = path.nested.iter();
    let mut responses = Vec::with_capacity(path.taken(r).len());
    for op in path.taken(r) {
        responses.push(match op {
            RequestOp::Range(r) => ResponseOp::Range(txn.range_request(r)?),
            RequestOp::Put(r) => ResponseOp::Put(put(txn, lessor, r)?),
            RequestOp::DeleteRange(r) => ResponseOp::DeleteRange(delete_range(txn, lessor, r)),
            RequestOp::Txn(r) => match nested.next() {
                Some(path) => ResponseOp::Txn(run(txn, lessor, r, path)?),
                None => continue,
            },
        });
    }
    Ok(TxnResponse { succeeded: path.succeeded, responses, ..Default::default() })
}

/// A read-only transaction.
pub(super) fn run_read_only(store: &Store, r: &TxnRequest) -> Result<TxnResponse, Status> {
    let path = Path::of(store, r);
    each_op(r, &path, &mut |op| match op {
        RequestOp::Range(r) => check_range(store, r),
        _ => Ok(()),
    })?;
    let mut response = TxnResponse { succeeded: path.succeeded, ..Default::default() };
    for op in path.taken(r) {
        if let RequestOp::Range(r) = op {
            response.responses.push(ResponseOp::Range(store.range_request(r)?));
        }
    }
    response.header.revision = store.revision();
    Ok(response)
}

/// Whether a compare holds, for every key of its range.
fn holds(store: &Store, c: &Compare) -> bool {
    let keys = KeyRange::new(&c.key, &c.range_end);
    let Ok(range) = store.range(&keys, RangeOptions::default()) else { return false };
    if range.kvs.is_empty() {
        // No value can be compared with that of a key that does not exist; its numbers are all zero.
        return !matches!(c.target, CompareTarget::Value(_)) && holds_for(c, &KeyValue::default());
    }
    range.kvs.iter().all(|kv| holds_for(c, kv))
}

fn holds_for(c: &Compare, kv: &KeyValue) -> bool {
    let order = match &c.target {
        CompareTarget::Version(given) => kv.version.cmp(given),
        CompareTarget::Create(given) => kv.create_revision.cmp(given),
        CompareTarget::Mod(given) => kv.mod_revision.cmp(given),
        CompareTarget::Value(given) => kv.value.cmp(given),
        CompareTarget::Lease(given) => kv.lease.cmp(given),
    };
    match c.result {
        CompareResult::Equal => order == Ordering::Equal,
        CompareResult::NotEqual => order != Ordering::Equal,
        CompareResult::Greater => order == Ordering::Greater,
        CompareResult::Less => order == Ordering::Less,
    }
}
