//! What the server knows of etcd's content: every object under `/registry/`, and the last changes
//! (`staging/src/k8s.io/apiserver/pkg/storage/cacher`). Only etcd's own watch changes it.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;

use etcd::rpc::KeyValue;
use serde_json::Value;

use super::authz::Grants;
use crate::api::Object;

/// How many changes are kept for watches that begin in the past.
const KEPT_CHANGES: usize = 4_096;

/// One change of one object.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) revision: i64,
    pub(super) key: String,
    /// Before; nothing if it is new.
    pub(super) before: Option<Object>,
    /// After; nothing if it is gone.
    pub(super) after: Option<Object>,
}

/// An object on its way to etcd. Several tasks may try to write the same one; only one of them gets there.
#[derive(Clone, Debug)]
struct Written {
    task: u64,
    bytes: etcd::Bytes,
    object: Object,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Cache {
    objects: BTreeMap<String, Object>,
    /// Everything up to here is in it.
    revision: i64,
    changes: VecDeque<Change>,
    /// Watches can begin after this revision.
    kept_after: i64,
    /// What this server has sent to etcd and not heard of yet, so that it need not be read again out of its JSON.
    written: BTreeMap<String, Vec<Written>>,
    /// The roles that bindings give, by who asked for what and where, as long as no role and no binding changes.
    granted: BTreeMap<String, Grants>,
}

/// So many are remembered of those who asked.
const GRANTED: usize = 1_024;

/// Whether a key is a role's or a binding's.
fn is_policy(key: &str) -> bool {
    let folders = ["clusterroles/", "clusterrolebindings/", "roles/", "rolebindings/"];
    key.strip_prefix("/registry/").is_some_and(|rest| folders.iter().any(|folder| rest.starts_with(folder)))
}

impl Cache {
    pub(super) fn revision(&self) -> i64 {
        self.revision
    }

    /// Nothing happened up to `revision`.
    pub(super) fn advance(&mut self, revision: i64) {
        self.revision = self.revision.max(revision);
    }

    pub(super) fn len(&self) -> usize {
        self.objects.len()
    }

    pub(super) fn get(&self, key: &str) -> Option<&Object> {
        self.objects.get(key)
    }

    /// The roles of somebody, if they have been looked up since roles and bindings last changed.
    pub(super) fn granted(&self, whose: &str) -> Option<&Grants> {
        self.granted.get(whose)
    }

    /// Remembers the roles of somebody.
    pub(super) fn grant(&mut self, whose: String, grants: Grants) {
        if self.granted.len() >= GRANTED {
            self.granted.clear();
        }
        self.granted.insert(whose, grants);
    }

    /// The objects whose keys begin with `prefix`, in order, from after the key `after` on.
    pub(super) fn range<'a, 'b>(
        &'a self,
        prefix: &'b str,
        after: &'b str,
    ) -> impl Iterator<Item = (&'a str, &'a Object)> + use<'a, 'b> {
        let from = if after.is_empty() { Bound::Included(prefix) } else { Bound::Excluded(after) };
        let pairs = self.objects.range::<str, _>((from, Bound::Unbounded)).map(|(key, object)| (key.as_str(), object));
        pairs.take_while(move |(key, _)| key.starts_with(prefix))
    }

    /// Remembers an object that a task has sent to etcd.
    pub(super) fn sent(&mut self, key: &str, task: u64, bytes: etcd::Bytes, object: Object) {
        self.written.entry(key.to_owned()).or_default().push(Written { task, bytes, object });
    }

    /// Forgets what a task has sent and did not get there.
    pub(super) fn unsent(&mut self, key: &str, task: u64) {
        self.forget(key, |one| one.task == task);
    }

    fn forget(&mut self, key: &str, which: impl Fn(&Written) -> bool) -> Option<Written> {
        let all = self.written.get_mut(key)?;
        let found = all.iter().position(which).map(|index| all.remove(index));
        if all.is_empty() {
            self.written.remove(key);
        }
        found
    }

    /// What a task has stored under a key at `revision`, whether or not etcd's watch has told of it yet.
    pub(super) fn stored(&mut self, key: &str, task: u64, revision: i64) -> Object {
        if let Some(object) = self.objects.get(key).filter(|object| object.revision() == revision) {
            return object.clone();
        }
        let mut written = self.written.get_mut(key).into_iter().flatten();
        if let Some(one) = written.find(|one| one.task == task) {
            one.object = stamped(one.object.clone(), revision);
            return one.object.clone();
        }
        // Somebody else has changed it since, and the watch was faster than the answer.
        let mut changes = self.changes.iter().rev();
        let found = changes.find(|change| change.revision == revision && change.key == key);
        found.and_then(|change| change.after.clone()).unwrap_or_else(|| Value::Null.into())
    }

    /// Takes all there is at `revision`, whatever was known before.
    pub(super) fn replace(&mut self, kvs: &[KeyValue], revision: i64) {
        self.objects = kvs.iter().filter_map(|kv| Some((kv.key.to_lossy(), read(kv)?))).collect();
        self.changes.clear();
        self.written.clear();
        self.granted.clear();
        self.revision = revision;
        self.kept_after = revision;
    }

    /// Takes one event of etcd. Gives the change; nothing for a value that is no object.
    pub(super) fn apply(&mut self, event: &etcd::rpc::Event) -> Option<Change> {
        let kv = &event.kv;
        self.advance(kv.mod_revision);
        let key = kv.key.to_lossy();
        if is_policy(&key) {
            self.granted.clear();
        }
        let change = if event.r#type == etcd::rpc::EventType::Delete {
            let before = self.objects.remove(&key)?;
            Change { revision: kv.mod_revision, key, before: Some(before), after: None }
        } else {
            let known = self.forget(&key, |one| one.bytes == kv.value);
            let after = match known {
                Some(one) => stamped(one.object, kv.mod_revision),
                None => read(kv)?,
            };
            let before = self.objects.insert(key.clone(), after.clone());
            Change { revision: kv.mod_revision, key, before, after: Some(after) }
        };
        if self.changes.len() == KEPT_CHANGES
            && let Some(forgotten) = self.changes.pop_front()
        {
            self.kept_after = forgotten.revision;
        }
        self.changes.push_back(change.clone());
        Some(change)
    }

    /// The changes after `revision` to keys that begin with `prefix`; `None` if they are not all kept any more.
    pub(super) fn changes_since<'a>(
        &'a self,
        revision: i64,
        prefix: &'a str,
    ) -> Option<impl Iterator<Item = &'a Change>> {
        if revision < self.kept_after {
            return None;
        }
        let first = self.changes.partition_point(|change| change.revision <= revision);
        Some(self.changes.range(first..).filter(move |change| change.key.starts_with(prefix)))
    }

    /// The oldest revision after which a watch can begin.
    pub(super) fn kept_after(&self) -> i64 {
        self.kept_after
    }
}

fn read(kv: &KeyValue) -> Option<Object> {
    let value: Value = serde_json::from_slice(&kv.value).ok()?;
    value.is_object().then(|| stamped(value.into(), kv.mod_revision))
}

/// The object with its resource version, which etcd does not store but is.
pub(super) fn stamped(object: Object, revision: i64) -> Object {
    if object.revision() == revision {
        return object;
    }
    let mut value = object.into_value();
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("resourceVersion".into(), revision.to_string().into());
    }
    value.into()
}

#[cfg(test)]
mod tests {
    use super::Cache;
    use serde_json::json;

    #[test]
    fn who_wins_a_race_is_told_what_they_wrote() {
        let mut cache = Cache::default();
        for (task, replicas) in [(1, 3), (2, 4)] {
            let object = json!({ "metadata": { "name": "web" }, "spec": { "replicas": replicas } });
            cache.sent("/registry/x/web", task, object.to_string().into(), object.into());
        }
        let won = cache.stored("/registry/x/web", 1, 7);
        assert_eq!((won.number("/spec/replicas"), won.revision()), (Some(3), 7));
        cache.unsent("/registry/x/web", 2);
        cache.unsent("/registry/x/web", 1);
        assert!(cache.written.is_empty(), "what is over is forgotten");
    }
}
