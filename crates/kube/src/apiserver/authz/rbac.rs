//! Role-based access control (`plugin/pkg/auth/authorizer/rbac`).

use serde_json::Value;

use super::super::cache::Cache;
use super::Attempt;
use crate::api::{Object, User};

const CLUSTER_BINDINGS: &str = "/registry/clusterrolebindings/";
const BINDINGS: &str = "/registry/rolebindings/";

/// Whether some role lets the user do it. `Err` has the roles that bindings of the user name and that are not there.
pub(super) fn allows(cache: &Cache, attempt: &Attempt) -> Result<(), String> {
    let mut missing = Vec::new();
    if find(cache, attempt.user, attempt.namespace, &mut missing, &mut |rule| covers_attempt(rule, attempt)) {
        return Ok(());
    }
    missing.dedup();
    Err(match missing.as_slice() {
        [] => String::new(),
        [one] => format!("RBAC: {one}"),
        several => format!("RBAC: [{}]", several.join(", ")),
    })
}

/// Every rule that holds for a user in a namespace.
pub(in super::super) fn rules_of(cache: &Cache, user: &User, namespace: &str) -> Vec<Value> {
    let mut rules = Vec::new();
    find(cache, user, namespace, &mut Vec::new(), &mut |rule| {
        rules.push(rule.clone());
        false
    });
    rules
}

/// Visits the rules that hold for a user until `visit` says yes.
fn find(
    cache: &Cache,
    user: &User,
    namespace: &str,
    missing: &mut Vec<String>,
    visit: &mut dyn FnMut(&Value) -> bool,
) -> bool {
    let found;
    let granted = match cache.granted(&whose(user, namespace)) {
        Some(granted) => granted,
        None => {
            found = grants(cache, user, namespace);
            &found
        }
    };
    missing.extend_from_slice(&granted.missing);
    granted.roles.iter().any(|role| role.list("/rules").iter().any(&mut *visit))
}

/// What bindings give to somebody.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Grants {
    roles: Vec<Object>,
    /// What bindings name that is not there, in the words of a refusal.
    missing: Vec<String>,
}

/// Looks up the roles of who asks, and remembers them until a role or a binding changes: every request asks for them. A
/// kubelet is mostly no business of roles.
pub(in super::super) fn remember(cache: &mut Cache, user: &User, namespace: &str) {
    let whose = whose(user, namespace);
    if !user.name.starts_with("system:node:") && cache.granted(&whose).is_none() {
        let granted = grants(cache, user, namespace);
        cache.grant(whose, granted);
    }
}

fn whose(user: &User, namespace: &str) -> String {
    format!("{}\n{}\n{namespace}", user.name, user.groups.join("\n"))
}

/// What bindings give to a user in a namespace.
fn grants(cache: &Cache, user: &User, namespace: &str) -> Grants {
    let mut bindings = vec![(CLUSTER_BINDINGS.to_owned(), "")];
    if !namespace.is_empty() {
        bindings.push((format!("{BINDINGS}{namespace}/"), namespace));
    }
    let mut grants = Grants::default();
    for (prefix, namespace) in bindings {
        for (_, binding) in cache.range(&prefix, "") {
            if !binding.list("/subjects").iter().any(|subject| is_subject(subject, user, namespace)) {
                continue;
            }
            match role_of(cache, binding, namespace) {
                Some(role) => grants.roles.push(role.clone()),
                None => {
                    let kind = binding.text("/roleRef/kind").to_lowercase();
                    let name = binding.text("/roleRef/name");
                    grants.missing.push(format!("{kind}.rbac.authorization.k8s.io {name:?} not found"));
                }
            }
        }
    }
    grants
}

fn role_of<'a>(cache: &'a Cache, binding: &Object, namespace: &str) -> Option<&'a Object> {
    let name = binding.text("/roleRef/name");
    match binding.text("/roleRef/kind") {
        "ClusterRole" => cache.get(&format!("/registry/clusterroles/{name}")),
        _ => cache.get(&format!("/registry/roles/{namespace}/{name}")),
    }
}

fn is_subject(subject: &Value, user: &User, namespace: &str) -> bool {
    let text = |name: &str| subject[name].as_str().unwrap_or_default();
    match text("kind") {
        "User" => text("name") == user.name,
        "Group" => user.groups.iter().any(|group| group == text("name")),
        "ServiceAccount" => {
            let namespace = if text("namespace").is_empty() { namespace } else { text("namespace") };
            let account = user.name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
            account == Some((namespace, text("name")))
        }
        _ => false,
    }
}

fn has(rule: &Value, field: &str, wanted: &str) -> bool {
    let values = rule[field].as_array().map_or(&[][..], Vec::as_slice);
    values.iter().any(|value| value == wanted || value == "*")
}

fn covers_attempt(rule: &Value, attempt: &Attempt) -> bool {
    if !has(rule, "verbs", attempt.verb) {
        return false;
    }
    if !attempt.path.is_empty() {
        let urls = rule["nonResourceURLs"].as_array().map_or(&[][..], Vec::as_slice);
        return urls.iter().filter_map(Value::as_str).any(|url| match url.strip_suffix('*') {
            Some(beginning) => attempt.path.starts_with(beginning),
            None => url == attempt.path,
        });
    }
    let names = rule["resourceNames"].as_array().map_or(&[][..], Vec::as_slice);
    has(rule, "apiGroups", attempt.group)
        && covers_resource(rule, attempt.resource, attempt.subresource)
        && (names.is_empty() || names.iter().any(|name| name == attempt.name))
}

fn covers_resource(rule: &Value, resource: &str, subresource: &str) -> bool {
    let resources = rule["resources"].as_array().map_or(&[][..], Vec::as_slice);
    resources.iter().filter_map(Value::as_str).any(|known| match (known.split_once('/'), subresource) {
        _ if known == "*" => true,
        (None, "") => known == resource,
        (Some((of, part)), subresource) => {
            (of == "*" || of == resource) && part == subresource && !subresource.is_empty()
        }
        _ => false,
    })
}

/// Whether rules that somebody has cover every part of a rule that is to be granted
/// (`pkg/registry/rbac/validation/policy_comparator.go`).
pub(in super::super) fn covers(owned: &[Value], wanted: &Value) -> bool {
    let each = |rule: &Value, field: &str| -> Vec<String> {
        let values = rule[field].as_array().map_or(&[][..], Vec::as_slice);
        values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let contains = |rule: &Value, field: &str, value: &str| has(rule, field, value);
    let (urls, names) = (each(wanted, "nonResourceURLs"), each(wanted, "resourceNames"));
    let verbs = each(wanted, "verbs");
    let url_owned = |url: &str, verb: &str| {
        owned.iter().any(|rule| {
            let fits = |known: &String| match known.strip_suffix('*') {
                Some(beginning) => url.starts_with(beginning),
                None => known == url,
            };
            contains(rule, "verbs", verb) && each(rule, "nonResourceURLs").iter().any(fits)
        })
    };
    let owned_one = |verb: &str, group: &str, resource: &str, name: &str| {
        owned.iter().any(|rule| {
            let (resource, part) = resource.split_once('/').unwrap_or((resource, ""));
            let names = each(rule, "resourceNames");
            contains(rule, "verbs", verb)
                && contains(rule, "apiGroups", group)
                && covers_resource(rule, resource, part)
                && (names.is_empty() || names.iter().any(|known| known == name))
        })
    };
    verbs.iter().all(|verb| urls.iter().all(|url| url_owned(url, verb)))
        && verbs.iter().all(|verb| {
            each(wanted, "apiGroups").iter().all(|group| {
                each(wanted, "resources").iter().all(|resource| {
                    if names.is_empty() {
                        owned_one(verb, group, resource, "")
                    } else {
                        names.iter().all(|name| owned_one(verb, group, resource, name))
                    }
                })
            })
        })
}
