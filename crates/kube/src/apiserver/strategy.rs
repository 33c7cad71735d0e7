//! What kinds do when they are created and updated (`pkg/registry/*/*/strategy.go`): which part of an object a request
//! may set, and when its generation counts up.

use serde_json::{Value, json};

use super::defaults;
use crate::api::Resource;

/// Kinds whose status only the address `/status` changes.
const WITH_STATUS: [&str; 25] = [
    "apiservices",
    "certificatesigningrequests",
    "cronjobs",
    "customresourcedefinitions",
    "daemonsets",
    "deployments",
    "flowschemas",
    "horizontalpodautoscalers",
    "ingresses",
    "jobs",
    "namespaces",
    "nodes",
    "persistentvolumeclaims",
    "persistentvolumes",
    "poddisruptionbudgets",
    "pods",
    "prioritylevelconfigurations",
    "replicasets",
    "replicationcontrollers",
    "resourceclaims",
    "resourcequotas",
    "servicecidrs",
    "services",
    "statefulsets",
    "volumeattachments",
];

/// Kinds that count the changes of what is wanted.
const WITH_GENERATION: [&str; 18] = [
    "customresourcedefinitions",
    "cronjobs",
    "daemonsets",
    "deployments",
    "endpointslices",
    "flowschemas",
    "ingresses",
    "ingressclasses",
    "jobs",
    "networkpolicies",
    "poddisruptionbudgets",
    "pods",
    "priorityclasses",
    "prioritylevelconfigurations",
    "replicasets",
    "replicationcontrollers",
    "statefulsets",
    "validatingadmissionpolicies",
];

/// Kinds that have a `Scale`.
const WITH_SCALE: [&str; 4] = ["deployments", "replicasets", "replicationcontrollers", "statefulsets"];

pub(super) fn has_status(resource: &Resource) -> bool {
    WITH_STATUS.contains(&resource.plural.as_ref())
}

pub(super) fn has_generation(resource: &Resource) -> bool {
    WITH_GENERATION.contains(&resource.plural.as_ref())
}

pub(super) fn has_scale(resource: &Resource) -> bool {
    WITH_SCALE.contains(&resource.plural.as_ref())
}

/// Prepares what a client wants to have created.
pub(super) fn prepare_create(resource: &Resource, value: &mut Value) {
    if has_status(resource)
        && let Some(fields) = value.as_object_mut()
    {
        let first = first_status(resource, fields.get("status"));
        match first {
            Value::Null => fields.shift_remove("status"),
            status => {
                // The status is the last of an object's fields.
                fields.shift_remove("status");
                fields.insert("status".into(), status)
            }
        };
    }
    if resource.plural == "namespaces" {
        prepare_namespace(value);
    }
    if resource.plural == "secrets" {
        encode_strings(value);
    }
    match resource.plural.as_ref() {
        "jobs" => generate_selector(value),
        "daemonsets" => set_template_generation(value, 1),
        "pods" if value["spec"]["schedulingGates"].as_array().is_some_and(|gates| !gates.is_empty()) => {
            value["status"]["conditions"] = json!([{
                "type": "PodScheduled", "status": "False", "lastProbeTime": null, "lastTransitionTime": null,
                "reason": "SchedulingGated", "message": "Scheduling is blocked due to non-empty scheduling gates",
            }]);
        }
        _ => {}
    }
}

/// A daemon set counts the changes of its template in an annotation, from the days before generations
/// (`pkg/apis/apps/v1/conversion.go`).
fn set_template_generation(value: &mut Value, generation: i64) {
    value["metadata"]["annotations"]["deprecated.daemonset.template.generation"] = generation.to_string().into();
}

/// A job selects its pods by its own uid (`pkg/registry/batch/job/strategy.go`, `generateSelector`).
fn generate_selector(job: &mut Value) {
    if job["spec"]["manualSelector"] == true {
        return;
    }
    let (uid, name) = (job["metadata"]["uid"].clone(), job["metadata"]["name"].clone());
    let own = [
        ("batch.kubernetes.io/controller-uid", &uid),
        ("batch.kubernetes.io/job-name", &name),
        ("controller-uid", &uid),
        ("job-name", &name),
    ];
    for (label, value) in own {
        job["spec"]["template"]["metadata"]["labels"][label] = value.clone();
    }
    job["spec"]["selector"]["matchLabels"]["batch.kubernetes.io/controller-uid"] = uid;
    // A job without labels has those of its pods.
    if job["metadata"]["labels"].as_object().is_none_or(serde_json::Map::is_empty) {
        job["metadata"]["labels"] = job["spec"]["template"]["metadata"]["labels"].clone();
    }
}

/// The status with which an object begins.
fn first_status(resource: &Resource, asked: Option<&Value>) -> Value {
    match resource.plural.as_ref() {
        "pods" => json!({ "phase": "Pending" }),
        "namespaces" => json!({ "phase": "Active" }),
        "persistentvolumes" | "persistentvolumeclaims" => json!({ "phase": "Pending" }),
        "services" | "ingresses" => json!({ "loadBalancer": {} }),
        "replicasets" | "replicationcontrollers" => json!({ "replicas": 0 }),
        "statefulsets" => json!({ "replicas": 0, "availableReplicas": 0 }),
        "daemonsets" => json!({
            "currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0,
        }),
        "poddisruptionbudgets" => {
            json!({ "disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0 })
        }
        "horizontalpodautoscalers" => json!({ "desiredReplicas": 0, "currentMetrics": null }),
        "customresourcedefinitions" => {
            json!({ "conditions": null, "acceptedNames": { "plural": "", "kind": "" }, "storedVersions": null })
        }
        // A kubelet says of its node how it is when it registers.
        // The server sets up flow schemas and API services together with their status.
        "nodes" | "apiservices" | "flowschemas" => asked.cloned().unwrap_or_else(|| json!({})),
        _ => json!({}),
    }
}

fn prepare_namespace(value: &mut Value) {
    let name = value["metadata"]["name"].clone();
    value["metadata"]["labels"]["kubernetes.io/metadata.name"] = name;
    let status = value.as_object_mut().and_then(|fields| fields.shift_remove("status"));
    value["spec"] = json!({ "finalizers": ["kubernetes"] });
    value["status"] = status.unwrap_or_else(|| json!({ "phase": "Active" }));
}

/// A secret's `stringData` becomes `data`.
fn encode_strings(value: &mut Value) {
    use base64::Engine;
    let Some(strings) = value.as_object_mut().and_then(|fields| fields.shift_remove("stringData")) else { return };
    for (name, text) in strings.as_object().into_iter().flatten() {
        let encoded = base64::engine::general_purpose::STANDARD.encode(text.as_str().unwrap_or_default());
        value["data"][name] = encoded.into();
    }
}

/// Prepares an update: what the address does not change stays as it was.
pub(super) fn prepare_update(resource: &Resource, subresource: &str, with_status: bool, new: &mut Value, old: &Value) {
    if resource.plural == "secrets" {
        encode_strings(new);
    }
    let keep = |new: &mut Value, field: &str| match (new.as_object_mut(), old.get(field)) {
        (Some(fields), Some(value)) => {
            fields.insert(field.to_owned(), value.clone());
        }
        (Some(fields), None) => {
            fields.shift_remove(field);
        }
        _ => {}
    };
    match subresource {
        "" if with_status => keep(new, "status"),
        // By this way only these come in (`pkg/registry/core/pod/strategy.go`, `podEphemeralContainersStrategy`).
        "ephemeralcontainers" => {
            let added = new["spec"]["ephemeralContainers"].clone();
            *new = old.clone();
            new["spec"]["ephemeralContainers"] = added;
            defaults::ephemeral_containers(&mut new["spec"]);
        }
        "status" => {
            let fields: Vec<String> = old.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
            let others: Vec<String> = new.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
            for field in fields.iter().chain(&others).filter(|field| *field != "status" && *field != "metadata") {
                keep(new, field);
            }
        }
        _ => {}
    }
    if resource.plural == "daemonsets" && subresource.is_empty() {
        let count = &old["metadata"]["annotations"]["deprecated.daemonset.template.generation"];
        let count: i64 = count.as_str().and_then(|count| count.parse().ok()).unwrap_or(0);
        let changed = new["spec"]["template"] != old["spec"]["template"];
        set_template_generation(new, count + i64::from(changed));
    }
    if resource.plural == "namespaces" && subresource != "finalize" {
        keep_within(new, old, "spec", "finalizers");
    }
    if has_generation(resource) || resource.custom {
        let before = old["metadata"]["generation"].as_i64().unwrap_or(0);
        let changed = matches!(subresource, "" | "ephemeralcontainers") && wanted(new) != wanted(old);
        if before > 0 || changed {
            new["metadata"]["generation"] = (before + i64::from(changed)).into();
        }
    }
}

fn keep_within(new: &mut Value, old: &Value, outer: &str, inner: &str) {
    if let Some(value) = old.get(outer).and_then(|outer| outer.get(inner)) {
        new[outer][inner] = value.clone();
    }
}

/// Everything of an object but its metadata and status.
fn wanted(value: &Value) -> Vec<(&String, &Value)> {
    let fields = value.as_object().into_iter().flatten();
    let mut fields: Vec<_> = fields
        .filter(|(name, value)| {
            !matches!(name.as_str(), "metadata" | "status" | "kind" | "apiVersion") && !value.is_null()
        })
        .collect();
    fields.sort_by_key(|(name, _)| *name);
    fields
}
