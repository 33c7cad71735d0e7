//! A work queue: each key once, one worker a key, retries ever later (`client-go/util/workqueue`).

use super::Key;
use sim::{Cause, Micros, Time};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The first retry comes after 5 ms, each further one after twice as long, up to 1000 s.
const FIRST: u64 = 5_000;
const LONGEST: u64 = 1_000_000_000;

/// Keys of objects to look at.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    ready: VecDeque<Key>,
    /// Those in `ready`, and those that came again while they were worked on; with what they came from.
    dirty: BTreeMap<Key, Cause>,
    busy: BTreeSet<Key>,
    later: BTreeMap<Key, (Time, Cause)>,
    /// The same by their dates.
    dates: BTreeSet<(Time, Key)>,
    failures: BTreeMap<Key, u32>,
}

impl Queue {
    /// Puts a key in, unless it is there.
    pub fn add(&mut self, key: Key, cause: Cause) {
        if self.dirty.contains_key(&key) {
            return;
        }
        if !self.busy.contains(&key) {
            self.ready.push_back(key.clone());
        }
        self.dirty.insert(key, cause);
    }

    /// Puts a key in after a while; the earlier of two dates counts.
    pub fn add_after(&mut self, key: Key, at: Time, cause: Cause) {
        let due = self.later.entry(key.clone()).or_insert((at, cause));
        if at < due.0 {
            self.dates.remove(&(due.0, key.clone()));
            due.0 = at;
        }
        self.dates.insert((due.0, key));
    }

    /// Puts a key in again after a failure.
    pub fn retry(&mut self, key: Key, now: Time, cause: Cause) {
        let count = self.failures.entry(key.clone()).or_default();
        let delay = FIRST.saturating_mul(1 << (*count).min(30)).min(LONGEST);
        *count += 1;
        self.add_after(key, now + Micros(delay), cause);
    }

    /// How often a key failed since it last went well.
    pub fn failures(&self, key: &str) -> u32 {
        self.failures.get(key).copied().unwrap_or(0)
    }

    /// It went well: the next failure is its first.
    pub fn forget(&mut self, key: &str) {
        self.failures.remove(key);
    }

    /// The next key to work on, which is then busy until [`Queue::done`].
    pub fn next(&mut self, now: Time) -> Option<(Key, Cause)> {
        self.mature(now);
        let key = self.ready.pop_front()?;
        let cause = self.dirty.remove(&key).unwrap_or_default();
        self.busy.insert(key.clone());
        Some((key, cause))
    }

    /// A worker is done with a key.
    pub fn done(&mut self, key: &Key) {
        self.busy.remove(key);
        if self.dirty.contains_key(key) {
            self.ready.push_back(key.clone());
        }
    }

    /// How many are worked on.
    pub fn busy(&self) -> usize {
        self.busy.len()
    }

    /// How many wait to be worked on.
    pub fn len(&self) -> usize {
        self.ready.len()
    }

    /// Whether none waits to be worked on.
    pub fn is_empty(&self) -> bool {
        self.ready.is_empty()
    }

    /// When a key's date comes.
    pub fn next_wakeup(&self) -> Option<Time> {
        self.dates.first().map(|(at, _)| *at)
    }

    fn mature(&mut self, now: Time) {
        while self.dates.first().is_some_and(|(at, _)| *at <= now)
            && let Some((_, key)) = self.dates.pop_first()
        {
            if let Some((_, cause)) = self.later.remove(&key) {
                self.add(key, cause);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(queue: &mut Queue, now: u64) -> Vec<String> {
        std::iter::from_fn(|| queue.next(Time(now))).map(|(key, _)| key.to_string()).collect()
    }

    #[test]
    fn a_key_is_there_once_and_worked_on_by_one() {
        let mut queue = Queue::default();
        for key in ["a", "b", "a"] {
            queue.add(key.into(), Cause::default());
        }
        assert_eq!(keys(&mut queue, 0), ["a", "b"]);
        queue.add("a".into(), Cause::default());
        assert!(keys(&mut queue, 0).is_empty());
        queue.done(&"a".into());
        assert_eq!(keys(&mut queue, 0), ["a"]);
    }

    #[test]
    fn retries_come_ever_later_until_it_goes_well() {
        let mut queue = Queue::default();
        let mut wait = |forget: bool| {
            if forget {
                queue.forget("a");
            }
            queue.retry("a".into(), Time(0), Cause::default());
            let at = queue.next_wakeup().unwrap_or_default();
            assert_eq!(keys(&mut queue, at.0), ["a"]);
            queue.done(&"a".into());
            at.0
        };
        assert_eq!([wait(false), wait(false), wait(false), wait(true)], [5_000, 10_000, 20_000, 5_000]);
    }
}
