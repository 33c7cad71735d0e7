//! Network policies and ingresses (`pkg/apis/networking/validation`).

use serde_json::{Value, json};
use std::net::IpAddr;

use super::{Faults, names, pods};

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().map_or(&[][..], Vec::as_slice)
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

/// Checks the `spec` of a NetworkPolicy.
pub(super) fn network_policy(spec: &Value, faults: &mut Faults) {
    names::selector(&spec["podSelector"], "spec.podSelector", faults);
    for (direction, side) in [("ingress", "from"), ("egress", "to")] {
        for (at, rule) in list(spec, direction).iter().enumerate() {
            let place = format!("spec.{direction}[{at}]");
            for (at, port) in list(rule, "ports").iter().enumerate() {
                policy_port(port, &format!("{place}.ports[{at}]"), faults);
            }
            for (at, peer) in list(rule, side).iter().enumerate() {
                self::peer(peer, &format!("{place}.{side}[{at}]"), faults);
            }
        }
    }
    let types = list(spec, "policyTypes");
    if types.len() > 2 {
        let why = "may not specify more than two policyTypes";
        return faults.invalid("spec.policyTypes", spec["policyTypes"].clone(), why);
    }
    for (at, kind) in types.iter().enumerate() {
        faults.one_of(&format!("spec.policyTypes[{at}]"), kind, &["Ingress", "Egress"]);
    }
}

fn policy_port(port: &Value, field: &str, faults: &mut Faults) {
    faults.one_of(&format!("{field}.protocol"), &port["protocol"], &["TCP", "UDP", "SCTP"]);
    let (end, end_field) = (&port["endPort"], format!("{field}.endPort"));
    match (port["port"].as_i64(), port["port"].as_str()) {
        (Some(number), _) => {
            pods::port_number(number, &format!("{field}.port"), faults);
            if let Some(last) = end.as_i64() {
                if last < number {
                    faults.invalid(&end_field, end.clone(), "must be greater than or equal to `port`");
                }
                pods::port_number(last, &end_field, faults);
            }
        }
        (_, Some(name)) => {
            if !end.is_null() {
                faults.invalid(&end_field, end.clone(), "may not be specified when `port` is non-numeric");
            }
            pods::port_name(name, &format!("{field}.port"), faults);
        }
        _ if !end.is_null() => {
            faults.invalid(&end_field, end.clone(), "may not be specified when `port` is not specified");
        }
        _ => {}
    }
}

fn peer(peer: &Value, field: &str, faults: &mut Faults) {
    let selectors = ["podSelector", "namespaceSelector"].into_iter().filter(|name| peer[*name].is_object());
    let count = selectors.map(|name| names::selector(&peer[name], &format!("{field}.{name}"), faults)).count();
    let block = &peer["ipBlock"];
    if block.is_object() {
        ip_block(block, &format!("{field}.ipBlock"), faults);
    }
    match (count, block.is_object()) {
        (0, false) => faults.required(field, "must specify a peer"),
        (1.., true) => faults.forbidden(field, "may not specify both ipBlock and another peer"),
        _ => {}
    }
}

/// An address and how many of its bits count.
fn cidr(text: &str) -> Option<(u128, u32, bool)> {
    let (address, length) = text.split_once('/')?;
    let length: u32 = length.parse().ok()?;
    match address.parse().ok()? {
        IpAddr::V4(address) if length <= 32 => Some((u128::from(u32::from(address)) << 96, length, true)),
        IpAddr::V6(address) if length <= 128 => Some((u128::from(address), length, false)),
        _ => None,
    }
}

fn ip_block(block: &Value, field: &str, faults: &mut Faults) {
    let wrong = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
    let whole = text(block, "cidr");
    if whole.is_empty() {
        return faults.required(&format!("{field}.cidr"), "");
    }
    let Some((address, length, is_v4)) = cidr(whole) else {
        return faults.invalid(&format!("{field}.cidr"), json!(whole), wrong);
    };
    for (at, except) in list(block, "except").iter().enumerate() {
        let place = format!("{field}.except[{at}]");
        let Some((inner, longer, inner_is_v4)) = cidr(except.as_str().unwrap_or_default()) else {
            faults.invalid(&place, except.clone(), wrong);
            continue;
        };
        let is_inside = (address ^ inner).checked_shr(128 - length).unwrap_or(0) == 0;
        if inner_is_v4 != is_v4 || !is_inside || longer <= length {
            faults.invalid(&place, except.clone(), "must be a strict subset of `cidr`");
        }
    }
}

/// Checks the `spec` of an Ingress.
pub(super) fn ingress(spec: &Value, faults: &mut Faults) {
    let rules = list(spec, "rules");
    if rules.is_empty() && spec["defaultBackend"].is_null() {
        faults.invalid("spec", spec["rules"].clone(), "either `defaultBackend` or `rules` must be specified");
    }
    if spec["defaultBackend"].is_object() {
        backend(&spec["defaultBackend"], "spec.defaultBackend", faults);
    }
    for (at, rule) in rules.iter().enumerate() {
        let (host, field) = (text(rule, "host"), format!("spec.rules[{at}]"));
        let name = host.strip_prefix("*.").unwrap_or(host);
        if host.parse::<IpAddr>().is_ok() {
            faults.invalid(&format!("{field}.host"), json!(host), "must be a DNS name, not an IP address");
        }
        if !name.is_empty() {
            for why in names::subdomain_1123(name) {
                faults.invalid(&format!("{field}.host"), json!(host), &why);
            }
        }
        if rule["http"].is_object() && list(&rule["http"], "paths").is_empty() {
            faults.required(&format!("{field}.http.paths"), "");
        }
        for (at, path) in list(&rule["http"], "paths").iter().enumerate() {
            self::path(path, &format!("{field}.http.paths[{at}]"), faults);
        }
    }
}

fn path(path: &Value, field: &str, faults: &mut Faults) {
    let (kind, at) = (text(path, "pathType"), text(path, "path"));
    if kind.is_empty() {
        return faults.required(&format!("{field}.pathType"), "pathType must be specified");
    }
    faults.one_of(&format!("{field}.pathType"), &path["pathType"], &["Exact", "ImplementationSpecific", "Prefix"]);
    let is_exact = matches!(kind, "Exact" | "Prefix");
    let place = format!("{field}.path");
    if (is_exact || !at.is_empty()) && !at.starts_with('/') {
        faults.invalid(&place, json!(at), "must be an absolute path");
    }
    for part in ["//", "/./", "/../", "%2f", "%2F"].into_iter().filter(|part| is_exact && at.contains(part)) {
        faults.invalid(&place, json!(at), &format!("must not contain '{part}'"));
    }
    for end in ["/..", "/."].into_iter().filter(|end| is_exact && at.ends_with(end)) {
        faults.invalid(&place, json!(at), &format!("cannot end with '{end}'"));
    }
    backend(&path["backend"], &format!("{field}.backend"), faults);
}

fn backend(backend: &Value, field: &str, faults: &mut Faults) {
    let service = &backend["service"];
    match (backend["resource"].is_object(), service.is_object()) {
        (true, true) => return faults.invalid(field, json!(""), "cannot set both resource and service backends"),
        (true, _) => return,
        (_, false) => return faults.invalid(field, json!(""), "resource or service backend is required"),
        _ => {}
    }
    match text(service, "name") {
        "" => faults.required(&format!("{field}.service.name"), ""),
        name => {
            for why in names::label_1123(name) {
                faults.invalid(&format!("{field}.service.name"), json!(name), &why);
            }
        }
    }
    let port = &service["port"];
    match (text(port, "name"), port["number"].as_i64().unwrap_or(0)) {
        ("", 0) => faults.required(field, "port name or number is required"),
        ("", number) => pods::port_number(number, &format!("{field}.service.port.number"), faults),
        (name, 0) => pods::port_name(name, &format!("{field}.service.port.name"), faults),
        _ => faults.invalid(field, json!(""), "cannot set both port name & port number"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(check: fn(&Value, &mut Faults), spec: Value, expected: &[&str]) {
        let mut faults = Faults::default();
        check(&spec, &mut faults);
        assert_eq!(faults.told(), expected, "{spec}");
    }

    #[test]
    fn a_policy_names_ports_and_peers_that_there_can_be() {
        let rule = |rule: Value| json!({ "podSelector": {}, "ingress": [rule] });
        check(network_policy, rule(json!({ "from": [{ "podSelector": {}, "namespaceSelector": {} }] })), &[]);
        check(
            network_policy,
            rule(json!({ "from": [{}] })),
            &["spec.ingress[0].from[0]: Required value: must specify a peer"],
        );
        check(
            network_policy,
            rule(json!({ "from": [{ "ipBlock": { "cidr": "10.0.0.0/8" }, "podSelector": {} }] })),
            &["spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer"],
        );
        check(
            network_policy,
            rule(json!({ "from": [{ "ipBlock": { "cidr": "10.0.0.0/99" } }] })),
            &[
                "spec.ingress[0].from[0].ipBlock.cidr: Invalid value: \"10.0.0.0/99\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
            ],
        );
        let except =
            |except: &str| rule(json!({ "from": [{ "ipBlock": { "cidr": "10.0.0.0/8", "except": [except] } }] }));
        check(network_policy, except("10.1.0.0/16"), &[]);
        for outside in ["11.0.0.0/16", "10.0.0.0/8", "fd00::/64"] {
            let words = format!(
                "spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: {outside:?}: must be a strict subset of `cidr`"
            );
            check(network_policy, except(outside), &[&words]);
        }
        check(
            network_policy,
            rule(json!({ "ports": [{ "protocol": "XYZ", "port": 80, "endPort": 70 }] })),
            &[
                "spec.ingress[0].ports[0].protocol: Unsupported value: \"XYZ\": supported values: \"TCP\", \"UDP\", \"SCTP\"",
                "spec.ingress[0].ports[0].endPort: Invalid value: 70: must be greater than or equal to `port`",
            ],
        );
        check(
            network_policy,
            json!({ "podSelector": {}, "policyTypes": ["Foo"] }),
            &["spec.policyTypes[0]: Unsupported value: \"Foo\": supported values: \"Ingress\", \"Egress\""],
        );
    }

    #[test]
    fn an_ingress_says_where_to_and_how_paths_are_compared() {
        let path = |path: Value| json!({ "rules": [{ "http": { "paths": [path] } }] });
        let to = json!({ "service": { "name": "web", "port": { "number": 80 } } });
        check(ingress, path(json!({ "path": "/", "pathType": "Prefix", "backend": to })), &[]);
        check(ingress, json!({}), &["spec: Invalid value: null: either `defaultBackend` or `rules` must be specified"]);
        let at = "spec.rules[0].http.paths[0]";
        let expected = format!("{at}.pathType: Required value: pathType must be specified");
        check(ingress, path(json!({ "path": "/", "backend": to })), &[&expected]);
        let expected = format!("{at}.path: Invalid value: \"a\": must be an absolute path");
        check(ingress, path(json!({ "path": "a", "pathType": "Exact", "backend": to })), &[&expected]);
        let expected = format!("{at}.backend: Required value: port name or number is required");
        let backend = json!({ "service": { "name": "web" } });
        check(ingress, path(json!({ "path": "/", "pathType": "Exact", "backend": backend })), &[&expected]);
    }
}
