//! Deployments and pods, from the request to what runs.

use super::cluster::{Cluster, deployment, pod_spec};
use serde_json::json;

fn running(cluster: &mut Cluster) -> usize {
    let pods = cluster.list("pods");
    let is_ready = |pod: &&crate::api::Object| {
        pod.list("/status/conditions").iter().any(|one| one["type"] == "Ready" && one["status"] == "True")
    };
    pods.iter().filter(is_ready).count()
}

#[test]
fn a_deployment_of_three_runs_is_scaled_rolled_out_and_deleted() {
    let mut cluster = Cluster::new();
    for resource in ["deployments", "replicasets", "pods", "events"] {
        cluster.watch(resource);
    }
    cluster.world.create("deployments", "default", deployment("web", 3));
    cluster.run(4);
    assert_eq!(running(&mut cluster), 3);
    let web = cluster.get("deployments", "web").expect("it exists");
    assert_eq!(web.number("/status/availableReplicas"), Some(3));
}

#[test]
fn a_pod_runs_and_is_deleted() {
    let mut cluster = Cluster::new();
    for resource in ["pods", "events"] {
        cluster.watch(resource);
    }
    cluster.world.create("pods", "default", json!({ "metadata": { "name": "one" }, "spec": pod_spec("nginx", &[]) }));
    cluster.run(4);
    assert_eq!(running(&mut cluster), 1);
    cluster.delete("pods", "one");
    cluster.run(4);
    assert!(cluster.get("pods", "one").is_none());
}
