//! What makes pods, and the rest (`pkg/apis/{apps,batch,autoscaling,rbac,policy,scheduling}/validation`).

use serde_json::{Value, json};

use super::super::selector::matches_labels;
use super::{Faults, names, pods};
use crate::api::Resource;

pub(super) fn check(resource: &Resource, value: &Value, faults: &mut Faults) {
    let spec = &value["spec"];
    match (resource.group.as_ref(), resource.plural.as_ref()) {
        ("apps", "deployments") => {
            workload(spec, faults);
            strategy(spec, faults);
        }
        ("apps", "replicasets" | "statefulsets" | "daemonsets") => workload(spec, faults),
        ("", "replicationcontrollers") => replication_controller(spec, faults),
        ("batch", "jobs") => job(spec, "spec", faults),
        ("batch", "cronjobs") => {
            if spec["schedule"].as_str().unwrap_or_default().is_empty() {
                faults.required("spec.schedule", "");
            } else {
                schedule(spec, faults);
            }
            faults.one_of("spec.concurrencyPolicy", &spec["concurrencyPolicy"], &["Allow", "Forbid", "Replace"]);
            job(&spec["jobTemplate"]["spec"], "spec.jobTemplate.spec", faults);
        }
        ("autoscaling", "horizontalpodautoscalers") => {
            let (least, most) = (spec["minReplicas"].as_i64().unwrap_or(1), spec["maxReplicas"].as_i64().unwrap_or(0));
            if most < 1 {
                faults.invalid("spec.maxReplicas", most.into(), "must be greater than 0");
            }
            if most < least {
                faults.invalid("spec.maxReplicas", most.into(), "must be greater than or equal to `minReplicas`");
            }
        }
        ("scheduling.k8s.io", "priorityclasses") => {
            let name = value["metadata"]["name"].as_str().unwrap_or_default();
            let number = value["value"].as_i64().unwrap_or(0);
            if number > 1_000_000_000 && !name.starts_with("system-") {
                let why = "maximum allowed value of a user defined priority is 1000000000";
                faults.forbidden("value", why);
            } else if name.starts_with("system-") && number < 2_000_000_000 {
                let why = "priority class names with 'system-' prefix are reserved for system use only";
                faults.forbidden("metadata.name", why);
            }
        }
        ("policy", "poddisruptionbudgets") if !spec["minAvailable"].is_null() && !spec["maxUnavailable"].is_null() => {
            faults.invalid("spec", spec.clone(), "minAvailable and maxUnavailable cannot be both set");
        }
        ("", "persistentvolumeclaims") => claim(spec, faults),
        ("rbac.authorization.k8s.io", "rolebindings" | "clusterrolebindings")
            if value["roleRef"]["name"].as_str().unwrap_or_default().is_empty() =>
        {
            faults.required("roleRef.name", "");
        }
        _ => {}
    }
}

fn at_least_zero(spec: &Value, name: &str, field: &str, faults: &mut Faults) {
    if spec[name].as_i64().is_some_and(|number| number < 0) {
        faults.invalid(&format!("{field}.{name}"), spec[name].clone(), "must be greater than or equal to 0");
    }
}

/// Replicas, selector and template of what keeps pods running.
fn workload(spec: &Value, faults: &mut Faults) {
    at_least_zero(spec, "replicas", "spec", faults);
    let selector = &spec["selector"];
    let labels = &spec["template"]["metadata"]["labels"];
    let empty = |value: &Value| value.as_object().is_none_or(serde_json::Map::is_empty);
    if selector.is_null() {
        faults.required("spec.selector", "");
    } else {
        let before = faults.0.len();
        names::selector(selector, "spec.selector", faults);
        if faults.0.len() > before {
            faults.invalid("spec.selector", selector.clone(), "invalid label selector");
        }
        if empty(selector) {
            faults.invalid("spec.selector", selector.clone(), "empty selector is invalid for deployment");
        } else if faults.0.len() == before && !matches_labels(selector, labels) {
            let shown = if labels.is_null() { json!({}) } else { labels.clone() };
            faults.invalid("spec.template.metadata.labels", shown, "`selector` does not match template `labels`");
        }
    }
    template(spec, &["Always"], "spec", faults);
}

fn template(spec: &Value, policies: &[&str], field: &str, faults: &mut Faults) {
    let template = &spec["template"];
    names::labels(&template["metadata"]["labels"], &format!("{field}.template.labels"), faults);
    pods::spec(&template["spec"], &format!("{field}.template.spec"), faults);
    let policy = &template["spec"]["restartPolicy"];
    let known = ["Always", "OnFailure", "Never"].contains(&policy.as_str().unwrap_or("Always"));
    if known {
        faults.one_of(&format!("{field}.template.spec.restartPolicy"), policy, policies);
    }
}

fn strategy(spec: &Value, faults: &mut Faults) {
    let strategy = &spec["strategy"];
    match strategy["type"].as_str().unwrap_or_default() {
        "Recreate" => {
            if strategy["rollingUpdate"].is_object() {
                let why = "may not be specified when strategy `type` is 'Recreate'";
                faults.forbidden("spec.strategy.rollingUpdate", why);
            }
        }
        "RollingUpdate" => {
            let zero = |field: &str| {
                matches!(&strategy["rollingUpdate"][field], Value::Number(n) if n.as_i64() == Some(0))
                    || strategy["rollingUpdate"][field] == "0%"
            };
            if zero("maxSurge") && zero("maxUnavailable") {
                let why = "may not be 0 when `maxSurge` is 0";
                faults.invalid(
                    "spec.strategy.rollingUpdate.maxUnavailable",
                    strategy["rollingUpdate"]["maxUnavailable"].clone(),
                    why,
                );
            }
        }
        // The internal type's own field names.
        other => {
            let shown = json!({ "Type": other, "RollingUpdate": strategy.get("rollingUpdate") });
            faults.unsupported("spec.strategy", shown, &["Recreate", "RollingUpdate"]);
        }
    }
}

fn replication_controller(spec: &Value, faults: &mut Faults) {
    at_least_zero(spec, "replicas", "spec", faults);
    let selector = spec["selector"].as_object();
    if selector.is_none_or(serde_json::Map::is_empty) {
        faults.required("spec.selector", "");
    }
    let labels = &spec["template"]["metadata"]["labels"];
    if selector.into_iter().flatten().any(|(key, value)| labels.get(key) != Some(value)) {
        faults.invalid("spec.template.metadata.labels", labels.clone(), "`selector` does not match template `labels`");
    }
    template(spec, &["Always"], "spec", faults);
}

fn job(spec: &Value, field: &str, faults: &mut Faults) {
    for name in ["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"] {
        at_least_zero(spec, name, field, faults);
    }
    pods::spec(&spec["template"]["spec"], &format!("{field}.template.spec"), faults);
    let policy = &spec["template"]["spec"]["restartPolicy"];
    let place = format!("{field}.template.spec.restartPolicy");
    if policy == "Always" {
        // A default that does not fit has to be chosen against.
        let why = "valid values: \"OnFailure\", \"Never\"";
        faults.required(&place, why);
    }
}

/// Five fields of a schedule, or one of the short words.
fn schedule(spec: &Value, faults: &mut Faults) {
    let text = spec["schedule"].as_str().unwrap_or_default();
    if text.starts_with('@') {
        return;
    }
    let fields = text.split_whitespace().count();
    if fields != 5 {
        let why = format!(
            "expected exactly 5 fields, found {fields}: [{}]",
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        );
        faults.invalid("spec.schedule", json!(text), &why);
    }
}

fn claim(spec: &Value, faults: &mut Faults) {
    if spec["accessModes"].as_array().is_none_or(Vec::is_empty) {
        faults.required("spec.accessModes", "at least 1 access mode is required");
    }
    if spec["resources"]["requests"]["storage"].is_null() {
        faults.required("spec.resources[storage]", "");
    }
}
