//! The key index: an ordered map from key to versions, in which copies share what they have in common.
//!
//! A B+ tree with reference-counted nodes. Cloning is one increment; a write after a clone copies the path to one leaf.
//! Every branch knows how many live keys are below it, so counting a range costs no walk. The standard `BTreeMap` would
//! make each copy of a world as expensive as its data.

use core::ops::ControlFlow;
use std::sync::Arc;

use super::key_range::KeyRange;
use super::record::{Record, Versions};
use crate::Bytes;

/// Most entries of a leaf and children of a branch.
const WIDTH: usize = 32;

#[derive(Clone, Debug)]
pub(super) struct Tree {
    root: Arc<Node>,
    live: u64,
}

#[derive(Clone, Debug)]
enum Node {
    Leaf(Vec<Slot>),
    Branch(Vec<Child>),
}

#[derive(Clone, Debug)]
struct Slot {
    /// The key again, so that a search does not have to look into the record.
    key: Bytes,
    versions: Versions,
}

#[derive(Clone, Debug)]
struct Child {
    /// No key below is less, but for those of the first child, which has no bound.
    first: Bytes,
    /// Keys below that exist now.
    live: u64,
    node: Arc<Node>,
}

/// What a write did to a subtree.
struct Written {
    record: Arc<Record>,
    prev: Option<Arc<Record>>,
    live_change: i64,
    split: Option<Child>,
}

impl Default for Tree {
    fn default() -> Self {
        Tree { root: Arc::new(Node::Leaf(Vec::new())), live: 0 }
    }
}

impl Tree {
    pub fn get(&self, key: &[u8]) -> Option<&Versions> {
        let mut node = &*self.root;
        loop {
            match node {
                Node::Branch(children) => node = &children[child_for(children, key)].node,
                Node::Leaf(slots) => {
                    let at = slots.binary_search_by(|s| s.key.as_slice().cmp(key)).ok()?;
                    return Some(&slots[at].versions);
                }
            }
        }
    }

    /// Adds a version to a key. `make` gets the newest version there is, be it a tombstone, and may decline by `None`.
    /// Returns the new version and the one before.
    pub fn write(
        &mut self,
        key: &Bytes,
        make: impl FnOnce(Option<&Arc<Record>>) -> Option<Arc<Record>>,
    ) -> Option<(Arc<Record>, Option<Arc<Record>>)> {
        let written = Arc::make_mut(&mut self.root).write(key, make)?;
        let live_before = self.live;
        self.live = self.live.wrapping_add_signed(written.live_change);
        if let Some(right) = written.split {
            let left_live = self.live - right.live;
            let left = core::mem::replace(&mut self.root, Arc::new(Node::Leaf(Vec::new())));
            let mut children = Vec::with_capacity(WIDTH + 1);
            children.push(Child { first: Bytes::default(), live: left_live, node: left });
            children.push(right);
            self.root = Arc::new(Node::Branch(children));
        }
        debug_assert!(self.live.abs_diff(live_before) <= 1);
        Some((written.record, written.prev))
    }

    /// Compacts one key, removing it if nothing is left of it; what goes is added to `dropped`.
    pub fn compact_key(&mut self, key: &[u8], revision: i64, dropped: &mut Vec<Arc<Record>>) {
        Arc::make_mut(&mut self.root).compact_key(key, revision, dropped);
        loop {
            let only = match &*self.root {
                Node::Branch(children) if children.len() == 1 => children[0].node.clone(),
                Node::Branch(children) if children.is_empty() => Arc::new(Node::Leaf(Vec::new())),
                _ => break,
            };
            self.root = only;
        }
    }

    /// Visits the keys of a range in order until told to stop.
    pub fn visit<'a>(&'a self, range: &KeyRange, f: &mut dyn FnMut(&'a Versions) -> ControlFlow<()>) {
        if range.is_single() {
            if let Some(versions) = self.get(range.start()) {
                let _ = f(versions);
            }
        } else if !range.is_empty() {
            let _ = self.root.visit(range, f);
        }
    }

    /// How many keys of a range exist now.
    pub fn count_live(&self, range: &KeyRange) -> u64 {
        if range.is_single() {
            return self.get(range.start()).is_some_and(Versions::is_live) as u64;
        }
        if range.is_empty() { 0 } else { self.root.count_live(range) }
    }

    /// How many keys exist now.
    pub fn live(&self) -> u64 {
        self.live
    }
}

/// The child in which a key belongs.
fn child_for(children: &[Child], key: &[u8]) -> usize {
    children[1..].partition_point(|c| c.first.as_slice() <= key)
}

impl Node {
    fn write(
        &mut self,
        key: &Bytes,
        make: impl FnOnce(Option<&Arc<Record>>) -> Option<Arc<Record>>,
    ) -> Option<Written> {
        match self {
            Node::Leaf(slots) => write_leaf(slots, key, make),
            Node::Branch(children) => {
                let at = child_for(children, key);
                let child = &mut children[at];
                let mut written = Arc::make_mut(&mut child.node).write(key, make)?;
                child.live = child.live.wrapping_add_signed(written.live_change);
                if let Some(right) = written.split.take() {
                    child.live -= right.live;
                    children.insert(at + 1, right);
                    if children.len() > WIDTH {
                        let right = split(children, at + 2);
                        written.split = Some(Child {
                            first: right[0].first.clone(),
                            live: right.iter().map(|c| c.live).sum(),
                            node: Arc::new(Node::Branch(right)),
                        });
                    }
                }
                Some(written)
            }
        }
    }

    fn compact_key(&mut self, key: &[u8], revision: i64, dropped: &mut Vec<Arc<Record>>) {
        match self {
            Node::Leaf(slots) => {
                if let Ok(at) = slots.binary_search_by(|s| s.key.as_slice().cmp(key))
                    && !slots[at].versions.compact(revision, dropped)
                {
                    slots.remove(at);
                }
            }
            Node::Branch(children) => {
                // A compaction removes tombstones only, so no count of live keys changes.
                let at = child_for(children, key);
                let node = Arc::make_mut(&mut children[at].node);
                node.compact_key(key, revision, dropped);
                if node.is_empty() {
                    children.remove(at);
                }
            }
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Node::Leaf(slots) => slots.is_empty(),
            Node::Branch(children) => children.is_empty(),
        }
    }

    fn visit<'a>(&'a self, range: &KeyRange, f: &mut dyn FnMut(&'a Versions) -> ControlFlow<()>) -> ControlFlow<()> {
        match self {
            Node::Leaf(slots) => {
                let from = slots.partition_point(|s| s.key < *range.start());
                for slot in &slots[from..] {
                    if range.ends_before_or_at(&slot.key) {
                        return ControlFlow::Break(());
                    }
                    f(&slot.versions)?;
                }
            }
            Node::Branch(children) => {
                let from = child_for(children, range.start());
                for (i, child) in children[from..].iter().enumerate() {
                    if i > 0 && range.ends_before_or_at(&child.first) {
                        return ControlFlow::Break(());
                    }
                    child.node.visit(range, f)?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn count_live(&self, range: &KeyRange) -> u64 {
        match self {
            Node::Leaf(slots) => {
                let from = slots.partition_point(|s| s.key < *range.start());
                let in_range = slots[from..].iter().take_while(|s| !range.ends_before_or_at(&s.key));
                in_range.filter(|s| s.versions.is_live()).count() as u64
            }
            Node::Branch(children) => {
                let from = child_for(children, range.start());
                let mut count = 0;
                for i in from..children.len() {
                    let child = &children[i];
                    if i > from && range.ends_before_or_at(&child.first) {
                        break;
                    }
                    // Whole if the range begins before this child and goes on in the next one.
                    let whole = i > from && children.get(i + 1).is_some_and(|next| range.contains(&next.first));
                    count += if whole { child.live } else { child.node.count_live(range) };
                }
                count
            }
        }
    }
}

fn write_leaf(
    slots: &mut Vec<Slot>,
    key: &Bytes,
    make: impl FnOnce(Option<&Arc<Record>>) -> Option<Arc<Record>>,
) -> Option<Written> {
    match slots.binary_search_by(|s| s.key.cmp(key)) {
        Ok(at) => {
            let versions = &mut slots[at].versions;
            let prev = versions.newest().clone();
            let record = make(Some(&prev))?;
            let live_change = prev.tombstone as i64 - record.tombstone as i64;
            versions.push(record.clone());
            Some(Written { record, prev: Some(prev), live_change, split: None })
        }
        Err(at) => {
            let record = make(None)?;
            let live_change = !record.tombstone as i64;
            // The record's own key rather than the caller's: they may be different allocations.
            let slot = Slot { key: record.kv.key.clone(), versions: Versions::new(record.clone()) };
            slots.insert(at, slot);
            let split = (slots.len() > WIDTH).then(|| {
                let right = split(slots, at + 1);
                Child {
                    first: right[0].key.clone(),
                    live: right.iter().filter(|s| s.versions.is_live()).count() as u64,
                    node: Arc::new(Node::Leaf(right)),
                }
            });
            Some(Written { record, prev: None, live_change, split })
        }
    }
}

/// Splits an overfull node and returns its right part. One that grew at its end keeps all but the newest entry, so
/// that ascending keys leave full nodes behind.
fn split<T>(items: &mut Vec<T>, next_insert: usize) -> Vec<T> {
    let at = if next_insert == items.len() { items.len() - 1 } else { items.len() / 2 };
    let mut right = Vec::with_capacity(WIDTH + 1);
    right.extend(items.drain(at..));
    right
}
