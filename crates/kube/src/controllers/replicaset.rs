//! Keeps as many pods as a ReplicaSet or ReplicationController asks for (`pkg/controller/replicaset/replica_set.go`).

use super::controller::{Call, Controller, Plan, View, Wakes, controller_key, slow_start};
use super::pods;
use crate::api::{Object, Patch};
use crate::client::{Change, Kind, Said, kinds, matches, selects, split};
use calendar::rfc3339;
use serde_json::{Map, Value, json};
use sim::Micros;
use std::collections::BTreeMap;

/// At most so many pods are made or deleted in one go.
const BURST: usize = 500;

pub(super) static CONTROLLER: Controller = Controller {
    account: "replicaset-controller",
    workers: 5,
    seeds: &[],
    wake: |view, change, wakes| wake(view, change, &kinds::REPLICA_SETS, wakes),
    sync: |view, key| sync(view, key, &kinds::REPLICA_SETS),
};

pub(super) static REPLICATION: Controller = Controller {
    account: "replication-controller",
    workers: 5,
    seeds: &[],
    wake: |view, change, wakes| wake(view, change, &kinds::REPLICATION_CONTROLLERS, wakes),
    sync: |view, key| sync(view, key, &kinds::REPLICATION_CONTROLLERS),
};

fn wake(view: &View, change: &Change, kind: &Kind, wakes: &mut Wakes) {
    let Some(object) = change.object() else { return };
    let changed = view.client.kind(change.kind);
    if changed == kind {
        wakes.push((crate::client::key(object), Micros::ZERO));
    } else if *changed == kinds::PODS {
        wake_owners(view, change, kind, wakes);
    }
}

/// Those that have a changed pod in their care, had it, or might take it.
pub(super) fn wake_owners(view: &View, change: &Change, kind: &Kind, wakes: &mut Wakes) {
    for pod in [&change.old, &change.new].into_iter().flatten() {
        if let Some(key) = controller_key(pod, &kind.kind) {
            wakes.push((key, Micros::ZERO));
        }
    }
    let Some(pod) = change.new.as_ref().filter(|pod| pod.controller().is_none() && !pod.is_terminating()) else {
        return;
    };
    let cache = view.client.cache(kind);
    let would = |set: &&Object| fits(set, pod.map("/metadata/labels"));
    for set in cache.in_namespace(pod.namespace()).filter(would) {
        wakes.push((crate::client::key(set), Micros::ZERO));
    }
}

/// Whether labels fit the selector of a set of pods, of either kind.
pub(super) fn fits(set: &Object, labels: Option<&Map<String, Value>>) -> bool {
    let selector = set.pointer("/spec/selector").unwrap_or(&Value::Null);
    if set.kind() == "ReplicationController" { matches(selector, labels) } else { selects(selector, labels) }
}

/// The pods that a set has in its care; those that fit and are nobody's it takes, those that no longer fit it lets go
/// (`controller_ref_manager.go`).
pub(super) fn claim<'a>(view: &'a View, kind: &Kind, set: &'a Object, plan: &mut Plan) -> Vec<&'a Object> {
    let cache = view.client.cache(&kinds::PODS);
    let mut claimed = Vec::new();
    let mut calls = Vec::new();
    for pod in cache.owned_by(set.uid()).filter(|pod| pod.controller().is_some_and(|owner| owner["uid"] == set.uid())) {
        if fits(set, pod.map("/metadata/labels")) {
            claimed.push(pod);
        } else if !set.is_terminating() {
            let others = pod.list("/metadata/ownerReferences").iter().filter(|owner| owner["uid"] != set.uid());
            calls.push(own(pod, others.cloned().collect()));
        }
    }
    if !set.is_terminating() {
        for pod in free(view, set) {
            let others = pod.list("/metadata/ownerReferences").iter().cloned();
            calls.push(own(pod, others.chain([pods::owner(kind, set)]).collect()));
            claimed.push(pod);
        }
    }
    plan.step(calls);
    claimed
}

/// The pods that fit a set and are nobody's.
fn free<'a>(view: &'a View, set: &'a Object) -> impl Iterator<Item = &'a Object> {
    let fits = |pod: &&Object| pods::is_active(pod) && fits(set, pod.map("/metadata/labels"));
    view.client.cache(&kinds::PODS).free_in(set.namespace()).filter(fits)
}

fn own(pod: &Object, owners: Vec<Value>) -> Call {
    let patch = json!({ "metadata": { "ownerReferences": owners, "uid": pod.uid() } });
    Call::new(kinds::PODS.patch(Patch::Merge, pod.namespace(), pod.name(), patch))
}

fn sync(view: &mut View, key: &str, kind: &Kind) -> Plan {
    let mut plan = Plan::default();
    let (namespace, name) = split(key);
    let Some(set) = view.client.cache(kind).get(namespace, name) else { return plan };
    let view = &*view;
    let counts = Counts::of(view, kind, set, &mut plan);
    let wanted = set.number("/spec/replicas").unwrap_or(1).max(0) as usize;
    if !set.is_terminating() {
        manage(view, kind, set, counts.active, wanted, &mut plan);
    }
    let (status, again) = (status(view, set, &counts, wanted), counts.again);
    if let Some(again) = again {
        plan.look_again(again);
    }
    let is_same = set.pointer("/status") == Some(&status);
    if !is_same {
        plan.then_always(kind.update_status(set.with("status", status)));
    }
    plan
}

/// How many of a set's pods are at what.
#[derive(Default)]
struct Counts {
    active: usize,
    labeled: usize,
    ready: usize,
    available: usize,
    terminating: usize,
    /// When one more will have been ready for long enough.
    again: Option<Micros>,
}

impl Counts {
    /// Those of the pods in the set's care, after it has taken and let go what it has to.
    fn of(view: &View, kind: &Kind, set: &Object, plan: &mut Plan) -> Self {
        let tallies = view.client.cache(&kinds::PODS).tally(set.uid());
        let min_ready = set.number("/spec/minReadySeconds").unwrap_or(0);
        let labels = set.pointer("/spec/template/metadata/labels").unwrap_or(&Value::Null);
        let all_fit = tallies.iter().all(|tally| fits(set, tally.labels.as_object()));
        let mut counts = Self::default();
        let takes_some = !set.is_terminating() && free(view, set).next().is_some();
        if all_fit && min_ready == 0 && !takes_some {
            // The pods need not be looked at one by one.
            for tally in tallies {
                counts.active += tally.active;
                counts.labeled += if matches(labels, tally.labels.as_object()) { tally.active } else { 0 };
                counts.ready += tally.ready;
                counts.terminating += tally.leaving;
            }
            counts.available = counts.ready;
            return counts;
        }
        let claimed = claim(view, kind, set, plan);
        counts.terminating = claimed.iter().filter(|pod| pod.is_terminating() && !pods::is_done(pod)).count();
        for pod in claimed.into_iter().filter(|pod| pods::is_active(pod)) {
            counts.active += 1;
            counts.labeled += usize::from(matches(labels, pod.map("/metadata/labels")));
            counts.ready += usize::from(pods::is_ready(pod));
            match pods::availability(view, pod, min_ready) {
                Ok(()) => counts.available += 1,
                Err(Some(wait)) => counts.again = Some(counts.again.map_or(wait, |before| before.min(wait))),
                Err(None) => {}
            }
        }
        counts
    }
}

fn manage(view: &View, kind: &Kind, set: &Object, active: usize, wanted: usize, plan: &mut Plan) {
    let voice = if *kind == kinds::REPLICA_SETS { "replicaset-controller" } else { "replication-controller" };
    if active < wanted {
        let pod = pods::from_template(set.pointer("/spec/template").unwrap_or(&Value::Null), kind, set);
        let call = Call::new(kinds::PODS.create(pod)).saying(
            Said::normal(set, voice, "SuccessfulCreate", "Created pod: {name}"),
            Said::warning(set, voice, "FailedCreate", "Error creating: {error}"),
        );
        slow_start(plan, vec![call; (wanted - active).min(BURST)]);
    } else if active > wanted {
        // What is to be taken and let go is in the plan already.
        let claimed = claim(view, kind, set, &mut Plan::default());
        let active: Vec<&Object> = claimed.into_iter().filter(|pod| pods::is_active(pod)).collect();
        let delete = |pod: &&Object| {
            Call::new(kinds::PODS.delete(pod)).saying(
                Said::normal(set, voice, "SuccessfulDelete", format!("Deleted pod: {}", pod.name())),
                Said::warning(set, voice, "FailedDelete", "Error deleting: {error}"),
            )
        };
        plan.step(first_to_go(view, set, &active, active.len() - wanted).iter().take(BURST).map(delete).collect());
    }
}

/// The pods that are missed least: not yet bound, not yet ready, on nodes with more of their kin, younger
/// (`ActivePodsWithRanks`).
fn first_to_go<'a>(view: &View, set: &Object, active: &[&'a Object], count: usize) -> Vec<&'a Object> {
    let mut kin: BTreeMap<&str, i64> = BTreeMap::new();
    let owner = set.controller().and_then(|owner| owner["uid"].as_str());
    let sets = view.client.cache(&kinds::REPLICA_SETS);
    let related = owner.map(|uid| sets.owned_by(uid).map(Object::uid).collect()).unwrap_or_else(|| vec![set.uid()]);
    for uid in related {
        for pod in view.client.cache(&kinds::PODS).owned_by(uid).filter(|pod| pods::is_active(pod)) {
            *kin.entry(pod.text("/spec/nodeName")).or_default() += 1;
        }
    }
    let phase = |pod: &Object| match pod.text("/status/phase") {
        "Pending" => 0,
        "Unknown" => 1,
        _ => 2,
    };
    let cost = |pod: &Object| {
        pod.annotation("controller.kubernetes.io/pod-deletion-cost")
            .and_then(|cost| cost.parse::<i64>().ok())
            .unwrap_or(0)
    };
    let restarts = |pod: &Object| {
        pod.list("/status/containerStatuses")
            .iter()
            .filter_map(|status| status["restartCount"].as_i64())
            .max()
            .unwrap_or(0)
    };
    let age = |stamp: &str| {
        let seconds = rfc3339::parse(stamp).unwrap_or(0);
        // Ages that differ by less than a power of two count as the same, so that the choice is spread.
        let age = (view.clock().seconds(view.now) - seconds).max(0);
        u64::BITS - age.unsigned_abs().leading_zeros()
    };
    let mut ranked: Vec<&Object> = active.to_vec();
    ranked.sort_by_cached_key(|pod| {
        let node = pod.text("/spec/nodeName");
        (
            !node.is_empty(),
            phase(pod),
            pods::is_ready(pod),
            cost(pod),
            -kin.get(node).copied().unwrap_or(0),
            if pods::is_ready(pod) { age(pods::ready_since(pod)) } else { 0 },
            -restarts(pod),
            age(pod.text("/metadata/creationTimestamp")),
            pod.uid().to_owned(),
        )
    });
    ranked.truncate(count);
    ranked
}

fn status(view: &View, set: &Object, counts: &Counts, wanted: usize) -> Value {
    let mut status = json!({ "replicas": counts.active });
    for (field, count) in [
        ("fullyLabeledReplicas", counts.labeled),
        ("readyReplicas", counts.ready),
        ("availableReplicas", counts.available),
    ] {
        if count > 0 {
            status[field] = count.into();
        }
    }
    if set.kind() == "ReplicaSet" {
        status["terminatingReplicas"] = counts.terminating.into();
    }
    status["observedGeneration"] = set.number("/metadata/generation").unwrap_or(0).into();
    if let Some(condition) = failure(view, set, counts.active, wanted) {
        status["conditions"] = json!([condition]);
    }
    status
}

/// That pods could not be made or deleted is told as long as it goes on.
fn failure(view: &View, set: &Object, active: usize, wanted: usize) -> Option<Value> {
    if view.error.is_empty() || active == wanted || view.error.contains("the object has been modified") {
        return None;
    }
    let reason = if active < wanted { "FailedCreate" } else { "FailedDelete" };
    let old = pods::condition(set, "ReplicaFailure");
    let since = old.map_or_else(|| view.stamp().into(), |old| old["lastTransitionTime"].clone());
    Some(json!({ "type": "ReplicaFailure", "status": "True", "lastTransitionTime": since, "reason": reason,
        "message": view.error }))
}
