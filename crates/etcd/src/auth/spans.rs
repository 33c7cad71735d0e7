//! Sets of keys, as the permissions of several roles make them together (etcd: server/auth/range_perm_cache.go).

use super::Allowed;
use crate::Bytes;
use crate::rpc::{Permission, PermissionType};
use crate::store::KeyRange;

/// Half-open intervals of keys, sorted, none touching the next. `None` ends are open.
#[derive(Clone, Debug, Default)]
pub(super) struct Spans(Vec<(Bytes, Option<Bytes>)>);

impl Spans {
    pub fn add(&mut self, keys: &KeyRange) {
        let (mut start, mut end) = keys.bounds();
        let touches = |s: &(Bytes, Option<Bytes>), start: &Bytes, end: &Option<Bytes>| {
            s.1.as_ref().is_none_or(|e| e >= start) && end.as_ref().is_none_or(|e| *e >= s.0)
        };
        let mut others = Vec::with_capacity(self.0.len() + 1);
        for span in self.0.drain(..) {
            if touches(&span, &start, &end) {
                start = start.min(span.0);
                end = match (end, span.1) {
                    (Some(a), Some(b)) => Some(a.max(b)),
                    _ => None,
                };
            } else {
                others.push(span);
            }
        }
        others.push((start, end));
        others.sort();
        self.0 = others;
    }

    /// Whether all of the range is in the set.
    pub fn covers(&self, keys: &KeyRange) -> bool {
        let (start, end) = keys.bounds();
        let Some(at) = self.0.partition_point(|s| s.0 <= start).checked_sub(1) else { return false };
        match (&self.0[at].1, end) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(span_end), Some(end)) => end <= *span_end && start < *span_end,
        }
    }
}

impl Allowed {
    pub fn add(&mut self, permission: &Permission) {
        let keys = KeyRange::new(&permission.key, &permission.range_end);
        if permission.perm_type != PermissionType::Write {
            self.read.add(&keys);
        }
        if permission.perm_type != PermissionType::Read {
            self.write.add(&keys);
        }
    }
}
