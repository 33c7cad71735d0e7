//! What nodes get from the control plane: a range of addresses for their pods, and the taints that follow from how they
//! are (`pkg/controller/nodeipam`, `pkg/controller/nodelifecycle`).

use super::controller::{Call, Controller, Memory, Plan, View, Wakes};
use super::pods;
use crate::api::{Object, Patch};
use crate::client::{Change, Said, key, kinds};
use serde_json::{Value, json};
use sim::Micros;
use std::collections::BTreeSet;

pub(super) static IPAM: Controller = Controller {
    account: "node-controller",
    workers: 1,
    seeds: &[],
    wake: |view, change, wakes| {
        let is_node = *view.client.kind(change.kind) == kinds::NODES;
        wakes.extend(change.new.as_ref().filter(|_| is_node).map(|node| (key(node), Micros::ZERO)));
    },
    sync: ipam,
};

pub(super) static LIFECYCLE: Controller =
    Controller { account: "node-controller", workers: 1, seeds: &[MONITOR], wake, sync };

const VOICE: &str = "node-controller";
/// The key of the look at all nodes.
const MONITOR: &str = "";
/// All nodes are looked at so often (`--node-monitor-period`).
const PERIOD: Micros = Micros::secs(5);
/// A node that has not been heard of for so long is not known to be well (`--node-monitor-grace-period`).
const GRACE: Micros = Micros::secs(50);
/// Pods are driven out by a taint of its own that comes a little later.
const LATER: Micros = Micros::millis(200);

/// Gives a node the first free range.
fn ipam(view: &mut View, name: &str) -> Plan {
    let mut plan = Plan::default();
    let nodes = view.client.cache(&kinds::NODES);
    let Some(node) = nodes.get("", name) else { return plan };
    let mut patch = json!({});
    if node.text("/spec/podCIDR").is_empty() {
        let taken: BTreeSet<&str> = nodes.all().map(|node| node.text("/spec/podCIDR")).collect();
        let ranges = (0..=255_u32).flat_map(|high| (0..=255_u32).map(move |low| (high, low)));
        // 10.244.0.0/16, and beyond it for clusters of more than 256 nodes.
        let mut ranges = ranges.map(|(high, low)| format!("10.{}.{low}.0/24", (244 + high) % 256));
        if let Some(range) = ranges.find(|range| !taken.contains(range.as_str())) {
            patch["spec"] = json!({ "podCIDR": range, "podCIDRs": [range] });
        }
    }
    if node.annotation("node.alpha.kubernetes.io/ttl").is_none() {
        patch["metadata"]["annotations"]["node.alpha.kubernetes.io/ttl"] = "0".into();
    }
    if patch != json!({}) {
        plan.then(kinds::NODES.patch(Patch::Strategic, "", name, patch));
    }
    plan
}

fn wake(view: &View, change: &Change, wakes: &mut Wakes) {
    if *view.client.kind(change.kind) != kinds::NODES {
        return;
    }
    let Some(node) = &change.new else { return };
    if change.old.as_ref().is_none_or(|old| seen(old) != seen(node)) {
        wakes.push((key(node), Micros::ZERO));
    }
}

/// What decides about the taints of a node.
fn seen(node: &Object) -> (Option<&Value>, Option<&Value>) {
    (pods::condition(node, "Ready").map(|one| &one["status"]), node.pointer("/spec"))
}

fn sync(view: &mut View, name: &str) -> Plan {
    if name == MONITOR { monitor(view) } else { taint(view, name) }
}

/// Looks whether every node has been heard of.
fn monitor(view: &mut View) -> Plan {
    let mut plan = Plan::default();
    plan.look_again(PERIOD);
    let now = view.now;
    let nodes: Vec<Object> = view.client.cache(&kinds::NODES).all().cloned().collect();
    let known = view.client.cache(&kinds::NODES);
    view.memory.retain(|name, _| known.by_key(name).is_some());
    for node in &nodes {
        let lease = view.client.cache(&kinds::LEASES).get("kube-node-lease", node.name());
        let beat = pods::condition(node, "Ready").filter(|ready| ready["status"] != "Unknown");
        let heard = format!(
            "{} {}",
            lease.map_or("", |lease| lease.text("/spec/renewTime")),
            beat.and_then(|ready| ready["lastHeartbeatTime"].as_str()).unwrap_or_default()
        );
        let memory = view.memory.entry(node.name().into()).or_insert_with(|| Memory { at: now, ..Default::default() });
        if memory.text != heard {
            (memory.text, memory.at) = (heard, now);
        }
        let is_known = pods::condition(node, "Ready").is_some_and(|ready| ready["status"] != "Unknown");
        if memory.at + GRACE <= now && is_known {
            unknown(view, node, &mut plan);
        } else if pods::is_ready(node) {
            let driving = |taint: &Value| taint["effect"] == "NoExecute" && is_ours(taint);
            if node.list("/spec/taints").iter().any(driving) {
                let taints: Vec<Value> =
                    node.list("/spec/taints").iter().filter(|one| !driving(one)).cloned().collect();
                plan.then(set_taints(node, taints));
            }
        }
    }
    plan
}

/// Nothing is known of a node any more, and its pods are not ready.
fn unknown(view: &View, node: &Object, plan: &mut Plan) {
    let now = view.stamp();
    let told = node.edit(|node| {
        let conditions = node.pointer_mut("/status/conditions").and_then(Value::as_array_mut);
        for condition in conditions.into_iter().flatten() {
            if ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"].iter().any(|kind| condition["type"] == *kind)
            {
                condition["status"] = "Unknown".into();
                condition["lastTransitionTime"] = now.as_str().into();
                condition["reason"] = "NodeStatusUnknown".into();
                condition["message"] = "Kubelet stopped posting node status.".into();
            }
        }
    });
    plan.then(kinds::NODES.update_status(told));
    let about: Object = json!({ "kind": "Node", "metadata": { "name": node.name(), "uid": node.uid() } }).into();
    let message = format!("Node {} status is now: NodeNotReady", node.name());
    plan.said.push(Said::normal(&about, VOICE, "NodeNotReady", message));
    let mut calls = Vec::new();
    for pod in view.client.cache(&kinds::PODS).on_node(node.name()).filter(|pod| pods::is_ready(pod)) {
        let told = pod.edit(|pod| {
            let conditions = pod.pointer_mut("/status/conditions").and_then(Value::as_array_mut);
            for condition in conditions.into_iter().flatten().filter(|condition| condition["type"] == "Ready") {
                condition["status"] = "False".into();
                condition["lastTransitionTime"] = now.as_str().into();
            }
        });
        let mut call = Call::new(kinds::PODS.update_status(told));
        call.done = Some(Said::warning(pod, VOICE, "NodeNotReady", "Node is not ready"));
        calls.push(call);
    }
    plan.step(calls);
}

/// Taints that this controller sets and takes away.
fn is_ours(taint: &Value) -> bool {
    const OURS: [&str; 7] = [
        "not-ready",
        "unreachable",
        "unschedulable",
        "memory-pressure",
        "disk-pressure",
        "pid-pressure",
        "network-unavailable",
    ];
    let name = taint["key"].as_str().and_then(|key| key.strip_prefix("node.kubernetes.io/"));
    name.is_some_and(|name| OURS.contains(&name))
}

fn set_taints(node: &Object, taints: Vec<Value>) -> crate::api::Request {
    let taints = if taints.is_empty() { Value::Null } else { taints.into() };
    kinds::NODES.patch(Patch::Merge, "", node.name(), json!({ "spec": { "taints": taints } }))
}

/// The taints that follow from how a node is.
fn taint(view: &mut View, name: &str) -> Plan {
    let mut plan = Plan::default();
    let Some(node) = view.client.cache(&kinds::NODES).get("", name) else { return plan };
    let status = |kind: &str| pods::condition(node, kind).and_then(|one| one["status"].as_str()).unwrap_or_default();
    let ready = match status("Ready") {
        "True" => "",
        "Unknown" => "unreachable",
        _ => "not-ready",
    };
    let mut wanted: Vec<&str> = [ready].into_iter().filter(|name| !name.is_empty()).collect();
    for (kind, name) in
        [("MemoryPressure", "memory-pressure"), ("DiskPressure", "disk-pressure"), ("PIDPressure", "pid-pressure")]
    {
        if status(kind) == "True" {
            wanted.push(name);
        }
    }
    if node.flag("/spec/unschedulable") {
        wanted.push("unschedulable");
    }
    let key = |name: &str| format!("node.kubernetes.io/{name}");
    let old = node.list("/spec/taints");
    let drives = |taint: &Value| taint["effect"] == "NoExecute";
    let mut taints: Vec<Value> = old
        .iter()
        .filter(|one| !is_ours(one) || drives(one) || wanted.iter().any(|name| one["key"] == key(name).as_str()))
        .cloned()
        .collect();
    for name in &wanted {
        if !taints.iter().any(|one| one["key"] == key(name).as_str() && !drives(one)) {
            taints.push(json!({ "key": key(name), "effect": "NoSchedule", "timeAdded": view.stamp() }));
        }
    }
    let has_changed = taints.as_slice() != old;
    if !ready.is_empty() && !taints.iter().any(|one| one["key"] == key(ready).as_str() && drives(one)) {
        if has_changed {
            plan.look_again(LATER);
        } else {
            // The other of the two gives way.
            taints.retain(|one| !(is_ours(one) && drives(one)));
            taints.push(json!({ "key": key(ready), "effect": "NoExecute", "timeAdded": view.stamp() }));
            plan.then(set_taints(node, taints));
            return plan;
        }
    }
    if has_changed {
        plan.then(set_taints(node, taints));
    }
    plan
}
