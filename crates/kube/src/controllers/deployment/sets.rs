//! The ReplicaSets of a Deployment: the one of its present template, the older ones, and their revisions
//! (`pkg/controller/deployment/util/deployment_util.go`).

use super::super::controller::{Call, Plan, View};
use super::super::pods;
use super::VOICE;
use crate::api::{Object, Patch};
use crate::client::{Said, kinds, selects};
use serde_json::{Value, json};

pub(super) const REVISION: &str = "deployment.kubernetes.io/revision";
const HISTORY: &str = "deployment.kubernetes.io/revision-history";
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MAXIMUM: &str = "deployment.kubernetes.io/max-replicas";
const HASH: &str = "pod-template-hash";

/// A ReplicaSet, with what is to become of it.
#[derive(Clone, Debug)]
pub(super) struct Set {
    pub(super) object: Object,
    /// How many pods it shall have.
    pub(super) replicas: i64,
    annotations: Vec<(&'static str, String)>,
    /// What it takes over from the deployment's own annotations.
    copied: Vec<(String, Value)>,
}

impl Set {
    fn new(object: &Object) -> Self {
        let replicas = object.number("/spec/replicas").unwrap_or(0);
        Self { object: object.clone(), replicas, annotations: Vec::new(), copied: Vec::new() }
    }

    fn count(&self, field: &str) -> i64 {
        self.object.number(&format!("/status/{field}")).unwrap_or(0)
    }

    pub(super) fn available(&self) -> i64 {
        self.count("availableReplicas")
    }

    pub(super) fn revision(&self) -> i64 {
        number(&self.object, REVISION)
    }

    /// How many pods the deployment wanted when it was scaled last.
    pub(super) fn desired(&self) -> Option<i64> {
        self.object.annotation(DESIRED)?.parse().ok()
    }

    /// How many it might have had in all.
    pub(super) fn maximum(&self) -> Option<i64> {
        self.object.annotation(MAXIMUM)?.parse().ok()
    }

    fn created(&self) -> (String, String) {
        (self.object.text("/metadata/creationTimestamp").to_owned(), self.object.name().to_owned())
    }
}

fn number(object: &Object, annotation: &str) -> i64 {
    object.annotation(annotation).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// The ReplicaSets of a Deployment, older ones first, in the order they were made.
pub(super) struct Sets {
    pub(super) old: Vec<Set>,
    pub(super) new: Option<Set>,
}

impl Sets {
    /// Those in the deployment's care; those that fit and are nobody's it takes.
    pub(super) fn of(view: &View, deployment: &Object, plan: &mut Plan) -> Self {
        let cache = view.client.cache(&kinds::REPLICA_SETS);
        let selector = deployment.pointer("/spec/selector").unwrap_or(&Value::Null);
        let fits = |set: &&Object| selects(selector, set.map("/metadata/labels"));
        let owned = cache.owned_by(deployment.uid());
        let mut sets: Vec<Set> = owned.filter(fits).map(Set::new).collect();
        if !deployment.is_terminating() {
            let free = |set: &&Object| set.controller().is_none() && !set.is_terminating() && fits(set);
            let mut calls = Vec::new();
            for set in cache.free_in(deployment.namespace()).filter(free) {
                let owners: Vec<Value> = [pods::owner(&kinds::DEPLOYMENTS, deployment)].into();
                let patch = json!({ "metadata": { "ownerReferences": owners, "uid": set.uid() } });
                let request = kinds::REPLICA_SETS.patch(Patch::Merge, set.namespace(), set.name(), patch);
                calls.push(Call::new(request));
            }
            plan.step(calls);
        }
        sets.sort_by_cached_key(Set::created);
        let template = template(deployment.pointer("/spec/template"));
        let of_now = sets.iter().position(|set| self::template(set.object.pointer("/spec/template")) == template);
        let new = of_now.map(|index| sets.remove(index));
        Self { old: sets, new }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Set> {
        self.old.iter().chain(&self.new)
    }

    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut Set> {
        self.old.iter_mut().chain(&mut self.new)
    }

    /// How many pods all of them shall have.
    pub(super) fn replicas(&self) -> i64 {
        self.all().map(|set| set.replicas).sum()
    }

    /// The sum of a count in their statuses.
    pub(super) fn sum(&self, field: &str) -> i64 {
        self.all().map(|set| set.count(field)).sum()
    }

    /// Gives the newest its revision and the deployment's annotations.
    pub(super) fn number(&mut self, deployment: &Object) {
        let next = self.old.iter().map(Set::revision).max().unwrap_or(0) + 1;
        let Some(new) = &mut self.new else { return };
        if new.revision() < next {
            let before = new.object.annotation(REVISION).unwrap_or_default();
            let history = new.object.annotation(HISTORY).unwrap_or_default();
            if !before.is_empty() {
                let history = if history.is_empty() { before.to_owned() } else { format!("{history},{before}") };
                new.annotations.push((HISTORY, history));
            }
            new.annotations.push((REVISION, next.to_string()));
        }
        new.copied = copied(deployment)
            .filter(|(key, value)| new.object.annotation(key) != value.as_str())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
    }

    /// Writes what has changed, one after the other.
    pub(super) fn write(&self, deployment: &Object, plan: &mut Plan) {
        let (wanted, surge) = (replicas(deployment), surge(deployment));
        for set in self.all() {
            let before = set.object.number("/spec/replicas").unwrap_or(0);
            let mut annotations = set.annotations.clone();
            let is_scaled = before != set.replicas;
            let is_stale = set.desired() != Some(wanted) || set.maximum() != Some(wanted + surge);
            if is_scaled || (set.replicas > 0 && is_stale) {
                annotations.extend([(DESIRED, wanted.to_string()), (MAXIMUM, (wanted + surge).to_string())]);
            }
            if annotations.is_empty() && set.copied.is_empty() {
                continue;
            }
            let changed = set.object.edit(|object| {
                object["spec"]["replicas"] = set.replicas.into();
                for (key, value) in &annotations {
                    object["metadata"]["annotations"][*key] = value.as_str().into();
                }
                for (key, value) in &set.copied {
                    object["metadata"]["annotations"][key] = value.clone();
                }
            });
            let mut call = Call::new(kinds::REPLICA_SETS.update(changed));
            if is_scaled {
                call.done = Some(scaled(deployment, set.object.name(), before, set.replicas));
            }
            plan.step(vec![call]);
        }
    }
}

fn scaled(deployment: &Object, name: &str, before: i64, now: i64) -> Said {
    let direction = if now > before { "up" } else { "down" };
    let message = format!("Scaled {direction} replica set {name} from {before} to {now}");
    Said::normal(deployment, VOICE, "ScalingReplicaSet", message)
}

/// The deployment's annotations that its ReplicaSets get.
fn copied(deployment: &Object) -> impl Iterator<Item = (&String, &Value)> {
    let own = [REVISION, HISTORY, DESIRED, MAXIMUM, "deprecated.deployment.rollback.to"];
    let skipped = move |key: &str| key == "kubectl.kubernetes.io/last-applied-configuration" || own.contains(&key);
    deployment.map("/metadata/annotations").into_iter().flatten().filter(move |(key, _)| !skipped(key))
}

/// A template without the hash that tells it apart.
fn template(template: Option<&Value>) -> Value {
    let mut template = template.cloned().unwrap_or_default();
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.shift_remove(HASH);
    }
    template
}

/// The request that makes the ReplicaSet of the present template, with its name.
pub(super) fn create(deployment: &Object, sets: &Sets) -> (Call, String, i64) {
    let mut template = deployment.pointer("/spec/template").cloned().unwrap_or_default();
    let collisions = deployment.number("/status/collisionCount").unwrap_or(0);
    let hash = encoded_hash(&format!("{}{collisions}", sorted(&template)));
    let name = format!("{}-{hash}", deployment.name());
    template["metadata"]["labels"][HASH] = hash.as_str().into();
    let mut selector = deployment.pointer("/spec/selector").cloned().unwrap_or_default();
    selector["matchLabels"][HASH] = hash.as_str().into();
    let (wanted, surge) = (replicas(deployment), surge(deployment));
    let count = match is_rolling(deployment) {
        true => (wanted + surge - sets.replicas()).clamp(0, wanted),
        false => wanted,
    };
    let revision = sets.old.iter().map(Set::revision).max().unwrap_or(0) + 1;
    let mut annotations = serde_json::Map::new();
    annotations.extend(copied(deployment).map(|(key, value)| (key.clone(), value.clone())));
    for (key, value) in [(DESIRED, wanted), (MAXIMUM, wanted + surge), (REVISION, revision)] {
        annotations.insert(key.into(), value.to_string().into());
    }
    let mut set = json!({
        "kind": "ReplicaSet", "apiVersion": "apps/v1",
        "metadata": { "name": name, "namespace": deployment.namespace(), "labels": template["metadata"]["labels"],
            "annotations": annotations, "ownerReferences": [pods::owner(&kinds::DEPLOYMENTS, deployment)] },
        "spec": { "replicas": count, "selector": selector, "template": template },
    });
    if let Some(seconds) = deployment.number("/spec/minReadySeconds").filter(|seconds| *seconds > 0) {
        set["spec"]["minReadySeconds"] = seconds.into();
    }
    let mut call = Call::new(kinds::REPLICA_SETS.create(set));
    if count > 0 {
        call.done = Some(scaled(deployment, &name, 0, count));
    }
    (call, name, revision)
}

/// A value's text, whatever the order of its fields.
fn sorted(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<String> =
                fields.iter().map(|(key, value)| format!("{key:?}:{}", sorted(value))).collect();
            fields.sort();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(sorted).collect::<Vec<_>>().join(",")),
        plain => plain.to_string(),
    }
}

/// A hash of a text in letters and digits that make no words (FNV-1a, `rand.SafeEncodeString`).
pub(in super::super) fn encoded_hash(text: &str) -> String {
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash.to_string().bytes().map(|digit| char::from(ALPHABET[usize::from(digit) % ALPHABET.len()])).collect()
}

pub(super) fn replicas(deployment: &Object) -> i64 {
    deployment.number("/spec/replicas").unwrap_or(1)
}

pub(super) fn is_rolling(deployment: &Object) -> bool {
    deployment.text("/spec/strategy/type") != "Recreate"
}

/// How many pods there may be above the wanted number.
pub(super) fn surge(deployment: &Object) -> i64 {
    if is_rolling(deployment) { fenceposts(deployment).0 } else { 0 }
}

/// How many of the wanted pods may be missing.
pub(super) fn unavailable(deployment: &Object) -> i64 {
    if !is_rolling(deployment) || replicas(deployment) == 0 {
        return 0;
    }
    fenceposts(deployment).1.min(replicas(deployment))
}

/// Surge is rounded up, what may be missing down, and both cannot be nothing (`ResolveFenceposts`).
fn fenceposts(deployment: &Object) -> (i64, i64) {
    let at = |field: &str| deployment.pointer(&format!("/spec/strategy/rollingUpdate/{field}"));
    let wanted = replicas(deployment);
    let surge = scaled_value(at("maxSurge"), wanted, true).unwrap_or(0);
    let unavailable = scaled_value(at("maxUnavailable"), wanted, false).unwrap_or(0);
    if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable) }
}

/// A number, or a percentage of `of` (`intstr.GetScaledValueFromIntOrPercent`).
pub(in super::super) fn scaled_value(value: Option<&Value>, of: i64, round_up: bool) -> Option<i64> {
    match value? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => {
            let percent: i64 = text.strip_suffix('%')?.parse().ok()?;
            Some((of * percent + if round_up { 99 } else { 0 }) / 100)
        }
        _ => None,
    }
}
