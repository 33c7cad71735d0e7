//! What an informer knows: the objects of a kind as far as the watch has told, with indexes.

use super::Change;
use super::pods::Tally;
use crate::api::Object;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// `namespace/name`, or the name alone for what lies in no namespace.
pub type Key = Arc<str>;

/// The key of an object.
pub fn key(object: &Object) -> Key {
    join(object.namespace(), object.name())
}

fn join(namespace: &str, name: &str) -> Key {
    if namespace.is_empty() { name.into() } else { format!("{namespace}/{name}").into() }
}

/// Namespace and name of a key.
pub fn split(key: &str) -> (&str, &str) {
    key.split_once('/').unwrap_or(("", key))
}

type Index = BTreeMap<String, BTreeSet<Key>>;

/// The objects of a kind.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    objects: BTreeMap<Key, Object>,
    by_owner: Index,
    by_node: Index,
    /// How many pods each owner has in its care, by its uid.
    tallies: BTreeMap<String, Vec<Tally>>,
    /// Deleted by an answer before the watch said so, with the uid: older news of it must not bring it back.
    gone: BTreeMap<Key, String>,
}

impl Cache {
    pub fn get(&self, namespace: &str, name: &str) -> Option<&Object> {
        self.by_key(&join(namespace, name))
    }

    pub fn by_key(&self, key: &str) -> Option<&Object> {
        self.objects.get(key)
    }

    /// All of them, in the order of their keys.
    pub fn all(&self) -> impl Iterator<Item = &Object> {
        self.objects.values()
    }

    pub fn len(&self) -> usize {
        self.objects.len()
    }

    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    pub fn in_namespace<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = &'a Object> + 'a {
        // "0" is the character after "/".
        let (from, to): (Key, Key) = (format!("{namespace}/").into(), format!("{namespace}0").into());
        self.objects.range(from..to).map(|(_, object)| object)
    }

    /// Those that name an object among their owners.
    pub fn owned_by(&self, uid: &str) -> impl Iterator<Item = &Object> {
        self.indexed(&self.by_owner, uid)
    }

    /// Those of a namespace that are in nobody's care.
    pub fn free_in<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = &'a Object> + 'a {
        self.owned_by("").filter(move |object| object.namespace() == namespace)
    }

    /// Pods that are bound to a node; the empty name is for those that are bound to none.
    pub fn on_node(&self, node: &str) -> impl Iterator<Item = &Object> {
        self.indexed(&self.by_node, node)
    }

    /// How many pods an object has in its care, for each set of labels that they have.
    pub fn tally(&self, controller: &str) -> &[Tally] {
        self.tallies.get(controller).map_or(&[], Vec::as_slice)
    }

    fn indexed<'a>(&'a self, index: &'a Index, of: &str) -> impl Iterator<Item = &'a Object> + 'a {
        index.get(of).into_iter().flatten().filter_map(|key| self.objects.get(key))
    }

    /// Takes an object as it is now. Nothing happens when a newer state of it is known.
    pub(super) fn put(&mut self, kind: usize, object: Object) -> Option<Change> {
        let key = key(&object);
        if self.gone.get(&key).is_some_and(|uid| uid == object.uid()) {
            return None;
        }
        let old = self.objects.get(&key);
        if old.is_some_and(|old| old.revision() >= object.revision() && old.uid() == object.uid()) {
            return None;
        }
        let old = self.objects.insert(key.clone(), object.clone());
        // Most changes leave an object where it is in every index.
        if old.as_ref().is_none_or(|old| !has_place_of(&object, old)) {
            if let Some(old) = &old {
                self.index(&key, old, false);
            }
            self.index(&key, &object, true);
        }
        Some(Change { kind, old, new: Some(object) })
    }

    /// The watch said that an object is gone.
    pub(super) fn remove(&mut self, kind: usize, object: Object) -> Option<Change> {
        let key = key(&object);
        self.gone.remove(&key);
        let known = self.objects.get(&key)?;
        if known.uid() != object.uid() {
            return None;
        }
        self.take_out(&key);
        Some(Change { kind, old: Some(object), new: None })
    }

    /// An answer said that an object is gone; the watch will say it too.
    pub(super) fn removed_by_answer(&mut self, kind: usize, key: &Key) -> Option<Change> {
        let old = self.take_out(key)?;
        self.gone.insert(key.clone(), old.uid().to_owned());
        Some(Change { kind, old: Some(old), new: None })
    }

    /// Removes what is not among the keys of a fresh list.
    pub(super) fn keep_only(&mut self, kind: usize, seen: &BTreeSet<Key>) -> Vec<Change> {
        self.gone.clear();
        let lost: Vec<Key> = self.objects.keys().filter(|key| !seen.contains(*key)).cloned().collect();
        let gone = lost.iter().filter_map(|key| self.take_out(key));
        gone.map(|old| Change { kind, old: Some(old), new: None }).collect()
    }

    fn take_out(&mut self, key: &Key) -> Option<Object> {
        let old = self.objects.remove(key)?;
        self.index(key, &old, false);
        Some(old)
    }

    fn index(&mut self, key: &Key, object: &Object, is_in: bool) {
        let owners = object.list("/metadata/ownerReferences");
        for owner in owners.iter().filter_map(|owner| owner["uid"].as_str()) {
            enter(&mut self.by_owner, owner, key, is_in);
        }
        if object.controller().is_none() {
            enter(&mut self.by_owner, "", key, is_in);
        }
        if object.kind() == "Pod" {
            if let Some(owner) = object.controller().and_then(|owner| owner["uid"].as_str()) {
                let tallies = self.tallies.entry(owner.to_owned()).or_default();
                Tally::count(tallies, object, is_in);
                if tallies.is_empty() {
                    self.tallies.remove(owner);
                }
            }
            enter(
                &mut self.by_node,
                object.pointer("/spec/nodeName").and_then(Value::as_str).unwrap_or(""),
                key,
                is_in,
            );
        }
    }
}

/// Whether an object stands in the same places of the indexes as another one.
fn has_place_of(object: &Object, other: &Object) -> bool {
    let same = |pointer: &str| object.pointer(pointer) == other.pointer(pointer);
    same("/metadata/ownerReferences")
        && (object.kind() != "Pod"
            || (same("/spec/nodeName") && same("/metadata/labels") && Tally::counts_alike(object, other)))
}

fn enter(index: &mut Index, of: &str, key: &Key, is_in: bool) {
    if is_in {
        index.entry(of.to_owned()).or_default().insert(key.clone());
    } else if let Some(keys) = index.get_mut(of) {
        keys.remove(key);
        if keys.is_empty() {
            index.remove(of);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(name: &str, version: u64, node: &str) -> Object {
        json!({ "kind": "Pod", "metadata": { "name": name, "namespace": "dev", "uid": format!("u-{name}"),
            "resourceVersion": version.to_string(), "ownerReferences": [{ "uid": "owner", "controller": true }] },
            "spec": { "nodeName": node } })
        .into()
    }

    #[test]
    fn indexes_follow_the_objects() {
        let mut cache = Cache::default();
        cache.put(0, pod("a", 1, ""));
        cache.put(0, pod("b", 2, "n1"));
        cache.put(0, pod("a", 3, "n1"));
        let names = |objects: Vec<&Object>| objects.iter().map(|one| one.name().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(cache.on_node("n1").collect()), ["a", "b"]);
        assert_eq!(cache.on_node("").count(), 0);
        assert_eq!(names(cache.owned_by("owner").collect()), ["a", "b"]);
        let all = |cache: &Cache| cache.tally("owner").iter().map(|tally| (tally.all, tally.ready)).collect::<Vec<_>>();
        assert_eq!(all(&cache), [(2, 0)]);
        cache.remove(0, pod("a", 4, "n1"));
        assert_eq!(all(&cache), [(1, 0)]);
        assert_eq!(names(cache.in_namespace("dev").collect()), ["b"]);
        assert_eq!(cache.in_namespace("de").count(), 0);
    }

    #[test]
    fn older_news_changes_nothing() {
        let mut cache = Cache::default();
        assert!(cache.put(0, pod("a", 5, "n1")).is_some());
        assert!(cache.put(0, pod("a", 5, "n1")).is_none());
        assert!(cache.put(0, pod("a", 4, "")).is_none());
        assert!(cache.removed_by_answer(0, &"dev/a".into()).is_some());
        assert!(cache.put(0, pod("a", 6, "n1")).is_none(), "it was deleted already");
        assert!(cache.remove(0, pod("a", 7, "n1")).is_none());
        assert!(cache.put(0, pod("a", 9, "n1")).is_some(), "another one of the same name");
    }
}
