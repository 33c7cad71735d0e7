//! The addresses behind a service in slices of a hundred (`staging/src/k8s.io/endpointslice`).

use super::controller::{Call, Controller, Plan, View};
use super::{pods, services};
use crate::api::Object;
use crate::client::{Key, kinds, split};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) static CONTROLLER: Controller = Controller {
    account: "endpointslice-controller",
    workers: 5,
    seeds: &[],
    wake: |view, change, wakes| services::wake(view, change, &kinds::ENDPOINT_SLICES, wakes),
    sync,
};

const SERVICE: &str = "kubernetes.io/service-name";
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const MANAGER: &str = "endpointslice-controller.k8s.io";
const TRIGGER: &str = "endpoints.kubernetes.io/last-change-trigger-time";
const LARGEST: usize = 100;

fn sync(view: &mut View, key: &str) -> Plan {
    let mut plan = Plan::default();
    let (namespace, name) = split(key);
    let Some(service) = view.client.cache(&kinds::SERVICES).get(namespace, name) else { return plan };
    if service.text("/spec/type") == "ExternalName" || !services::has_selector(service) || service.is_terminating() {
        return plan;
    }
    let view = &*view;
    plan.looked_at(view.client.cache(&kinds::PODS).len());
    let mut wanted = endpoints(view, service);
    let is_ours = |slice: &&Object| slice.label(SERVICE) == Some(name) && slice.label(MANAGED_BY) == Some(MANAGER);
    let slices: Vec<&Object> =
        view.client.cache(&kinds::ENDPOINT_SLICES).in_namespace(namespace).filter(is_ours).collect();
    let labels = labels(service);
    let trigger = services::trigger_time(view, &Key::from(key));
    let mut calls = Vec::new();
    // What there is already stays in its place; what is new fills up.
    let mut kept: Vec<(&Object, Vec<Value>, Value)> = Vec::new();
    for slice in slices {
        let ports = slice.pointer("/ports").cloned().unwrap_or_default();
        let text = ports.to_string();
        let Some(group) = wanted.get_mut(&text) else {
            kept.push((slice, Vec::new(), ports));
            continue;
        };
        let old = slice.list("/endpoints").iter();
        let still: Vec<Value> = old
            .filter_map(|endpoint| group.1.shift_take(endpoint["targetRef"]["uid"].as_str().unwrap_or_default()))
            .collect();
        kept.push((slice, still, ports));
    }
    for (_, still, ports) in &mut kept {
        if let Some(group) = wanted.get_mut(&ports.to_string()) {
            let room = LARGEST.saturating_sub(still.len());
            still.extend(group.1.take(room));
        }
    }
    // Those that are empty are filled with what finds no place, and one stays even if there is nothing.
    let mut more: Vec<(Value, Vec<Value>)> = Vec::new();
    for (ports, mut group) in wanted.into_values() {
        while !group.0.is_empty() {
            more.push((ports.clone(), group.take(LARGEST)));
        }
    }
    if more.is_empty() && kept.iter().all(|(_, still, _)| still.is_empty()) {
        more.push((Value::Null, Vec::new()));
    }
    let mut more = more.into_iter();
    for (slice, still, ports) in kept {
        let filled = if still.is_empty() { more.next() } else { Some((ports, still)) };
        let Some((ports, still)) = filled else {
            calls.push(Call::new(kinds::ENDPOINT_SLICES.delete(slice)));
            continue;
        };
        let is_same = slice.list("/endpoints") == still.as_slice()
            && slice.pointer("/metadata/labels") == Some(&labels)
            && slice.list("/ports") == ports.as_array().map_or(&[][..], Vec::as_slice);
        if !is_same {
            calls.push(Call::new(kinds::ENDPOINT_SLICES.update(slice.edit(|slice| {
                slice["metadata"]["labels"] = labels.clone();
                if let Some(time) = &trigger {
                    slice["metadata"]["annotations"][TRIGGER] = time.as_str().into();
                }
                slice["endpoints"] = list(still);
                slice["ports"] = ports;
            }))));
        }
    }
    calls.extend(more.map(|(ports, group)| create(service, &labels, trigger.as_deref(), group, ports)));
    plan.step(calls);
    plan
}

/// Endpoints by the uid of their pods, in order.
#[derive(Default)]
struct Group(Vec<(String, Value)>);

impl Group {
    fn shift_take(&mut self, uid: &str) -> Option<Value> {
        let index = self.0.iter().position(|(of, _)| of == uid)?;
        Some(self.0.remove(index).1)
    }

    fn take(&mut self, count: usize) -> Vec<Value> {
        self.0.drain(..count.min(self.0.len())).map(|(_, endpoint)| endpoint).collect()
    }
}

/// The endpoints that a service should have, by the ports they have.
fn endpoints(view: &View, service: &Object) -> BTreeMap<String, (Value, Group)> {
    let publish_all = service.flag("/spec/publishNotReadyAddresses");
    let mut groups: BTreeMap<String, (Value, Group)> = BTreeMap::new();
    for pod in services::pods(view, service) {
        let ip = pod.text("/status/podIP");
        if ip.is_empty() || services::is_over(pod) {
            continue;
        }
        let Some(ports) = services::ports(service, pod) else { continue };
        let ports: Vec<Value> = ports
            .iter()
            .map(|port| {
                let mut told = json!({ "name": port.name, "protocol": port.protocol, "port": port.number });
                if let Some(protocol) = &port.app_protocol {
                    told["appProtocol"] = protocol.as_str().into();
                }
                told
            })
            .collect();
        let (is_serving, is_terminating) = (pods::is_ready(pod), pod.is_terminating());
        let mut endpoint = json!({
            "addresses": [ip],
            "conditions": { "ready": publish_all || (is_serving && !is_terminating), "serving": is_serving,
                "terminating": is_terminating },
        });
        if pod.text("/spec/subdomain") == service.name() && !pod.text("/spec/hostname").is_empty() {
            endpoint["hostname"] = pod.text("/spec/hostname").into();
        }
        endpoint["targetRef"] = services::target(pod);
        endpoint["nodeName"] = pod.text("/spec/nodeName").into();
        if let Some(zone) = view
            .client
            .cache(&kinds::NODES)
            .get("", pod.text("/spec/nodeName"))
            .and_then(|node| node.label("topology.kubernetes.io/zone"))
        {
            endpoint["zone"] = zone.into();
        }
        let ports = list(ports);
        let group = groups.entry(ports.to_string()).or_insert_with(|| (ports, Group::default()));
        group.1.0.push((pod.uid().to_owned(), endpoint));
    }
    groups
}

fn labels(service: &Object) -> Value {
    let mut labels = service.pointer("/metadata/labels").cloned().unwrap_or_else(|| json!({}));
    labels[MANAGED_BY] = MANAGER.into();
    labels[SERVICE] = service.name().into();
    if service.text("/spec/clusterIP") == "None" {
        labels["service.kubernetes.io/headless"] = "".into();
    }
    labels
}

fn create(service: &Object, labels: &Value, trigger: Option<&str>, endpoints: Vec<Value>, ports: Value) -> Call {
    let mut metadata = json!({ "generateName": format!("{}-", service.name()), "namespace": service.namespace(),
        "labels": labels });
    if let Some(time) = trigger {
        metadata["annotations"][TRIGGER] = time.into();
    }
    metadata["ownerReferences"] = json!([pods::owner(&kinds::SERVICES, service)]);
    Call::new(kinds::ENDPOINT_SLICES.create(json!({
        "kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1", "metadata": metadata, "addressType": "IPv4",
        "endpoints": list(endpoints), "ports": ports,
    })))
}

/// A list as Go writes it: `null` if nothing was ever put into it.
fn list(items: Vec<Value>) -> Value {
    if items.is_empty() { Value::Null } else { items.into() }
}
