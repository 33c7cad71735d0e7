//! Addresses and node ports of services (`pkg/registry/core/service/storage/alloc.go`).

use std::net::Ipv4Addr;

use etcd::rpc::{DeleteRangeRequest, PutRequest, RequestOp};
use serde_json::{Value, json};

use super::super::meta;
use super::super::validate::Faults;
use super::super::write::Context;
use crate::api::Object;

/// `--service-node-port-range`
const NODE_PORTS: std::ops::RangeInclusive<i64> = 30_000..=32_767;
/// Ports and addresses at the beginning of their range are kept for those who ask for one.
const KEPT_PORTS: u64 = 86;
const KEPT_ADDRESSES: u64 = 256;

fn range(cidr: &str) -> (u32, u32) {
    let (address, bits) = cidr.split_once('/').unwrap_or((cidr, "32"));
    let address: Ipv4Addr = address.parse().unwrap_or(Ipv4Addr::UNSPECIFIED);
    let bits: u32 = bits.parse().unwrap_or(32);
    let size = 1_u32.checked_shl(32_u32.saturating_sub(bits)).unwrap_or(u32::MAX);
    (address.into(), size)
}

/// The first address that a service can have.
pub(in super::super) fn first_address(cidr: &str) -> String {
    Ipv4Addr::from(range(cidr).0 + 1).to_string()
}

fn address_key(address: &str) -> String {
    format!("/registry/ipaddresses/{address}")
}

/// What is stored, and its keys, which must not be there yet, so that nobody gets the same address.
#[derive(Default)]
pub(in super::super) struct Allocated {
    pub(in super::super) also: Vec<RequestOp>,
    pub(in super::super) others: Vec<(String, i64)>,
}

/// Gives a service the addresses and ports that its type wants.
pub(in super::super) fn allocate(
    context: &mut Context,
    service: &mut Value,
    old: Option<&Object>,
    faults: &mut Faults,
) -> Allocated {
    let mut allocated = Allocated::default();
    let kind = service["spec"]["type"].as_str().unwrap_or("ClusterIP").to_owned();
    if kind != "ExternalName" {
        cluster_ip(context, service, old, faults, &mut allocated);
    }
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer") {
        node_ports(context, service, faults);
    } else if old.is_some() {
        // Without the type that has them, ports that were allocated are given back.
        for port in service["spec"]["ports"].as_array_mut().into_iter().flatten() {
            if let Some(port) = port.as_object_mut() {
                port.shift_remove("nodePort");
            }
        }
    }
    allocated
}

fn cluster_ip(
    context: &mut Context,
    service: &mut Value,
    old: Option<&Object>,
    faults: &mut Faults,
    allocated: &mut Allocated,
) {
    let asked = service["spec"]["clusterIP"].as_str().unwrap_or_default().to_owned();
    let kept = old.map(|old| old.text("/spec/clusterIP").to_owned()).filter(|kept| !kept.is_empty());
    if asked == "None" || kept.as_ref().is_some_and(|kept| *kept == asked) {
        service["spec"]["clusterIPs"] = json!([asked]);
        return;
    }
    let address = match (asked.is_empty(), kept) {
        (true, Some(kept)) => {
            service["spec"]["clusterIP"] = kept.as_str().into();
            service["spec"]["clusterIPs"] = json!([kept]);
            return;
        }
        (true, None) => free_address(context),
        (false, _) => asked.clone(),
    };
    let (first, size) = range(&context.config.service_cidr);
    let number = address.parse::<Ipv4Addr>().map(u32::from).ok();
    let Some(number) = number else {
        return faults.invalid(
            "spec.clusterIPs[0]",
            json!(asked),
            "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
        );
    };
    if number <= first || number - first >= size {
        let cidr = &context.config.service_cidr;
        let why =
            format!("failed to allocate IP {address}: the provided network does not match the current range: {cidr}");
        return faults.invalid("spec.clusterIPs", json!([address]), &why);
    }
    let key = address_key(&address);
    if context.cache.get(&key).is_some() {
        let why = format!("failed to allocate IP {address}: provided IP is already allocated");
        return faults.invalid("spec.clusterIPs", json!([address]), &why);
    }
    service["spec"]["clusterIP"] = address.as_str().into();
    service["spec"]["clusterIPs"] = json!([address]);
    let parent = json!({
        "resource": "services", "namespace": service["metadata"]["namespace"], "name": service["metadata"]["name"],
    });
    let object = json!({
        "kind": "IPAddress", "apiVersion": "networking.k8s.io/v1",
        "metadata": {
            "name": address, "uid": meta::uid(context.random),
            "creationTimestamp": context.clock.stamp(context.now),
            "labels": {
                "ipaddress.kubernetes.io/ip-family": "IPv4", "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
            },
        },
        "spec": { "parentRef": parent },
    });
    let put = PutRequest { key: key.as_str().into(), value: object.to_string().into(), ..PutRequest::default() };
    allocated.also.push(RequestOp::Put(put));
    allocated.others.push((key, 0));
}

fn free_address(context: &mut Context) -> String {
    let (first, size) = range(&context.config.service_cidr);
    let kept = if u64::from(size) > 4 * KEPT_ADDRESSES { KEPT_ADDRESSES } else { 1 };
    let span = u64::from(size).saturating_sub(kept + 1).max(1);
    let start = (context.random)() % span;
    let candidates = (0..span).map(|step| kept + (start + step) % span);
    let address = |offset: u64| Ipv4Addr::from(first.saturating_add(u32::try_from(offset).unwrap_or(0))).to_string();
    candidates.map(address).find(|address| context.cache.get(&address_key(address)).is_none()).unwrap_or_default()
}

fn node_ports(context: &mut Context, service: &mut Value, faults: &mut Faults) {
    let own = (service["metadata"]["namespace"].clone(), service["metadata"]["name"].clone());
    let mut used: Vec<i64> = Vec::new();
    for (_, other) in context.cache.range("/registry/services/specs/", "") {
        if own.0 == other.namespace() && own.1 == other.name() {
            continue;
        }
        used.extend(other.list("/spec/ports").iter().filter_map(|port| port["nodePort"].as_i64()));
    }
    for (at, port) in service["spec"]["ports"].as_array_mut().into_iter().flatten().enumerate() {
        let field = format!("spec.ports[{at}].nodePort");
        match port["nodePort"].as_i64().filter(|number| *number != 0) {
            Some(number) if !NODE_PORTS.contains(&number) => {
                let why = "provided port is not in the valid range. The range of valid ports is 30000-32767";
                faults.invalid(&field, number.into(), why);
            }
            Some(number) if used.contains(&number) => {
                faults.invalid(&field, number.into(), "provided port is already allocated");
            }
            Some(number) => used.push(number),
            None => {
                let span = 2_768 - KEPT_PORTS;
                let start = (context.random)() % span;
                let port_at = |step: u64| 30_000 + i64::try_from(KEPT_PORTS + (start + step) % span).unwrap_or(0);
                if let Some(free) = (0..span).map(port_at).find(|number| !used.contains(number)) {
                    port["nodePort"] = free.into();
                    used.push(free);
                }
            }
        }
    }
}

/// What goes with a service that is deleted.
pub(in super::super) fn release(service: &Object) -> Vec<RequestOp> {
    let address = service.text("/spec/clusterIP");
    if address.is_empty() || address == "None" {
        return Vec::new();
    }
    let key = address_key(address);
    vec![RequestOp::DeleteRange(DeleteRangeRequest { key: key.as_str().into(), ..DeleteRangeRequest::default() })]
}
