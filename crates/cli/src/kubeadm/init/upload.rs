//! The phases that write what the cluster is into the cluster: `upload-config`, `upload-certs`, `mark-control-plane`.

use serde_json::json;

use super::Init;
use super::files::KUBELET_CONFIG;
use crate::kubeadm::connection::put;
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
    let pods = match settings.pod_subnet.as_str() {
        "" => String::new(),
        subnet => format!("  podSubnet: {subnet}\n"),
    };
    format!(
        "apiServer: {{}}
apiVersion: kubeadm.k8s.io/v1beta4
caCertificateValidityPeriod: 87600h0m0s
certificateValidityPeriod: 8760h0m0s
certificatesDir: /etc/kubernetes/pki
clusterName: kubernetes
controllerManager: {{}}
dns: {{}}
encryptionAlgorithm: RSA-2048
etcd:
  local:
    dataDir: /var/lib/etcd
imageRepository: registry.k8s.io
kind: ClusterConfiguration
kubernetesVersion: {}
networking:
  dnsDomain: cluster.local
{pods}  serviceSubnet: {}
proxy: {{}}
scheduler: {{}}
",
        settings.version, settings.service_subnet
    )
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

#[expect(clippy::unused_async, reason = "a phase is a future")]
pub async fn certificates(init: &Init) -> Result<(), Failure> {
    init.say("[upload-certs] Skipping phase. Please see --upload-certs");
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
