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
    fn trigger(&self) -> Trigger {
        let field = |(path, _): &&(&str, &str)| self.selector.required(path).is_some();
        let place = TRIGGERS.iter().find(field).map(|(path, _)| {
            let value = self.selector.required(path).unwrap_or_default();
            (*path, value.to_owned())
        });
        (self.prefix.clone(), place.unwrap_or_default())
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

/// A prefix of keys, and a field with its value, or two empty texts.
type Trigger = (String, (&'static str, String));

#[derive(Clone, Debug, Default)]
pub(super) struct Watchers {
    last: u64,
    all: BTreeMap<u64, Watcher>,
    triggers: BTreeMap<Trigger, Vec<u64>>,
    by_caller: BTreeMap<(NodeId, u64), u64>,
}

impl Watchers {
    pub(super) fn insert(&mut self, watcher: Watcher) {
        self.last += 1;
        if let Some(address) = watcher.caller.address() {
            self.by_caller.insert(address, self.last);
        }
        self.triggers.entry(watcher.trigger()).or_default().push(self.last);
        self.all.insert(self.last, watcher);
    }

    pub(super) fn remove(&mut self, node: NodeId, id: u64) -> Option<Watcher> {
        let number = self.by_caller.remove(&(node, id))?;
        let watcher = self.all.remove(&number)?;
        let trigger = watcher.trigger();
        if let Some(numbers) = self.triggers.get_mut(&trigger) {
            numbers.retain(|other| *other != number);
            if numbers.is_empty() {
                self.triggers.remove(&trigger);
            }
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
        for prefix in prefixes(&change.key) {
            let mut look = |trigger: (&'static str, String)| {
                if let Some(found) = self.triggers.get(&(prefix.to_owned(), trigger)) {
                    numbers.extend_from_slice(found);
                }
            };
            look(Default::default());
            for (path, pointer) in TRIGGERS {
                for object in objects.into_iter().flatten() {
                    look((path, object.text(pointer).to_owned()));
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
