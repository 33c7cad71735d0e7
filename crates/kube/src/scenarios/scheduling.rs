//! Where pods go, and what the scheduler says when they can go nowhere.

use super::cluster::{Cluster, deployment, pod_spec};
use serde_json::{Value, json};

/// A pod with something changed in its spec.
fn pod(name: &str, change: Value) -> Value {
    let mut spec = pod_spec("nginx", &[]);
    for (field, value) in change.as_object().into_iter().flatten() {
        spec[field] = value.clone();
    }
    json!({ "metadata": { "name": name, "labels": { "app": name } }, "spec": spec })
}

fn asking(cpu: &str) -> Value {
    let mut containers = pod_spec("nginx", &[])["containers"].clone();
    containers[0]["resources"] = json!({ "requests": { "cpu": cpu } });
    json!({ "containers": containers })
}

fn check(change: Value, expected: &str) {
    let mut cluster = Cluster::new();
    cluster.world.create("pods", "default", pod("one", change));
    cluster.run(2);
    let one = cluster.get("pods", "one").expect("it exists");
    let told =
        one.list("/status/conditions").iter().find(|one| one["type"] == "PodScheduled").cloned().unwrap_or_default();
    assert_eq!(told["message"], expected);
    let events = cluster.list("events");
    assert!(
        events.iter().any(|event| event.text("/reason") == "FailedScheduling" && event.text("/message") == expected)
    );
}

const NO_HELP: &str =
    "no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.";

#[test]
fn what_fits_nowhere_is_told_in_the_schedulers_words() {
    let taint = "1 node(s) had untolerated taint(s)";
    check(asking("64"), &format!("0/3 nodes are available: {taint}, 2 Insufficient cpu. {NO_HELP}"));
    let affinity = "2 node(s) didn't match Pod's node affinity/selector";
    check(
        json!({ "nodeSelector": { "disk": "ssd" } }),
        &format!("0/3 nodes are available: {taint}, {affinity}. {NO_HELP}"),
    );
    let with_others = json!({ "podAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": [
        { "topologyKey": "kubernetes.io/hostname", "labelSelector": { "matchLabels": { "app": "nothere" } } }] } });
    check(
        json!({ "affinity": with_others }),
        &format!("0/3 nodes are available: {taint}, 2 node(s) didn't match pod affinity rules. {NO_HELP}"),
    );
    check(
        json!({ "volumes": [{ "name": "v", "persistentVolumeClaim": { "claimName": "nope" } }] }),
        "0/3 nodes are available: persistentvolumeclaim \"nope\" not found. not found",
    );
}

#[test]
fn a_pod_that_waits_is_placed_when_a_node_comes_to_fit() {
    let mut cluster = Cluster::new();
    cluster.world.create("pods", "default", pod("one", json!({ "nodeSelector": { "disk": "ssd" } })));
    cluster.run(3);
    let label = json!({ "metadata": { "labels": { "disk": "ssd" } } });
    cluster.world.patch("nodes", "", "worker2", label).expect("it exists");
    cluster.run(3);
    assert_eq!(cluster.get("pods", "one").expect("it exists").text("/spec/nodeName"), "worker2");
}

#[test]
fn replicas_are_spread_over_the_workers() {
    let mut cluster = Cluster::new();
    cluster.world.create("deployments", "default", deployment("web", 6));
    cluster.run(5);
    let on = |cluster: &mut Cluster, node: &str| {
        cluster.list("pods").iter().filter(|pod| pod.text("/spec/nodeName") == node).count()
    };
    assert_eq!((on(&mut cluster, "worker1"), on(&mut cluster, "worker2")), (3, 3));
}

#[test]
fn pods_of_lower_priority_make_room() {
    let mut cluster = Cluster::new();
    cluster.world.create("priorityclasses", "", json!({ "metadata": { "name": "high" }, "value": 1_000_000 }));
    let mut low = deployment("low", 6);
    low["spec"]["template"]["spec"]["containers"] = asking("1200m")["containers"].clone();
    cluster.world.create("deployments", "default", low);
    cluster.run(5);
    let mut vip = asking("2");
    vip["priorityClassName"] = "high".into();
    cluster.world.create("pods", "default", pod("vip", vip));
    cluster.run(5);
    let vip = cluster.get("pods", "vip").expect("it exists");
    assert_eq!(vip.text("/status/phase"), "Running", "{:?}", vip.pointer("/status"));
    let events = cluster.list("events");
    let preempted: Vec<_> = events.iter().filter(|event| event.text("/reason") == "Preempted").collect();
    assert_eq!(preempted.len(), 2);
    let node = vip.text("/spec/nodeName");
    assert_eq!(preempted[0].text("/message"), format!("Preempted by pod {} on node {node}", vip.uid()));
    let waiting = cluster.list("pods").iter().filter(|pod| pod.text("/spec/nodeName").is_empty()).count();
    assert_eq!(waiting, preempted.len());
}
