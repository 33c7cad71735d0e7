//! Pods with names of their own, made and deleted one after the other (`pkg/controller/statefulset`).

use super::controller::{Call, Controller, Plan, View, Wakes};
use super::{history, pods, replicaset};
use crate::api::Object;
use crate::client::{Change, Said, key, kinds, split};
use serde_json::{Value, json};
use sim::Micros;

pub(super) static CONTROLLER: Controller =
    Controller { account: "statefulset-controller", workers: 5, seeds: &[], wake, sync };

const VOICE: &str = "statefulset-controller";

fn wake(view: &View, change: &Change, wakes: &mut Wakes) {
    let Some(object) = change.object() else { return };
    let kind = view.client.kind(change.kind);
    if *kind == kinds::STATEFUL_SETS {
        wakes.push((key(object), Micros::ZERO));
    } else if *kind == kinds::PODS {
        replicaset::wake_owners(view, change, &kinds::STATEFUL_SETS, wakes);
    }
}

/// The number at the end of a pod's name.
fn ordinal(set: &Object, pod: &Object) -> Option<i64> {
    pod.name().strip_prefix(set.name())?.strip_prefix('-')?.parse().ok()
}

struct Counts {
    replicas: i64,
    ready: i64,
    available: i64,
    current: i64,
    updated: i64,
}

fn sync(view: &mut View, place: &str) -> Plan {
    let mut plan = Plan::default();
    let (namespace, name) = split(place);
    let view = &*view;
    let Some(set) = view.client.cache(&kinds::STATEFUL_SETS).get(namespace, name) else { return plan };
    if set.is_terminating() {
        return plan;
    }
    let history = history::sync(view, &kinds::STATEFUL_SETS, set, &mut plan);
    let update = history.current;
    let current = match set.text("/status/currentRevision") {
        "" => update.clone(),
        current => current.to_owned(),
    };
    let claimed = replicaset::claim(view, &kinds::STATEFUL_SETS, set, &mut plan);
    let mut all: Vec<(i64, &Object)> = claimed.into_iter().filter_map(|pod| Some((ordinal(set, pod)?, pod))).collect();
    all.sort_by_key(|(number, _)| *number);
    let first = set.number("/spec/ordinals/start").unwrap_or(0);
    let wanted = set.number("/spec/replicas").unwrap_or(1).max(0);
    let min_ready = set.number("/spec/minReadySeconds").unwrap_or(0);
    let is_available = |pod: &Object| pods::availability(view, pod, min_ready).is_ok() && !pod.is_terminating();
    for (_, pod) in &all {
        if let Err(Some(wait)) = pods::availability(view, pod, min_ready) {
            plan.look_again(wait);
        }
    }
    let counts = counts(&all, &current, &update, &is_available);
    act(set, &all, (first, wanted), (&current, &update), &is_available, &mut plan);
    tell(set, counts, (&current, &update), wanted, &mut plan);
    plan
}

fn counts(all: &[(i64, &Object)], current: &str, update: &str, is_available: &dyn Fn(&Object) -> bool) -> Counts {
    let has = |pod: &Object, revision: &str| pod.label(history::HASH) == Some(revision) && !pod.is_terminating();
    let count = |test: &dyn Fn(&Object) -> bool| all.iter().filter(|(_, pod)| test(pod)).count() as i64;
    Counts {
        replicas: count(&|_| true),
        ready: count(&|pod| pods::is_ready(pod)),
        available: count(&|pod| is_available(pod)),
        current: count(&|pod| has(pod, current)),
        updated: count(&|pod| has(pod, update)),
    }
}

/// The next thing to do, or all at once if the pods need not wait for each other.
fn act(
    set: &Object,
    all: &[(i64, &Object)],
    (first, wanted): (i64, i64),
    (current, update): (&str, &str),
    is_available: &dyn Fn(&Object) -> bool,
    plan: &mut Plan,
) {
    let in_order = set.text("/spec/podManagementPolicy") != "Parallel";
    let partition = set.number("/spec/updateStrategy/rollingUpdate/partition").unwrap_or(0);
    let mut calls = Vec::new();
    for number in first..first + wanted {
        match all.iter().find(|(one, _)| *one == number) {
            None => {
                // Those below the partition keep the template they had.
                let revision = if number - first >= partition || current == update { update } else { current };
                claims(set, number, plan);
                calls.push(create(set, number, revision));
                if in_order {
                    return plan.step(calls);
                }
            }
            Some((_, pod)) if pods::is_done(pod) && !pod.is_terminating() => {
                let reason = if pod.text("/status/phase") == "Failed" {
                    "RecreatingFailedPod"
                } else {
                    "RecreatingTerminatedPod"
                };
                let message = format!(
                    "StatefulSet {}/{} is recreating {} Pod {}",
                    set.namespace(),
                    set.name(),
                    pod.text("/status/phase"),
                    pod.name()
                );
                plan.said.push(Said::warning(set, VOICE, reason, message));
                return plan.step(vec![delete(set, pod)]);
            }
            Some((_, pod)) if in_order && (pod.is_terminating() || !is_available(pod)) => return plan.step(calls),
            Some(_) => {}
        }
    }
    plan.step(calls);
    // Those that are too many go from the highest, each when the one before is gone.
    let mut extra: Vec<&Object> = Vec::new();
    for (number, pod) in all.iter().rev() {
        if *number < first || *number >= first + wanted {
            extra.push(pod);
        }
    }
    if in_order {
        if let Some(pod) = extra.first() {
            if !pod.is_terminating() {
                plan.step(vec![delete(set, pod)]);
            }
            return;
        }
    } else {
        plan.step(extra.iter().filter(|pod| !pod.is_terminating()).map(|pod| delete(set, pod)).collect());
    }
    if set.text("/spec/updateStrategy/type") == "OnDelete" {
        return;
    }
    // The template changes from the highest down, each when the one above is well again.
    for (number, pod) in all.iter().rev().filter(|(number, _)| *number >= first && *number < first + wanted) {
        if *number - first < partition {
            return;
        }
        if pod.label(history::HASH) != Some(update) && !pod.is_terminating() {
            return plan.step(vec![delete(set, pod)]);
        }
        if !is_available(pod) {
            return;
        }
    }
}

fn delete(set: &Object, pod: &Object) -> Call {
    let message = |what: &str| format!("Delete Pod {} in StatefulSet {} {what}", pod.name(), set.name());
    Call::new(kinds::PODS.delete(pod)).saying(
        Said::normal(set, VOICE, "SuccessfulDelete", message("successful")),
        Said::warning(set, VOICE, "FailedDelete", format!("{} error: {{error}}", message("failed"))),
    )
}

fn create(set: &Object, number: i64, revision: &str) -> Call {
    let template = set.pointer("/spec/template").cloned().unwrap_or_default();
    let mut pod = pods::from_template(&template, &kinds::STATEFUL_SETS, set);
    let name = format!("{}-{number}", set.name());
    pod["metadata"]["name"] = name.as_str().into();
    for (label, value) in [
        ("apps.kubernetes.io/pod-index", number.to_string()),
        (history::HASH, revision.to_owned()),
        ("statefulset.kubernetes.io/pod-name", name.clone()),
    ] {
        pod["metadata"]["labels"][label] = value.into();
    }
    pod["spec"]["hostname"] = name.as_str().into();
    if !set.text("/spec/serviceName").is_empty() {
        pod["spec"]["subdomain"] = set.text("/spec/serviceName").into();
    }
    let templates = set.list("/spec/volumeClaimTemplates").iter().filter_map(|one| one["metadata"]["name"].as_str());
    for claim in templates {
        let volume = json!({ "name": claim, "persistentVolumeClaim": { "claimName": format!("{claim}-{name}") } });
        match pod["spec"]["volumes"].as_array_mut() {
            Some(volumes) => volumes.push(volume),
            None => pod["spec"]["volumes"] = json!([volume]),
        }
    }
    let message = |what: &str| format!("Create Pod {name} in StatefulSet {} {what}", set.name());
    Call::new(kinds::PODS.create(pod)).saying(
        Said::normal(set, VOICE, "SuccessfulCreate", message("successful")),
        Said::warning(set, VOICE, "FailedCreate", format!("{} error: {{error}}", message("failed"))),
    )
}

/// The claims of a pod come before it; those that are there already are kept.
fn claims(set: &Object, number: i64, plan: &mut Plan) {
    let mut calls = Vec::new();
    for template in set.list("/spec/volumeClaimTemplates") {
        let mut claim = template.clone();
        let name = format!("{}-{}-{number}", claim["metadata"]["name"].as_str().unwrap_or_default(), set.name());
        claim["kind"] = "PersistentVolumeClaim".into();
        claim["apiVersion"] = "v1".into();
        claim["metadata"]["name"] = name.into();
        claim["metadata"]["namespace"] = set.namespace().into();
        if let Some(labels) = set.map("/spec/selector/matchLabels") {
            for (label, value) in labels {
                claim["metadata"]["labels"][label] = value.clone();
            }
        }
        if let Some(fields) = claim.as_object_mut() {
            fields.shift_remove("status");
        }
        let mut call = Call::new(kinds::CLAIMS.create(claim));
        call.forgives = |status| status.reason == crate::api::Reason::AlreadyExists;
        calls.push(call);
    }
    plan.step(calls);
}

fn tell(set: &Object, counts: Counts, (current, update): (&str, &str), wanted: i64, plan: &mut Plan) {
    // When all have the new template, it is the current one.
    let is_rolled_out = counts.updated == wanted && counts.ready == wanted && counts.replicas == wanted;
    let (current, has_current) = if is_rolled_out { (update, counts.updated) } else { (current, counts.current) };
    let mut status = json!({ "observedGeneration": set.number("/metadata/generation").unwrap_or(0),
        "replicas": counts.replicas });
    for (field, count) in
        [("readyReplicas", counts.ready), ("currentReplicas", has_current), ("updatedReplicas", counts.updated)]
    {
        if count > 0 {
            status[field] = count.into();
        }
    }
    status["currentRevision"] = current.into();
    status["updateRevision"] = update.into();
    status["collisionCount"] = 0.into();
    status["availableReplicas"] = counts.available.into();
    let is_same = set.pointer("/status").is_some_and(|old: &Value| *old == status);
    if !is_same {
        plan.then_always(kinds::STATEFUL_SETS.update_status(set.edit(|set| set["status"] = status)));
    }
}
