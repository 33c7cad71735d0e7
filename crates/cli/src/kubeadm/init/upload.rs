//! The phases that write what the cluster is into the cluster: `upload-config`, `upload-certs`, `mark-control-plane`.

use serde_json::json;

use super::files::KUBELET_CONFIG;
use super::{Init, Settings};
use crate::kubeadm::configuration::Cluster;
use crate::kubeadm::connection::put;
use crate::kubeadm::copycerts;
use crate::kubectl::client::Body;
use crate::kubectl::failure::Failure;

/// Where kubeadm's config maps are.
pub const CONFIG_MAPS: &str = "/api/v1/namespaces/kube-system/configmaps";
pub const ROLES: &str = "/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/roles";
pub const BINDINGS: &str = "/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/rolebindings";
const NODES_GROUP: &str = "system:nodes";
/// The group of those who have a bootstrap token of kubeadm's.
pub const BOOTSTRAPPERS: &str = "system:bootstrappers:kubeadm:default-node-token";

const LABELS: [&str; 2] =
    ["node-role.kubernetes.io/control-plane", "node.kubernetes.io/exclude-from-external-load-balancers"];

pub async fn configuration(init: &Init) -> Result<(), Failure> {
    init.say("[upload-config] Storing the configuration used in ConfigMap \"kubeadm-config\" in the \"kube-system\" Namespace");
    if !init.settings.dry_run {
        config_map(init, "kubeadm-config", "ClusterConfiguration", &cluster_configuration(init)).await?;
    }
    init.say("[kubelet] Creating a ConfigMap \"kubelet-config\" in namespace kube-system with the configuration for the kubelets in the cluster");
    if !init.settings.dry_run {
        config_map(init, "kubelet-config", "kubelet", KUBELET_CONFIG).await?;
    }
    Ok(())
}

fn cluster_configuration(init: &Init) -> String {
    let settings = &init.settings;
    let Settings { version, endpoint, pod_subnet, service_subnet, .. } = settings;
    Cluster { version, endpoint, pod_subnet, service_subnet }.text()
}

/// A config map that nodes and those who join may read.
async fn config_map(init: &Init, name: &str, key: &str, content: &str) -> Result<(), Failure> {
    let client = init.client()?;
    let metadata = json!({ "name": name, "namespace": "kube-system" });
    let object = json!({ "kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata, "data": { key: content } });
    put(&client, CONFIG_MAPS, &object).await?;
    let role = format!("kubeadm:{}", if name == "kubeadm-config" { "nodes-kubeadm-config" } else { name });
    let metadata = json!({ "name": role, "namespace": "kube-system" });
    let rule = json!({ "verbs": ["get"], "apiGroups": [""], "resources": ["configmaps"], "resourceNames": [name] });
    let object =
        json!({ "kind": "Role", "apiVersion": "rbac.authorization.k8s.io/v1", "metadata": metadata, "rules": [rule] });
    put(&client, ROLES, &object).await?;
    let group = |name: &str| json!({ "kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": name });
    let object = json!({
        "kind": "RoleBinding", "apiVersion": "rbac.authorization.k8s.io/v1", "metadata": metadata,
        "subjects": [group(BOOTSTRAPPERS), group(NODES_GROUP)],
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role },
    });
    put(&client, BINDINGS, &object).await
}

pub async fn certificates(init: &Init) -> Result<(), Failure> {
    let flags = &init.cli.flags;
    if !flags.bool("upload-certs") {
        init.say("[upload-certs] Skipping phase. Please see --upload-certs");
        return Ok(());
    }
    init.say("[upload-certs] Storing the certificates in Secret \"kubeadm-certs\" in the \"kube-system\" Namespace");
    if !init.settings.dry_run {
        copycerts::upload(&init.cli, &*init.client()?, &init.certificate_key).await?;
    }
    if !flags.bool("skip-certificate-key-print") {
        init.say(format_args!("[upload-certs] Using certificate key:\n{}", init.certificate_key));
    }
    Ok(())
}

pub async fn mark(init: &Init) -> Result<(), Failure> {
    let name = &init.settings.name;
    init.say(format_args!(
        "[mark-control-plane] Marking the node {name} as control-plane by adding the labels: [{}]",
        LABELS.join(" ")
    ));
    init.say(format_args!(
        "[mark-control-plane] Marking the node {name} as control-plane by adding the taints [{}:NoSchedule]",
        LABELS[0]
    ));
    if init.settings.dry_run {
        return Ok(());
    }
    let client = init.client()?;
    let path = format!("/api/v1/nodes/{name}");
    // The kubelet registers the node when it has found the API server.
    let mut node = client.get(&path).await;
    for _ in 0..120 {
        if node.is_ok() {
            break;
        }
        init.takes(500).await;
        node = client.get(&path).await;
    }
    let node = node.map_err(|failure| failure.because("timed out waiting for the node: "))?;
    let mut taints = node["spec"]["taints"].as_array().cloned().unwrap_or_default();
    if !taints.iter().any(|taint| taint["key"] == LABELS[0]) {
        taints.push(json!({ "key": LABELS[0], "effect": "NoSchedule" }));
    }
    let patch = json!({ "metadata": { "labels": { LABELS[0]: "", LABELS[1]: "" } }, "spec": { "taints": taints } });
    client.send("PATCH", &path, Body::Patch("application/merge-patch+json", patch.to_string())).await.map(|_| ())
}
