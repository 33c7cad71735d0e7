//! What a history tells about single revisions, apart from the calls that were answered with them. It narrows down what
//! became of the calls whose outcome nobody knows.

use std::collections::{BTreeMap, BTreeSet};

use sim::Time;

use crate::history::{History, Moment, Outcome};
use crate::model::{Change, Item, Key, Keys, Op, Revision, State, Value};

/// Observations by revision.
pub(crate) struct Facts<'a> {
    history: &'a History,
    /// The call that was answered with a revision it made itself.
    claimed: BTreeMap<Revision, usize>,
    /// At which revision a value of a call without an answer was seen.
    pinned: BTreeMap<usize, Revision>,
    /// What is known of revisions that no call claims, from watchers and from whoever saw an item afterwards: a key, and
    /// its value unless it was deleted.
    told: BTreeMap<Revision, BTreeSet<(Key, Option<Value>)>>,
    /// When somebody first knew of a revision or a later one, for each that was the highest until then.
    known: BTreeMap<Revision, Moment>,
    /// Reads of a revision that is not the present one, or not certainly.
    snapshots: BTreeMap<Revision, Vec<usize>>,
}

impl<'a> Facts<'a> {
    pub(crate) fn of(history: &'a History) -> Facts<'a> {
        let mut facts = Facts {
            history,
            claimed: BTreeMap::new(),
            pinned: BTreeMap::new(),
            told: BTreeMap::new(),
            known: history.known().into_iter().map(|(at, revision)| (revision, at)).collect(),
            snapshots: BTreeMap::new(),
        };
        // Who wrote a value; nobody, if several may have.
        let mut writers: BTreeMap<Value, Option<usize>> = BTreeMap::new();
        for (number, call) in history.calls.iter().enumerate() {
            for value in call.values() {
                writers.entry(value).and_modify(|writer| *writer = None).or_insert(Some(number));
            }
            let Outcome::Answered { revision: Some(revision), .. } = call.outcome else { continue };
            if call.certainly_changed() {
                facts.claimed.insert(revision, number);
            }
            match call.op {
                Op::Local(_) => facts.snapshots.entry(revision).or_default().push(number),
                Op::Past { revision: past, .. } => facts.snapshots.entry(past).or_default().push(number),
                _ => {}
            }
        }
        // Whatever an item was seen in, its last change was made at the revision it names, by whoever wrote its value. What
        // was there before an event counts as well: a watcher without puts learns of a write from nothing else.
        let mut see = |key: Key, item: Item| {
            if let Some(Some(writer)) = writers.get(&item.value)
                && history.calls[*writer].outcome == Outcome::Unknown
            {
                facts.pinned.insert(*writer, item.modified);
            }
            if !facts.claimed.contains_key(&item.modified) {
                facts.told.entry(item.modified).or_default().insert((key, Some(item.value)));
            }
        };
        for (key, item) in history.calls.iter().flat_map(|call| call.items()) {
            see(*key, *item);
        }
        let events = || history.watches.iter().flat_map(|watch| &watch.batches).flat_map(|batch| &batch.events);
        for change in events().map(|event| event.change) {
            [change.now, change.before].into_iter().filter(Item::exists).for_each(|item| see(change.key, item));
        }
        for event in events().filter(|event| !event.change.now.exists()) {
            if !facts.claimed.contains_key(&event.revision) {
                facts.told.entry(event.revision).or_default().insert((event.change.key, None));
            }
        }
        facts
    }

    /// The last revision that was certainly reached.
    pub(crate) fn last(&self) -> Revision {
        self.told.last_key_value().map_or(0, |(revision, _)| *revision)
    }

    /// Whether a call without an answer may have made this revision.
    pub(crate) fn may_have_made(&self, call: usize, revision: Revision) -> bool {
        let known = self.known_at(revision);
        !self.claimed.contains_key(&revision)
            && self.pinned.get(&call).is_none_or(|pinned| *pinned == revision)
            && known.is_none_or(|known| self.history.calls[call].called < known)
    }

    /// Whether a lease that cannot end before `deadline` may have made this revision by running out.
    pub(crate) fn may_have_run_out(&self, deadline: Time, revision: Revision) -> bool {
        !self.claimed.contains_key(&revision) && self.known_at(revision).is_none_or(|known| deadline <= known.at)
    }

    /// When somebody first knew that this revision had been reached.
    fn known_at(&self, revision: Revision) -> Option<Moment> {
        self.known.range(revision..).next().map(|(_, at)| *at)
    }

    /// Why a state cannot have come about by these changes, if it cannot.
    pub(crate) fn objection(&self, state: &State, changes: &[Change]) -> Option<String> {
        let revision = state.revision;
        if !self.claimed.contains_key(&revision) {
            let value = |change: &Change| change.now.exists().then_some(change.now.value);
            let made = |told: &(Key, Option<Value>)| changes.iter().any(|c| (c.key, value(c)) == *told);
            if let Some(told) = self.told.get(&revision).into_iter().flatten().find(|told| !made(told)) {
                return Some(format!("somebody was told of another change of {}", crate::text::key(told.0)));
            }
            if let Some(change) = changes.iter().find(|change| self.was_silent(revision, change)) {
                return Some(format!("a watcher of {} was told of nothing", crate::text::key(change.key)));
            }
        }
        let snapshots = self.snapshots.get(&revision).into_iter().flatten();
        snapshots.copied().find(|read| !self.shows(*read, state)).map(|read| {
            let call = &self.history.calls[read];
            format!("a read saw that revision differently: {}", crate::text::call(call))
        })
    }

    /// Whether some watcher that must have been told of a change was not.
    fn was_silent(&self, revision: Revision, change: &Change) -> bool {
        self.history.watches.iter().any(|watch| {
            let covered = watch.from.is_some_and(|from| from <= revision) && revision <= watch.heard();
            let mut events = watch.batches.iter().flat_map(|batch| &batch.events);
            covered
                && watch.wants(change)
                && !events.any(|event| (event.revision, event.change.key) == (revision, change.key))
        })
    }

    fn shows(&self, read: usize, state: &State) -> bool {
        let call = &self.history.calls[read];
        let keys = match call.op {
            Op::Local(keys) | Op::Past { keys, .. } => keys,
            _ => Keys::all(),
        };
        call.items().eq(state.read(keys).iter())
    }
}
