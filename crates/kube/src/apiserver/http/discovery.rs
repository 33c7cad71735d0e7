//! Which groups, versions and resources there are (`staging/src/k8s.io/apiserver/pkg/endpoints/discovery`).

use etcd::rpc::HttpResponse;
use serde_json::{Map, Value, json};

use super::super::server::Server;
use super::super::{custom, schema, strategy};
use crate::api::Resource;

/// The groups in the order in which the aggregator lists them.
const GROUPS: [&str; 20] = [
    "apiregistration.k8s.io",
    "apps",
    "events.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "scheduling.k8s.io",
    "coordination.k8s.io",
    "node.k8s.io",
    "discovery.k8s.io",
    "resource.k8s.io",
    "flowcontrol.apiserver.k8s.io",
];

/// Answers the addresses of discovery.
pub(super) fn answer(server: &Server, path: &str, accept: &str) -> Option<HttpResponse> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let aggregated = accept.contains("as=APIGroupDiscoveryList");
    let body = match parts.as_slice() {
        ["api"] | ["apis"] if aggregated => {
            let kind = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
            let list = all(server, parts.first() == Some(&"api"));
            return Some(HttpResponse::new(200, kind, format!("{list}\n")));
        }
        ["api"] => {
            let address = format!("{}:6443", server.config.address);
            let by_client = json!([{ "clientCIDR": "0.0.0.0/0", "serverAddress": address }]);
            json!({ "kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": by_client })
        }
        ["apis"] => {
            let groups: Vec<Value> = groups(server).iter().map(|group| api_group(server, group)).collect();
            json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": groups })
        }
        ["api", version] => resource_list(server, "", version)?,
        ["apis", group] => {
            if !groups(server).iter().any(|known| known == group) {
                return None;
            }
            let mut found = json!({ "kind": "APIGroup", "apiVersion": "v1" });
            if let (Value::Object(fields), Value::Object(more)) = (&mut found, api_group(server, group)) {
                fields.extend(more);
            }
            found
        }
        ["apis", group, version] => resource_list(server, group, version)?,
        ["openapi", "v3"] => open_api(server),
        ["openapi", "v3", "api", version] => types(server, "", version)?,
        ["openapi", "v3", "apis", group, version] => types(server, group, version)?,
        _ => return None,
    };
    Some(HttpResponse::json(200, format!("{body}\n")))
}

/// Where the types of each group and version are told.
fn open_api(server: &Server) -> Value {
    let mut paths = Map::new();
    for group in std::iter::once(String::new()).chain(groups(server)) {
        for version in versions(server, &group) {
            let path = if group.is_empty() { format!("api/{version}") } else { format!("apis/{group}/{version}") };
            let at = json!({ "serverRelativeURL": format!("/openapi/v3/{path}") });
            paths.insert(path, at);
        }
    }
    json!({ "paths": paths })
}

fn types(server: &Server, group: &str, version: &str) -> Option<Value> {
    let fits = |resource: &&Resource| resource.group == group && resource.version == version;
    let resources: Vec<&Resource> = server.resources.iter().filter(fits).collect();
    let custom = |resource: &Resource| custom::schema(&server.cache, resource).cloned();
    (!resources.is_empty()).then(|| schema::document(&resources, &custom))
}

/// The names of all groups but the core group.
fn groups(server: &Server) -> Vec<String> {
    let mut groups: Vec<String> = GROUPS.iter().map(|group| (*group).to_owned()).collect();
    for resource in server.resources.iter().filter(|resource| !resource.group.is_empty()) {
        if !groups.iter().any(|known| *known == resource.group) {
            groups.push(resource.group.to_string());
        }
    }
    groups
}

fn versions(server: &Server, group: &str) -> Vec<String> {
    let mut versions: Vec<String> = Vec::new();
    for resource in server.resources.iter().filter(|resource| resource.group == group) {
        if !versions.iter().any(|known| *known == resource.version) {
            versions.push(resource.version.to_string());
        }
    }
    versions
}

fn api_group(server: &Server, group: &str) -> Value {
    let entry = |version: &String| json!({ "groupVersion": format!("{group}/{version}"), "version": version });
    let versions: Vec<Value> = versions(server, group).iter().map(entry).collect();
    let preferred = versions.first().cloned().unwrap_or_default();
    json!({ "name": group, "versions": versions, "preferredVersion": preferred })
}

/// A part of a resource that has an address: its name, kind and verbs.
fn subresources(resource: &Resource) -> Vec<(&'static str, String, &'static [&'static str])> {
    const CHANGE: &[&str] = &["get", "patch", "update"];
    const CREATE: &[&str] = &["create"];
    const STREAM: &[&str] = &["create", "get"];
    const PROXY: &[&str] = &["create", "delete", "get", "patch", "update"];
    let own = resource.kind.to_string();
    let mut parts: Vec<(&'static str, String, &'static [&'static str])> = match resource.plural.as_ref() {
        "pods" => vec![
            ("attach", "PodAttachOptions".into(), STREAM),
            ("binding", "Binding".into(), CREATE),
            ("ephemeralcontainers", own.clone(), CHANGE),
            ("eviction", "Eviction".into(), CREATE),
            ("exec", "PodExecOptions".into(), STREAM),
            ("log", own.clone(), &["get"]),
            ("portforward", "PodPortForwardOptions".into(), STREAM),
            ("proxy", "PodProxyOptions".into(), PROXY),
            ("resize", own.clone(), CHANGE),
        ],
        "nodes" => vec![("proxy", "NodeProxyOptions".into(), PROXY)],
        "services" => vec![("proxy", "ServiceProxyOptions".into(), PROXY)],
        "namespaces" => vec![("finalize", own.clone(), &["update"])],
        "serviceaccounts" => vec![("token", "TokenRequest".into(), CREATE)],
        "certificatesigningrequests" => vec![("approval", own.clone(), CHANGE)],
        _ if strategy::has_scale(resource) => vec![("scale", "Scale".into(), CHANGE)],
        _ => Vec::new(),
    };
    if strategy::has_status(resource) {
        parts.push(("status", own, CHANGE));
    }
    parts
}

/// What `/api/v1` and `/apis/apps/v1` say.
fn resource_list(server: &Server, group: &str, version: &str) -> Option<Value> {
    let mut resources = Vec::new();
    let fits = |resource: &&Resource| resource.group == group && resource.version == version;
    for resource in server.resources.iter().filter(fits) {
        let mut entry = json!({
            "name": resource.plural, "singularName": resource.singular, "namespaced": resource.is_namespaced(),
            "kind": resource.kind, "verbs": resource.verbs,
        });
        add_names(resource, entry.as_object_mut()?);
        resources.push(entry);
        resources.extend(subresources(resource).into_iter().map(|(name, kind, verbs)| {
            let name = format!("{}/{name}", resource.plural);
            json!({
                "name": name, "singularName": "", "namespaced": resource.is_namespaced(), "kind": kind, "verbs": verbs,
            })
        }));
    }
    if resources.is_empty() {
        return None;
    }
    let mut list = json!({ "kind": "APIResourceList" });
    if !group.is_empty() {
        list["apiVersion"] = "v1".into();
    }
    list["groupVersion"] = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }.into();
    list["resources"] = resources.into();
    Some(list)
}

fn add_names(resource: &Resource, entry: &mut Map<String, Value>) {
    if !resource.short_names.is_empty() {
        entry.insert("shortNames".into(), json!(resource.short_names));
    }
    if !resource.categories.is_empty() {
        entry.insert("categories".into(), json!(resource.categories));
    }
}

/// Everything in one answer (`apidiscovery.k8s.io/v2`).
fn all(server: &Server, core: bool) -> Value {
    let names = if core { vec![String::new()] } else { groups(server) };
    let items: Vec<Value> = names.iter().map(|group| group_discovery(server, group)).collect();
    json!({ "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items })
}

fn group_discovery(server: &Server, group: &str) -> Value {
    let versions: Vec<Value> = versions(server, group)
        .iter()
        .map(|version| {
            let fits = |resource: &&Resource| resource.group == group && resource.version == *version;
            let resources: Vec<Value> = server.resources.iter().filter(fits).map(resource_discovery).collect();
            json!({ "version": version, "resources": resources, "freshness": "Current" })
        })
        .collect();
    let mut metadata = json!({});
    if !group.is_empty() {
        metadata["name"] = group.into();
    }
    metadata["creationTimestamp"] = Value::Null;
    json!({ "metadata": metadata, "versions": versions })
}

fn resource_discovery(resource: &Resource) -> Value {
    let kind = |kind: &str| {
        // Parts that belong to another group than their resource.
        let (group, version) = match kind {
            "Scale" => ("autoscaling", "v1"),
            "Eviction" => ("policy", "v1"),
            "TokenRequest" => ("authentication.k8s.io", "v1"),
            _ => (resource.group.as_ref(), resource.version.as_ref()),
        };
        json!({ "group": group, "version": version, "kind": kind })
    };
    let mut entry = json!({
        "resource": resource.plural, "responseKind": kind(&resource.kind),
        "scope": if resource.is_namespaced() { "Namespaced" } else { "Cluster" },
        "singularResource": resource.singular, "verbs": resource.verbs,
    });
    if let Some(fields) = entry.as_object_mut() {
        add_names(resource, fields);
    }
    let parts: Vec<Value> = subresources(resource)
        .into_iter()
        .map(|(name, own, verbs)| json!({ "subresource": name, "responseKind": kind(&own), "verbs": verbs }))
        .collect();
    if !parts.is_empty() {
        entry["subresources"] = parts.into();
    }
    entry
}
