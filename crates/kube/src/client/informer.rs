//! Watches a kind of objects and keeps what it knows of them (`client-go/tools/cache`, `Reflector`): it begins with what
//! there is, goes on from where it was when the watch ends, and begins anew when that is too long ago.

use super::{Cache, Key, Kind, key};
use crate::api::{EventKind, Object, Options, Request, Status, Verb, Words};
use sim::{Micros, Time};
use std::collections::BTreeSet;

/// What happened to an object that is watched.
#[derive(Clone, Debug)]
pub struct Change {
    /// Which of the client's kinds.
    pub kind: usize,
    /// As it was; of a deleted object its last state.
    pub old: Option<Object>,
    /// As it is; `None` when it is gone.
    pub new: Option<Object>,
}

impl Change {
    /// As it is, or was last.
    pub fn object(&self) -> Option<&Object> {
        self.new.as_ref().or(self.old.as_ref())
    }
}

/// The pauses between attempts to watch: 0.8 s, then twice as long each time, 30 s at most, and up to as much again by
/// chance.
const FIRST_PAUSE: u64 = 800_000;
const LONGEST_PAUSE: u64 = 30_000_000;

#[derive(Clone, Debug)]
enum State {
    Off,
    Pause(Time),
    Open(u64),
}

#[derive(Clone, Debug)]
pub(super) struct Informer {
    pub(super) kind: Kind,
    field_selector: Words,
    pub(super) cache: Cache,
    state: State,
    revision: String,
    /// What came since a watch began from nothing, until its bookmark.
    initial: Option<BTreeSet<Key>>,
    pub(super) synced: bool,
    tries: u32,
}

impl Informer {
    pub(super) fn new(kind: Kind, field_selector: Words) -> Self {
        Self {
            kind,
            field_selector,
            cache: Cache::default(),
            state: State::Off,
            revision: String::new(),
            initial: None,
            synced: false,
            tries: 0,
        }
    }

    /// The call that its watch is known by.
    pub(super) fn watch(&self) -> Option<u64> {
        match self.state {
            State::Open(id) => Some(id),
            _ => None,
        }
    }

    pub(super) fn next_wakeup(&self) -> Option<Time> {
        match self.state {
            State::Pause(until) => Some(until),
            _ => None,
        }
    }

    pub(super) fn wants_watch(&self, now: Time) -> bool {
        matches!(self.state, State::Pause(until) if until <= now)
    }

    /// Opens the watch under this number; gives the request.
    pub(super) fn open(&mut self, id: u64) -> Request {
        let mut request = self.kind.request(Verb::Watch, "", "");
        let from_nothing = self.revision.is_empty();
        request.options = Options {
            field_selector: self.field_selector.clone(),
            resource_version: self.revision.clone().into(),
            send_initial_events: from_nothing,
            ..Options::default()
        };
        self.initial = from_nothing.then(BTreeSet::new);
        self.state = State::Open(id);
        request
    }

    /// The watch could not begin, was refused, or the connection broke.
    pub(super) fn failed(&mut self, now: Time, status: Option<&Status>, chance: u64) {
        if status.is_some_and(|status| status.reason.code() == 410) {
            self.revision.clear();
            self.state = State::Pause(now);
            return;
        }
        let pause = (FIRST_PAUSE << self.tries.min(6)).min(LONGEST_PAUSE);
        self.tries += 1;
        self.initial = None;
        self.state = State::Pause(now + Micros(pause + chance % pause));
    }

    /// The watch ended as watches do: it goes on from where it was.
    pub(super) fn ended(&mut self, now: Time) {
        self.state = State::Pause(now);
    }

    /// Something was told by the watch.
    pub(super) fn event(&mut self, index: usize, what: EventKind, object: Object) -> Vec<Change> {
        self.tries = 0;
        let version = object.resource_version();
        if self.initial.is_none() && !version.is_empty() {
            version.clone_into(&mut self.revision);
        }
        match what {
            EventKind::Added | EventKind::Modified => {
                if let Some(seen) = &mut self.initial {
                    seen.insert(key(&object));
                }
                self.cache.put(index, object).into_iter().collect()
            }
            EventKind::Deleted => {
                if let Some(seen) = &mut self.initial {
                    seen.remove(&key(&object));
                }
                self.cache.remove(index, object).into_iter().collect()
            }
            EventKind::Bookmark => {
                object.resource_version().clone_into(&mut self.revision);
                self.synced = true;
                let Some(seen) = self.initial.take() else { return Vec::new() };
                self.cache.keep_only(index, &seen)
            }
        }
    }

    /// Begins to watch.
    pub(super) fn start(&mut self, now: Time) {
        self.state = State::Pause(now);
    }
}
