//! What clients asked for and were told, with the order in which it happened.

use sim::Time;

use crate::model::{Act, Answer, Change, Item, Key, Keys, Op, Revision, Seen, Value};

/// A moment at which a client did or learned something. No two are the same: `order` counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// The how many-th it is.
    pub order: u32,
    /// The time.
    pub at: Time,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nobody knows: it may have been done, may be done later, or never.
    Unknown,
    /// It was certainly not done, and that tells nothing about the store.
    Void,
    /// It was answered.
    Answered {
        /// The revision of the store that came with the answer; errors have none.
        revision: Option<Revision>,
        /// The answer.
        answer: Answer,
    },
}

/// One call of a client.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who called.
    pub client: u32,
    /// Which member was asked.
    pub member: u32,
    /// When it called.
    pub called: Moment,
    /// When it was answered, or gave up.
    pub back: Option<Moment>,
    /// What it asked for.
    pub op: Op,
    /// What became of it.
    pub outcome: Outcome,
}

impl Call {
    /// The moment of an answer that counts.
    pub fn answered(&self) -> Option<Moment> {
        if matches!(self.outcome, Outcome::Answered { .. }) { self.back } else { None }
    }

    /// The items it was shown.
    pub fn items(&self) -> impl Iterator<Item = &(Key, Item)> {
        let seen: &[Seen] = match &self.outcome {
            Outcome::Answered { answer: Answer::Done { seen, .. }, .. } => seen,
            _ => &[],
        };
        seen.iter().filter_map(|seen| if let Seen::Items(items) = seen { Some(items) } else { None }).flatten()
    }

    /// Everything it may write.
    pub fn values(&self) -> impl Iterator<Item = Value> {
        let (some, others): (&[Act], &[Act]) = match &self.op {
            Op::Act(act) => (core::slice::from_ref(act), &[]),
            Op::Txn { then, otherwise, .. } => (then, otherwise),
            _ => (&[], &[]),
        };
        some.iter().chain(others).filter_map(|act| if let Act::Put { value, .. } = act { Some(*value) } else { None })
    }

    /// Whether its answer says that it changed a key.
    pub fn certainly_changed(&self) -> bool {
        let Outcome::Answered { answer: Answer::Done { seen, .. }, .. } = &self.outcome else { return false };
        seen.iter().any(|seen| match seen {
            Seen::Put => true,
            Seen::Deleted(count) => *count > 0,
            Seen::Items(_) => false,
        })
    }
}

/// An event as a watcher was told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// The revision.
    pub revision: Revision,
    /// The key, after and before; `before` is empty unless the watcher asked for it.
    pub change: Change,
}

/// What a watcher was told at once.
#[derive(Clone, Debug)]
pub struct Batch {
    /// When.
    pub at: Moment,
    /// Up to which revision the watcher was told that it has seen everything; none if it was not.
    pub complete: Option<Revision>,
    /// The events, in the order they came.
    pub events: Vec<Event>,
}

/// What one watcher asked for and was told, over all the streams it used one after the other.
#[derive(Clone, Debug)]
pub struct Watch {
    /// Who watches.
    pub client: u32,
    /// What.
    pub keys: Keys,
    /// Leave out writes.
    pub no_put: bool,
    /// Leave out deletions.
    pub no_delete: bool,
    /// With what was before.
    pub previous: bool,
    /// The first revision it wants to hear of; none until the first stream tells which that is.
    pub from: Option<Revision>,
    /// What it was told.
    pub batches: Vec<Batch>,
}

impl Watch {
    /// Whether a change is one that it asked for.
    pub fn wants(&self, change: &Change) -> bool {
        self.keys.contains(change.key) && !(if change.now.exists() { self.no_put } else { self.no_delete })
    }

    /// The last revision of which it knows that it has heard everything up to it.
    pub fn heard(&self) -> Revision {
        let told =
            self.batches.iter().flat_map(|batch| batch.events.iter().map(|event| event.revision).chain(batch.complete));
        told.max().unwrap_or(0).max(self.from.map_or(0, |from| from.saturating_sub(1)))
    }
}

/// Everything that clients did and learned in one storm.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The calls, in the order they were made.
    pub calls: Vec<Call>,
    /// The watchers.
    pub watches: Vec<Watch>,
    moments: u32,
}

impl History {
    /// When somebody first knew that the store had reached a revision, for each that was the highest known until then.
    pub fn known(&self) -> Vec<(Moment, Revision)> {
        let batches = self.watches.iter().flat_map(|watch| &watch.batches);
        let told = batches.filter_map(|batch| {
            let last = batch.events.iter().map(|event| event.revision).chain(batch.complete).max()?;
            Some((batch.at, last))
        });
        let answers = self.calls.iter().filter_map(|call| match call.outcome {
            Outcome::Answered { revision, .. } => Some((call.back?, revision?)),
            _ => None,
        });
        let mut known: Vec<(Moment, Revision)> = told.chain(answers).collect();
        known.sort_unstable();
        let mut highest = 0;
        known.retain(|(_, revision)| {
            let higher = *revision > highest;
            highest = highest.max(*revision);
            higher
        });
        known
    }

    /// The next moment.
    pub fn moment(&mut self, at: Time) -> Moment {
        self.moments += 1;
        Moment { order: self.moments, at }
    }
}
