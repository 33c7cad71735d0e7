//! Ranges of keys as etcd's requests write them.

use serde::{Deserialize, Serialize};

use crate::Bytes;

/// Where a range ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum End {
    /// It holds its start only.
    Single,
    /// Before this key.
    Before(Bytes),
    /// Never.
    Open,
}

/// The keys a request is about: one key, `[start, end)`, or everything from a key on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeyRange {
    start: Bytes,
    end: End,
}

impl KeyRange {
    /// Reads `key` and `range_end` of a request: an empty end is a single key, one zero byte is every key from `key` on
    /// (etcd: server/etcdserver/apply.go, `mkGteRange`).
    pub fn new(key: &Bytes, range_end: &Bytes) -> Self {
        let end = match range_end.as_slice() {
            [] => End::Single,
            [0] => End::Open,
            _ => End::Before(range_end.clone()),
        };
        KeyRange { start: key.clone(), end }
    }

    /// Only this key.
    pub fn single(key: &Bytes) -> Self {
        KeyRange { start: key.clone(), end: End::Single }
    }

    /// First key of the range.
    pub fn start(&self) -> &Bytes {
        &self.start
    }

    /// Whether it is one key rather than an interval.
    pub fn is_single(&self) -> bool {
        self.end == End::Single
    }

    /// Whether the interval holds no key at all, its end not being after its start.
    pub fn is_empty(&self) -> bool {
        matches!(&self.end, End::Before(end) if *end <= self.start)
    }

    /// Whether `key` is in the range.
    pub fn contains(&self, key: &[u8]) -> bool {
        key >= self.start.as_slice() && !self.ends_before_or_at(key)
    }

    /// Whether every key of the range is less than `key`.
    pub fn ends_before_or_at(&self, key: &[u8]) -> bool {
        match &self.end {
            End::Single => key > self.start.as_slice(),
            End::Before(end) => key >= end.as_slice(),
            End::Open => false,
        }
    }

    /// Whether this interval ends before the other one does. Not for single keys.
    pub(super) fn ends_before(&self, other: &KeyRange) -> bool {
        self.end < other.end
    }

    /// The range as a half-open interval: a single key ends before the least key that is greater. No end is open.
    pub fn bounds(&self) -> (Bytes, Option<Bytes>) {
        let end = match &self.end {
            End::Single => Some([self.start.as_slice(), &[0]].concat().into()),
            End::Before(end) => Some(end.clone()),
            End::Open => None,
        };
        (self.start.clone(), end)
    }
}
