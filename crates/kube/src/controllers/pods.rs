//! What controllers ask of pods (`pkg/controller/controller_utils.go`, `pkg/api/v1/pod`).

use super::controller::View;
use crate::api::Object;
use crate::client::Kind;
use serde_json::{Value, json};
use sim::Micros;

/// Neither done nor being deleted.
pub(super) fn is_active(pod: &Object) -> bool {
    !is_done(pod) && !pod.is_terminating()
}

/// Its containers have ended for good.
pub(super) fn is_done(pod: &Object) -> bool {
    matches!(pod.text("/status/phase"), "Succeeded" | "Failed")
}

/// A condition of any object that has conditions.
pub(super) fn condition<'a>(object: &'a Object, kind: &str) -> Option<&'a Value> {
    object.list("/status/conditions").iter().find(|condition| condition["type"] == kind)
}

/// Whether a condition is true.
pub(super) fn is(object: &Object, kind: &str) -> bool {
    condition(object, kind).is_some_and(|condition| condition["status"] == "True")
}

/// Whether requests may go to it.
pub(super) fn is_ready(pod: &Object) -> bool {
    is(pod, "Ready")
}

/// Since when it is ready.
pub(super) fn ready_since(pod: &Object) -> &str {
    condition(pod, "Ready")
        .filter(|ready| ready["status"] == "True")
        .and_then(|ready| ready["lastTransitionTime"].as_str())
        .unwrap_or_default()
}

/// Whether it has been ready for so many seconds; if not yet, how long it still takes.
pub(super) fn availability(view: &View, pod: &Object, min_ready_seconds: i64) -> Result<(), Option<Micros>> {
    if !is_ready(pod) {
        return Err(None);
    }
    match view.remaining(ready_since(pod), min_ready_seconds) {
        Some(remaining) if min_ready_seconds > 0 => Err(Some(remaining)),
        _ => Ok(()),
    }
}

/// The reference that puts an object in another one's care.
pub(super) fn owner(kind: &Kind, object: &Object) -> Value {
    json!({ "apiVersion": kind.api_version(), "kind": kind.kind, "name": object.name(), "uid": object.uid(),
        "controller": true, "blockOwnerDeletion": true })
}

/// A pod as a template describes it, in the care of `object`.
pub(super) fn from_template(template: &Value, kind: &Kind, object: &Object) -> Value {
    let mut metadata = json!({ "generateName": format!("{}-", object.name()), "namespace": object.namespace() });
    for field in ["labels", "annotations", "finalizers"] {
        if let Some(value) = template.pointer(&format!("/metadata/{field}")) {
            metadata[field] = value.clone();
        }
    }
    metadata["ownerReferences"] = json!([owner(kind, object)]);
    json!({ "kind": "Pod", "apiVersion": "v1", "metadata": metadata, "spec": template["spec"] })
}
