//! Which watchers a change concerns.

use sorted::{SortedMap, SortedSet};
use std::sync::Arc;

use super::WatcherKey;
use crate::Bytes;
use crate::store::KeyRange;

type Watchers = SortedSet<WatcherKey>;

/// Watchers by what they watch: single keys in a map; ranges, of which many watchers may share one, in an interval
/// tree (etcd: server/mvcc/watcher_group.go). Cloning is cheap.
#[derive(Clone, Debug, Default)]
pub(super) struct Matcher {
    keys: Arc<SortedMap<Bytes, Watchers>>,
    ranges: Arc<SortedMap<KeyRange, Watchers>>,
    /// Over `ranges`; built when it is needed after a change of them.
    tree: Option<Arc<Intervals>>,
}

impl Matcher {
    pub fn add(&mut self, range: &KeyRange, watcher: WatcherKey) {
        if range.is_single() {
            Arc::make_mut(&mut self.keys).entry(range.start().clone()).or_default().insert(watcher);
            return;
        }
        let watchers = Arc::make_mut(&mut self.ranges).entry(range.clone()).or_default();
        if watchers.is_empty() {
            self.tree = None;
        }
        watchers.insert(watcher);
    }

    pub fn remove(&mut self, range: &KeyRange, watcher: WatcherKey) {
        if range.is_single() {
            let keys = Arc::make_mut(&mut self.keys);
            if let Some(watchers) = keys.get_mut(range.start()) {
                watchers.remove(&watcher);
                if watchers.is_empty() {
                    keys.remove(range.start());
                }
            }
            return;
        }
        let ranges = Arc::make_mut(&mut self.ranges);
        if let Some(watchers) = ranges.get_mut(range) {
            watchers.remove(&watcher);
            if watchers.is_empty() {
                ranges.remove(range);
                self.tree = None;
            }
        }
    }

    /// Visits the watchers of a key.
    pub fn visit(&mut self, key: &[u8], f: &mut dyn FnMut(WatcherKey)) {
        if let Some(watchers) = self.keys.get(key) {
            watchers.iter().for_each(|w| f(*w));
        }
        if self.ranges.is_empty() {
            return;
        }
        let tree = self.tree.get_or_insert_with(|| Arc::new(Intervals::new(self.ranges.keys())));
        tree.visit(key, &mut |range| {
            if let Some(watchers) = self.ranges.get(range) {
                watchers.iter().for_each(|w| f(*w));
            }
        });
    }
}

/// Ranges sorted by start, seen as a balanced tree whose root is the middle one; for each subtree, the range in it that
/// ends last.
#[derive(Clone, Debug)]
struct Intervals {
    ranges: Vec<KeyRange>,
    /// For the subtree whose root is here: index of the range that ends last.
    last: Vec<u32>,
}

impl Intervals {
    fn new<'a>(sorted: impl Iterator<Item = &'a KeyRange>) -> Self {
        let ranges: Vec<KeyRange> = sorted.cloned().collect();
        let mut tree = Intervals { last: vec![0; ranges.len()], ranges };
        tree.build(0, tree.ranges.len());
        tree
    }

    fn build(&mut self, from: usize, to: usize) -> Option<u32> {
        if from >= to {
            return None;
        }
        let middle = from.midpoint(to);
        let mut last = middle as u32;
        for other in [self.build(from, middle), self.build(middle + 1, to)].into_iter().flatten() {
            if self.ranges[last as usize].ends_before(&self.ranges[other as usize]) {
                last = other;
            }
        }
        self.last[middle] = last;
        Some(last)
    }

    fn visit(&self, key: &[u8], f: &mut dyn FnMut(&KeyRange)) {
        self.visit_part(0, self.ranges.len(), key, f);
    }

    fn visit_part(&self, from: usize, to: usize, key: &[u8], f: &mut dyn FnMut(&KeyRange)) {
        if from >= to {
            return;
        }
        let middle = from.midpoint(to);
        if self.ranges[self.last[middle] as usize].ends_before_or_at(key) {
            return;
        }
        self.visit_part(from, middle, key, f);
        let range = &self.ranges[middle];
        if range.start().as_slice() <= key {
            if range.contains(key) {
                f(range);
            }
            self.visit_part(middle + 1, to, key, f);
        }
    }
}
