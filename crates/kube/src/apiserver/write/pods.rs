//! What can be done to pods only: binding one to its node (`pkg/registry/core/pod/storage/storage.go`, `BindingREST`).

use serde_json::{Value, json};

use super::super::meta;
use super::super::task::Told;
use super::{Context, Plan, body, current};
use crate::api::{Object, Reason, Request, Resource, Status};

/// Says on which node a pod is to run.
pub(super) fn bind(context: &mut Context, request: &Request, resource: &Resource) -> Result<Plan, Status> {
    let old = current(context, request, resource)?;
    let binding = body(request)?;
    let node = binding.text("/target/name");
    let conflict = |why: String| {
        let message = format!("Operation cannot be fulfilled on pods/binding \"{}\": {why}", request.name);
        Status::of(Reason::Conflict, "pods/binding", &request.name, message)
    };
    let wanted = binding.uid();
    if !wanted.is_empty() && wanted != old.uid() {
        return Err(Status::conflict("pods", old.name()));
    }
    if old.is_terminating() {
        return Err(conflict(format!("pod {} is being deleted, cannot be assigned to a host", old.name())));
    }
    let assigned = old.text("/spec/nodeName");
    if !assigned.is_empty() {
        return Err(conflict(format!("pod {} is already assigned to node \"{assigned}\"", old.name())));
    }
    if !old.list("/spec/schedulingGates").is_empty() {
        return Err(conflict(format!("pod {} has non-empty .spec.schedulingGates", old.name())));
    }
    let mut new: Value = (*old).clone();
    new["spec"]["nodeName"] = node.into();
    let metadata = meta::of(&mut new);
    metadata.shift_remove("resourceVersion");
    for field in ["labels", "annotations"] {
        for (key, value) in binding.map(&format!("/metadata/{field}")).into_iter().flatten() {
            metadata.entry(field).or_insert_with(|| json!({}))[key] = value.clone();
        }
    }
    // A pod's generation counts its changes after creation; being assigned to a node is not one that is wanted anew.
    set_scheduled(&mut new, &context.clock.stamp(context.now));
    let told = Told::Other(success());
    let key = resource.key(old.namespace(), old.name());
    Ok(Plan::store(key, old.revision(), new, told))
}

fn set_scheduled(pod: &mut Value, now: &str) {
    let generation = pod["metadata"]["generation"].clone();
    let mut scheduled = json!({ "type": "PodScheduled" });
    if !generation.is_null() {
        scheduled["observedGeneration"] = generation;
    }
    for (name, value) in
        [("status", Value::from("True")), ("lastProbeTime", Value::Null), ("lastTransitionTime", now.into())]
    {
        scheduled[name] = value;
    }
    if !pod["status"]["conditions"].is_array() {
        pod["status"]["conditions"] = json!([]);
    }
    if let Some(conditions) = pod["status"]["conditions"].as_array_mut() {
        conditions.retain(|condition| condition["type"] != "PodScheduled");
        conditions.push(scheduled);
    }
}

/// The `Status` of what went well and has nothing to show.
fn success() -> Object {
    json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201 }).into()
}
