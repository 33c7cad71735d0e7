//! What a Deployment says of itself, its conditions and its deadline (`pkg/controller/deployment/progress.go`).

use super::super::controller::{Plan, View};
use super::super::pods::condition;
use super::sets::{REVISION, Sets, replicas, unavailable};
use crate::api::Object;
use crate::client::kinds;
use serde_json::{Value, json};
use sim::Micros;

/// A deadline that never comes.
const NEVER: i64 = 2_147_483_647;

fn new_condition(view: &View, kind: &str, status: &str, reason: &str, message: String) -> Value {
    let now = view.stamp();
    json!({ "type": kind, "status": status, "lastUpdateTime": now, "lastTransitionTime": now, "reason": reason,
        "message": message })
}

/// Sets a condition, unless it says the same already; its last change is that of its status.
fn set(conditions: &mut Vec<Value>, mut condition: Value) {
    if let Some(index) = conditions.iter().position(|one| one["type"] == condition["type"]) {
        let old = &conditions[index];
        if old["status"] == condition["status"] {
            if old["reason"] == condition["reason"] {
                return;
            }
            condition["lastTransitionTime"] = old["lastTransitionTime"].clone();
        }
        conditions.remove(index);
    }
    conditions.push(condition);
}

fn deadline(deployment: &Object) -> Option<i64> {
    deployment.number("/spec/progressDeadlineSeconds").filter(|seconds| *seconds < NEVER)
}

/// The condition to set because the deployment was paused or goes on.
pub(super) fn paused(view: &View, deployment: &Object) -> Option<Value> {
    deadline(deployment)?;
    let progressing = condition(deployment, "Progressing");
    let reason = progressing.and_then(|one| one["reason"].as_str()).unwrap_or_default();
    let is_paused = deployment.flag("/spec/paused");
    let (reason, message) = match (reason, is_paused) {
        ("ProgressDeadlineExceeded", _) => return None,
        ("DeploymentPaused", false) => ("DeploymentResumed", "Deployment is resumed"),
        ("DeploymentPaused", true) | (_, false) => return None,
        (_, true) => ("DeploymentPaused", "Deployment is paused"),
    };
    Some(new_condition(view, "Progressing", "Unknown", reason, message.into()))
}

/// The deployment with a condition set.
pub(super) fn with_condition(deployment: &Object, condition: Value) -> Object {
    let mut conditions = deployment.list("/status/conditions").to_vec();
    set(&mut conditions, condition);
    deployment.edit(|deployment| deployment["status"]["conditions"] = conditions.into())
}

/// The deployment just after its new ReplicaSet was made.
pub(super) fn created(view: &View, deployment: &Object, name: &str, revision: i64) -> Object {
    let mut changed = deployment.clone();
    if deadline(deployment).is_some() {
        let message = format!("Created new replica set \"{name}\"");
        changed =
            with_condition(deployment, new_condition(view, "Progressing", "True", "NewReplicaSetCreated", message));
    }
    changed.edit(|deployment| deployment["metadata"]["annotations"][REVISION] = revision.to_string().into())
}

fn counts(deployment: &Object, sets: &Sets) -> Value {
    let available = sets.sum("availableReplicas");
    let updated = sets.new.as_ref().map_or(0, |new| new.object.number("/status/replicas").unwrap_or(0));
    let mut status = json!({ "observedGeneration": deployment.number("/metadata/generation").unwrap_or(0) });
    for (field, count) in [
        ("replicas", sets.sum("replicas")),
        ("updatedReplicas", updated),
        ("readyReplicas", sets.sum("readyReplicas")),
        ("availableReplicas", available),
        ("unavailableReplicas", (sets.replicas() - available).max(0)),
    ] {
        if count > 0 {
            status[field] = count.into();
        }
    }
    status["terminatingReplicas"] = sets.sum("terminatingReplicas").into();
    if let Some(count) = deployment.number("/status/collisionCount") {
        status["collisionCount"] = count.into();
    }
    status
}

fn at(status: &Value, field: &str) -> i64 {
    status[field].as_i64().unwrap_or(0)
}

fn is_complete(deployment: &Object, status: &Value) -> bool {
    let wanted = replicas(deployment);
    ["updatedReplicas", "replicas", "availableReplicas"].iter().all(|field| at(status, field) == wanted)
}

/// Whether everything is as the deployment wants it.
pub(super) fn is_complete_now(deployment: &Object) -> bool {
    deployment.pointer("/status").is_some_and(|status| is_complete(deployment, status))
        && deployment.number("/status/observedGeneration") >= deployment.number("/metadata/generation")
}

fn is_progress(before: &Value, now: &Value) -> bool {
    let behind = |status: &Value| at(status, "replicas") - at(status, "updatedReplicas");
    let more = |field: &str| at(now, field) > at(before, field);
    more("updatedReplicas") || behind(now) < behind(before) || more("readyReplicas") || more("availableReplicas")
}

/// Writes the status if it has changed.
pub(super) fn update(view: &View, deployment: &Object, sets: &Sets, name: Option<&str>, plan: &mut Plan) {
    let nothing = Value::Null;
    let before = deployment.pointer("/status").unwrap_or(&nothing);
    let mut status = counts(deployment, sets);
    let mut conditions = deployment.list("/status/conditions").to_vec();
    let is_available = at(&status, "availableReplicas") >= replicas(deployment) - unavailable(deployment);
    set(
        &mut conditions,
        match is_available {
            true => new_condition(
                view,
                "Available",
                "True",
                "MinimumReplicasAvailable",
                "Deployment has minimum availability.".into(),
            ),
            false => new_condition(
                view,
                "Available",
                "False",
                "MinimumReplicasUnavailable",
                "Deployment does not have minimum availability.".into(),
            ),
        },
    );
    progress(view, deployment, sets, name, before, &status, &mut conditions, plan);
    failure(view, sets, &mut conditions);
    if !conditions.is_empty() {
        status["conditions"] = conditions.into();
    }
    let revision = sets.new.as_ref().map(|new| new_revision(sets, new.revision()).to_string());
    let is_numbered = revision.as_deref().is_none_or(|revision| deployment.annotation(REVISION) == Some(revision));
    if *before != status || !is_numbered {
        plan.then(kinds::DEPLOYMENTS.update_status(deployment.edit(|deployment| {
            deployment["status"] = status;
            if let Some(revision) = revision {
                deployment["metadata"]["annotations"][REVISION] = revision.into();
            }
        })));
    }
}

fn new_revision(sets: &Sets, own: i64) -> i64 {
    sets.old.iter().map(|set| set.revision() + 1).max().unwrap_or(1).max(own)
}

#[allow(clippy::too_many_arguments)]
fn progress(
    view: &View,
    deployment: &Object,
    sets: &Sets,
    name: Option<&str>,
    before: &Value,
    status: &Value,
    conditions: &mut Vec<Value>,
    plan: &mut Plan,
) {
    let current = conditions.iter().position(|one| one["type"] == "Progressing");
    let Some(seconds) = deadline(deployment) else {
        conditions.retain(|one| one["type"] != "Progressing");
        return;
    };
    let reason = current.map_or("", |index| conditions[index]["reason"].as_str().unwrap_or_default()).to_owned();
    let is_rolled_out = at(status, "replicas") == at(status, "updatedReplicas") && reason == "NewReplicaSetAvailable";
    if is_rolled_out || deployment.flag("/spec/paused") {
        return;
    }
    let who = match name.or(sets.new.as_ref().map(|new| new.object.name())) {
        Some(name) => format!("ReplicaSet \"{name}\""),
        None => format!("Deployment \"{}\"", deployment.name()),
    };
    let updated = current.and_then(|index| conditions[index]["lastUpdateTime"].as_str()).unwrap_or_default().to_owned();
    let remaining = view.remaining(&updated, seconds);
    if is_complete(deployment, status) {
        let message = format!("{who} has successfully progressed.");
        set(conditions, new_condition(view, "Progressing", "True", "NewReplicaSetAvailable", message));
    } else if is_progress(before, status) {
        let message = format!("{who} is progressing.");
        let mut condition = new_condition(view, "Progressing", "True", "ReplicaSetUpdated", message);
        if let Some(index) = current {
            let old = conditions.remove(index);
            if old["status"] == "True" {
                condition["lastTransitionTime"] = old["lastTransitionTime"].clone();
            }
        }
        conditions.push(condition);
    } else if current.is_some() && reason != "NewReplicaSetAvailable" && remaining.is_none() {
        let message = format!("{who} has timed out progressing.");
        set(conditions, new_condition(view, "Progressing", "False", "ProgressDeadlineExceeded", message));
        return;
    }
    let remaining = if is_progress(before, status) { Some(Micros::secs(seconds.unsigned_abs())) } else { remaining };
    if let Some(remaining) = remaining {
        plan.look_again(remaining + Micros::secs(1));
    }
}

/// A ReplicaSet that cannot make its pods makes the deployment say so.
fn failure(view: &View, sets: &Sets, conditions: &mut Vec<Value>) {
    let failed = sets.new.iter().chain(&sets.old).find_map(|set| condition(&set.object, "ReplicaFailure"));
    match failed {
        Some(failed) => {
            let text = |field: &str| failed[field].as_str().unwrap_or_default();
            let message = text("message").to_owned();
            set(conditions, new_condition(view, "ReplicaFailure", text("status"), text("reason"), message));
        }
        None => conditions.retain(|one| one["type"] != "ReplicaFailure"),
    }
}
