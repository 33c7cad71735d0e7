//! The key index: an ordered map from key to its newest row, in which copies share what they have in common.
//!
//! A B+ tree with reference-counted nodes. Cloning is one increment; a write after a clone copies the path to one leaf,
//! and a leaf is numbers only: the keys themselves are in the rows of the log, as on the real server.
//! Every branch knows how many live keys are below it, so counting a range costs no walk. The standard `SortedMap` would
//! make each copy of a world as expensive as its data.

use core::ops::ControlFlow;
use std::sync::Arc;

use super::heads::{Heads, Keyed};
use super::key_range::KeyRange;
use super::log::{Log, RowId, Versions};
use super::record::Record;
use crate::Bytes;

/// Most entries of a leaf and children of a branch.
const WIDTH: usize = 64;

#[derive(Clone, Debug)]
pub(super) struct Tree {
    root: Arc<Node>,
    live: u64,
}

#[derive(Clone, Debug)]
enum Node {
    Leaf(Leaf),
    Branch(Branch),
}

/// The newest row of each key.
#[derive(Clone, Debug, Default)]
struct Leaf(Heads<RowId>);

impl Keyed<Log> for RowId {
    fn key<'a>(&'a self, log: &'a Log) -> &'a [u8] {
        log.key(*self)
    }
}

impl Keyed<()> for Bytes {
    fn key<'a>(&'a self, (): &'a ()) -> &'a [u8] {
        self
    }
}

#[derive(Clone, Debug)]
struct Branch {
    /// Between the children: the least key that may be right of it. One less than there are children.
    separators: Heads<Bytes>,
    children: Vec<Child>,
}

#[derive(Clone, Debug)]
struct Child {
    /// Keys below that exist now.
    live: u64,
    node: Arc<Node>,
}

/// The right part of a node that was split, and the least key in it.
type Split = (Bytes, Child);

/// What a write did to a subtree.
struct Written {
    record: Arc<Record>,
    prev: Option<Arc<Record>>,
    live_change: i64,
    split: Option<Split>,
}

impl Default for Tree {
    fn default() -> Self {
        Tree { root: Arc::new(Node::Leaf(Leaf::default())), live: 0 }
    }
}

impl Tree {
    pub fn get<'a>(&self, log: &'a Log, key: &[u8]) -> Option<Versions<'a>> {
        let mut node = &*self.root;
        loop {
            match node {
                Node::Branch(branch) => node = &branch.children[branch.child_for(key)].node,
                Node::Leaf(leaf) => return Versions::of(log, *leaf.0.get(leaf.0.find(key, log).ok()?)?),
            }
        }
    }

    /// Writes a version of a key into the log. `make` gets the newest version there is, be it a tombstone. Returns the
    /// new version and the one before.
    pub fn write(
        &mut self,
        log: &mut Log,
        key: &[u8],
        make: impl FnOnce(Option<&Arc<Record>>) -> Arc<Record>,
    ) -> (Arc<Record>, Option<Arc<Record>>) {
        let written = Arc::make_mut(&mut self.root).write(log, key, make);
        self.live = self.live.wrapping_add_signed(written.live_change);
        if let Some((separator, right)) = written.split {
            let left = core::mem::replace(&mut self.root, Arc::new(Node::Leaf(Leaf::default())));
            let left = Child { live: self.live - right.live, node: left };
            self.root = Arc::new(Node::Branch(Branch::new(vec![separator], vec![left, right])));
        }
        (written.record, written.prev)
    }

    /// Compacts one key, removing it if nothing is left of it; the rows that are to go are added to `dropped`.
    pub fn compact_key(&mut self, log: &Log, key: &[u8], revision: i64, dropped: &mut Vec<RowId>) {
        Arc::make_mut(&mut self.root).compact_key(log, key, revision, dropped);
        loop {
            let only = match &*self.root {
                Node::Branch(branch) if branch.children.len() == 1 => branch.children[0].node.clone(),
                _ => break,
            };
            self.root = only;
        }
    }

    /// Visits the keys of a range in order until told to stop.
    pub fn visit<'a>(&self, log: &'a Log, range: &KeyRange, f: &mut dyn FnMut(Versions<'a>) -> ControlFlow<()>) {
        if range.is_single() {
            if let Some(versions) = self.get(log, range.start()) {
                let _ = f(versions);
            }
        } else if !range.is_empty() {
            let _ = self.root.visit(log, range, f);
        }
    }

    /// How many keys of a range exist now.
    pub fn count_live(&self, log: &Log, range: &KeyRange) -> u64 {
        if range.is_single() {
            return self.get(log, range.start()).is_some_and(Versions::is_live) as u64;
        }
        if range.is_empty() { 0 } else { self.root.count_live(log, range) }
    }

    /// How many keys exist now.
    pub fn live(&self) -> u64 {
        self.live
    }
}

impl Node {
    fn write(&mut self, log: &mut Log, key: &[u8], make: impl FnOnce(Option<&Arc<Record>>) -> Arc<Record>) -> Written {
        match self {
            Node::Leaf(leaf) => leaf.write(log, key, make),
            Node::Branch(branch) => {
                let at = branch.child_for(key);
                let child = &mut branch.children[at];
                let mut written = Arc::make_mut(&mut child.node).write(log, key, make);
                child.live = child.live.wrapping_add_signed(written.live_change);
                if let Some(split) = written.split.take() {
                    written.split = branch.insert(at, split);
                }
                written
            }
        }
    }

    /// A compaction removes tombstones only, so no count of live keys changes.
    fn compact_key(&mut self, log: &Log, key: &[u8], revision: i64, dropped: &mut Vec<RowId>) {
        match self {
            Node::Leaf(leaf) => {
                if let Ok(at) = leaf.0.find(key, log)
                    && let Some(row) = leaf.0.get(at)
                    && !Versions::of(log, *row).is_some_and(|versions| versions.superseded(revision, dropped))
                {
                    leaf.0.remove(at);
                }
            }
            Node::Branch(branch) => {
                let at = branch.child_for(key);
                let node = Arc::make_mut(&mut branch.children[at].node);
                node.compact_key(log, key, revision, dropped);
                // The last child stays even if it is empty: a branch always has one.
                if node.is_empty() && branch.children.len() > 1 {
                    branch.remove(at);
                }
            }
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Node::Leaf(leaf) => leaf.0.len() == 0,
            Node::Branch(branch) => branch.children.len() == 1 && branch.children[0].node.is_empty(),
        }
    }

    fn visit<'a>(
        &self,
        log: &'a Log,
        range: &KeyRange,
        f: &mut dyn FnMut(Versions<'a>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        match self {
            Node::Leaf(leaf) => {
                for versions in leaf.from(log, range.start()) {
                    if range.ends_before_or_at(versions.key()) {
                        return ControlFlow::Break(());
                    }
                    f(versions)?;
                }
            }
            Node::Branch(branch) => {
                let from = branch.child_for(range.start());
                for at in from..branch.children.len() {
                    if at > from && branch.ends_before(range, at) {
                        return ControlFlow::Break(());
                    }
                    branch.children[at].node.visit(log, range, f)?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn count_live(&self, log: &Log, range: &KeyRange) -> u64 {
        match self {
            Node::Leaf(leaf) => {
                let in_range = leaf.from(log, range.start()).take_while(|v| !range.ends_before_or_at(v.key()));
                in_range.filter(|v| v.is_live()).count() as u64
            }
            Node::Branch(branch) => {
                let from = branch.child_for(range.start());
                let mut count = 0;
                for (at, child) in branch.children.iter().enumerate().skip(from) {
                    if at > from && branch.ends_before(range, at) {
                        break;
                    }
                    // All of it, if the range begins before this child and goes on behind it.
                    let whole = at > from && branch.separators.get(at).is_some_and(|next| range.contains(next));
                    count += if whole { child.live } else { child.node.count_live(log, range) };
                }
                count
            }
        }
    }
}

impl Leaf {
    /// The entries from a key on.
    fn from<'a>(&self, log: &'a Log, key: &[u8]) -> impl Iterator<Item = Versions<'a>> {
        let at = self.0.find(key, log).unwrap_or_else(|at| at);
        self.0.from(at).filter_map(|row| Versions::of(log, *row))
    }

    fn write(&mut self, log: &mut Log, key: &[u8], make: impl FnOnce(Option<&Arc<Record>>) -> Arc<Record>) -> Written {
        let found = self.0.find(key, log);
        let before = found.ok().and_then(|at| self.0.get(at)).copied();
        let prev = before.and_then(|row| log.get(row)).map(|row| row.record.clone());
        let record = make(prev.as_ref());
        let row = log.push(record.clone(), before);
        let was_live = prev.as_ref().is_some_and(|prev| !prev.tombstone);
        let live_change = !record.tombstone as i64 - was_live as i64;
        let split = match found {
            Ok(at) => {
                self.0.replace(at, row);
                None
            }
            Err(at) => {
                self.0.insert(at, key, row, log);
                (self.0.len() > WIDTH).then(|| self.split(log, at))
            }
        };
        Written { record, prev, live_change, split }
    }

    fn split(&mut self, log: &Log, inserted: usize) -> Split {
        let right = self.0.split_off(split_at(WIDTH + 1, inserted), log);
        let versions = || right.iter().filter_map(|row| Versions::of(log, *row));
        let live = versions().filter(|v| v.is_live()).count() as u64;
        let separator = versions().next().map(|v| v.key().clone()).unwrap_or_default();
        let leaf = Leaf(Heads::new(right, WIDTH + 1, log));
        (separator, Child { live, node: Arc::new(Node::Leaf(leaf)) })
    }
}

impl Branch {
    fn new(separators: Vec<Bytes>, children: Vec<Child>) -> Self {
        Branch { separators: Heads::new(separators, WIDTH + 1, &()), children }
    }

    /// The child in which a key belongs.
    fn child_for(&self, key: &[u8]) -> usize {
        match self.separators.find(key, &()) {
            Ok(at) => at + 1,
            Err(at) => at,
        }
    }

    /// Whether a range ends before this child, which is not the first.
    fn ends_before(&self, range: &KeyRange, child: usize) -> bool {
        self.separators.get(child - 1).is_some_and(|least| range.ends_before_or_at(least))
    }

    /// Puts the right part of a split child beside it. Splits this branch as well if it is full.
    fn insert(&mut self, at: usize, (separator, right): Split) -> Option<Split> {
        self.children[at].live -= right.live;
        self.separators.insert(at, &separator.clone(), separator, &());
        self.children.insert(at + 1, right);
        if self.children.len() <= WIDTH {
            return None;
        }
        let middle = split_at(WIDTH + 1, at + 1);
        let children = split_off(&mut self.children, middle);
        // The separator in the middle moves up.
        let mut separators = self.separators.split_off(middle - 1, &());
        let separator = separators.remove(0);
        let live = children.iter().map(|c| c.live).sum();
        Some((separator, Child { live, node: Arc::new(Node::Branch(Branch::new(separators, children))) }))
    }

    fn remove(&mut self, at: usize) {
        self.children.remove(at);
        // The child behind takes over the room; the first one has no separator of its own.
        self.separators.remove(at.saturating_sub(1));
    }
}

/// Where to split a full node. One that grew at its end keeps all but the newest entry, so that ascending keys leave
/// full nodes behind.
fn split_at(len: usize, inserted: usize) -> usize {
    if inserted + 1 == len { len - 1 } else { len / 2 }
}

fn split_off<T>(items: &mut Vec<T>, at: usize) -> Vec<T> {
    let mut right = Vec::with_capacity(WIDTH + 1);
    right.extend(items.drain(at..));
    right
}
