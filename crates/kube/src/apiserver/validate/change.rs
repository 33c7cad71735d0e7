//! What cannot be changed (`Validate…Update`).

use serde_json::{Value, json};

use super::Faults;
use crate::api::{Object, Resource};

const IMMUTABLE: &str = "field is immutable";

pub(super) fn check(resource: &Resource, subresource: &str, new: &Value, old: &Object, faults: &mut Faults) {
    let spec = &new["spec"];
    let before = &old["spec"];
    let mut immutable = |fields: &[&str]| {
        for field in fields {
            if spec[*field] != before[*field] {
                faults.invalid(&format!("spec.{field}"), spec[*field].clone(), IMMUTABLE);
            }
        }
    };
    match (resource.group.as_ref(), resource.plural.as_ref()) {
        ("apps", "deployments" | "replicasets" | "daemonsets") => immutable(&["selector"]),
        ("apps", "statefulsets") => stateful_set(spec, before, faults),
        ("batch", "jobs") => {
            let suspended = before["suspend"] == true;
            immutable(&["completions", "selector", "completionMode", "podFailurePolicy"]);
            if !suspended {
                immutable(&["template"]);
            }
        }
        ("", "pods") if subresource == "ephemeralcontainers" => ephemeral_containers(spec, before, faults),
        ("", "pods") => pod(spec, before, faults),
        ("", "services") => service(spec, before, faults),
        ("", "nodes") => {
            // Of the two fields the older one counts where they differ (`pkg/apis/core/v1/conversion.go`).
            let cidrs = |spec: &Value| match (&spec["podCIDR"], &spec["podCIDRs"]) {
                (Value::String(one), all) if all[0] != one.as_str() => json!([one]),
                (_, all) => all.clone(),
            };
            if !cidrs(before).is_null() && cidrs(spec) != cidrs(before) {
                faults.forbidden("spec.podCIDRs", "node updates may not change podCIDR except from \"\" to valid");
            }
        }
        ("", "configmaps" | "secrets") => {
            if old.flag("/immutable") {
                let why = "field is immutable when `immutable` is set";
                if new["immutable"] != true {
                    faults.forbidden("immutable", why);
                }
                for field in ["data", "binaryData"] {
                    if new.get(field) != old.get(field) {
                        faults.forbidden(field, why);
                    }
                }
            }
            if resource.plural == "secrets" && new["type"] != old["type"] {
                faults.invalid("type", new["type"].clone(), IMMUTABLE);
            }
        }
        ("", "persistentvolumeclaims") => claim(spec, before, old, faults),
        ("rbac.authorization.k8s.io", "rolebindings" | "clusterrolebindings") if new["roleRef"] != old["roleRef"] => {
            faults.invalid("roleRef", new["roleRef"].clone(), "cannot change roleRef");
        }
        ("scheduling.k8s.io", "priorityclasses") if new["value"] != old["value"] => {
            faults.forbidden("value", "may not be changed in an update.");
        }
        ("storage.k8s.io", "storageclasses") => {
            for field in ["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"] {
                if new[field] != old[field] {
                    faults.forbidden(field, &format!("updates to {field} are forbidden."));
                }
            }
        }
        _ => {}
    }
}

fn without(spec: &Value, fields: &[&str]) -> Value {
    let mut rest = spec.clone();
    if let Some(map) = rest.as_object_mut() {
        map.retain(|field, _| !fields.contains(&field.as_str()));
    }
    rest
}

fn stateful_set(spec: &Value, before: &Value, faults: &mut Faults) {
    let free = [
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    ];
    if without(spec, &free) != without(before, &free) {
        let why = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
        faults.forbidden("spec", why);
    }
}

/// Containers that look into a running pod are added, and stay as they are (`ValidatePodEphemeralContainersUpdate`).
fn ephemeral_containers(spec: &Value, before: &Value, faults: &mut Faults) {
    let list = |spec: &Value| spec["ephemeralContainers"].as_array().cloned().unwrap_or_default();
    let now = list(spec);
    for old in list(before) {
        let name = old["name"].as_str().unwrap_or_default();
        let field = "spec.ephemeralContainers";
        match now.iter().find(|one| one["name"] == name) {
            None => faults.forbidden(field, &format!("existing ephemeral containers {name:?} may not be removed\n")),
            Some(one) if *one != old => {
                faults.forbidden(field, &format!("existing ephemeral containers {name:?} may not be changed\n"));
            }
            Some(_) => {}
        }
    }
}

/// Of a pod only images, its deadline, more tolerations, and gates that fall away.
fn pod(spec: &Value, before: &Value, faults: &mut Faults) {
    let count = |spec: &Value, list: &str| spec[list].as_array().map_or(0, Vec::len);
    for list in ["containers", "initContainers"] {
        if count(spec, list) != count(before, list) {
            return faults.forbidden(&format!("spec.{list}"), "pod updates may not add or remove containers");
        }
    }
    let gated = count(before, "schedulingGates") > 0;
    let bare = |spec: &Value| {
        let mut rest = without(spec, &["activeDeadlineSeconds", "tolerations", "schedulingGates"]);
        if gated {
            rest = without(&rest, &["nodeSelector", "affinity"]);
        }
        for list in ["containers", "initContainers"] {
            for container in rest.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                container["image"] = Value::Null;
            }
        }
        rest
    };
    let kept = before["tolerations"].as_array().into_iter().flatten();
    let tolerations = spec["tolerations"].as_array().map_or(&[][..], Vec::as_slice);
    let fine = kept.into_iter().all(|toleration| tolerations.contains(toleration));
    if bare(spec) != bare(before) || !fine {
        let why = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
        faults.forbidden("spec", why);
    }
}

fn service(spec: &Value, before: &Value, faults: &mut Faults) {
    let address = |spec: &Value| spec["clusterIP"].as_str().unwrap_or_default().to_owned();
    let (new, old) = (address(spec), address(before));
    let external = |spec: &Value| spec["type"] == "ExternalName";
    if !old.is_empty() && new != old && !external(spec) && !external(before) {
        faults.invalid("spec.clusterIPs[0]", json!([new]), "may not change once set");
    }
}

fn claim(spec: &Value, before: &Value, old: &Object, faults: &mut Faults) {
    let bound = old.text("/status/phase") == "Bound";
    let free: &[&str] =
        if bound { &["resources", "volumeAttributesClassName"] } else { &["volumeName", "volumeAttributesClassName"] };
    if without(spec, free) != without(before, free) {
        let why =
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
        faults.forbidden("spec", why);
    }
}
