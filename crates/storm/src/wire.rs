//! How what the model knows is asked of etcd, and what its answers mean.

use etcd::Bytes;
use etcd::rpc::*;
use sim::Micros;

use crate::history::Outcome;
use crate::model::{Act, Answer, Condition, Field, Item, Key, Keys, Lease, Op, Revision, Seen, Value};
use crate::text;

fn key_bytes(key: Key) -> Bytes {
    text::key(key).to_string().into()
}

/// The `key` and `range_end` of a request.
pub(crate) fn range(keys: &Keys) -> (Bytes, Bytes) {
    let end = if keys.end == keys.first + 1 { Bytes::from(&[]) } else { key_bytes(keys.end) };
    (key_bytes(keys.first), end)
}

fn range_request(keys: &Keys) -> RangeRequest {
    let (key, range_end) = range(keys);
    RangeRequest { key, range_end, ..RangeRequest::default() }
}

fn request_op(act: &Act) -> RequestOp {
    match act {
        Act::Get(keys) => RequestOp::Range(range_request(keys)),
        Act::Put { key, value, lease } => RequestOp::Put(PutRequest {
            key: key_bytes(*key),
            value: value.to_string().into(),
            lease: i64::from(*lease),
            ..PutRequest::default()
        }),
        Act::Delete(keys) => {
            let (key, range_end) = range(keys);
            RequestOp::DeleteRange(DeleteRangeRequest { key, range_end, ..DeleteRangeRequest::default() })
        }
    }
}

fn compare(condition: &Condition) -> Compare {
    let is = i64::from(condition.is);
    let target = match condition.field {
        Field::Value => CompareTarget::Value(condition.is.to_string().into()),
        Field::Modified => CompareTarget::Mod(is),
        Field::Created => CompareTarget::Create(is),
        Field::Version => CompareTarget::Version(is),
    };
    Compare { target, key: key_bytes(condition.key), ..Compare::default() }
}

/// The request that asks for something.
pub(crate) fn request(op: &Op) -> Request {
    match op {
        Op::Act(act) => match request_op(act) {
            RequestOp::Range(r) => r.into(),
            RequestOp::Put(r) => r.into(),
            RequestOp::DeleteRange(r) => r.into(),
            RequestOp::Txn(r) => r.into(),
        },
        Op::Txn { conditions, then, otherwise } => TxnRequest {
            compare: conditions.iter().map(compare).collect(),
            success: then.iter().map(request_op).collect(),
            failure: otherwise.iter().map(request_op).collect(),
        }
        .into(),
        Op::Past { keys, revision } => RangeRequest { revision: i64::from(*revision), ..range_request(keys) }.into(),
        Op::Local(keys) => RangeRequest { serializable: true, ..range_request(keys) }.into(),
        Op::Grant { lease, ttl } => {
            LeaseGrantRequest { id: i64::from(*lease), ttl: ttl.as_secs().cast_signed() }.into()
        }
        Op::Revoke(lease) => LeaseRevokeRequest { id: i64::from(*lease) }.into(),
        Op::Renew { lease, .. } => LeaseKeepAliveRequest { id: i64::from(*lease) }.into(),
        Op::Compact(revision) => {
            CompactionRequest { revision: i64::from(*revision), ..CompactionRequest::default() }.into()
        }
    }
}

/// A number that came in bytes or as a larger integer. What does not fit was not written by a storm.
fn number(value: impl TryInto<u32>) -> u32 {
    value.try_into().unwrap_or(u32::MAX)
}

pub(crate) fn revision(revision: i64) -> Revision {
    number(revision)
}

/// A key and its item.
pub(crate) fn item(kv: &KeyValue) -> (Key, Item) {
    let value: Value = kv.value.to_lossy().parse().unwrap_or(Value::MAX);
    let item = Item {
        value,
        created: number(kv.create_revision),
        modified: number(kv.mod_revision),
        version: number(kv.version),
        lease: number(kv.lease),
    };
    (kv.key.first().map_or(Key::MAX, |byte| byte.wrapping_sub(b'a')), item)
}

fn seen(response: &ResponseOp) -> Seen {
    match response {
        ResponseOp::Range(range) => Seen::Items(range.kvs.iter().map(item).collect()),
        ResponseOp::Put(_) => Seen::Put,
        ResponseOp::DeleteRange(deleted) => Seen::Deleted(number(deleted.deleted)),
        ResponseOp::Txn(_) => Seen::Items(Vec::new()),
    }
}

fn done(response: ResponseOp) -> Answer {
    Answer::Done { held: true, seen: vec![seen(&response)] }
}

/// Whether a request that failed for an unknown reason may have been done.
fn has_effect(op: &Op) -> bool {
    match op {
        Op::Act(act) => !matches!(act, Act::Get(_)),
        Op::Past { .. } | Op::Local(_) | Op::Renew { .. } => false,
        _ => true,
    }
}

/// What became of a call that nobody will answer any more.
pub(crate) fn unanswered(op: &Op) -> Outcome {
    if has_effect(op) { Outcome::Unknown } else { Outcome::Void }
}

/// What an answer means.
pub(crate) fn outcome(op: &Op, result: Result<Response, Status>) -> Outcome {
    let response = match result {
        Ok(response) => response,
        Err(status) => return failure(op, &status),
    };
    let revision = Some(revision(response.header().revision));
    let answer = match response {
        Response::Range(r) => done(ResponseOp::Range(r)),
        Response::Put(r) => done(ResponseOp::Put(r)),
        Response::DeleteRange(r) => done(ResponseOp::DeleteRange(r)),
        Response::Txn(r) => Answer::Done { held: r.succeeded, seen: r.responses.iter().map(seen).collect() },
        _ => Answer::Ok,
    };
    Outcome::Answered { revision, answer }
}

/// Some errors are answers, some say that nothing was done, and of the others nobody knows.
fn failure(op: &Op, status: &Status) -> Outcome {
    let answers = [
        (errors::lease_not_found(), Answer::NoLease),
        (errors::lease_exist(), Answer::LeaseExists),
        (errors::compacted(), Answer::Compacted),
        (errors::future_rev(), Answer::Future),
    ];
    if let Some((_, answer)) = answers.into_iter().find(|(known, _)| known == status) {
        return Outcome::Answered { revision: None, answer };
    }
    let refused = [errors::not_supported_for_learner(), errors::request_too_many_requests()];
    let dropped = status.message == raft::Error::ProposalDropped.to_string();
    if dropped || refused.contains(status) { Outcome::Void } else { unanswered(op) }
}

/// The time to live that a grant was answered with.
pub(crate) fn granted(response: &Result<Response, Status>) -> Option<Micros> {
    match response {
        Ok(Response::LeaseGrant(grant)) => Some(Micros::secs(grant.ttl.unsigned_abs())),
        _ => None,
    }
}

/// The lease's time to live in an answer to a renewal; none if the lease is gone.
pub(crate) fn renewed(response: &Response) -> Option<(Lease, Micros)> {
    match response {
        Response::LeaseKeepAlive(alive) if alive.ttl > 0 => {
            Some((number(alive.id), Micros::secs(alive.ttl.unsigned_abs())))
        }
        _ => None,
    }
}
