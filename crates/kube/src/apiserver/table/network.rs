//! The cells of services, endpoints, ingresses, roles.

use serde_json::Value;

use super::text_or;
use crate::api::Object;

fn texts(items: &[Value], field: &str) -> Vec<String> {
    items.iter().filter_map(|item| item[field].as_str().map(str::to_owned)).collect()
}

fn balancer(object: &Object) -> String {
    let ingress = object.list("/status/loadBalancer/ingress");
    let mut all: Vec<String> = ingress
        .iter()
        .filter_map(|point| point["ip"].as_str().or_else(|| point["hostname"].as_str()).map(str::to_owned))
        .collect();
    all.sort();
    all.dedup();
    all.join(",")
}

pub(super) fn external_ip(object: &Object, _: i64) -> Value {
    let external: Vec<&str> = object.list("/spec/externalIPs").iter().filter_map(Value::as_str).collect();
    let external = external.join(",");
    match object.text("/spec/type") {
        "LoadBalancer" => match (balancer(object), external) {
            (balancer, external) if balancer.is_empty() && external.is_empty() => "<pending>".into(),
            (balancer, external) if external.is_empty() => balancer,
            (balancer, external) if balancer.is_empty() => external,
            (balancer, external) => format!("{balancer},{external}"),
        },
        "ExternalName" => object.text("/spec/externalName").to_owned(),
        _ if external.is_empty() => "<none>".into(),
        _ => external,
    }
    .into()
}

pub(super) fn cluster_ip(object: &Object, _: i64) -> Value {
    text_or(object, "/spec/clusterIP", "<none>")
}

pub(super) fn service_ports(object: &Object, _: i64) -> Value {
    let port = |port: &Value| {
        let (number, protocol) = (&port["port"], port["protocol"].as_str().unwrap_or("TCP"));
        match port["nodePort"].as_i64() {
            Some(node) if node > 0 => format!("{number}:{node}/{protocol}"),
            _ => format!("{number}/{protocol}"),
        }
    };
    let ports: Vec<String> = object.list("/spec/ports").iter().map(port).collect();
    if ports.is_empty() { "<none>".into() } else { ports.join(",").into() }
}

pub(super) fn endpoints(object: &Object, _: i64) -> Value {
    let subsets = object.list("/subsets");
    if subsets.is_empty() {
        return "<none>".into();
    }
    let list = |subset: &Value, field: &str| subset[field].as_array().cloned().unwrap_or_default();
    let mut all = Vec::new();
    for subset in subsets {
        for port in list(subset, "ports") {
            all.extend(texts(&list(subset, "addresses"), "ip").iter().map(|ip| format!("{ip}:{}", port["port"])));
        }
        if list(subset, "ports").is_empty() {
            all.extend(texts(&list(subset, "addresses"), "ip"));
        }
    }
    match all.len() {
        0..=3 => all.join(",").into(),
        more => format!("{} + {} more...", all[..3].join(","), more - 3).into(),
    }
}

/// Three at most, and how many more.
fn few(all: &[String]) -> Value {
    match all.len() {
        0 => "<unset>".into(),
        1..=3 => all.join(",").into(),
        more => format!("{} + {} more...", all[..3].join(","), more - 3).into(),
    }
}

pub(super) fn slice_ports(object: &Object, _: i64) -> Value {
    let ports = object.list("/ports").iter().map(|port| match port["port"].as_i64() {
        Some(number) => number.to_string(),
        None => "*".into(),
    });
    few(&ports.collect::<Vec<_>>())
}

pub(super) fn slice_endpoints(object: &Object, _: i64) -> Value {
    let addresses = object.list("/endpoints").iter().flat_map(|endpoint| {
        endpoint["addresses"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned)
    });
    few(&addresses.collect::<Vec<_>>())
}

pub(super) fn ingress_class(object: &Object, _: i64) -> Value {
    text_or(object, "/spec/ingressClassName", "<none>")
}

pub(super) fn hosts(object: &Object, _: i64) -> Value {
    let rules = object.list("/spec/rules");
    let all = texts(rules, "host");
    match (all.is_empty(), rules.len()) {
        (true, _) => "*".into(),
        (_, 0..=3) => all.join(",").into(),
        (_, more) => format!("{} + {} more...", all[..3.min(all.len())].join(","), more - 3).into(),
    }
}

pub(super) fn ingress_address(object: &Object, _: i64) -> Value {
    balancer(object).into()
}

pub(super) fn ingress_ports(object: &Object, _: i64) -> Value {
    if object.list("/spec/tls").is_empty() { "80" } else { "80, 443" }.into()
}

pub(super) fn role_ref(object: &Object, _: i64) -> Value {
    format!("{}/{}", object.text("/roleRef/kind"), object.text("/roleRef/name")).into()
}

pub(super) fn subjects(object: &Object, kind: &str) -> Value {
    let of_kind = object.list("/subjects").iter().filter(|subject| subject["kind"] == kind);
    let name = |subject: &Value| {
        let name = subject["name"].as_str().unwrap_or_default();
        match subject["namespace"].as_str() {
            Some(namespace) if kind == "ServiceAccount" => format!("{namespace}/{name}"),
            _ => name.to_owned(),
        }
    };
    of_kind.map(name).collect::<Vec<_>>().join(", ").into()
}

pub(super) fn parent(object: &Object, _: i64) -> Value {
    let part = |field: &str| object.text(&format!("/spec/parentRef/{field}")).to_owned();
    let (group, resource, namespace, name) = (part("group"), part("resource"), part("namespace"), part("name"));
    let parts = [group, resource, namespace, name].into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("/").into()
}

pub(super) fn cidrs(object: &Object, _: i64) -> Value {
    let all: Vec<&str> = object.list("/spec/cidrs").iter().filter_map(Value::as_str).collect();
    all.join(",").into()
}
