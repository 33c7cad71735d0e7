//! A node and a pod in the words of `kubectl`.

use super::registry::store;
use crate::cluster::Cluster;
use etcd::store::{KeyRange, RangeOptions};
use kube::api::Object;
use protocol::{Details, Fact, NodeView, PodPhase, PodView};
use serde_json::Value;

fn object(stored: &[u8]) -> Option<Object> {
    serde_json::from_slice::<Value>(stored).ok().map(Object::from).filter(|object| !object.name().is_empty())
}

/// A node at a glance.
pub(super) fn node(stored: &[u8]) -> Option<NodeView> {
    let node = object(stored)?;
    Some(NodeView { name: node.name().into(), status: node_status(&node) })
}

/// A pod at a glance.
pub(super) fn pod(stored: &[u8]) -> Option<PodView> {
    let pod = object(stored)?;
    let ready = pod.list("/status/containerStatuses").iter().filter(|of| of["ready"] == Value::Bool(true)).count();
    let count = |many: usize| u16::try_from(many).unwrap_or(u16::MAX);
    Some(PodView {
        namespace: pod.namespace().into(),
        name: pod.name().into(),
        node: pod.text("/spec/nodeName").into(),
        phase: PodPhase::of(pod.text("/status/phase")),
        status: pod_status(&pod),
        ready: (count(ready), count(pod.list("/spec/containers").len())),
    })
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn condition<'a>(object: &'a Object, kind: &str) -> Option<&'a Value> {
    object.list("/status/conditions").iter().find(|condition| condition["type"] == kind)
}

fn holds(object: &Object, kind: &str) -> bool {
    condition(object, kind).is_some_and(|condition| condition["status"] == "True")
}

/// Upstream: pkg/printers/internalversion/printers.go, `printNode`.
fn node_status(node: &Object) -> String {
    let ready = match condition(node, "Ready") {
        None => "Unknown",
        Some(condition) if condition["status"] == "True" => "Ready",
        Some(_) => "NotReady",
    };
    let closed = if node.flag("/spec/unschedulable") { ",SchedulingDisabled" } else { "" };
    format!("{ready}{closed}")
}

/// Upstream: pkg/printers/internalversion/printers.go, `printPod`.
fn pod_status(pod: &Object) -> String {
    let phase = pod.text("/status/phase");
    let over = matches!(phase, "Succeeded" | "Failed");
    if pod.is_terminating() && !over {
        return "Terminating".into();
    }
    let starting = pod.list("/status/initContainerStatuses");
    let done = |of: &&Value| of.pointer("/state/terminated/exitCode").and_then(Value::as_i64) == Some(0);
    let through = starting.iter().take_while(done).count();
    if let Some(current) = starting.get(through)
        && !holds(pod, "Initialized")
    {
        return match reason(current) {
            "" | "PodInitializing" => format!("Init:{through}/{}", starting.len()),
            reason => format!("Init:{reason}"),
        };
    }
    let containers = pod.list("/status/containerStatuses");
    let said = containers.iter().map(reason).find(|reason| !reason.is_empty());
    let runs =
        || containers.iter().any(|of| of["ready"] == Value::Bool(true) && of.pointer("/state/running").is_some());
    match (said, pod.text("/status/reason")) {
        (Some("Completed"), _) if runs() => if holds(pod, "Ready") { "Running" } else { "NotReady" }.into(),
        (Some(reason), _) => reason.into(),
        (None, "") => phase.into(),
        (None, reason) => reason.into(),
    }
}

/// Why a container waits, or how it ended; empty while it runs.
fn reason(container: &Value) -> &str {
    match text(container, "/state/waiting/reason") {
        "" => text(container, "/state/terminated/reason"),
        waiting => waiting,
    }
}

/// What the panel of `node NAME` or `pod NAMESPACE/NAME` tells; `None` for one that is not stored.
pub(super) fn details(cluster: &Cluster, part: &str) -> Option<Details> {
    let (kind, name) = part.split_once(' ')?;
    let (folder, facts): (_, fn(&Object) -> Vec<Fact>) = match kind {
        "node" => ("minions", node_facts),
        "pod" => ("pods", pod_facts),
        _ => return None,
    };
    let range = KeyRange::single(&format!("/registry/{folder}/{name}").as_str().into());
    let found = store(cluster)?.range(&range, RangeOptions::default()).ok()?;
    let object = object(&found.kvs.first()?.value)?;
    let facts = facts(&object).into_iter().filter(|fact| !fact.value.is_empty()).collect();
    Some(Details { component: part.to_owned(), facts, ..Details::default() })
}

fn fact(name: &str, value: impl Into<String>) -> Fact {
    Fact { name: name.into(), value: value.into() }
}

fn node_facts(node: &Object) -> Vec<Fact> {
    let address = node.list("/status/addresses").iter().find(|address| address["type"] == "InternalIP");
    let mut facts = vec![
        fact("Status", node_status(node)),
        fact("Address", address.map_or("", |address| text(address, "/address"))),
        fact("Pod network", node.text("/spec/podCIDR")),
        fact("Kubelet", node.text("/status/nodeInfo/kubeletVersion")),
        fact("CPU", node.text("/status/capacity/cpu")),
        fact("Memory", node.text("/status/capacity/memory")),
    ];
    for taint in node.list("/spec/taints") {
        facts.push(fact("Taint", format!("{}:{}", text(taint, "/key"), text(taint, "/effect"))));
    }
    for condition in node.list("/status/conditions") {
        let why = text(condition, "/reason");
        facts.push(fact(text(condition, "/type"), format!("{} ({why})", text(condition, "/status"))));
    }
    facts
}

fn pod_facts(pod: &Object) -> Vec<Fact> {
    let owner = pod.controller().map(|owner| format!("{} {}", text(owner, "/kind"), text(owner, "/name")));
    let node = pod.text("/spec/nodeName");
    let mut facts = vec![
        fact("Status", pod_status(pod)),
        fact("Phase", pod.text("/status/phase")),
        fact("Namespace", pod.namespace()),
        fact("Node", if node.is_empty() { "none yet" } else { node }),
        fact("IP", pod.text("/status/podIP")),
        fact("Controlled by", owner.unwrap_or_default()),
        fact("Started", pod.text("/status/startTime")),
        fact("Deleted", pod.text("/metadata/deletionTimestamp")),
    ];
    if let Some(scheduled) = condition(pod, "PodScheduled").filter(|condition| condition["status"] == "False") {
        facts.push(fact("Not scheduled", text(scheduled, "/message")));
    }
    let statuses = pod.list("/status/containerStatuses");
    for container in pod.list("/spec/containers") {
        let name = text(container, "/name");
        let status = statuses.iter().find(|status| status["name"] == name);
        let state = status.map_or_else(String::new, |status| format!(", {}", container_state(status)));
        facts.push(fact(&format!("Container {name}"), format!("{}{state}", text(container, "/image"))));
    }
    facts
}

/// What a container is at, and how often it was started anew.
fn container_state(status: &Value) -> String {
    let (mut words, ready) = match reason(status) {
        "" if status.pointer("/state/running").is_some() => {
            ("running".to_owned(), status["ready"] == Value::Bool(true))
        }
        "" => ("waiting".to_owned(), true),
        reason => (reason.to_owned(), true),
    };
    if !ready {
        words.push_str(", not ready");
    }
    match status["restartCount"].as_i64() {
        None | Some(0) => {}
        Some(1) => words.push_str(", restarted once"),
        Some(times) => words.push_str(&format!(", restarted {times} times")),
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(status: Value, deleted: bool, expected: &str) {
        let mut pod = json!({"kind": "Pod", "metadata": {"name": "web", "namespace": "default"}, "status": status});
        if deleted {
            pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
        }
        assert_eq!(super::pod(pod.to_string().as_bytes()).map(|pod| pod.status).as_deref(), Some(expected));
    }

    fn containers(states: &[Value]) -> Value {
        let of = |state: &Value| json!({"name": "c", "state": state, "ready": state.get("running").is_some()});
        states.iter().map(of).collect()
    }

    #[test]
    fn a_pod_is_told_in_the_word_of_its_containers() {
        let running = json!({"running": {}});
        let waiting = json!({"waiting": {"reason": "ContainerCreating"}});
        let completed = json!({"terminated": {"reason": "Completed", "exitCode": 0}});
        check(json!({"phase": "Pending"}), false, "Pending");
        check(
            json!({"phase": "Pending", "containerStatuses": containers(std::slice::from_ref(&waiting))}),
            false,
            "ContainerCreating",
        );
        let run = json!({"phase": "Running", "containerStatuses": containers(std::slice::from_ref(&running))});
        check(run.clone(), false, "Running");
        check(run, true, "Terminating");
        check(
            json!({"phase": "Succeeded", "containerStatuses": containers(std::slice::from_ref(&completed))}),
            true,
            "Completed",
        );
        check(
            json!({"phase": "Running", "containerStatuses": containers(&[completed.clone(), running])}),
            false,
            "NotReady",
        );
        check(json!({"phase": "Failed", "reason": "Evicted"}), false, "Evicted");
        let init = containers(&[completed, json!({"running": {}})]);
        check(
            json!({"phase": "Pending", "initContainerStatuses": init, "containerStatuses": containers(&[waiting])}),
            false,
            "Init:1/2",
        );
    }

    #[test]
    fn a_node_is_told_in_the_words_of_kubectl() {
        let status = |ready: &str, closed: bool| {
            let conditions = json!([{"type": "Ready", "status": ready}]);
            let node = json!({"metadata": {"name": "worker1"}, "spec": {"unschedulable": closed}, "status": {"conditions": conditions}});
            super::node(node.to_string().as_bytes()).map(|node| node.status).unwrap_or_default()
        };
        assert_eq!(status("True", false), "Ready");
        assert_eq!(status("Unknown", false), "NotReady");
        assert_eq!(status("True", true), "Ready,SchedulingDisabled");
    }

    #[test]
    fn what_is_no_object_is_no_pod() {
        assert_eq!(super::pod(b"by hand"), None);
        assert_eq!(super::pod(b"{}"), None);
    }
}
