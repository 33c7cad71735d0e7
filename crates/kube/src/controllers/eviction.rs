//! Drives pods from nodes with a taint `NoExecute` that they do not tolerate, or no longer
//! (`pkg/controller/tainteviction`).

use super::controller::{Controller, Memory, Plan, View, Wakes};
use crate::api::{Object, Patch};
use crate::client::{Change, Said, key, kinds};
use serde_json::{Value, json};
use sim::Micros;

pub(super) static CONTROLLER: Controller =
    Controller { account: "node-controller", workers: 8, seeds: &[], wake, sync };

const VOICE: &str = "taint-eviction-controller";

fn drives(taint: &&Value) -> bool {
    taint["effect"] == "NoExecute"
}

fn wake(view: &View, change: &Change, wakes: &mut Wakes) {
    let kind = view.client.kind(change.kind);
    let Some(object) = &change.new else { return };
    if *kind == kinds::PODS {
        let node = |pod: &Object| pod.text("/spec/nodeName").to_owned();
        let is_placed = change.old.as_ref().is_none_or(|old| node(old) != node(object)) && !node(object).is_empty();
        if is_placed {
            wakes.push((key(object), Micros::ZERO));
        }
    } else if *kind == kinds::NODES {
        let taints = |node: &Object| node.list("/spec/taints").iter().filter(drives).cloned().collect::<Vec<_>>();
        if change.old.as_ref().map_or(Vec::new(), taints) != taints(object) {
            wakes.extend(view.client.cache(&kinds::PODS).on_node(object.name()).map(|pod| (key(pod), Micros::ZERO)));
        }
    }
}

fn tolerates(toleration: &Value, taint: &Value) -> bool {
    let field = |name: &str| toleration[name].as_str().unwrap_or_default();
    (field("effect").is_empty() || taint["effect"] == field("effect"))
        && (field("key").is_empty() || taint["key"] == field("key"))
        && (field("operator") == "Exists"
            || (!field("key").is_empty() && taint["value"].as_str().unwrap_or_default() == field("value")))
}

fn sync(view: &mut View, place: &str) -> Plan {
    let mut plan = Plan::default();
    let pod = view.client.cache(&kinds::PODS).by_key(place).filter(|pod| !pod.is_terminating());
    let Some(pod) = pod.cloned() else {
        view.memory.remove(place);
        return plan;
    };
    let node = view.client.cache(&kinds::NODES).get("", pod.text("/spec/nodeName"));
    let taints: Vec<Value> =
        node.map_or(Vec::new(), |node| node.list("/spec/taints").iter().filter(drives).cloned().collect());
    if taints.is_empty() {
        view.memory.remove(place);
        return plan;
    }
    let now = view.now;
    let mut seconds: Option<i64> = None;
    for taint in &taints {
        let tolerated = pod.list("/spec/tolerations").iter().filter(|one| tolerates(one, taint));
        let limits: Vec<Option<i64>> = tolerated.map(|one| one["tolerationSeconds"].as_i64()).collect();
        match limits.iter().flatten().min() {
            _ if limits.is_empty() => return evict(view, &pod),
            Some(limit) => seconds = Some(seconds.map_or(*limit, |before| before.min(*limit))),
            None => {}
        }
    }
    let Some(seconds) = seconds else { return plan };
    let since = view.memory.entry(place.into()).or_insert_with(|| Memory { at: now, ..Default::default() }).at;
    let until = since + Micros::secs(seconds.max(0).unsigned_abs());
    if until <= now {
        return evict(view, &pod);
    }
    plan.look_again(until - now);
    plan
}

fn evict(view: &mut View, pod: &Object) -> Plan {
    let mut plan = Plan::default();
    view.memory.remove(&key(pod));
    let message = format!("Marking for deletion Pod {}/{}", pod.namespace(), pod.name());
    plan.said.push(Said::normal(pod, VOICE, "TaintManagerEviction", message));
    let why = "Taint manager: deleting due to NoExecute taint";
    plan.then(disrupt(view, pod, "DeletionByTaintManager", why, None));
    plan.then(kinds::PODS.delete(pod));
    plan
}

/// Marks a pod as one that is taken away.
pub(super) fn disrupt(
    view: &View,
    pod: &Object,
    reason: &str,
    message: &str,
    phase: Option<&str>,
) -> crate::api::Request {
    let mut condition = json!({ "type": "DisruptionTarget" });
    if let Some(generation) = pod.number("/metadata/generation") {
        condition["observedGeneration"] = generation.into();
    }
    for (field, value) in [
        ("status", "True".into()),
        ("lastProbeTime", Value::Null),
        ("lastTransitionTime", view.stamp().into()),
        ("reason", reason.into()),
        ("message", message.into()),
    ] {
        condition[field] = value;
    }
    let mut patch = json!({ "metadata": { "uid": pod.uid() }, "status": { "conditions": [condition] } });
    if let Some(phase) = phase {
        patch["status"]["phase"] = phase.into();
    }
    let mut request = kinds::PODS.patch(Patch::Strategic, pod.namespace(), pod.name(), patch);
    request.subresource = "status".into();
    request
}
