//! The key index: an ordered map from key to its newest row, in which copies share what they have in common.
//!
//! A B+ tree with reference-counted nodes. Cloning is one increment; a write after a clone copies the path to one leaf,
//! and a leaf is numbers only: the keys themselves are in the rows of the log, as on the real server.
//! Every branch knows how many live keys are below it, so counting a range costs no walk. The standard `SortedMap` would
//! make each copy of a world as expensive as its data.

use core::ops::ControlFlow;
use std::sync::Arc;

use super::heads::{Heads, ROOM};
use super::key_range::KeyRange;
use super::log::{Log, RowId, Versions};
use super::record::Record;
use crate::Bytes;

#[derive(Clone, Debug)]
pub(super) struct Tree {
    root: Node,
    live: u64,
}

#[derive(Clone, Debug)]
enum Node {
    Leaf(Arc<Leaf>),
    Branch(Arc<Branch>),
}

/// The newest row of each key. It lies in one piece of memory: among a million keys every leaf is cold, and what counts is
/// how often a write has to wait for the memory.
#[derive(Clone, Debug)]
struct Leaf {
    keys: Heads,
    rows: [Option<RowId>; ROOM],
}

#[derive(Clone, Debug)]
struct Branch {
    /// Between the children: the least key that may be right of it. One less than there are children.
    separators: Vec<Bytes>,
    heads: Heads,
    children: Vec<Child>,
}

#[derive(Clone, Debug)]
struct Child {
    /// Keys below that exist now.
    live: u64,
    node: Node,
}

/// The right part of a node that was split, and the least key in it.
type Split = (Bytes, Child);

/// What a write did to a subtree.
struct Written {
    row: RowId,
    before: Option<RowId>,
    live_change: i64,
    split: Option<Split>,
}

/// Makes a key's next version from the newest there is, be it a tombstone.
type Make<'a> = dyn FnMut(Option<&Record>) -> Record + 'a;

impl Default for Leaf {
    fn default() -> Self {
        Leaf { keys: Heads::default(), rows: [None; ROOM] }
    }
}

impl Default for Tree {
    fn default() -> Self {
        Tree { root: Node::Leaf(Arc::default()), live: 0 }
    }
}

impl Tree {
    pub fn get<'a>(&self, log: &'a Log, key: &[u8]) -> Option<Versions<'a>> {
        let mut node = &self.root;
        loop {
            match node {
                Node::Branch(branch) => node = &branch.children[branch.child_for(key)].node,
                Node::Leaf(leaf) => return Versions::of(log, leaf.rows[leaf.find(log, key).ok()?]?),
            }
        }
    }

    /// Writes a version of a key into the log. Returns its row and that of the version before.
    pub fn write(&mut self, log: &mut Log, key: &[u8], make: &mut Make<'_>) -> (RowId, Option<RowId>) {
        let written = self.root.write(log, key, make);
        self.live = self.live.wrapping_add_signed(written.live_change);
        if let Some((separator, right)) = written.split {
            let left = core::mem::replace(&mut self.root, Node::Leaf(Arc::default()));
            let left = Child { live: self.live - right.live, node: left };
            self.root = Branch::node(vec![separator], vec![left, right]);
        }
        (written.row, written.before)
    }

    /// Compacts one key, removing it if nothing is left of it; the rows that are to go are added to `dropped`.
    pub fn compact_key(&mut self, log: &Log, key: &[u8], revision: i64, dropped: &mut Vec<RowId>) {
        self.root.compact_key(log, key, revision, dropped);
        while let Node::Branch(branch) = &self.root
            && let [only] = &branch.children[..]
        {
            self.root = only.node.clone();
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
    fn write(&mut self, log: &mut Log, key: &[u8], make: &mut Make<'_>) -> Written {
        match self {
            Node::Leaf(leaf) => Arc::make_mut(leaf).write(log, key, make),
            Node::Branch(branch) => {
                let branch = Arc::make_mut(branch);
                let at = branch.child_for(key);
                let child = &mut branch.children[at];
                let mut written = child.node.write(log, key, make);
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
                if let Ok(at) = leaf.find(log, key)
                    && let Some(row) = leaf.rows[at]
                    && !Versions::of(log, row).is_some_and(|versions| versions.superseded(revision, dropped))
                {
                    Arc::make_mut(leaf).remove(at);
                }
            }
            Node::Branch(branch) => {
                let branch = Arc::make_mut(branch);
                let at = branch.child_for(key);
                let node = &mut branch.children[at].node;
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
            Node::Leaf(leaf) => leaf.keys.len() == 0,
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
    fn new(log: &Log, rows: &[Option<RowId>]) -> Leaf {
        let mut leaf = Leaf { keys: Heads::new(rows.len(), key_at(log, rows)), ..Leaf::default() };
        leaf.rows[..rows.len()].copy_from_slice(rows);
        leaf
    }

    fn find(&self, log: &Log, key: &[u8]) -> Result<usize, usize> {
        self.keys.find(key, key_at(log, &self.rows))
    }

    /// The entries from a key on.
    fn from<'a>(&self, log: &'a Log, key: &[u8]) -> impl Iterator<Item = Versions<'a>> {
        let at = self.find(log, key).unwrap_or_else(|at| at);
        versions(log, &self.rows[at..])
    }

    fn write(&mut self, log: &mut Log, key: &[u8], make: &mut Make<'_>) -> Written {
        let found = self.find(log, key);
        let before = found.ok().and_then(|at| self.rows[at]);
        let prev = before.and_then(|row| log.get(row)).map(|row| &row.record);
        let was_live = prev.is_some_and(|prev| !prev.tombstone);
        let record = make(prev);
        let live_change = !record.tombstone as i64 - was_live as i64;
        let row = log.push(record, before);
        let split = match found {
            Ok(at) => {
                self.rows[at] = Some(row);
                None
            }
            Err(at) => {
                self.keys.insert(at, key, key_at(log, &self.rows));
                self.rows.copy_within(at..self.keys.len() - 1, at + 1);
                self.rows[at] = Some(row);
                (self.keys.len() == ROOM).then(|| self.split(log, at))
            }
        };
        Written { row, before, live_change, split }
    }

    fn remove(&mut self, at: usize) {
        self.keys.remove(at);
        self.rows.copy_within(at + 1.., at);
    }

    fn split(&mut self, log: &Log, inserted: usize) -> Split {
        let rows = self.rows;
        let (left, right) = rows.split_at(split_at(ROOM, inserted));
        *self = Leaf::new(log, left);
        let live = versions(log, right).filter(|v| v.is_live()).count() as u64;
        let separator = versions(log, right).next().map(|v| v.key().kept()).unwrap_or_default();
        (separator, Child { live, node: Node::Leaf(Arc::new(Leaf::new(log, right))) })
    }
}

fn versions<'a>(log: &'a Log, rows: &[Option<RowId>]) -> impl Iterator<Item = Versions<'a>> {
    rows.iter().flatten().filter_map(|row| Versions::of(log, *row))
}

/// The keys of rows, by their places.
fn key_at<'a>(log: &'a Log, rows: &[Option<RowId>]) -> impl Fn(usize) -> &'a [u8] {
    move |at| rows[at].map_or(&[], |row| log.key(row))
}

impl Branch {
    fn node(separators: Vec<Bytes>, children: Vec<Child>) -> Node {
        let heads = Heads::new(separators.len(), |at| &separators[at]);
        Node::Branch(Arc::new(Branch { separators, heads, children }))
    }

    /// The child in which a key belongs.
    fn child_for(&self, key: &[u8]) -> usize {
        match self.heads.find(key, |at| &self.separators[at]) {
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
        self.heads.insert(at, &separator, |at| &self.separators[at]);
        self.separators.insert(at, separator);
        self.children.insert(at + 1, right);
        if self.separators.len() < ROOM {
            return None;
        }
        let middle = split_at(self.children.len(), at + 1);
        let children = self.children.split_off(middle);
        let separators = self.separators.split_off(middle);
        // The separator in the middle moves up.
        let separator = self.separators.pop()?;
        self.heads = Heads::new(self.separators.len(), |at| &self.separators[at]);
        let live = children.iter().map(|c| c.live).sum();
        Some((separator, Child { live, node: Branch::node(separators, children) }))
    }

    fn remove(&mut self, at: usize) {
        self.children.remove(at);
        // The child behind takes over the room; the first one has no separator of its own.
        self.heads.remove(at.saturating_sub(1));
        self.separators.remove(at.saturating_sub(1));
    }
}

/// Where to split a full node. One that grew at its end keeps all but the newest entry, so that ascending keys leave
/// full nodes behind.
fn split_at(len: usize, inserted: usize) -> usize {
    if inserted + 1 == len { len - 1 } else { len / 2 }
}
