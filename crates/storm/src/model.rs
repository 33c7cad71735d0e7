//! What a store that has one copy of everything, and does one thing after the other, would answer: the specification
//! that a history is held against. It is written anew and shares nothing with the store it judges.

use sim::{Micros, Time};

/// How many keys clients use; they are called `a` to `h`.
pub const KEYS: usize = 8;

/// A key, counted from 0.
pub type Key = u8;
/// What is written to a key. A storm never writes the same value twice, so a value tells who wrote it.
pub type Value = u32;
/// A revision of the store.
pub type Revision = u32;
/// A lease; 0 is none.
pub type Lease = u32;

/// The keys from `first` on, without `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    /// The first.
    pub first: Key,
    /// The one after the last.
    pub end: Key,
}

impl Keys {
    /// One key alone.
    pub const fn one(key: Key) -> Keys {
        Keys { first: key, end: key + 1 }
    }

    /// Every key there is.
    pub const fn all() -> Keys {
        Keys { first: 0, end: KEYS as Key }
    }

    /// Whether a key is among them.
    pub const fn contains(&self, key: Key) -> bool {
        self.first <= key && key < self.end
    }

    fn range(self) -> core::ops::Range<usize> {
        usize::from(self.first)..usize::from(self.end)
    }
}

/// A key's value and history. All zero stands for a key that does not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Item {
    /// The value.
    pub value: Value,
    /// The revision of its creation.
    pub created: Revision,
    /// The revision of its last change.
    pub modified: Revision,
    /// Changes since its creation.
    pub version: u32,
    /// The lease it is attached to.
    pub lease: Lease,
}

impl Item {
    /// Whether there is such a key.
    pub const fn exists(&self) -> bool {
        self.modified > 0
    }
}

/// What a transaction does, or a request that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Reads.
    Get(Keys),
    /// Writes.
    Put {
        /// The key.
        key: Key,
        /// Its new value.
        value: Value,
        /// The lease to attach it to, or 0.
        lease: Lease,
    },
    /// Deletes.
    Delete(Keys),
}

/// What a condition looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The value; a key that does not exist has none, and no condition on it holds.
    Value,
    /// The revision of the last change; 0 without a key.
    Modified,
    /// The revision of the creation; 0 without a key.
    Created,
    /// The version; 0 without a key.
    Version,
}

/// A condition of a transaction: something about a key equals a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The key.
    pub key: Key,
    /// What about it.
    pub field: Field,
    /// What it has to be.
    pub is: u32,
}

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// One act.
    Act(Act),
    /// Acts that depend on conditions.
    Txn {
        /// All of them must hold.
        conditions: Vec<Condition>,
        /// Done if they hold.
        then: Vec<Act>,
        /// Done if they do not.
        otherwise: Vec<Act>,
    },
    /// A read of what was.
    Past {
        /// Which keys.
        keys: Keys,
        /// When.
        revision: Revision,
    },
    /// A read of what one member has, which may lag: a serializable one.
    Local(Keys),
    /// Makes a lease.
    Grant {
        /// Its id.
        lease: Lease,
        /// Its time to live.
        ttl: Micros,
    },
    /// Ends a lease, and deletes the keys attached to it.
    Revoke(Lease),
    /// Renews a lease.
    Renew {
        /// Which.
        lease: Lease,
        /// Its time to live.
        ttl: Micros,
    },
    /// Forgets what was before a revision.
    Compact(Revision),
}

/// What an act saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// What was read.
    Items(Vec<(Key, Item)>),
    /// It was written.
    Put,
    /// So many were deleted.
    Deleted(u32),
}

/// What a client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// What the acts saw, and whether the conditions held.
    Done {
        /// Whether they held; true where there are none.
        held: bool,
        /// One for each act.
        seen: Vec<Seen>,
    },
    /// It was done, and there is no more to say.
    Ok,
    /// There is no such lease.
    NoLease,
    /// There is one already.
    LeaseExists,
    /// That revision was compacted.
    Compacted,
    /// That revision lies ahead.
    Future,
}

/// A key that changed. `now` does not exist if it was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which.
    pub key: Key,
    /// After it.
    pub now: Item,
    /// Before it.
    pub before: Item,
}

/// The store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// The present revision.
    pub revision: Revision,
    /// The revision before which everything is forgotten.
    pub compacted: Revision,
    /// The keys.
    pub items: [Item; KEYS],
    /// Leases that live, with the time before which they cannot have run out.
    pub leases: Vec<(Lease, Time)>,
}

impl Default for State {
    fn default() -> State {
        State { revision: 1, compacted: 0, items: [Item::default(); KEYS], leases: Vec::new() }
    }
}

impl State {
    /// What there is of some keys.
    pub fn read(&self, keys: Keys) -> Vec<(Key, Item)> {
        let items = (keys.first..keys.end).zip(&self.items[keys.range()]);
        items.filter(|(_, item)| item.exists()).map(|(key, item)| (key, *item)).collect()
    }

    /// Does what a client asked for at `called`, and gives the answer and what changed.
    pub fn apply(&mut self, op: &Op, called: Time, changes: &mut Vec<Change>) -> Answer {
        match op {
            Op::Act(act) => self.acts(true, core::slice::from_ref(act), changes),
            Op::Txn { conditions, then, otherwise } => {
                let held = conditions.iter().all(|condition| self.holds(condition));
                self.acts(held, if held { then } else { otherwise }, changes)
            }
            Op::Past { revision, .. } if *revision > self.revision => Answer::Future,
            Op::Past { revision, .. } if *revision < self.compacted => Answer::Compacted,
            // What it sees is compared with the state of that revision.
            Op::Past { .. } | Op::Local(_) => Answer::Ok,
            Op::Grant { lease, .. } if self.lives(*lease) => Answer::LeaseExists,
            Op::Grant { lease, ttl } => {
                self.leases.push((*lease, called + *ttl));
                self.leases.sort_unstable();
                Answer::Ok
            }
            Op::Revoke(lease) if self.lives(*lease) => {
                self.end_lease(*lease, changes);
                Answer::Ok
            }
            Op::Renew { lease, ttl } => match self.leases.iter_mut().find(|(id, _)| id == lease) {
                Some((_, deadline)) => {
                    *deadline = (*deadline).max(called + *ttl);
                    Answer::Ok
                }
                None => Answer::NoLease,
            },
            Op::Revoke(_) => Answer::NoLease,
            Op::Compact(revision) if *revision > self.revision => Answer::Future,
            Op::Compact(revision) if *revision <= self.compacted => Answer::Compacted,
            Op::Compact(revision) => {
                self.compacted = *revision;
                Answer::Ok
            }
        }
    }

    /// A lease ends: asked for, or because it ran out.
    pub fn end_lease(&mut self, lease: Lease, changes: &mut Vec<Change>) {
        self.leases.retain(|(id, _)| *id != lease);
        for key in 0..KEYS {
            if self.items[key].exists() && self.items[key].lease == lease {
                self.delete(key, changes);
            }
        }
        self.finish(changes);
    }

    fn lives(&self, lease: Lease) -> bool {
        self.leases.iter().any(|(id, _)| *id == lease)
    }

    fn holds(&self, condition: &Condition) -> bool {
        let item = &self.items[usize::from(condition.key)];
        match condition.field {
            Field::Value => item.exists() && item.value == condition.is,
            Field::Modified => item.modified == condition.is,
            Field::Created => item.created == condition.is,
            Field::Version => item.version == condition.is,
        }
    }

    fn acts(&mut self, held: bool, acts: &[Act], changes: &mut Vec<Change>) -> Answer {
        let no_lease = |act: &Act| matches!(act, Act::Put { lease, .. } if *lease != 0 && !self.lives(*lease));
        if acts.iter().any(no_lease) {
            return Answer::NoLease;
        }
        let seen = acts.iter().map(|act| self.act(act, changes)).collect();
        self.finish(changes);
        Answer::Done { held, seen }
    }

    fn act(&mut self, act: &Act, changes: &mut Vec<Change>) -> Seen {
        let revision = self.revision + 1;
        match *act {
            Act::Get(keys) => Seen::Items(self.read(keys)),
            Act::Put { key, value, lease } => {
                let item = &mut self.items[usize::from(key)];
                let before = *item;
                let created = if before.exists() { before.created } else { revision };
                *item = Item { value, created, modified: revision, version: before.version + 1, lease };
                changes.push(Change { key, now: *item, before });
                Seen::Put
            }
            Act::Delete(keys) => {
                let there = changes.len();
                keys.range().for_each(|key| self.delete(key, changes));
                Seen::Deleted((changes.len() - there) as u32)
            }
        }
    }

    fn delete(&mut self, key: usize, changes: &mut Vec<Change>) {
        let before = core::mem::take(&mut self.items[key]);
        if before.exists() {
            changes.push(Change { key: key as Key, now: Item::default(), before });
        }
    }

    /// All that one request changes has one revision.
    fn finish(&mut self, changes: &[Change]) {
        if !changes.is_empty() {
            self.revision += 1;
        }
    }
}
