//! What an object gets where its author says nothing (`pkg/apis/*/v1/defaults.go`).

mod pods;

use serde_json::{Value, json};

use crate::api::Resource;

pub(super) use pods::ephemeral_containers;

/// Fills in what is missing.
pub(super) fn apply(resource: &Resource, value: &mut Value) {
    let spec = &mut value["spec"];
    match (resource.group.as_ref(), resource.plural.as_ref()) {
        ("", "pods") => {
            pods::spec(spec);
            set(spec, "enableServiceLinks", || true.into());
        }
        ("", "replicationcontrollers") => replication_controller(value),
        ("apps", "replicasets") => {
            set(spec, "replicas", || 1.into());
            template(value);
        }
        ("apps", "deployments") => {
            deployment(spec);
            template(value);
        }
        ("apps", "daemonsets") => {
            daemon_set(spec);
            template(value);
        }
        ("apps", "statefulsets") => {
            stateful_set(spec);
            template(value);
        }
        ("batch", "jobs") => {
            job(spec);
            template(value);
        }
        ("batch", "cronjobs") => {
            set(spec, "concurrencyPolicy", || "Allow".into());
            set(spec, "suspend", || false.into());
            set(spec, "successfulJobsHistoryLimit", || 3.into());
            set(spec, "failedJobsHistoryLimit", || 1.into());
            if spec["jobTemplate"]["spec"].is_object() {
                pods::spec(&mut spec["jobTemplate"]["spec"]["template"]["spec"]);
            }
        }
        ("", "services") => service(spec),
        _ => other(resource, value),
    }
    if let Some(fields) = value.as_object_mut() {
        let kept = written_as_null(resource);
        fields.retain(|name, value| !value.is_null() || kept.contains(&name.as_str()));
        fields.values_mut().for_each(tidy);
        for name in kept {
            fields.entry(*name).or_insert(Value::Null);
        }
    }
}

/// The fields that Go writes even when they have no value: those without `omitempty`.
fn written_as_null(resource: &Resource) -> &'static [&'static str] {
    match resource.plural.as_ref() {
        "events" => &["firstTimestamp", "lastTimestamp", "eventTime"],
        "endpointslices" => &["endpoints", "ports"],
        _ => &[],
    }
}

fn other(resource: &Resource, value: &mut Value) {
    match (resource.group.as_ref(), resource.plural.as_ref()) {
        ("", "secrets") => set(value, "type", || "Opaque".into()),
        ("", "persistentvolumeclaims") => claim(&mut value["spec"]),
        ("", "persistentvolumes") => {
            set(&mut value["spec"], "persistentVolumeReclaimPolicy", || "Retain".into());
            set(&mut value["spec"], "volumeMode", || "Filesystem".into());
            pods::volume_source(&mut value["spec"]);
        }
        ("", "endpoints") => {
            for subset in items(value, "subsets") {
                items(subset, "ports").for_each(protocol);
            }
        }
        ("", "limitranges") => {
            if let Some(limits) = value["spec"].get_mut("limits").and_then(Value::as_array_mut) {
                limits.iter_mut().for_each(limit);
            }
        }
        ("discovery.k8s.io", "endpointslices") => {
            for port in items(value, "ports") {
                set(port, "name", || "".into());
                protocol(port);
            }
        }
        ("networking.k8s.io", "networkpolicies") => network_policy(&mut value["spec"]),
        ("autoscaling", "horizontalpodautoscalers") => {
            set(&mut value["spec"], "minReplicas", || 1.into());
            set(&mut value["spec"], "metrics", || {
                let target = json!({ "type": "Utilization", "averageUtilization": 80 });
                json!([{ "type": "Resource", "resource": { "name": "cpu", "target": target } }])
            });
        }
        ("storage.k8s.io", "storageclasses") => {
            set(value, "reclaimPolicy", || "Delete".into());
            set(value, "volumeBindingMode", || "Immediate".into());
        }
        ("scheduling.k8s.io", "priorityclasses") => set(value, "preemptionPolicy", || "PreemptLowerPriority".into()),
        ("rbac.authorization.k8s.io", "rolebindings" | "clusterrolebindings") => {
            let group = "rbac.authorization.k8s.io";
            set(&mut value["roleRef"], "apiGroup", || group.into());
            for subject in items(value, "subjects") {
                if subject["kind"] != "ServiceAccount" {
                    set(subject, "apiGroup", || group.into());
                }
            }
        }
        _ => {}
    }
}

/// Sets a field that is missing or null.
fn set(value: &mut Value, field: &str, default: impl FnOnce() -> Value) {
    if value.get(field).is_none_or(Value::is_null) {
        value[field] = default();
    }
}

/// The items of a list; none if there is no list.
fn items<'a>(value: &'a mut Value, field: &str) -> impl Iterator<Item = &'a mut Value> + use<'a> {
    value.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten()
}

fn protocol(port: &mut Value) {
    set(port, "protocol", || "TCP".into());
}

fn template(value: &mut Value) {
    if value["spec"]["template"].is_object() {
        pods::spec(&mut value["spec"]["template"]["spec"]);
    }
}

/// A replication controller selects by the labels of its template if it does not say how.
fn replication_controller(value: &mut Value) {
    let labels = value["spec"]["template"]["metadata"]["labels"].clone();
    set(&mut value["spec"], "replicas", || 1.into());
    if labels.is_object() {
        set(&mut value["spec"], "selector", || labels.clone());
        set(&mut value["metadata"], "labels", || labels);
    }
    template(value);
}

fn deployment(spec: &mut Value) {
    set(spec, "replicas", || 1.into());
    set(spec, "strategy", || json!({}));
    set(&mut spec["strategy"], "type", || "RollingUpdate".into());
    if spec["strategy"]["type"] == "RollingUpdate" {
        set(&mut spec["strategy"], "rollingUpdate", || json!({}));
        set(&mut spec["strategy"]["rollingUpdate"], "maxUnavailable", || "25%".into());
        set(&mut spec["strategy"]["rollingUpdate"], "maxSurge", || "25%".into());
    }
    set(spec, "revisionHistoryLimit", || 10.into());
    set(spec, "progressDeadlineSeconds", || 600.into());
}

fn daemon_set(spec: &mut Value) {
    set(spec, "updateStrategy", || json!({}));
    set(&mut spec["updateStrategy"], "type", || "RollingUpdate".into());
    if spec["updateStrategy"]["type"] == "RollingUpdate" {
        set(&mut spec["updateStrategy"], "rollingUpdate", || json!({}));
        set(&mut spec["updateStrategy"]["rollingUpdate"], "maxUnavailable", || 1.into());
        set(&mut spec["updateStrategy"]["rollingUpdate"], "maxSurge", || 0.into());
    }
    set(spec, "revisionHistoryLimit", || 10.into());
}

fn stateful_set(spec: &mut Value) {
    set(spec, "replicas", || 1.into());
    set(spec, "podManagementPolicy", || "OrderedReady".into());
    set(spec, "updateStrategy", || json!({}));
    set(&mut spec["updateStrategy"], "type", || "RollingUpdate".into());
    if spec["updateStrategy"]["type"] == "RollingUpdate" {
        set(&mut spec["updateStrategy"], "rollingUpdate", || json!({}));
        set(&mut spec["updateStrategy"]["rollingUpdate"], "partition", || 0.into());
    }
    set(spec, "revisionHistoryLimit", || 10.into());
    set(spec, "persistentVolumeClaimRetentionPolicy", || json!({ "whenDeleted": "Retain", "whenScaled": "Retain" }));
    for template in items(spec, "volumeClaimTemplates") {
        set(template, "kind", || "PersistentVolumeClaim".into());
        set(template, "apiVersion", || "v1".into());
        claim(&mut template["spec"]);
        set(template, "status", || json!({ "phase": "Pending" }));
    }
}

fn claim(spec: &mut Value) {
    set(spec, "volumeMode", || "Filesystem".into());
}

fn job(spec: &mut Value) {
    if spec["completions"].is_null() && spec["parallelism"].is_null() {
        set(spec, "completions", || 1.into());
    }
    set(spec, "parallelism", || 1.into());
    set(spec, "backoffLimit", || 6.into());
    set(spec, "completionMode", || "NonIndexed".into());
    set(spec, "suspend", || false.into());
    set(spec, "manualSelector", || false.into());
    set(spec, "podReplacementPolicy", || "TerminatingOrFailed".into());
}

fn service(spec: &mut Value) {
    set(spec, "type", || "ClusterIP".into());
    set(spec, "sessionAffinity", || "None".into());
    if spec["sessionAffinity"] == "ClientIP" {
        set(spec, "sessionAffinityConfig", || json!({ "clientIP": { "timeoutSeconds": 10_800 } }));
    }
    for port in items(spec, "ports") {
        protocol(port);
        let number = port["port"].clone();
        set(port, "targetPort", || number);
    }
    let kind = spec["type"].as_str().unwrap_or_default().to_owned();
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer") {
        set(spec, "externalTrafficPolicy", || "Cluster".into());
    } else if let Some(fields) = spec.as_object_mut() {
        fields.shift_remove("externalTrafficPolicy");
    }
    if kind == "LoadBalancer" {
        set(spec, "allocateLoadBalancerNodePorts", || true.into());
    } else if let Some(fields) = spec.as_object_mut() {
        fields.shift_remove("allocateLoadBalancerNodePorts");
    }
    if kind != "ExternalName" {
        set(spec, "internalTrafficPolicy", || "Cluster".into());
        set(spec, "ipFamilies", || json!(["IPv4"]));
        set(spec, "ipFamilyPolicy", || "SingleStack".into());
    }
}

fn network_policy(spec: &mut Value) {
    let egress = spec["egress"].is_array();
    set(spec, "policyTypes", || if egress { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) });
    for direction in ["ingress", "egress"] {
        for rule in items(spec, direction) {
            items(rule, "ports").for_each(protocol);
        }
    }
}

/// A limit for containers says what they get who say nothing.
fn limit(limit: &mut Value) {
    if limit["type"] != "Container" {
        return;
    }
    let fill = |limit: &mut Value, to: &str, from: &str| {
        for (resource, amount) in limit[from].clone().as_object().into_iter().flatten() {
            if limit[to][resource].is_null() {
                limit[to][resource] = amount.clone();
            }
        }
    };
    fill(limit, "default", "max");
    fill(limit, "defaultRequest", "default");
    fill(limit, "defaultRequest", "min");
    tidy(limit);
}

/// Looking at a field that is not there must not leave it there.
fn tidy(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}
