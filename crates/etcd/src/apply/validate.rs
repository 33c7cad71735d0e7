//! What the API refuses before a request goes anywhere (etcd: server/etcdserver/api/v3rpc/key.go).

use sorted::SortedSet;

use crate::Bytes;
use crate::rpc::{PutRequest, Request, RequestOp, Status, TxnRequest, errors};
use crate::store::KeyRange;

/// Most compares, and most operations of each branch, of a transaction (etcd: `--max-txn-ops`).
pub const DEFAULT_MAX_TXN_OPS: usize = 128;

/// Checks the form of a request.
///
/// # Errors
/// `empty_key`, `value_provided`, `lease_provided`, `too_many_ops`, `duplicate_key`.
pub fn validate(request: &Request, max_txn_ops: usize) -> Result<(), Status> {
    match request {
        Request::Range(r) => check_key(&r.key),
        Request::Put(r) => check_put(r),
        Request::DeleteRange(r) => check_key(&r.key),
        Request::Txn(r) => {
            check_txn(r, max_txn_ops)?;
            check_overlaps(&r.success)?;
            check_overlaps(&r.failure)?;
            Ok(())
        }
        _ => Ok(()),
    }
}

fn check_key(key: &Bytes) -> Result<(), Status> {
    if key.is_empty() { Err(errors::empty_key()) } else { Ok(()) }
}

fn check_put(r: &PutRequest) -> Result<(), Status> {
    check_key(&r.key)?;
    if r.ignore_value && !r.value.is_empty() {
        return Err(errors::value_provided());
    }
    if r.ignore_lease && r.lease != 0 {
        return Err(errors::lease_provided());
    }
    Ok(())
}

fn check_txn(r: &TxnRequest, max_ops: usize) -> Result<(), Status> {
    let ops = r.compare.len().max(r.success.len()).max(r.failure.len());
    // A nested transaction may have what the outer one leaves, which also bounds how deep they nest.
    let left = max_ops.checked_sub(ops).ok_or_else(errors::too_many_ops)?;
    r.compare.iter().try_for_each(|c| check_key(&c.key))?;
    r.success.iter().chain(&r.failure).try_for_each(|op| match op {
        RequestOp::Range(r) => check_key(&r.key),
        RequestOp::Put(r) => check_put(r),
        RequestOp::DeleteRange(r) => check_key(&r.key),
        RequestOp::Txn(r) => check_txn(r, left),
    })
}

/// What a list of operations writes.
#[derive(Default)]
struct Writes<'a> {
    puts: SortedSet<&'a Bytes>,
    deletes: Vec<KeyRange>,
}

impl<'a> Writes<'a> {
    fn put(&mut self, key: &'a Bytes) -> Result<(), Status> {
        if self.deletes.iter().any(|d| d.contains(key)) || !self.puts.insert(key) {
            return Err(errors::duplicate_key());
        }
        Ok(())
    }
}

/// No key may be written twice under one revision, by whichever branches the compares choose
/// (etcd: `checkIntervals`).
fn check_overlaps(ops: &[RequestOp]) -> Result<Writes<'_>, Status> {
    let mut writes = Writes::default();
    for op in ops {
        // To the real server's intervals, an open end is the least key there is, so such a range meets no key.
        if let RequestOp::DeleteRange(r) = op
            && *r.range_end != [0]
        {
            writes.deletes.push(KeyRange::new(&r.key, &r.range_end));
        }
    }
    for op in ops {
        let RequestOp::Txn(r) = op else { continue };
        let success = check_overlaps(&r.success)?;
        let failure = check_overlaps(&r.failure)?;
        for &key in &success.puts {
            writes.put(key)?;
        }
        for &key in &failure.puts {
            // Only one of the branches is taken, so both may write the same key.
            if !success.puts.contains(key) {
                writes.put(key)?;
            }
        }
        writes.deletes.extend(success.deletes);
        writes.deletes.extend(failure.deletes);
    }
    for op in ops {
        if let RequestOp::Put(r) = op {
            writes.put(&r.key)?;
        }
    }
    Ok(writes)
}
