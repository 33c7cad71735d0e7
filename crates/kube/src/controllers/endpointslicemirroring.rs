//! Slices for endpoints that somebody wrote by hand, for a service without a selector
//! (`pkg/controller/endpointslicemirroring`).

use super::controller::{Call, Controller, Plan, View, Wakes};
use super::{pods, services};
use crate::api::Object;
use crate::client::{Change, key as key_of, kinds, split};
use serde_json::{Value, json};
use sim::Micros;

pub(super) static CONTROLLER: Controller =
    Controller { account: "endpointslicemirroring-controller", workers: 5, seeds: &[], wake, sync };

const SERVICE: &str = "kubernetes.io/service-name";
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
const MANAGER: &str = "endpointslicemirroring-controller.k8s.io";
const SKIP: &str = "endpointslice.kubernetes.io/skip-mirror";
/// Annotations that say something of the endpoints and nothing of what they mirror.
const OWN: [&str; 2] =
    ["kubectl.kubernetes.io/last-applied-configuration", "endpoints.kubernetes.io/last-change-trigger-time"];

fn wake(view: &View, change: &Change, wakes: &mut Wakes) {
    let Some(object) = change.object() else { return };
    let kind = view.client.kind(change.kind);
    if *kind == kinds::ENDPOINTS || *kind == kinds::SERVICES {
        wakes.push((key_of(object), Micros::ZERO));
    } else if *kind == kinds::ENDPOINT_SLICES
        && object.label(MANAGED_BY) == Some(MANAGER)
        && let Some(name) = object.label(SERVICE)
    {
        wakes.push((format!("{}/{name}", object.namespace()).into(), Micros::ZERO));
    }
}

fn sync(view: &mut View, key: &str) -> Plan {
    let mut plan = Plan::default();
    let (namespace, name) = split(key);
    let is_ours = |slice: &&Object| slice.label(SERVICE) == Some(name) && slice.label(MANAGED_BY) == Some(MANAGER);
    let mut slices: Vec<&Object> =
        view.client.cache(&kinds::ENDPOINT_SLICES).in_namespace(namespace).filter(is_ours).collect();
    let endpoints = view.client.cache(&kinds::ENDPOINTS).get(namespace, name).filter(|one| is_mirrored(one));
    let service = view.client.cache(&kinds::SERVICES).get(namespace, name);
    let by_hand = service.is_some_and(|service| !services::has_selector(service));
    let mut calls = Vec::new();
    for subset in endpoints.filter(|_| by_hand).into_iter().flat_map(|endpoints| endpoints.list("/subsets")) {
        let Some(endpoints) = endpoints else { break };
        let wanted = slice(endpoints, subset);
        // A slice that has these ports is the subset's; else a new one is made.
        match slices
            .iter()
            .position(|slice| slice.list("/ports") == wanted["ports"].as_array().map_or(&[][..], |ports| ports))
        {
            None => calls.push(Call::new(kinds::ENDPOINT_SLICES.create(wanted))),
            Some(index) => {
                let stored = slices.remove(index);
                let has_all = ["/endpoints", "/metadata/labels", "/metadata/annotations"]
                    .iter()
                    .all(|field| stored.pointer(field) == wanted.pointer(field));
                if !has_all {
                    calls.push(Call::new(kinds::ENDPOINT_SLICES.update(stored.edit(|slice| {
                        slice["endpoints"] = wanted["endpoints"].clone();
                        slice["metadata"]["labels"] = wanted["metadata"]["labels"].clone();
                        slice["metadata"]["annotations"] = wanted["metadata"]["annotations"].clone();
                    }))));
                }
            }
        }
    }
    calls.extend(slices.into_iter().map(|slice| Call::new(kinds::ENDPOINT_SLICES.delete(slice))));
    plan.step(calls);
    plan
}

/// Those of an election, and those whose writer writes slices as well, are left alone.
fn is_mirrored(endpoints: &Object) -> bool {
    endpoints.label(SKIP) != Some("true") && endpoints.annotation("control-plane.alpha.kubernetes.io/leader").is_none()
}

/// The slice for a subset.
fn slice(endpoints: &Object, subset: &Value) -> Value {
    let list = |field: &str| subset[field].as_array().into_iter().flatten();
    let ready = list("addresses").map(|address| endpoint(address, true));
    let others = list("notReadyAddresses").map(|address| endpoint(address, false));
    let ports = list("ports").map(|port| {
        let mut told = json!({ "name": port["name"].as_str().unwrap_or_default(), "protocol": port["protocol"],
            "port": port["port"] });
        if let Some(protocol) = port["appProtocol"].as_str() {
            told["appProtocol"] = protocol.into();
        }
        told
    });
    let is_ipv6 = list("addresses")
        .chain(list("notReadyAddresses"))
        .any(|address| address["ip"].as_str().is_some_and(|ip| ip.contains(':')));
    let mut labels = endpoints.pointer("/metadata/labels").cloned().unwrap_or_else(|| json!({}));
    labels[MANAGED_BY] = MANAGER.into();
    labels[SERVICE] = endpoints.name().into();
    let mut metadata = json!({ "generateName": format!("{}-", endpoints.name()), "namespace": endpoints.namespace(),
        "labels": labels });
    let annotations = endpoints.map("/metadata/annotations").into_iter().flatten();
    for (name, value) in annotations.filter(|(name, _)| !OWN.contains(&name.as_str())) {
        metadata["annotations"][name] = value.clone();
    }
    metadata["ownerReferences"] = json!([pods::owner(&kinds::ENDPOINTS, endpoints)]);
    json!({
        "kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1", "metadata": metadata,
        "addressType": if is_ipv6 { "IPv6" } else { "IPv4" },
        "endpoints": ready.chain(others).collect::<Vec<Value>>(), "ports": ports.collect::<Vec<Value>>(),
    })
}

fn endpoint(address: &Value, ready: bool) -> Value {
    let mut endpoint = json!({ "addresses": [address["ip"]], "conditions": { "ready": ready } });
    for field in ["hostname", "targetRef", "nodeName"] {
        if let Some(value) = address.get(field) {
            endpoint[field] = value.clone();
        }
    }
    endpoint
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_says_what_the_subset_says() {
        let endpoints: Object = json!({
            "kind": "Endpoints", "apiVersion": "v1",
            "metadata": { "name": "ext", "namespace": "dev", "annotations": { OWN[0]: "{}", "mine": "kept" } },
        })
        .into();
        let subset = json!({
            "addresses": [{ "ip": "192.0.2.10" }], "notReadyAddresses": [{ "ip": "192.0.2.11", "nodeName": "n" }],
            "ports": [{ "port": 80, "protocol": "TCP" }],
        });
        let slice = slice(&endpoints, &subset);
        assert_eq!(slice["metadata"]["annotations"], json!({ "mine": "kept" }));
        assert_eq!(slice["metadata"]["labels"], json!({ MANAGED_BY: MANAGER, SERVICE: "ext" }));
        assert_eq!(slice["ports"], json!([{ "name": "", "protocol": "TCP", "port": 80 }]));
        let expected = json!([
            { "addresses": ["192.0.2.10"], "conditions": { "ready": true } },
            { "addresses": ["192.0.2.11"], "conditions": { "ready": false }, "nodeName": "n" },
        ]);
        assert_eq!(slice["endpoints"], expected);
    }
}
