//! What a kubelet may say of nodes and pods (`plugin/pkg/admission/noderestriction`).

use serde_json::Value;

use super::forbidden;
use crate::api::{Object, Request, Status};

/// Labels of `kubernetes.io` that a kubelet may set on its node.
const ALLOWED: [&str; 8] = [
    "kubernetes.io/hostname",
    "kubernetes.io/arch",
    "kubernetes.io/os",
    "beta.kubernetes.io/arch",
    "beta.kubernetes.io/os",
    "beta.kubernetes.io/instance-type",
    "node.kubernetes.io/instance-type",
    "node.kubernetes.io/windows-build",
];

fn is_restricted(label: &str) -> bool {
    let prefix = label.split_once('/').map_or("", |(prefix, _)| prefix);
    if label.starts_with("topology.kubernetes.io/") || label.starts_with("failure-domain.beta.kubernetes.io/") {
        return false;
    }
    if prefix.ends_with("node-restriction.kubernetes.io") {
        return true;
    }
    let ours =
        ["kubernetes.io", "k8s.io"].iter().any(|known| prefix == *known || prefix.ends_with(&format!(".{known}")));
    let kubelets = ["kubelet.kubernetes.io", "node.kubernetes.io"]
        .iter()
        .any(|known| prefix == *known || prefix.ends_with(&format!(".{known}")));
    ours && !kubelets && !ALLOWED.contains(&label)
}

/// A kubelet may not give its node labels that others decide by.
pub(super) fn check(request: &Request, old: Option<&Object>, node: &Value) -> Result<(), Status> {
    let Some(own) = request.user.name.strip_prefix("system:node:") else { return Ok(()) };
    let name = node["metadata"]["name"].as_str().unwrap_or_default();
    if name != own {
        return Err(forbidden("nodes", name, &format!("node {own:?} is not allowed to modify node {name:?}")));
    }
    let before = old.and_then(|old| old.map("/metadata/labels"));
    let empty = serde_json::Map::new();
    let after = node["metadata"]["labels"].as_object().unwrap_or(&empty);
    let before = before.unwrap_or(&empty);
    let mut changed: Vec<&str> = after
        .iter()
        .filter(|(key, value)| before.get(*key) != Some(*value))
        .map(|(key, _)| key.as_str())
        .chain(before.keys().filter(|key| !after.contains_key(*key)).map(String::as_str))
        .filter(|key| is_restricted(key))
        .collect();
    changed.sort_unstable();
    changed.dedup();
    if changed.is_empty() {
        return Ok(());
    }
    let why = match old {
        Some(_) => format!("is not allowed to modify labels: {}", changed.join(", ")),
        None => format!("node {own:?} is not allowed to set the following labels: {}", changed.join(", ")),
    };
    Err(forbidden("nodes", name, &why))
}

/// A kubelet creates only pods that mirror its own static ones.
pub(super) fn mirror(request: &Request, pod: &Value) -> Result<(), Status> {
    let Some(own) = request.user.name.strip_prefix("system:node:") else { return Ok(()) };
    let name = pod["metadata"]["name"].as_str().unwrap_or_default();
    if pod["metadata"]["annotations"].get("kubernetes.io/config.mirror").is_none() {
        let why = format!(
            "pod does not have \"kubernetes.io/config.mirror\" annotation, node {own:?} can only create mirror pods"
        );
        return Err(forbidden("pods", name, &why));
    }
    if pod["spec"]["nodeName"] != own {
        let why = format!("node {own:?} can only create pods with spec.nodeName set to itself");
        return Err(forbidden("pods", name, &why));
    }
    Ok(())
}
