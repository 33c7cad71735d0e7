//! The space quota (etcd: server/etcdserver/quota.go).

use crate::rpc::{PutRequest, RequestOp, TxnRequest};

/// Quota of a server that is not given one, in bytes (etcd: `DefaultQuotaBytes`).
pub const DEFAULT_QUOTA: i64 = 2 * 1024 * 1024 * 1024;

/// What a key's metadata is taken to cost, in bytes.
const KEY_OVERHEAD: i64 = 256;
/// What a lease is taken to cost, in bytes.
pub(super) const LEASE_COST: i64 = 64;

pub(super) fn put_cost(r: &PutRequest) -> i64 {
    KEY_OVERHEAD + r.key.len() as i64 + r.value.len() as i64
}

/// The dearer of the two branches; reads and deletions are free.
pub(super) fn txn_cost(r: &TxnRequest) -> i64 {
    let branch = |ops: &[RequestOp]| ops.iter().map(op_cost).sum::<i64>();
    branch(&r.success).max(branch(&r.failure))
}

fn op_cost(op: &RequestOp) -> i64 {
    match op {
        RequestOp::Put(r) => put_cost(r),
        RequestOp::Txn(r) => txn_cost(r),
        RequestOp::Range(_) | RequestOp::DeleteRange(_) => 0,
    }
}
