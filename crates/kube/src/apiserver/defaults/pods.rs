//! Defaults of pods and of the templates of pods (`pkg/apis/core/v1/defaults.go`).

use serde_json::{Value, json};

use super::{items, protocol, set};

/// Fills in the `spec` of a pod.
pub(super) fn spec(spec: &mut Value) {
    items(spec, "volumes").for_each(volume);
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        items(spec, list).for_each(container);
    }
    set(spec, "restartPolicy", || "Always".into());
    set(spec, "terminationGracePeriodSeconds", || 30.into());
    set(spec, "dnsPolicy", || "ClusterFirst".into());
    set(spec, "securityContext", || json!({}));
    set(spec, "schedulerName", || "default-scheduler".into());
    let account = spec["serviceAccountName"].clone();
    if account.is_string() {
        set(spec, "serviceAccount", || account);
    } else if spec["serviceAccount"].is_string() {
        let account = spec["serviceAccount"].clone();
        set(spec, "serviceAccountName", || account);
    }
    if spec["hostNetwork"] == true {
        for list in ["initContainers", "containers"] {
            for container in items(spec, list) {
                for port in items(container, "ports") {
                    let number = port["containerPort"].clone();
                    set(port, "hostPort", || number);
                }
            }
        }
    }
    for constraint in items(spec, "topologySpreadConstraints") {
        set(constraint, "nodeAffinityPolicy", || "Honor".into());
        set(constraint, "nodeTaintsPolicy", || "Ignore".into());
        // These two are not stored when they are the default.
        for field in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            if let Some(fields) = constraint.as_object_mut() {
                let default = if field == "nodeAffinityPolicy" { "Honor" } else { "Ignore" };
                if fields.get(field).is_some_and(|value| value == default) {
                    fields.shift_remove(field);
                }
            }
        }
    }
}

/// Fills in the containers that were added to a running pod.
pub(in crate::apiserver) fn ephemeral_containers(spec: &mut Value) {
    items(spec, "ephemeralContainers").for_each(container);
}

fn container(container: &mut Value) {
    items(container, "ports").for_each(protocol);
    for variable in items(container, "env") {
        if variable["valueFrom"]["fieldRef"].is_object() {
            set(&mut variable["valueFrom"]["fieldRef"], "apiVersion", || "v1".into());
        }
    }
    set(container, "resources", || json!({}));
    let limits = container["resources"]["limits"].clone();
    for (resource, amount) in limits.as_object().into_iter().flatten() {
        if container["resources"]["requests"][resource].is_null() {
            container["resources"]["requests"][resource] = amount.clone();
        }
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if container[name].is_object() {
            probe(&mut container[name]);
        }
    }
    for hook in ["postStart", "preStop"] {
        if container["lifecycle"][hook]["httpGet"].is_object() {
            http(&mut container["lifecycle"][hook]["httpGet"]);
        }
    }
    set(container, "terminationMessagePath", || "/dev/termination-log".into());
    set(container, "terminationMessagePolicy", || "File".into());
    let image = container["image"].as_str().unwrap_or_default().to_owned();
    set(container, "imagePullPolicy", || if is_latest(&image) { "Always" } else { "IfNotPresent" }.into());
}

/// Whether an image is named without a tag or by `latest`.
fn is_latest(image: &str) -> bool {
    if image.contains('@') {
        return false;
    }
    let name = image.rsplit('/').next().unwrap_or_default();
    name.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

fn probe(probe: &mut Value) {
    if probe["httpGet"].is_object() {
        http(&mut probe["httpGet"]);
    }
    if probe["grpc"].is_object() {
        set(&mut probe["grpc"], "service", || "".into());
    }
    for (field, number) in
        [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)]
    {
        set(probe, field, || number.into());
    }
}

fn http(get: &mut Value) {
    set(get, "path", || "/".into());
    set(get, "scheme", || "HTTP".into());
}

fn volume(volume: &mut Value) {
    let sources = volume.as_object().map_or(0, |fields| fields.keys().filter(|field| *field != "name").count());
    if sources == 0 {
        volume["emptyDir"] = json!({});
    }
    volume_source(volume);
}

/// Modes of files, and the like, of where a volume comes from.
pub(super) fn volume_source(volume: &mut Value) {
    for source in ["secret", "configMap", "projected", "downwardAPI"] {
        if volume.get(source).is_some_and(Value::is_object) {
            set(&mut volume[source], "defaultMode", || 420.into());
        }
    }
    if volume.get("hostPath").is_some_and(Value::is_object) {
        set(&mut volume["hostPath"], "type", || "".into());
    }
    if volume.get("projected").is_some_and(Value::is_object) {
        for source in items(&mut volume["projected"], "sources") {
            if source["serviceAccountToken"].is_object() {
                set(&mut source["serviceAccountToken"], "expirationSeconds", || 3_600.into());
            }
            for item in items(&mut source["downwardAPI"], "items") {
                if item["fieldRef"].is_object() {
                    set(&mut item["fieldRef"], "apiVersion", || "v1".into());
                }
            }
        }
    }
}
