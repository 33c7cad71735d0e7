//! The `Scale` of what has replicas: their number, to be read and set without the rest
//! (`pkg/registry/apps/deployment/storage/storage.go`, `ScaleREST`).

use serde_json::{Value, json};

use super::super::task::Told;
use super::super::{patch, strategy};
use super::{Context, Plan, body, current, update};
use crate::api::{Object, Patch, Reason, Request, Resource, Status, Verb};

pub(super) fn plan(context: &mut Context, request: &Request, resource: &Resource) -> Result<Plan, Status> {
    if !strategy::has_scale(resource) {
        return Err(Status::new(Reason::NotFound, "the server could not find the requested resource"));
    }
    let old = current(context, request, resource)?;
    let scale = match request.verb {
        Verb::Patch(kind) => {
            let mut scale = scale_of(&old).into_value();
            match kind {
                Patch::Json => patch::json(&mut scale, body_of_patch(request)?)
                    .map_err(|message| Status::new(Reason::BadRequest, message))?,
                _ => patch::merge(&mut scale, body_of_patch(request)?),
            }
            scale
        }
        _ => (**body(request)?).clone(),
    };
    let mut new: Value = (*old).clone();
    let replicas = scale["spec"]["replicas"].as_i64().unwrap_or(0);
    if replicas < 0 {
        let message = format!(
            "Scale.autoscaling \"{}\" is invalid: spec.replicas: Invalid value: {replicas}: must be greater than or equal to 0",
            old.name()
        );
        return Err(Status::of(Reason::Invalid, "Scale.autoscaling", old.name(), message));
    }
    new["spec"]["replicas"] = replicas.into();
    if let Some(version) = scale["metadata"].get("resourceVersion") {
        new["metadata"]["resourceVersion"] = version.clone();
    }
    // It is the object itself that changes, with its generation.
    let request = Request { subresource: "".into(), ..request.clone() };
    update::replace(context, &request, resource, &old, new, Told::Scale)
}

fn body_of_patch(request: &Request) -> Result<&Object, Status> {
    request.body.as_ref().ok_or_else(|| Status::new(Reason::BadRequest, "the body of the request was empty"))
}

/// The `Scale` of an object.
pub(in super::super) fn scale_of(object: &Object) -> Object {
    let labels = match object.pointer("/spec/selector/matchLabels").or_else(|| object.pointer("/spec/selector")) {
        Some(Value::Object(labels)) => {
            let pairs: Vec<_> =
                labels.iter().map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
            pairs.join(",")
        }
        _ => String::new(),
    };
    let mut metadata = json!({
        "name": object.name(), "namespace": object.namespace(), "uid": object.uid(),
        "resourceVersion": object.resource_version(),
    });
    metadata["creationTimestamp"] = object.text("/metadata/creationTimestamp").into();
    json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
        "spec": { "replicas": object.number("/spec/replicas").unwrap_or(1) },
        "status": { "replicas": object.number("/status/replicas").unwrap_or(0), "selector": labels },
    })
    .into()
}
