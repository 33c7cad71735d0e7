//! The pods that wait: those to try now, those to try after a pause, and those that nothing has changed for
//! (`pkg/scheduler/backend/queue`).

use super::filters::{Hint, Plugin};
use crate::api::Object;
use crate::client::{Key, key};
use sim::{Cause, Micros, Time};
use std::collections::{BTreeMap, BTreeSet};

/// The first pause is a second, each further one twice as long, ten seconds at most.
const FIRST: u64 = 1_000_000;
const LONGEST: u64 = 10_000_000;
/// One that nothing has changed for is tried again all the same after five minutes.
const FORGOTTEN: Micros = Micros::secs(300);

#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) pod: Object,
    pub(super) cause: Cause,
    attempts: u32,
    /// Which plugins turned it away, and when.
    turned_away_by: BTreeSet<Plugin>,
    since: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    /// Higher priorities first.
    priority: std::cmp::Reverse<i64>,
    number: u64,
}

/// The pods without a node.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    pods: BTreeMap<Key, Waiting>,
    active: BTreeMap<Turn, Key>,
    backoff: BTreeSet<(Time, Key)>,
    unschedulable: BTreeSet<Key>,
    /// The same by the moment since which they wait.
    forgotten: BTreeSet<(Time, Key)>,
    /// How many times something has changed, by number, while a pod was tried.
    number: u64,
}

impl Queue {
    /// A pod is new, or has changed.
    pub(super) fn put(&mut self, now: Time, pod: &Object, cause: Cause) {
        let key = key(pod);
        if let Some(waiting) = self.pods.get_mut(&key) {
            let differs = |pointer: &str| waiting.pod.pointer(pointer) != pod.pointer(pointer);
            let has_changed = !waiting.pod.is(pod) && (differs("/spec") || differs("/metadata/labels"));
            waiting.pod = pod.clone();
            if has_changed && self.unschedulable.contains(&key) {
                self.activate(now, key);
            }
            return;
        }
        let waiting = Waiting { pod: pod.clone(), cause, attempts: 0, turned_away_by: BTreeSet::new(), since: now };
        self.pods.insert(key.clone(), waiting);
        self.push(key);
    }

    pub(super) fn remove(&mut self, key: &Key) {
        let Some(waiting) = self.pods.remove(key) else { return };
        self.active.retain(|_, one| one != key);
        self.backoff.retain(|(_, one)| one != key);
        self.unschedulable.remove(key);
        self.forgotten.remove(&(waiting.since, key.clone()));
    }

    /// The next pod to try.
    pub(super) fn next(&mut self, now: Time) -> Option<Waiting> {
        self.mature(now);
        let (_, key) = self.active.pop_first()?;
        let waiting = self.pods.get_mut(&key)?;
        waiting.attempts += 1;
        Some(waiting.clone())
    }

    /// A pod found no node: it waits until something changes that may help.
    pub(super) fn turned_away(&mut self, now: Time, key: Key, by: BTreeSet<Plugin>) {
        let Some(waiting) = self.pods.get_mut(&key) else { return };
        self.forgotten.remove(&(waiting.since, key.clone()));
        (waiting.turned_away_by, waiting.since) = (by, now);
        self.forgotten.insert((now, key.clone()));
        self.unschedulable.insert(key);
    }

    /// A pod could not be bound: it is tried again after its pause.
    pub(super) fn again(&mut self, now: Time, key: Key) {
        if self.pods.contains_key(&key) {
            self.activate(now, key);
        }
    }

    /// Something changed: those that it may help are tried again.
    pub(super) fn changed(&mut self, now: Time, hint: Hint) {
        let helped = |key: &&Key| {
            let by = self.pods.get(*key).map(|waiting| &waiting.turned_away_by);
            by.is_some_and(|by| by.is_empty() || by.iter().any(|plugin| plugin.may_be_helped_by(hint)))
        };
        let keys: Vec<Key> = self.unschedulable.iter().filter(helped).cloned().collect();
        keys.into_iter().for_each(|key| self.activate(now, key));
    }

    /// How many pods are to be tried now, when their time has come, and when something has changed.
    pub(super) fn lengths(&self) -> [usize; 3] {
        [self.active.len(), self.backoff.len(), self.unschedulable.len()]
    }

    pub(super) fn next_wakeup(&self) -> Option<Time> {
        let backoff = self.backoff.first().map(|(at, _)| *at);
        let forgotten = self.forgotten.first().map(|(since, _)| *since + FORGOTTEN);
        backoff.into_iter().chain(forgotten).min()
    }

    fn activate(&mut self, now: Time, key: Key) {
        self.unschedulable.remove(&key);
        let Some(waiting) = self.pods.get(&key) else { return };
        self.forgotten.remove(&(waiting.since, key.clone()));
        let pause = (FIRST << waiting.attempts.saturating_sub(1).min(10)).min(LONGEST);
        let until = waiting.since + Micros(pause);
        if until <= now {
            self.push(key);
        } else {
            self.backoff.insert((until, key));
        }
    }

    fn push(&mut self, key: Key) {
        let Some(waiting) = self.pods.get(&key) else { return };
        let priority = std::cmp::Reverse(waiting.pod.number("/spec/priority").unwrap_or(0));
        self.number += 1;
        self.active.insert(Turn { priority, number: self.number }, key);
    }

    fn mature(&mut self, now: Time) {
        while let Some((_, key)) = self.backoff.first().filter(|(at, _)| *at <= now).cloned() {
            self.backoff.pop_first();
            self.push(key);
        }
        let old = self.forgotten.iter().take_while(|(since, _)| *since + FORGOTTEN <= now);
        let old: Vec<Key> = old.map(|(_, key)| key.clone()).collect();
        old.into_iter().for_each(|key| self.activate(now, key));
    }
}
