//! Nobody can give what he does not have (`pkg/registry/rbac/escalation_check.go`, `validation/rule.go`).

use serde_json::{Value, json};

use super::super::cache::Cache;
use super::{Attempt, covers, decide, rules_of};
use crate::api::{Reason, Request, Resource, Status};

/// Checks a role or binding that is to be stored.
pub(in super::super) fn check(
    cache: &Cache,
    request: &Request,
    resource: &Resource,
    value: &Value,
) -> Result<(), Status> {
    if resource.group != "rbac.authorization.k8s.io"
        || request.user.groups.iter().any(|group| group == "system:masters")
    {
        return Ok(());
    }
    let name = value["metadata"]["name"].as_str().unwrap_or_default();
    let namespace = request.namespace.as_ref();
    let may = |verb: &str, plural: &str, name: &str| {
        let attempt = Attempt { verb, resource: plural, name, subresource: "", ..Attempt::of(request) };
        decide(cache, &attempt).is_ok()
    };
    let empty = Vec::new();
    let wanted: Vec<Value> = match resource.plural.as_ref() {
        "roles" | "clusterroles" => {
            if may("escalate", &resource.plural, name) {
                return Ok(());
            }
            value["rules"].as_array().unwrap_or(&empty).clone()
        }
        _ => {
            let (kind, role) =
                (value["roleRef"]["kind"].as_str(), value["roleRef"]["name"].as_str().unwrap_or_default());
            let (plural, key) = match kind {
                Some("ClusterRole") => ("clusterroles", format!("/registry/clusterroles/{role}")),
                _ => ("roles", format!("/registry/roles/{namespace}/{role}")),
            };
            if may("bind", plural, role) {
                return Ok(());
            }
            let missing = || Status::not_found(&format!("{plural}.rbac.authorization.k8s.io"), role);
            cache.get(&key).ok_or_else(missing)?.list("/rules").to_vec()
        }
    };
    let owned = rules_of(cache, &request.user, namespace);
    let lacking = lacking(&owned, &wanted);
    if lacking.is_empty() {
        return Ok(());
    }
    let qualified = resource.qualified();
    let groups: Vec<String> = request.user.groups.iter().map(|group| format!("{group:?}")).collect();
    let message = format!(
        "{qualified} {name:?} is forbidden: user {:?} (groups=[{}]) is attempting to grant RBAC permissions not currently held:\n{}",
        request.user.name,
        groups.join(" "),
        lacking.join("\n"),
    );
    Err(Status::of(Reason::Forbidden, &qualified, name, message))
}

fn texts(rule: &Value, field: &str) -> Vec<String> {
    rule[field].as_array().into_iter().flatten().filter_map(|value| value.as_str().map(str::to_owned)).collect()
}

/// The single permissions that are not held, those of a resource together, as they are told.
fn lacking(owned: &[Value], wanted: &[Value]) -> Vec<String> {
    // Group, resource, names, or an address; then the verbs.
    let mut lacking: Vec<([String; 4], Vec<String>)> = Vec::new();
    let mut add = |place: [String; 4], verb: String| match lacking.iter_mut().find(|(known, _)| *known == place) {
        Some((_, verbs)) => {
            if !verbs.contains(&verb) {
                verbs.push(verb);
            }
        }
        None => lacking.push((place, vec![verb])),
    };
    for rule in wanted {
        let names = texts(rule, "resourceNames");
        for verb in texts(rule, "verbs") {
            for group in texts(rule, "apiGroups") {
                for resource in texts(rule, "resources") {
                    let mut single = json!({ "verbs": [verb], "apiGroups": [group], "resources": [resource] });
                    if !names.is_empty() {
                        single["resourceNames"] = json!(names);
                    }
                    if !covers(owned, &single) {
                        let named = names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(" ");
                        add([group.clone(), resource, named, String::new()], verb.clone());
                    }
                }
            }
            for url in texts(rule, "nonResourceURLs") {
                if !covers(owned, &json!({ "verbs": [verb], "nonResourceURLs": [url] })) {
                    add([String::new(), String::new(), String::new(), url], verb.clone());
                }
            }
        }
    }
    let show = |([group, resource, names, url], verbs): &([String; 4], Vec<String>)| {
        let verbs: Vec<String> = verbs.iter().map(|verb| format!("{verb:?}")).collect();
        let verbs = verbs.join(" ");
        if !url.is_empty() {
            return format!("{{NonResourceURLs:[{url:?}], Verbs:[{verbs}]}}");
        }
        let names = if names.is_empty() { String::new() } else { format!(", ResourceNames:[{names}]") };
        format!("{{APIGroups:[{group:?}], Resources:[{resource:?}]{names}, Verbs:[{verbs}]}}")
    };
    let mut lines: Vec<String> = lacking.iter().map(show).collect();
    lines.sort();
    lines
}
