//! The addresses behind a service, as the older `Endpoints` has them (`pkg/controller/endpoint`).

use super::controller::{Call, Controller, Plan, View};
use super::services::{self, Port};
use crate::api::Object;
use crate::client::{Key, kinds, split};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) static CONTROLLER: Controller = Controller {
    account: "endpoint-controller",
    workers: 5,
    seeds: &[],
    wake: |view, change, wakes| services::wake(view, change, &kinds::ENDPOINTS, wakes),
    sync,
};

const TRIGGER: &str = "endpoints.kubernetes.io/last-change-trigger-time";
const MANAGED_BY: &str = "endpoints.kubernetes.io/managed-by";
const HEADLESS: &str = "service.kubernetes.io/headless";

fn sync(view: &mut View, key: &str) -> Plan {
    let mut plan = Plan::default();
    let (namespace, name) = split(key);
    let stored = view.client.cache(&kinds::ENDPOINTS).get(namespace, name);
    let Some(service) = view.client.cache(&kinds::SERVICES).get(namespace, name) else {
        if let Some(stored) = stored.filter(|stored| stored.label(MANAGED_BY).is_some()) {
            plan.then(kinds::ENDPOINTS.delete(stored));
        }
        return plan;
    };
    if !services::has_selector(service) || service.text("/spec/type") == "ExternalName" {
        return plan;
    }
    plan.looked_at(view.client.cache(&kinds::PODS).len());
    let subsets = subsets(view, service);
    let mut labels = service.pointer("/metadata/labels").cloned().unwrap_or_else(|| json!({}));
    labels[MANAGED_BY] = "endpoint-controller".into();
    if service.text("/spec/clusterIP") == "None" {
        labels[HEADLESS] = "".into();
    }
    let same = |stored: &Object| {
        stored.pointer("/subsets").unwrap_or(&json!([])) == &Value::from(subsets.clone())
            && stored.pointer("/metadata/labels") == Some(&labels)
    };
    if stored.is_some_and(same) {
        return plan;
    }
    let trigger = services::trigger_time(view, &Key::from(key));
    let build = |endpoints: &mut Value| {
        endpoints["metadata"]["labels"] = labels.clone();
        match &trigger {
            Some(time) => endpoints["metadata"]["annotations"][TRIGGER] = time.as_str().into(),
            None => {
                if let Some(annotations) = endpoints.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut)
                {
                    annotations.shift_remove(TRIGGER);
                }
            }
        }
        if !subsets.is_empty() {
            endpoints["subsets"] = subsets.clone().into();
        } else if let Some(fields) = endpoints.as_object_mut() {
            fields.shift_remove("subsets");
        }
    };
    let request = match stored {
        Some(stored) => kinds::ENDPOINTS.update(stored.edit(build)),
        None => {
            let mut endpoints = json!({ "kind": "Endpoints", "apiVersion": "v1",
                "metadata": { "name": name, "namespace": namespace } });
            build(&mut endpoints);
            kinds::ENDPOINTS.create(endpoints)
        }
    };
    plan.step(vec![Call::new(request)]);
    plan
}

/// The ready and the other addresses by the ports they have.
fn subsets(view: &View, service: &Object) -> Vec<Value> {
    let publish_all = service.flag("/spec/publishNotReadyAddresses");
    // By the text of the ports: ready addresses, others, and the ports themselves.
    type Subset = (BTreeMap<String, Value>, BTreeMap<String, Value>, Vec<Value>);
    let mut subsets: BTreeMap<String, Subset> = BTreeMap::new();
    for pod in services::pods(view, service) {
        let ip = pod.text("/status/podIP");
        if ip.is_empty() || services::is_over(pod) || (pod.is_terminating() && !publish_all) {
            continue;
        }
        let Some(ports) = services::ports(service, pod) else { continue };
        let mut address =
            json!({ "ip": ip, "nodeName": pod.text("/spec/nodeName"), "targetRef": services::target(pod) });
        if pod.text("/spec/subdomain") == service.name() && !pod.text("/spec/hostname").is_empty() {
            address["hostname"] = pod.text("/spec/hostname").into();
        }
        let is_ready = publish_all || super::pods::is_ready(pod);
        let ports = ports.iter().map(port).collect::<Vec<_>>();
        let (ready, others, kept) = subsets.entry(Value::from(ports.clone()).to_string()).or_default();
        *kept = ports;
        if is_ready { ready } else { others }.insert(ip.to_owned(), address);
    }
    subsets
        .into_values()
        .map(|(ready, others, mut ports)| {
            let mut subset = json!({});
            for (field, addresses) in [("addresses", ready), ("notReadyAddresses", others)] {
                if !addresses.is_empty() {
                    subset[field] = addresses.into_values().collect::<Vec<_>>().into();
                }
            }
            ports.sort_by_key(hash);
            if !ports.is_empty() {
                subset["ports"] = ports.into();
            }
            subset
        })
        .collect()
}

/// The hash by which a subset's ports are sorted: FNV-1a of 128 bits over what Go's `%#v` makes of a port
/// (`pkg/api/v1/endpoints/util.go`, `portsByHash`).
fn hash(port: &Value) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0100_0000_0000_0000_0000_013b;
    let text = |field: &str| port[field].as_str().unwrap_or_default();
    let protocol = port["appProtocol"].as_str().unwrap_or("<nil>");
    let written = format!(
        "(v1.EndpointPort){{Name:(string){} Port:(int32){} Protocol:(v1.Protocol){} AppProtocol:(*string){protocol}}}",
        text("name"),
        port["port"],
        text("protocol"),
    );
    written.bytes().fold(OFFSET, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

fn port(port: &Port) -> Value {
    let mut told = json!({});
    if !port.name.is_empty() {
        told["name"] = port.name.as_str().into();
    }
    told["port"] = port.number.into();
    told["protocol"] = port.protocol.as_str().into();
    if let Some(protocol) = &port.app_protocol {
        told["appProtocol"] = protocol.as_str().into();
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_in_the_order_of_a_real_cluster() {
        // As `/registry/services/endpoints/kube-system/kube-dns` of a real cluster has them.
        let named = |name: &str, port: i64, protocol: &str| json!({ "name": name, "port": port, "protocol": protocol });
        let mut ports = [named("dns", 53, "UDP"), named("dns-tcp", 53, "TCP"), named("metrics", 9153, "TCP")];
        ports.sort_by_key(hash);
        let names: Vec<&str> = ports.iter().filter_map(|port| port["name"].as_str()).collect();
        assert_eq!(names, ["metrics", "dns-tcp", "dns"]);
    }
}
