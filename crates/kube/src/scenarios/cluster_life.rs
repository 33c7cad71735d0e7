//! Namespaces that come and go, nodes that fail, leaders that die.

use super::cluster::{Cluster, KUBELETS, MANAGER, deployment, pod_spec};
use crate::api::{Object, Verb};
use crate::apiserver::testing::request;
use serde_json::{Value, json};
use sim::Fault;

fn names(objects: &[Object]) -> Vec<String> {
    objects.iter().map(|one| one.name().to_owned()).collect()
}

#[test]
fn a_namespace_gets_what_it_needs_and_is_emptied_before_it_goes() {
    let mut cluster = Cluster::new();
    cluster.world.create("namespaces", "", json!({ "metadata": { "name": "dev" } }));
    cluster.run(1);
    assert_eq!(cluster.world.names("serviceaccounts", "dev"), ["default"]);
    assert_eq!(cluster.world.names("configmaps", "dev"), ["kube-root-ca.crt"]);
    cluster.world.create("deployments", "dev", deployment("web", 2));
    cluster.run(4);
    cluster.world.call(request(Verb::Delete, "namespaces", "", "dev", Value::Null)).expect("it can be deleted");
    cluster.run(3);
    assert_eq!(cluster.world.names("pods", "dev").len(), 2);
    cluster.run(12);
    assert!(cluster.world.get("namespaces", "", "dev").is_err());
    assert!(cluster.world.names("replicasets", "dev").is_empty());
    assert!(cluster.world.names("serviceaccounts", "dev").is_empty());
}

#[test]
fn nodes_get_ranges_in_turn() {
    let mut cluster = Cluster::new();
    let nodes = cluster.list("nodes");
    assert_eq!(names(&nodes), ["controlplane", "worker1", "worker2"]);
    let mut ranges: Vec<&str> = nodes.iter().map(|node| node.text("/spec/podCIDR")).collect();
    ranges.sort_unstable();
    assert_eq!(ranges, ["10.244.0.0/24", "10.244.1.0/24", "10.244.2.0/24"]);
}

#[test]
fn pods_of_a_dead_node_are_replaced_after_five_minutes() {
    let mut cluster = Cluster::new();
    let mut web = deployment("web", 4);
    web["spec"]["template"]["spec"]["tolerations"] = ["not-ready", "unreachable"]
        .map(|name| {
            json!({ "key": format!("node.kubernetes.io/{name}"), "operator": "Exists", "effect": "NoExecute",
                "tolerationSeconds": 300 })
        })
        .to_vec()
        .into();
    cluster.world.create("deployments", "default", web);
    cluster.run(5);
    let on = |cluster: &mut Cluster, node: &str| {
        cluster.list("pods").iter().filter(|pod| pod.text("/spec/nodeName") == node && !pod.is_terminating()).count()
    };
    assert_eq!(on(&mut cluster, "worker2"), 2);
    cluster.world.fault(Fault::Crash { node: KUBELETS[2], lose_unsynced: false });
    cluster.run(60);
    let node = cluster.get("nodes", "worker2").expect("it exists");
    let taints: Vec<String> =
        node.list("/spec/taints").iter().map(|one| format!("{}:{}", one["key"], one["effect"])).collect();
    let unreachable = "\"node.kubernetes.io/unreachable\"";
    assert_eq!(taints, [format!("{unreachable}:\"NoSchedule\""), format!("{unreachable}:\"NoExecute\"")]);
    assert_eq!(on(&mut cluster, "worker2"), 2);
    cluster.run(300);
    assert_eq!(on(&mut cluster, "worker2"), 0);
    assert_eq!(on(&mut cluster, "worker1"), 4);
    cluster.world.fault(Fault::Restart { node: KUBELETS[2], wipe: false });
    cluster.run(15);
    assert_eq!(cluster.list("pods").len(), 4);
    let node = cluster.get("nodes", "worker2").expect("it exists");
    assert!(node.list("/spec/taints").is_empty(), "{:?}", node.pointer("/spec/taints"));
}

#[test]
fn another_manager_takes_over_when_the_leader_dies() {
    let mut cluster = Cluster::new();
    let other = sim::NodeId(103);
    let api = crate::apiserver::testing::API;
    let config = crate::controllers::Config::new(api, 1_767_225_600, "other");
    cluster.world.add(other, crate::controllers::ControllerManager::new(config));
    cluster.run(5);
    cluster.world.fault(Fault::Crash { node: MANAGER, lose_unsynced: false });
    cluster.world.create("deployments", "default", deployment("web", 1));
    cluster.run(10);
    assert!(cluster.list("replicasets").is_empty());
    cluster.run(15);
    assert_eq!(cluster.list("pods").len(), 1);
}

#[test]
fn without_the_api_server_manager_and_scheduler_end() {
    let mut cluster = Cluster::new();
    cluster.world.create("pods", "default", json!({ "metadata": { "name": "one" }, "spec": pod_spec("nginx", &[]) }));
    cluster.run(3);
    let api = crate::apiserver::testing::API;
    cluster.world.fault(Fault::Crash { node: api, lose_unsynced: false });
    cluster.run(14);
    assert_eq!(cluster.world.sim.power(MANAGER), Some(sim::Power::Dead));
    assert_eq!(cluster.world.sim.power(super::cluster::SCHEDULER), Some(sim::Power::Dead));
    assert_eq!(cluster.world.sim.power(KUBELETS[1]), Some(sim::Power::Running));
    cluster.world.fault(Fault::Restart { node: api, wipe: false });
    cluster.run(40);
    assert_eq!(cluster.list("pods").len(), 1);
}

#[test]
fn every_component_may_do_what_it_does() {
    let mut cluster = Cluster::new();
    cluster.world.create("deployments", "default", deployment("web", 2));
    cluster.world.create(
        "pods",
        "default",
        json!({ "metadata": { "name": "one" }, "spec": pod_spec("nginx:nope", &[]) }),
    );
    cluster.world.create("jobs", "default", super::cluster::job("good", &["true"], 1, 1, 1));
    cluster.world.create("services", "default", super::cluster::service("web"));
    cluster.run(20);
    cluster.delete("deployments", "web");
    cluster.delete("pods", "one");
    cluster.run(10);
}

#[test]
fn claims_are_bound_and_quotas_budgets_and_tokens_kept() {
    let mut cluster = Cluster::new();
    let create = |cluster: &mut Cluster, resource: &str, namespace: &str, object: Value| {
        cluster.world.create(resource, namespace, object);
    };
    create(
        &mut cluster,
        "persistentvolumes",
        "",
        json!({ "metadata": { "name": "pv1" },
        "spec": { "capacity": { "storage": "1Gi" }, "accessModes": ["ReadWriteOnce"], "storageClassName": "manual",
            "hostPath": { "path": "/mnt/data" } } }),
    );
    create(
        &mut cluster,
        "persistentvolumeclaims",
        "default",
        json!({ "metadata": { "name": "claim" },
        "spec": { "storageClassName": "manual", "accessModes": ["ReadWriteOnce"],
            "resources": { "requests": { "storage": "500Mi" } } } }),
    );
    create(
        &mut cluster,
        "resourcequotas",
        "default",
        json!({ "metadata": { "name": "q" },
        "spec": { "hard": { "pods": "20", "requests.cpu": "1" } } }),
    );
    create(
        &mut cluster,
        "poddisruptionbudgets",
        "default",
        json!({ "metadata": { "name": "web" },
        "spec": { "minAvailable": 1, "selector": { "matchLabels": { "app": "web" } } } }),
    );
    create(&mut cluster, "serviceaccounts", "default", json!({ "metadata": { "name": "robot" } }));
    create(
        &mut cluster,
        "secrets",
        "default",
        json!({ "metadata": { "name": "robot-token",
        "annotations": { "kubernetes.io/service-account.name": "robot" } }, "type": "kubernetes.io/service-account-token" }),
    );
    let mut web = deployment("web", 2);
    web["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({ "requests": { "cpu": "100m" } });
    create(&mut cluster, "deployments", "default", web);
    cluster.run(5);
    let claim = cluster.get("persistentvolumeclaims", "claim").expect("it exists");
    assert_eq!((claim.text("/status/phase"), claim.text("/spec/volumeName")), ("Bound", "pv1"));
    let quota = cluster.get("resourcequotas", "q").expect("it exists");
    assert_eq!(quota.pointer("/status/used"), Some(&json!({ "pods": "2", "requests.cpu": "200m" })));
    let budget = cluster.get("poddisruptionbudgets", "web").expect("it exists");
    assert_eq!(budget.number("/status/disruptionsAllowed"), Some(1));
    let secret = cluster.get("secrets", "robot-token").expect("it exists");
    assert_eq!(secret.map("/data").map(|data| data.len()), Some(3));
    cluster.delete("serviceaccounts", "robot");
    cluster.delete("persistentvolumeclaims", "claim");
    cluster.run(2);
    assert!(cluster.get("secrets", "robot-token").is_none());
    assert!(cluster.get("persistentvolumeclaims", "claim").is_none());
    let volume = cluster.world.get("persistentvolumes", "", "pv1").expect("it is kept");
    assert_eq!(volume.text("/status/phase"), "Released");
}
