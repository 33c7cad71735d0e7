//! The rules for what there is of Services and EndpointSlices (`syncProxyRules` in `pkg/proxy/iptables/proxier.go`;
//! which endpoints count: `pkg/proxy/topology.go`).

use super::names::{of_endpoint, of_port};
use super::rules::{Recent, Rule, Ruleset, Table, Target};
use crate::api::Object;
use crate::client::Cache;
use serde_json::Value;
use std::collections::BTreeMap;

/// Addresses of pods, as kube-proxy is told by `clusterCIDR`: who is none of these comes from outside.
const PODS: &str = "10.244.0.0/16";

/// One endpoint of a service's port.
#[derive(Clone, Debug)]
struct Endpoint {
    ip: String,
    port: u16,
    ready: bool,
    serving: bool,
    terminating: bool,
    is_local: bool,
}

/// One port of a service.
struct Port<'a> {
    service: &'a Object,
    /// `default/web:http`
    name: String,
    protocol: &'static str,
    number: u16,
    node_port: Option<u16>,
}

/// The rules of a node.
pub fn build(node: &str, services: &Cache, slices: &Cache) -> Ruleset {
    let mut rules = Ruleset { nat: nat(), filter: filter() };
    let mut by_service: BTreeMap<(&str, &str), Vec<&Object>> = BTreeMap::new();
    for slice in slices.all() {
        if let Some(service) = slice.label("kubernetes.io/service-name") {
            by_service.entry((slice.namespace(), service)).or_default().push(slice);
        }
    }
    for service in services.all() {
        let ip = service.text("/spec/clusterIP");
        if ip.is_empty() || ip == "None" || service.text("/spec/type") == "ExternalName" {
            continue;
        }
        let slices = by_service.get(&(service.namespace(), service.name())).map_or(&[][..], Vec::as_slice);
        for port in service.list("/spec/ports") {
            let Some(port) = port_of(service, port) else { continue };
            add(&mut rules, &port, &endpoints(node, &port, slices));
        }
    }
    // What is for no service may be for a port of the node; this has to come last.
    rules.nat.add(
        "KUBE-SERVICES",
        Rule {
            comment: "kubernetes service nodeports; NOTE: this must be the last rule in this chain".into(),
            to_local: true,
            target: Some(Target::Jump("KUBE-NODEPORTS".into())),
            ..Rule::default()
        },
    );
    rules
}

fn port_of<'a>(service: &'a Object, port: &Value) -> Option<Port<'a>> {
    let protocol = match port["protocol"].as_str() {
        Some("UDP") => "udp",
        Some("SCTP") => "sctp",
        _ => "tcp",
    };
    let number = |field: &str| port[field].as_u64().and_then(|number| u16::try_from(number).ok());
    let name = match port["name"].as_str().unwrap_or_default() {
        "" => format!("{}/{}", service.namespace(), service.name()),
        name => format!("{}/{}:{name}", service.namespace(), service.name()),
    };
    Some(Port {
        service,
        name,
        protocol,
        number: number("port")?,
        node_port: number("nodePort").filter(|port| *port > 0),
    })
}

/// The endpoints of a port, in the order of their addresses, each once.
fn endpoints(node: &str, port: &Port, slices: &[&Object]) -> Vec<Endpoint> {
    let short = port.name.split_once(':').map_or("", |(_, name)| name);
    let mut found: BTreeMap<String, Endpoint> = BTreeMap::new();
    for slice in slices {
        let known = slice.list("/ports").iter().find(|known| {
            known["name"].as_str().unwrap_or_default() == short
                && known["protocol"].as_str().unwrap_or("TCP").eq_ignore_ascii_case(port.protocol)
        });
        let Some(number) = known.and_then(|known| known["port"].as_u64()).and_then(|port| u16::try_from(port).ok())
        else {
            continue;
        };
        for one in slice.list("/endpoints") {
            let Some(ip) = one["addresses"][0].as_str() else { continue };
            let condition = |name: &str, unknown: bool| one["conditions"][name].as_bool().unwrap_or(unknown);
            let ready = condition("ready", true);
            let endpoint = Endpoint {
                ip: ip.to_owned(),
                port: number,
                ready,
                serving: condition("serving", ready),
                terminating: condition("terminating", false),
                is_local: one["nodeName"] == node,
            };
            found.insert(format!("{ip}:{number}"), endpoint);
        }
    }
    found.into_values().collect()
}

/// Those that are ready; if there are none, those that still serve while they end.
fn usable(endpoints: &[Endpoint], only_local: bool) -> Vec<&Endpoint> {
    let near = |one: &&Endpoint| !only_local || one.is_local;
    let ready: Vec<&Endpoint> = endpoints.iter().filter(near).filter(|one| one.ready).collect();
    if !ready.is_empty() {
        return ready;
    }
    endpoints.iter().filter(near).filter(|one| one.serving && one.terminating).collect()
}

fn add(rules: &mut Ruleset, port: &Port, endpoints: &[Endpoint]) {
    let service = port.service;
    let inside_local = service.text("/spec/internalTrafficPolicy") == "Local";
    let outside_local = service.text("/spec/externalTrafficPolicy") == "Local";
    let (anywhere, near) = (usable(endpoints, false), usable(endpoints, true));
    let cluster = of_port("KUBE-SVC-", &port.name, port.protocol);
    let local = of_port("KUBE-SVL-", &port.name, port.protocol);
    let external = of_port("KUBE-EXT-", &port.name, port.protocol);
    let outside = addresses_outside(service);
    let is_external = port.node_port.is_some() || !outside.is_empty();
    let name = &port.name;
    // Where packets for the cluster's address go, and where those from outside go.
    let inside = if inside_local { &local } else { &cluster };
    let to = |ip: &str, comment: String, target: Target| Rule {
        to: Some(format!("{ip}/32")),
        protocol: Some(port.protocol),
        port: Some(port.number),
        comment,
        target: Some(target),
        ..Rule::default()
    };
    let ip = service.text("/spec/clusterIP");
    let refused = |filter: &mut Table, chain: &str, rule: Rule, any: bool| {
        // With endpoints elsewhere nobody here is to say that there are none.
        let (why, target) = if any { ("no local endpoints", Target::Drop) } else { ("no endpoints", Target::Reject) };
        filter.add(chain, Rule { comment: format!("{name} has {why}"), target: Some(target), ..rule });
    };
    let reached_inside = if inside_local { &near } else { &anywhere };
    if reached_inside.is_empty() {
        refused(&mut rules.filter, "KUBE-SERVICES", to(ip, String::new(), Target::Drop), !anywhere.is_empty());
    } else {
        let comment = format!("{name} cluster IP");
        rules.nat.add("KUBE-SERVICES", to(ip, comment, Target::Jump(inside.clone())));
    }
    let reached_outside = if outside_local { &near } else { &anywhere };
    let at_node = |port_number: u16| Rule {
        protocol: Some(port.protocol),
        port: Some(port_number),
        to_local: true,
        ..Rule::default()
    };
    if is_external && reached_outside.is_empty() {
        for (ip, _) in &outside {
            refused(
                &mut rules.filter,
                "KUBE-EXTERNAL-SERVICES",
                to(ip, String::new(), Target::Drop),
                !anywhere.is_empty(),
            );
        }
        if let Some(number) = port.node_port {
            refused(&mut rules.filter, "KUBE-EXTERNAL-SERVICES", at_node(number), !anywhere.is_empty());
        }
    }
    if is_external && !anywhere.is_empty() {
        for (ip, what) in &outside {
            rules.nat.add("KUBE-SERVICES", to(ip, format!("{name} {what}"), Target::Jump(external.clone())));
        }
        if let Some(number) = port.node_port {
            let jump = Target::Jump(external.clone());
            let rule = Rule { comment: name.clone(), target: Some(jump), to_local: false, ..at_node(number) };
            rules.nat.add("KUBE-NODEPORTS", rule);
        }
        add_external(&mut rules.nat, port, outside_local, (&external, &cluster, &local));
    }
    let mut used: Vec<&Endpoint> = Vec::new();
    if !anywhere.is_empty() && (!inside_local || is_external) {
        let from_outside = Rule { source: Some((PODS.into(), true)), ..to(ip, format!("{name} cluster IP"), mark()) };
        rules.nat.add(&cluster, from_outside);
        spread(&mut rules.nat, &cluster, port, &anywhere);
        used.clone_from(&anywhere);
    }
    if !near.is_empty() && (inside_local || (outside_local && is_external)) {
        spread(&mut rules.nat, &local, port, &near);
        used.extend(near.iter().copied().filter(|one| !anywhere.iter().any(|other| std::ptr::eq(*other, *one))));
        if used.is_empty() {
            used.clone_from(&near);
        }
    }
    for endpoint in used {
        let chain = chain_of(port, endpoint);
        // Who reaches itself through its own service has to be somebody else, or the answer would not come back.
        let itself = Rule {
            source: Some((format!("{}/32", endpoint.ip), false)),
            comment: name.clone(),
            target: Some(mark()),
            ..Rule::default()
        };
        rules.nat.add(&chain, itself);
        let sticks = service.text("/spec/sessionAffinity") == "ClientIP";
        let there = Rule {
            protocol: Some(port.protocol),
            comment: name.clone(),
            recent: sticks.then(|| Recent { name: chain.clone(), seconds: None }),
            target: Some(Target::Dnat(endpoint.ip.clone(), endpoint.port)),
            ..Rule::default()
        };
        rules.nat.add(&chain, there);
    }
}

/// Addresses from outside that a service answers at, with what they are.
fn addresses_outside(service: &Object) -> Vec<(String, &'static str)> {
    let external =
        service.list("/spec/externalIPs").iter().filter_map(|ip| Some((ip.as_str()?.to_owned(), "external IP")));
    let balancers = service.list("/status/loadBalancer/ingress").iter();
    let balancers = balancers.filter_map(|one| Some((one["ip"].as_str()?.to_owned(), "loadbalancer IP")));
    external.chain(balancers).collect()
}

/// Marks the packet, by way of the chain that does it.
fn mark() -> Target {
    Target::Jump("KUBE-MARK-MASQ".into())
}

/// The chain of packets from outside.
fn add_external(nat: &mut Table, port: &Port, is_local: bool, (external, cluster, local): (&str, &str, &str)) {
    let name = &port.name;
    let rule = |comment: String, target: Target| Rule { comment, target: Some(target), ..Rule::default() };
    if !is_local {
        nat.add(external, rule(format!("masquerade traffic for {name} external destinations"), mark()));
        nat.add(external, rule(String::new(), Target::Jump(cluster.to_owned())));
        return;
    }
    let to_cluster = || Target::Jump(cluster.to_owned());
    nat.add(
        external,
        Rule {
            source: Some((PODS.into(), false)),
            ..rule(format!("pod traffic for {name} external destinations"), to_cluster())
        },
    );
    let masquerade = rule(format!("masquerade LOCAL traffic for {name} external destinations"), mark());
    nat.add(external, Rule { from_local: true, ..masquerade });
    let route = rule(format!("route LOCAL traffic for {name} external destinations"), to_cluster());
    nat.add(external, Rule { from_local: true, ..route });
    nat.add(external, rule(String::new(), Target::Jump(local.to_owned())));
}

fn chain_of(port: &Port, endpoint: &Endpoint) -> String {
    of_endpoint(&port.name, port.protocol, &format!("{}:{}", endpoint.ip, endpoint.port))
}

/// Spreads packets over endpoints: each rule takes its part of what those before it have left.
fn spread(nat: &mut Table, chain: &str, port: &Port, endpoints: &[&Endpoint]) {
    let comment = |endpoint: &Endpoint| format!("{} -> {}:{}", port.name, endpoint.ip, endpoint.port);
    if port.service.text("/spec/sessionAffinity") == "ClientIP" {
        let seconds = port.service.number("/spec/sessionAffinityConfig/clientIP/timeoutSeconds").unwrap_or(10_800);
        for endpoint in endpoints {
            let to = chain_of(port, endpoint);
            let recent = Some(Recent { name: to.clone(), seconds: Some(seconds) });
            let rule = Rule { comment: comment(endpoint), recent, target: Some(Target::Jump(to)), ..Rule::default() };
            nat.add(chain, rule);
        }
    }
    for (index, endpoint) in endpoints.iter().enumerate() {
        let left = endpoints.len() - index;
        let rule = Rule {
            comment: comment(endpoint),
            one_in: (left > 1).then_some(left),
            target: Some(Target::Jump(chain_of(port, endpoint))),
            ..Rule::default()
        };
        nat.add(chain, rule);
    }
}

/// The chains that are always there.
fn nat() -> Table {
    let mut table = Table::default();
    for chain in ["KUBE-SERVICES", "KUBE-NODEPORTS", "KUBE-POSTROUTING", "KUBE-MARK-MASQ", "KUBE-PROXY-CANARY"] {
        table.make(chain);
    }
    table.add("KUBE-MARK-MASQ", Rule { target: Some(Target::Mark), ..Rule::default() });
    let unmarked = Some(("-m mark ! --mark 0x4000/0x4000", false));
    table.add("KUBE-POSTROUTING", Rule { other: unmarked, target: Some(Target::Return), ..Rule::default() });
    let masquerade = Rule {
        comment: "kubernetes service traffic requiring SNAT".into(),
        target: Some(Target::Masquerade),
        ..Rule::default()
    };
    table.add("KUBE-POSTROUTING", masquerade);
    table
}

fn filter() -> Table {
    let mut table = Table::default();
    let chains = [
        "KUBE-EXTERNAL-SERVICES",
        "KUBE-FIREWALL",
        "KUBE-FORWARD",
        "KUBE-NODEPORTS",
        "KUBE-PROXY-CANARY",
        "KUBE-PROXY-FIREWALL",
        "KUBE-SERVICES",
    ];
    chains.iter().for_each(|chain| table.make(chain));
    let forward = |other: &'static str, comment: &str, target: Target| Rule {
        other: Some((other, false)),
        comment: comment.to_owned(),
        target: Some(target),
        ..Rule::default()
    };
    table.add("KUBE-FORWARD", forward("-m conntrack --ctstate INVALID", "", Target::Drop));
    table.add("KUBE-FORWARD", forward("-m mark --mark 0x4000/0x4000", "kubernetes forwarding rules", Target::Accept));
    let known =
        forward("-m conntrack --ctstate RELATED,ESTABLISHED", "kubernetes forwarding conntrack rule", Target::Accept);
    table.add("KUBE-FORWARD", known);
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::cache;
    use serde_json::json;

    fn service(spec: Value) -> Value {
        let mut whole = json!({ "clusterIP": "10.96.0.7", "ports": [{ "name": "", "protocol": "TCP", "port": 80 }] });
        for (field, value) in spec.as_object().into_iter().flatten() {
            whole[field] = value.clone();
        }
        json!({ "kind": "Service", "metadata": { "name": "web", "namespace": "dev", "resourceVersion": "1" }, "spec": whole })
    }

    /// Endpoints, each with its node and whether it is ready.
    fn slice(endpoints: &[(&str, &str, bool)]) -> Value {
        let endpoints: Vec<Value> = endpoints
            .iter()
            .map(|(ip, node, ready)| json!({ "addresses": [ip], "nodeName": node, "conditions": { "ready": ready } }))
            .collect();
        json!({ "kind": "EndpointSlice", "ports": [{ "name": "", "protocol": "TCP", "port": 8080 }], "endpoints": endpoints,
            "metadata": { "name": "web-1", "namespace": "dev", "resourceVersion": "2",
                "labels": { "kubernetes.io/service-name": "web" } } })
    }

    /// The rules about the service in chains that begin so. Hashes are left out; `names` has them.
    fn check(spec: Value, endpoints: &[(&str, &str, bool)], chain: &str, expected: &[&str]) {
        let rules = build("n1", &cache([service(spec)]), &cache([slice(endpoints)]));
        let text = rules.saved(None);
        let lines = text.lines().filter(|line| line.starts_with(&format!("-A {chain}")) && line.contains("dev/web"));
        let short = |line: &str| {
            let words = line.split(' ').map(|word| match word.rsplit_once('-') {
                Some((kind, hash)) if word.starts_with("KUBE-") && hash.len() == 16 => kind,
                _ => word,
            });
            words.collect::<Vec<_>>().join(" ").replace(" -m comment --comment", " #")
        };
        assert_eq!(lines.map(short).collect::<Vec<_>>(), expected);
    }

    const THREE: [(&str, &str, bool); 3] =
        [("10.244.1.2", "n1", true), ("10.244.1.3", "n1", true), ("10.244.2.2", "n2", true)];
    const FAR: [(&str, &str, bool); 1] = [("10.244.2.2", "n2", true)];

    #[test]
    fn each_endpoint_gets_its_share() {
        check(
            json!({}),
            &THREE,
            "KUBE-SVC-",
            &[
                "-A KUBE-SVC ! -s 10.244.0.0/16 -d 10.96.0.7/32 -p tcp # \"dev/web cluster IP\" -m tcp --dport 80 -j KUBE-MARK-MASQ",
                "-A KUBE-SVC # \"dev/web -> 10.244.1.2:8080\" -m statistic --mode random --probability 0.33333333349 -j KUBE-SEP",
                "-A KUBE-SVC # \"dev/web -> 10.244.1.3:8080\" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP",
                "-A KUBE-SVC # \"dev/web -> 10.244.2.2:8080\" -j KUBE-SEP",
            ],
        );
        check(
            json!({}),
            &FAR,
            "KUBE-SEP-",
            &[
                "-A KUBE-SEP -s 10.244.2.2/32 # \"dev/web\" -j KUBE-MARK-MASQ",
                "-A KUBE-SEP -p tcp # \"dev/web\" -m tcp -j DNAT --to-destination 10.244.2.2:8080",
            ],
        );
    }

    #[test]
    fn what_is_not_ready_gets_nothing_and_nobody_is_a_refusal() {
        check(json!({}), &[("10.244.1.2", "n1", false)], "KUBE-SEP-", &[]);
        let refusal = "-A KUBE-SERVICES -d 10.96.0.7/32 -p tcp # \"dev/web has no endpoints\" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable";
        check(json!({}), &[("10.244.1.2", "n1", false)], "KUBE-SERVICES", &[refusal]);
        check(json!({ "clusterIP": "None" }), &THREE, "KUBE-", &[]);
    }

    #[test]
    fn who_stays_with_an_endpoint_is_looked_for_first() {
        let sticks = json!({ "sessionAffinity": "ClientIP" });
        let masquerade = "-A KUBE-SVC ! -s 10.244.0.0/16 -d 10.96.0.7/32 -p tcp # \"dev/web cluster IP\" -m tcp --dport 80 -j KUBE-MARK-MASQ";
        let rules = build("n1", &cache([service(sticks.clone())]), &cache([slice(&FAR)]));
        let chain = rules.nat.chains.keys().find(|name| name.starts_with("KUBE-SEP-")).cloned().unwrap_or_default();
        let recent =
            format!("-m recent --rcheck --seconds 10800 --reap --name {chain} --mask 255.255.255.255 --rsource");
        assert!(rules.saved(None).contains(&recent));
        assert!(rules.saved(None).contains(&format!("-m recent --set --name {chain}")));
        check(json!({}), &FAR, "KUBE-SVC-", &[masquerade, "-A KUBE-SVC # \"dev/web -> 10.244.2.2:8080\" -j KUBE-SEP"]);
    }

    #[test]
    fn a_local_policy_keeps_packets_on_the_node() {
        let inside = json!({ "internalTrafficPolicy": "Local" });
        check(
            inside.clone(),
            &THREE,
            "KUBE-SVL-",
            &[
                "-A KUBE-SVL # \"dev/web -> 10.244.1.2:8080\" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP",
                "-A KUBE-SVL # \"dev/web -> 10.244.1.3:8080\" -j KUBE-SEP",
            ],
        );
        let vanishes =
            "-A KUBE-SERVICES -d 10.96.0.7/32 -p tcp # \"dev/web has no local endpoints\" -m tcp --dport 80 -j DROP";
        check(inside, &FAR, "KUBE-SERVICES", &[vanishes]);
        let outside = json!({ "type": "NodePort", "externalTrafficPolicy": "Local",
            "ports": [{ "name": "", "protocol": "TCP", "port": 80, "nodePort": 30080 }] });
        check(
            outside.clone(),
            &FAR,
            "KUBE-EXTERNAL-SERVICES",
            &[
                "-A KUBE-EXTERNAL-SERVICES -p tcp # \"dev/web has no local endpoints\" -m addrtype --dst-type LOCAL -m tcp --dport 30080 -j DROP",
            ],
        );
        check(
            outside,
            &THREE,
            "KUBE-EXT-",
            &[
                "-A KUBE-EXT -s 10.244.0.0/16 # \"pod traffic for dev/web external destinations\" -j KUBE-SVC",
                "-A KUBE-EXT # \"masquerade LOCAL traffic for dev/web external destinations\" -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ",
                "-A KUBE-EXT # \"route LOCAL traffic for dev/web external destinations\" -m addrtype --src-type LOCAL -j KUBE-SVC",
            ],
        );
    }

    #[test]
    fn a_port_of_the_node_leads_to_the_service_and_hides_who_sends() {
        let spec =
            json!({ "type": "NodePort", "ports": [{ "name": "", "protocol": "TCP", "port": 80, "nodePort": 30080 }] });
        check(
            spec.clone(),
            &FAR,
            "KUBE-NODEPORTS",
            &["-A KUBE-NODEPORTS -p tcp # \"dev/web\" -m tcp --dport 30080 -j KUBE-EXT"],
        );
        check(
            spec,
            &FAR,
            "KUBE-EXT-",
            &["-A KUBE-EXT # \"masquerade traffic for dev/web external destinations\" -j KUBE-MARK-MASQ"],
        );
    }
}
