//! The small arithmetic of ranges (etcd: client/v3/op.go).

use etcd::Bytes;
use etcd::rpc::{RangeRequest, SortOrder, SortTarget};

/// A range end of one zero byte: every key from the first on.
pub fn from_key() -> Bytes {
    Bytes::from(&[0])
}

/// The end of the range of keys that begin with `prefix`; [`from_key`] when there is none.
pub fn prefix_end(prefix: &[u8]) -> Bytes {
    match prefix.iter().rposition(|b| *b < 0xff) {
        Some(last) => {
            let mut end = prefix[..=last].to_vec();
            end[last] += 1;
            Bytes::from(end)
        }
        None => from_key(),
    }
}

/// The key under `prefix` that was created first.
pub fn first_created(prefix: &str) -> RangeRequest {
    RangeRequest { sort_order: SortOrder::Ascend, ..created(prefix) }
}

/// The key under `prefix` that was created last, at or before a revision.
pub fn last_created(prefix: &str, max_create_revision: i64) -> RangeRequest {
    RangeRequest { sort_order: SortOrder::Descend, max_create_revision, ..created(prefix) }
}

fn created(prefix: &str) -> RangeRequest {
    RangeRequest {
        key: prefix.into(),
        range_end: prefix_end(prefix.as_bytes()),
        limit: 1,
        sort_target: SortTarget::Create,
        ..RangeRequest::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_before_its_successor() {
        for (prefix, end) in [(&b"foo"[..], &b"fop"[..]), (b"a\xff", b"b"), (b"\xff\xff", b"\0"), (b"", b"\0")] {
            assert_eq!(&prefix_end(prefix)[..], end, "{prefix:?}");
        }
    }
}
