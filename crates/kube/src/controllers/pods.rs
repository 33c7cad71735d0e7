//! What controllers ask of pods (`pkg/controller/controller_utils.go`, `pkg/api/v1/pod`).

use super::controller::View;
use crate::api::Object;
use crate::client::Kind;
pub(super) use crate::client::pods::{condition, is, is_active, is_done};
use serde_json::{Value, json};
use sim::Micros;

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
