//! Rolls a Deployment out over its ReplicaSets (`pkg/controller/deployment`).

mod rollout;
mod scale;
mod sets;
mod status;

pub(super) use sets::{encoded_hash, scaled_value};

use super::controller::{Controller, Plan, View, Wakes, controller_key};
use crate::api::Object;
use crate::client::{Change, key, kinds, selects, split};
use serde_json::Value;
use sets::Sets;
use sim::Micros;

/// Who says it, in events.
const VOICE: &str = "deployment-controller";

pub(super) static CONTROLLER: Controller =
    Controller { account: "deployment-controller", workers: 5, seeds: &[], wake, sync };

fn wake(view: &View, change: &Change, wakes: &mut Wakes) {
    let Some(object) = change.object() else { return };
    let kind = view.client.kind(change.kind);
    if *kind == kinds::DEPLOYMENTS {
        wakes.push((key(object), Micros::ZERO));
    } else if *kind == kinds::REPLICA_SETS {
        wakes.extend(controller_key(object, "Deployment").map(|key| (key, Micros::ZERO)));
        if object.controller().is_none() && !object.is_terminating() {
            let labels = object.map("/metadata/labels");
            let fits = |one: &&Object| selects(one.pointer("/spec/selector").unwrap_or(&Value::Null), labels);
            let deployments = view.client.cache(&kinds::DEPLOYMENTS).in_namespace(object.namespace());
            wakes.extend(deployments.filter(fits).map(|one| (key(one), Micros::ZERO)));
        }
    } else if *kind == kinds::PODS && change.new.is_none() {
        // One that recreates waits for the last of its old pods.
        let set =
            controller_key(object, "ReplicaSet").and_then(|key| view.client.cache(&kinds::REPLICA_SETS).by_key(&key));
        if let Some(key) = set.and_then(|set| controller_key(set, "Deployment")) {
            let deployment = view.client.cache(&kinds::DEPLOYMENTS).by_key(&key);
            if deployment.is_some_and(|one| one.text("/spec/strategy/type") == "Recreate") {
                wakes.push((key, Micros::ZERO));
            }
        }
    }
}

fn sync(view: &mut View, key: &str) -> Plan {
    let mut plan = Plan::default();
    let (namespace, name) = split(key);
    let view = &*view;
    let Some(deployment) = view.client.cache(&kinds::DEPLOYMENTS).get(namespace, name) else { return plan };
    let mut sets = Sets::of(view, deployment, &mut plan);
    if deployment.is_terminating() {
        status::update(view, deployment, &sets, None, &mut plan);
        return plan;
    }
    if let Some(condition) = status::paused(view, deployment) {
        plan.then(kinds::DEPLOYMENTS.update_status(status::with_condition(deployment, condition)));
        return plan;
    }
    if deployment.flag("/spec/paused") || scale::is_due(deployment, &sets) {
        scale::scale(deployment, &mut sets);
        sets.write(deployment, &mut plan);
        status::update(view, deployment, &sets, None, &mut plan);
        return plan;
    }
    if deployment.text("/spec/strategy/type") == "Recreate" {
        rollout::recreate(view, deployment, &mut sets, &mut plan);
    } else {
        rollout::rolling(view, deployment, &mut sets, &mut plan);
    }
    plan
}
