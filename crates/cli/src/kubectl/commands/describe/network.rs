//! Services, endpoints, ingresses, network policies.

use serde_json::Value;

use super::writer::{Writer, formatted, items, joined, number, plain, selector, string};
use super::{Context, head, listed, marks};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::known;

pub async fn service(context: &Context<'_>, w: &mut Writer, object: &Value) -> Result<(), Failure> {
    let spec = &object["spec"];
    head(w, object);
    marks(w, object);
    w.field(0, "Selector", formatted(&spec["selector"]));
    w.field(0, "Type", string(&spec["type"]));
    w.some(0, "IP Family Policy", &string(&spec["ipFamilyPolicy"]));
    let or_none = |text: String| if text.is_empty() { "<none>".to_owned() } else { text };
    w.field(0, "IP Families", or_none(joined(&spec["ipFamilies"], ",")));
    w.field(0, "IP", string(&spec["clusterIP"]));
    w.field(0, "IPs", or_none(joined(&spec["clusterIPs"], ",")));
    w.some(0, "External IPs", &joined(&spec["externalIPs"], ","));
    w.some(0, "Desired LoadBalancer IP", &string(&spec["loadBalancerIP"]));
    w.some(0, "External Name", &string(&spec["externalName"]));
    let ingress: Vec<String> = items(&object["status"]["loadBalancer"]["ingress"])
        .iter()
        .map(|one| one["ip"].as_str().or(one["hostname"].as_str()).unwrap_or_default().to_owned())
        .collect();
    w.some(0, "LoadBalancer Ingress", &ingress.join(", "));
    let namespace = string(&object["metadata"]["namespace"]);
    let slices = slices(context, &namespace, &string(&object["metadata"]["name"])).await.unwrap_or_default();
    for port in items(&spec["ports"]) {
        let name = string(&port["name"]);
        let shown = if name.is_empty() { "<unset>" } else { &name };
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        w.field(0, "Port", format_args!("{shown}\t{}/{protocol}", number(&port["port"])));
        w.field(0, "TargetPort", format_args!("{}/{protocol}", plain(&port["targetPort"])));
        w.some(0, "AppProtocol", &string(&port["appProtocol"]));
        if number(&port["nodePort"]) != 0 {
            w.field(0, "NodePort", format_args!("{shown}\t{}/{protocol}", number(&port["nodePort"])));
        }
        w.field(0, "Endpoints", addresses(&slices, &name));
    }
    w.field(0, "Session Affinity", string(&spec["sessionAffinity"]));
    w.some(0, "External Traffic Policy", &string(&spec["externalTrafficPolicy"]));
    w.some(0, "Internal Traffic Policy", &string(&spec["internalTrafficPolicy"]));
    if number(&spec["healthCheckNodePort"]) != 0 {
        w.field(0, "HealthCheck NodePort", number(&spec["healthCheckNodePort"]));
    }
    w.some(0, "LoadBalancer Source Ranges", &joined(&spec["loadBalancerSourceRanges"], ","));
    w.some(0, "Traffic Distribution", &string(&spec["trafficDistribution"]));
    Ok(())
}

async fn slices(context: &Context<'_>, namespace: &str, service: &str) -> Result<Vec<Value>, Failure> {
    let resource = known("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", true);
    listed(context, resource, namespace, &format!("kubernetes.io/service-name={service}"), "").await
}

/// Addresses that are ready at the port of a name, three at most (`formatEndpointSlices`).
fn addresses(slices: &[Value], port_name: &str) -> String {
    const MOST: usize = 3;
    let (mut all, mut more) = (Vec::new(), 0);
    for slice in slices {
        let ports = items(&slice["ports"]);
        let of_name = |port: &&Value| string(&port["name"]) == port_name;
        for port in ports.iter().filter(of_name) {
            for endpoint in items(&slice["endpoints"]) {
                if endpoint["conditions"]["ready"] == false {
                    continue;
                }
                for address in items(&endpoint["addresses"]) {
                    match all.len() < MOST {
                        true => all.push(format!("{}:{}", plain(address), number(&port["port"]))),
                        false => more += 1,
                    }
                }
            }
        }
    }
    let text = all.join(",");
    if more > 0 { format!("{text} + {more} more...") } else { text }
}

pub fn endpoints(w: &mut Writer, object: &Value) {
    head(w, object);
    marks(w, object);
    w.line(0, "Subsets:");
    for subset in items(&object["subsets"]) {
        for (title, field) in [("Addresses", "addresses"), ("NotReadyAddresses", "notReadyAddresses")] {
            let all: Vec<String> = items(&subset[field]).iter().map(|one| string(&one["ip"])).collect();
            w.field(1, title, if all.is_empty() { "<none>".to_owned() } else { all.join(",") });
        }
        if !items(&subset["ports"]).is_empty() {
            w.line(1, "Ports:");
            w.line(2, "Name\tPort\tProtocol");
            w.line(2, "----\t----\t--------");
            for port in items(&subset["ports"]) {
                let name = port["name"].as_str().filter(|name| !name.is_empty()).unwrap_or("<unset>");
                let protocol = port["protocol"].as_str().unwrap_or("TCP");
                w.line(2, format_args!("{name}\t{}\t{protocol}", number(&port["port"])));
            }
        }
        w.line(0, "");
    }
}

pub fn endpoint_slice(w: &mut Writer, object: &Value) {
    head(w, object);
    marks(w, object);
    w.field(0, "AddressType", string(&object["addressType"]));
    let or_unset = |value: &Value| match plain(value) {
        text if text.is_empty() => "<unset>".to_owned(),
        text => text,
    };
    if items(&object["ports"]).is_empty() {
        w.line(0, "Ports: <unset>");
    } else {
        w.line(0, "Ports:");
        w.line(1, "Name\tPort\tProtocol");
        w.line(1, "----\t----\t--------");
        for port in items(&object["ports"]) {
            let (name, number, protocol) =
                (or_unset(&port["name"]), or_unset(&port["port"]), string(&port["protocol"]));
            w.line(1, format_args!("{name}\t{number}\t{protocol}"));
        }
    }
    if items(&object["endpoints"]).is_empty() {
        w.line(0, "Endpoints: <none>");
        return;
    }
    w.line(0, "Endpoints:");
    for endpoint in items(&object["endpoints"]) {
        w.field(1, "- Addresses", joined(&endpoint["addresses"], ", "));
        w.line(2, "Conditions:");
        w.field(3, "Ready", or_unset(&endpoint["conditions"]["ready"]));
        w.field(2, "Hostname", or_unset(&endpoint["hostname"]));
        if endpoint["targetRef"].is_object() {
            let target = &endpoint["targetRef"];
            w.field(2, "TargetRef", format_args!("{}/{}", string(&target["kind"]), string(&target["name"])));
        }
        w.field(2, "NodeName", or_unset(&endpoint["nodeName"]));
        w.field(2, "Zone", or_unset(&endpoint["zone"]));
    }
}

pub async fn ingress(context: &Context<'_>, w: &mut Writer, object: &Value) -> Result<(), Failure> {
    let spec = &object["spec"];
    let namespace = string(&object["metadata"]["namespace"]);
    w.field(0, "Name", string(&object["metadata"]["name"]));
    w.labels("Labels", &object["metadata"]["labels"]);
    w.field(0, "Namespace", &namespace);
    let addresses: Vec<String> = items(&object["status"]["loadBalancer"]["ingress"])
        .iter()
        .map(|one| one["ip"].as_str().or(one["hostname"].as_str()).unwrap_or_default().to_owned())
        .collect();
    w.field(0, "Address", addresses.join(","));
    w.field(0, "Ingress Class", spec["ingressClassName"].as_str().unwrap_or("<none>"));
    let default = match spec["defaultBackend"].is_object() {
        true => backend(context, &namespace, &spec["defaultBackend"]).await,
        false => "<default>".to_owned(),
    };
    w.field(0, "Default backend", &default);
    if !items(&spec["tls"]).is_empty() {
        w.line(0, "TLS:");
        for tls in items(&spec["tls"]) {
            let hosts = joined(&tls["hosts"], ",");
            match string(&tls["secretName"]) {
                secret if secret.is_empty() => w.line(1, format_args!("SNI routes {hosts}")),
                secret => w.line(1, format_args!("{secret} terminates {hosts}")),
            }
        }
    }
    w.line(0, "Rules:\n  Host\tPath\tBackends");
    w.line(1, "----\t----\t--------");
    let mut rules = 0;
    for rule in items(&spec["rules"]).iter().filter(|rule| rule["http"].is_object()) {
        rules += 1;
        w.line(1, format_args!("{}\t", rule["host"].as_str().filter(|host| !host.is_empty()).unwrap_or("*")));
        for path in items(&rule["http"]["paths"]) {
            let target = backend(context, &namespace, &path["backend"]).await;
            w.line(2, format_args!("\t{} \t{target}", string(&path["path"])));
        }
    }
    if rules == 0 {
        w.line(1, format_args!("*\t*\t{default}"));
    }
    w.annotations("Annotations", &object["metadata"]["annotations"]);
    Ok(())
}

async fn backend(context: &Context<'_>, namespace: &str, backend: &Value) -> String {
    let service = &backend["service"];
    if !service.is_object() {
        let resource = &backend["resource"];
        let group = resource["apiGroup"].as_str().unwrap_or("<none>");
        let (kind, name) = (string(&resource["kind"]), string(&resource["name"]));
        return format!("APIGroup: {group}, Kind: {kind}, Name: {name}");
    }
    let (name, port) = (string(&service["name"]), &service["port"]);
    let shown = match number(&port["number"]) {
        0 => string(&port["name"]),
        number => number.to_string(),
    };
    let resource = known("", "v1", "services", "Service", true);
    let found = context.client.get(&resource.at(namespace, &name)).await;
    let found = match found {
        Ok(found) => found,
        Err(failure) => return format!("{name}:{shown} (<error: {}>)", failure.text()),
    };
    let fits =
        |one: &&Value| one["port"] == port["number"] || (port["name"].is_string() && one["name"] == port["name"]);
    let port_name = items(&found["spec"]["ports"]).iter().find(fits).map(|one| string(&one["name"]));
    let slices = slices(context, namespace, &name).await.unwrap_or_default();
    format!("{name}:{shown} ({})", addresses(&slices, &port_name.unwrap_or_default()))
}

pub fn policy(w: &mut Writer, object: &Value) {
    let spec = &object["spec"];
    head(w, object);
    let made = string(&object["metadata"]["creationTimestamp"]);
    w.field(0, "Created on", made.replace('T', " ").replace('Z', " +0000 UTC"));
    marks(w, object);
    w.line(0, "Spec:");
    let pods = selector(&spec["podSelector"]);
    let all = if pods == "<none>" { " (Allowing the specific traffic to all pods in this namespace)" } else { "" };
    // Upstream writes the value as a piece of its own, two levels in.
    w.line(1, format_args!("PodSelector:     {pods}{all}"));
    let has = |kind: &str| items(&spec["policyTypes"]).iter().any(|known| known == kind);
    for (kind, word, field, peer) in [("Ingress", "ingress", "ingress", "from"), ("Egress", "egress", "egress", "to")] {
        match has(kind) {
            true => {
                w.line(1, format_args!("Allowing {word} traffic:"));
                rules(w, &spec[field], word, peer);
            }
            false => w.line(1, format_args!("Not affecting {word} traffic")),
        }
    }
    w.line(1, format_args!("Policy Types: {}", joined(&spec["policyTypes"], ", ")));
}

fn rules(w: &mut Writer, all: &Value, word: &str, peer: &str) {
    let indent = "    ";
    if items(all).is_empty() {
        w.line(0, format_args!("{indent}<none> (Selected pods are isolated for {word} connectivity)"));
        return;
    }
    let (title, restricted) = if peer == "from" { ("From", "source") } else { ("To", "destination") };
    let last = items(all).len() - 1;
    for (i, rule) in items(all).iter().enumerate() {
        if items(&rule["ports"]).is_empty() {
            w.line(0, format_args!("{indent}To Port: <any> (traffic allowed to all ports)"));
        }
        for port in items(&rule["ports"]) {
            let protocol = port["protocol"].as_str().unwrap_or("TCP");
            w.line(0, format_args!("{indent}To Port: {}/{protocol}", plain(&port["port"])));
        }
        if items(&rule[peer]).is_empty() {
            w.line(0, format_args!("{indent}{title}: <any> (traffic not restricted by {restricted})"));
        }
        for one in items(&rule[peer]) {
            w.line(0, format_args!("{indent}{title}:"));
            for (name, field) in [("NamespaceSelector", "namespaceSelector"), ("PodSelector", "podSelector")] {
                if one[field].is_object() {
                    w.line(1, format_args!("{indent}{name}: {}", selector(&one[field])));
                }
            }
            if one["ipBlock"].is_object() {
                w.line(1, format_args!("{indent}IPBlock:"));
                w.line(2, format_args!("{indent}CIDR: {}", string(&one["ipBlock"]["cidr"])));
                w.line(2, format_args!("{indent}Except: {}", joined(&one["ipBlock"]["except"], ", ")));
            }
        }
        if i < last {
            w.line(0, format_args!("{indent}----------"));
        }
    }
}
