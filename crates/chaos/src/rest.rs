//! Where a cluster must come to once nothing fails any more.

use std::collections::BTreeSet;

use lab::World;

use crate::stored::{Object, all};

/// Whether what was asked for is there, and nothing else.
///
/// # Errors
/// What is missing, or too much, in words.
pub fn reached(world: &World) -> Result<(), String> {
    let nodes = all(world, "minions");
    for node in &nodes {
        unless(node.condition("Ready") == "True", node, "is not ready")?;
    }
    let mut uids = BTreeSet::new();
    for folder in ["deployments", "replicasets", "daemonsets", "statefulsets", "jobs", "cronjobs"] {
        for object in all(world, folder) {
            unless(!object.is_terminating(), &object, "is still being deleted")?;
            has_settled(folder, &object)?;
            uids.insert(object.uid().to_owned());
        }
    }
    for namespace in all(world, "namespaces") {
        unless(!namespace.is_terminating(), &namespace, "is still being deleted")?;
    }
    let pods = all(world, "pods");
    for pod in &pods {
        unless(!pod.is_terminating(), pod, "is still being deleted")?;
        let owners = pod.list("/metadata/ownerReferences").iter();
        let mut owners = owners.filter(|owner| owner["kind"] != "Node").filter_map(|owner| owner["uid"].as_str());
        unless(owners.all(|owner| uids.contains(owner)), pod, "outlives its owner")?;
        unless(pod.is_over() || pod.condition("Ready") == "True", pod, "is not ready")?;
    }
    endpoints(world, &pods)
}

/// What is wrong with an object, unless it is as it shall be.
fn unless(fine: bool, object: &Object, complaint: &str) -> Result<(), String> {
    if fine { Ok(()) } else { Err(format!("{} {complaint}", object.place())) }
}

/// Whether a workload's status says what its spec asks for.
fn has_settled(folder: &str, object: &Object) -> Result<(), String> {
    let observed = object.number("/status/observedGeneration") == object.number("/metadata/generation");
    let wanted = object.number("/spec/replicas");
    let numbers: &[(&str, i64)] = match folder {
        "deployments" => &[("replicas", wanted), ("updatedReplicas", wanted), ("availableReplicas", wanted)],
        "replicasets" => &[("replicas", wanted), ("availableReplicas", wanted)],
        "statefulsets" => &[("replicas", wanted), ("readyReplicas", wanted)],
        "daemonsets" => &[("numberReady", object.number("/status/desiredNumberScheduled")), ("numberMisscheduled", 0)],
        _ => return Ok(()),
    };
    for (name, wanted) in numbers {
        let found = object.number(&format!("/status/{name}"));
        if found != *wanted {
            return Err(format!("{folder} {}: {name} is {found} of {wanted}", object.place()));
        }
    }
    if observed { Ok(()) } else { Err(format!("{folder} {}: its last change was not seen yet", object.place())) }
}

/// Every service leads to the ready pods that it selects, and to no others.
fn endpoints(world: &World, pods: &[Object]) -> Result<(), String> {
    let slices = all(world, "endpointslices");
    for service in all(world, "services/specs") {
        let Some(selector) = service.0.pointer("/spec/selector").and_then(|selector| selector.as_object()) else {
            continue;
        };
        let namespace = service.text("/metadata/namespace");
        let selected = pods.iter().filter(|pod| {
            let labels = &pod.0["metadata"]["labels"];
            let is_selected = selector.iter().all(|(key, value)| labels[key] == *value);
            pod.text("/metadata/namespace") == namespace && is_selected && pod.condition("Ready") == "True"
        });
        let wanted: BTreeSet<&str> = selected.map(|pod| pod.text("/status/podIP")).collect();
        let of_service = slices.iter().filter(|slice| {
            let name = &slice.0["metadata"]["labels"]["kubernetes.io/service-name"];
            slice.text("/metadata/namespace") == namespace && *name == service.text("/metadata/name")
        });
        let ready =
            of_service.flat_map(|slice| slice.list("/endpoints")).filter(|end| end["conditions"]["ready"] == true);
        let found: BTreeSet<&str> = ready
            .flat_map(|end| end["addresses"].as_array())
            .flatten()
            .filter_map(|address| address.as_str())
            .collect();
        if found != wanted {
            return Err(format!("service {} leads to {found:?} instead of {wanted:?}", service.place()));
        }
    }
    Ok(())
}
