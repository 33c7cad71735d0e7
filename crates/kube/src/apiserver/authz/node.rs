//! What a kubelet may do: only what belongs to its own node (`plugin/pkg/auth/authorizer/node`).

use super::super::cache::Cache;
use super::Attempt;
use crate::api::Object;

/// Decides for a node; `None` when it is none's business. What is refused here may still be allowed by a role.
pub(super) fn decide(cache: &Cache, attempt: &Attempt) -> Option<Result<(), String>> {
    let node = attempt.user.name.strip_prefix("system:node:")?;
    if !attempt.user.groups.iter().any(|group| group == "system:nodes") || attempt.resource.is_empty() {
        return None;
    }
    let reads = matches!(attempt.verb, "get" | "list" | "watch");
    let refuse = |why: String| Some(Err(why));
    match (attempt.group, attempt.resource) {
        ("", "secrets" | "configmaps") => {
            if !reads {
                return refuse("can only read resources of this type".into());
            }
            if attempt.name.is_empty() {
                return refuse("No Object name found".into());
            }
            if uses(cache, node, attempt) {
                return Some(Ok(()));
            }
            refuse(unrelated(node, attempt))
        }
        ("", "nodes") => match (attempt.verb, attempt.name) {
            (_, name) if name == node => Some(Ok(())),
            ("create", "") => Some(Ok(())),
            ("list" | "watch", "") => refuse(format!("node '{node}' cannot read all nodes, only its own Node object")),
            ("get", name) => refuse(format!("node '{node}' cannot read '{name}', only its own Node object")),
            (verb, name) => refuse(format!("node '{node}' is not allowed to {verb} node '{name}'")),
        },
        ("", "pods") if attempt.verb == "get" && !attempt.name.is_empty() => {
            let key = format!("/registry/pods/{}/{}", attempt.namespace, attempt.name);
            match cache.get(&key) {
                Some(pod) if pod.text("/spec/nodeName") != node => refuse(unrelated(node, attempt)),
                _ => Some(Ok(())),
            }
        }
        ("", "pods") if matches!(attempt.verb, "list" | "watch" | "create" | "delete" | "patch" | "update") => {
            Some(Ok(()))
        }
        ("coordination.k8s.io", "leases") if attempt.namespace == "kube-node-lease" => {
            if attempt.verb == "create" || attempt.name == node {
                return Some(Ok(()));
            }
            refuse("can only access node lease with the same name as the requesting node".into())
        }
        ("", "events") if matches!(attempt.verb, "create" | "patch" | "update") => Some(Ok(())),
        ("", "services" | "persistentvolumes" | "persistentvolumeclaims") if reads => Some(Ok(())),
        ("node.k8s.io" | "storage.k8s.io", _) => Some(Ok(())),
        ("", "serviceaccounts") if attempt.subresource == "token" => Some(Ok(())),
        ("authorization.k8s.io" | "authentication.k8s.io" | "certificates.k8s.io", _) => Some(Ok(())),
        _ => None,
    }
}

fn unrelated(node: &str, attempt: &Attempt) -> String {
    format!("no relationship found between node '{node}' and this object").replace(
        "this object",
        match attempt.resource {
            "secrets" | "configmaps" | "pods" => "this object",
            other => other,
        },
    )
}

/// Whether a pod of the node uses a secret or config map.
fn uses(cache: &Cache, node: &str, attempt: &Attempt) -> bool {
    let prefix = format!("/registry/pods/{}/", attempt.namespace);
    let names_it = |pod: &Object| {
        // Names stand in volumes, environments and pull secrets; wherever one is a value under such a field it counts.
        let text = pod["spec"].to_string();
        text.contains(&format!("\"name\":\"{0}\"", attempt.name))
            || text.contains(&format!("\"secretName\":\"{0}\"", attempt.name))
    };
    cache.range(&prefix, "").any(|(_, pod)| pod.text("/spec/nodeName") == node && names_it(pod))
}
