//! The watches of clients, and whom a change concerns.

use std::collections::BTreeMap;

use sim::{Cause, NodeId};

use super::cache::{Change, stamped};
use super::selector::Selector;
use super::task::Caller;
use super::view::View;
use crate::api::{EventKind, Object};

/// Fields by which so many clients watch one object each, or the few of one node, that a change must not look at all of
/// them (the cacher's triggers and indexers).
const TRIGGERS: [(&str, &str); 2] = [("metadata.name", "/metadata/name"), ("spec.nodeName", "/spec/nodeName")];

/// A client's watch.
#[derive(Clone, Debug)]
pub(super) struct Watcher {
    pub(super) caller: Caller,
    /// Keys that begin so.
    pub(super) prefix: String,
    pub(super) selector: Selector,
    /// What has happened up to here it knows.
    pub(super) since: i64,
    /// The request that opened it.
    pub(super) cause: Cause,
    /// How its events are shown.
    pub(super) view: View,
}

impl Watcher {
    /// The field that it is found by, by its number, and the value.
    fn trigger(&self) -> Option<(usize, &str)> {
        let fields = TRIGGERS.iter().enumerate();
        fields.into_iter().find_map(|(field, (path, _))| Some((field, self.selector.required(path)?)))
    }

    /// What a change is to this watcher: an object may come into its selection or leave it.
    pub(super) fn sees(&self, change: &Change) -> Option<(EventKind, Object)> {
        if change.revision <= self.since {
            return None;
        }
        let matched = |object: &Option<Object>| object.as_ref().filter(|object| self.selector.matches(object)).cloned();
        match (matched(&change.before), matched(&change.after)) {
            (None, Some(after)) => Some((EventKind::Added, after)),
            (Some(_), Some(after)) => Some((EventKind::Modified, after)),
            (Some(before), None) => Some((EventKind::Deleted, stamped(before, change.revision))),
            (None, None) => None,
        }
    }
}

/// Those who watch the keys that begin alike: by the value of a field, or any.
#[derive(Clone, Debug, Default)]
struct Group {
    any: Vec<u64>,
    by_field: [BTreeMap<String, Vec<u64>>; TRIGGERS.len()],
}

impl Group {
    fn insert(&mut self, watcher: &Watcher, number: u64) {
        match watcher.trigger() {
            Some((field, value)) => self.by_field[field].entry(value.to_owned()).or_default().push(number),
            None => self.any.push(number),
        }
    }

    /// Says whether nobody is left.
    fn remove(&mut self, watcher: &Watcher, number: u64) -> bool {
        match watcher.trigger() {
            Some((field, value)) => {
                if let Some(numbers) = self.by_field[field].get_mut(value) {
                    numbers.retain(|other| *other != number);
                    if numbers.is_empty() {
                        self.by_field[field].remove(value);
                    }
                }
            }
            None => self.any.retain(|other| *other != number),
        }
        self.any.is_empty() && self.by_field.iter().all(BTreeMap::is_empty)
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Watchers {
    last: u64,
    all: BTreeMap<u64, Watcher>,
    /// By the prefix of keys.
    groups: BTreeMap<String, Group>,
    by_caller: BTreeMap<(NodeId, u64), u64>,
}

impl Watchers {
    pub(super) fn insert(&mut self, watcher: Watcher) {
        self.last += 1;
        if let Some(address) = watcher.caller.address() {
            self.by_caller.insert(address, self.last);
        }
        self.groups.entry(watcher.prefix.clone()).or_default().insert(&watcher, self.last);
        self.all.insert(self.last, watcher);
    }

    pub(super) fn remove(&mut self, node: NodeId, id: u64) -> Option<Watcher> {
        let number = self.by_caller.remove(&(node, id))?;
        let watcher = self.all.remove(&number)?;
        if self.groups.get_mut(&watcher.prefix).is_some_and(|group| group.remove(&watcher, number)) {
            self.groups.remove(&watcher.prefix);
        }
        Some(watcher)
    }

    /// A client's machine is gone.
    pub(super) fn forget(&mut self, node: NodeId) {
        let calls: Vec<_> = self.by_caller.range((node, 0)..=(node, u64::MAX)).map(|((_, id), _)| *id).collect();
        for id in calls {
            self.remove(node, id);
        }
    }

    /// All of them, taken out: the server cannot go on telling them.
    pub(super) fn take(&mut self) -> Vec<Watcher> {
        let all = std::mem::take(&mut self.all).into_values().collect();
        *self = Self { last: self.last, ..Self::default() };
        all
    }

    /// Whom a change may concern, in the order in which they came.
    pub(super) fn concerned(&self, change: &Change) -> Vec<&Watcher> {
        let mut numbers = Vec::new();
        let objects = [&change.before, &change.after];
        for group in prefixes(&change.key).filter_map(|prefix| self.groups.get(prefix)) {
            numbers.extend_from_slice(&group.any);
            for ((_, pointer), by_value) in TRIGGERS.into_iter().zip(&group.by_field) {
                for object in objects.into_iter().flatten().filter(|_| !by_value.is_empty()) {
                    numbers.extend(by_value.get(object.text(pointer)).into_iter().flatten());
                }
            }
        }
        numbers.sort_unstable();
        numbers.dedup();
        numbers.iter().filter_map(|number| self.all.get(number)).collect()
    }

    /// How many are open.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }
}

/// `/registry/pods/dev/web`: `/registry/pods/dev/`, `/registry/pods/`, and so on up.
fn prefixes(key: &str) -> impl Iterator<Item = &str> {
    let mut rest = key;
    std::iter::from_fn(move || {
        rest = rest.strip_suffix('/').unwrap_or(rest);
        rest = &rest[..=rest.rfind('/')?];
        (rest.len() > 1).then_some(rest)
    })
}
