//! The phase `addon`: CoreDNS and kube-proxy (`cmd/kubeadm/app/phases/addons`).

use serde_json::Value;

use super::Init;
use crate::kubeadm::connection::put;
use crate::kubectl::failure::Failure;

/// What is installed, in order: the same as in worlds that begin with a cluster.
const OBJECTS: &str = include_str!("../../../../kube/src/kubeadm/objects.json");

/// The kinds of these objects, and where they are made.
const KINDS: [(&str, &str, &str); 7] = [
    ("ConfigMap", "/api/v1", "configmaps"),
    ("ServiceAccount", "/api/v1", "serviceaccounts"),
    ("Service", "/api/v1", "services"),
    ("Deployment", "/apis/apps/v1", "deployments"),
    ("DaemonSet", "/apis/apps/v1", "daemonsets"),
    ("ClusterRole", "/apis/rbac.authorization.k8s.io/v1", "clusterroles"),
    ("ClusterRoleBinding", "/apis/rbac.authorization.k8s.io/v1", "clusterrolebindings"),
];

pub async fn install(init: &Init) -> Result<(), Failure> {
    let skipped = init.cli.flags.list("skip-phases");
    for (part, shown) in [("coredns", "CoreDNS"), ("kube-proxy", "kube-proxy")] {
        if skipped.iter().any(|name| *name == format!("addon/{part}")) {
            continue;
        }
        if !init.settings.dry_run {
            apply(init, part).await?;
        }
        init.say(format_args!("[addons] Applied essential addon: {shown}"));
    }
    Ok(())
}

/// Whether an object belongs to an addon.
fn is_of(object: &Value, part: &str) -> bool {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    match part {
        "coredns" => name.contains("coredns") || name == "kube-dns",
        _ => name.contains("kube-proxy") || name == "kubeadm:node-proxier",
    }
}

async fn apply(init: &Init, part: &str) -> Result<(), Failure> {
    let client = init.client()?;
    let objects: Vec<Value> = serde_json::from_str(OBJECTS).unwrap_or_default();
    for object in objects.iter().filter(|object| is_of(object, part)) {
        let Some((_, root, plural)) = KINDS.iter().find(|(kind, ..)| object["kind"] == *kind) else { continue };
        let path = match object["metadata"]["namespace"].as_str() {
            Some(namespace) => format!("{root}/namespaces/{namespace}/{plural}"),
            None => format!("{root}/{plural}"),
        };
        put(&client, &path, object).await?;
    }
    Ok(())
}
