//! Pods, and the templates of pods (`pkg/apis/core/validation/validation.go`).

use serde_json::{Value, json};

use super::super::quantity;
use super::{Faults, names};

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().map_or(&[][..], Vec::as_slice)
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

/// Checks a pod's `spec` at `field`.
pub(super) fn spec(spec: &Value, field: &str, faults: &mut Faults) {
    let volumes = volumes(spec, field, faults);
    let mut known: Vec<&str> = Vec::new();
    if list(spec, "containers").is_empty() {
        faults.required(&format!("{field}.containers"), "");
    }
    for kind in ["containers", "initContainers"] {
        for (at, container) in list(spec, kind).iter().enumerate() {
            let place = format!("{field}.{kind}[{at}]");
            let name = text(container, "name");
            if !name.is_empty() && known.contains(&name) {
                faults.duplicate(&format!("{place}.name"), json!(name));
            }
            known.push(name);
            self::container(container, &place, &volumes, faults);
        }
    }
    for (at, container) in list(spec, "ephemeralContainers").iter().enumerate() {
        let place = format!("{field}.ephemeralContainers[{at}]");
        let (name, target) = (text(container, "name"), text(container, "targetContainerName"));
        if !name.is_empty() && known.contains(&name) {
            faults.duplicate(&format!("{place}.name"), json!(name));
        }
        if !target.is_empty() && !known.contains(&target) {
            faults.not_found(&format!("{place}.targetContainerName"), json!(target));
        }
        known.push(name);
        self::container(container, &place, &volumes, faults);
        for name in ["ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle"] {
            if !container[name].is_null() {
                faults.forbidden(&format!("{place}.{name}"), "cannot be set for an Ephemeral Container");
            }
        }
        if container["resources"].as_object().is_some_and(|resources| !resources.is_empty()) {
            faults.forbidden(&format!("{place}.resources"), "cannot be set for an Ephemeral Container");
        }
    }
    faults.one_of(&format!("{field}.restartPolicy"), &spec["restartPolicy"], &["Always", "OnFailure", "Never"]);
    let policies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
    faults.one_of(&format!("{field}.dnsPolicy"), &spec["dnsPolicy"], &policies);
    if spec["activeDeadlineSeconds"].as_i64().is_some_and(|seconds| seconds < 1) {
        let why = "must be between 1 and 2147483647, inclusive";
        faults.invalid(&format!("{field}.activeDeadlineSeconds"), spec["activeDeadlineSeconds"].clone(), why);
    }
    names::labels(&spec["nodeSelector"], &format!("{field}.nodeSelector"), faults);
    tolerations(spec, field, faults);
    affinity(spec, field, faults);
}

fn volumes<'a>(spec: &'a Value, field: &str, faults: &mut Faults) -> Vec<&'a str> {
    let mut known: Vec<&str> = Vec::new();
    for (at, volume) in list(spec, "volumes").iter().enumerate() {
        let place = format!("{field}.volumes[{at}].name");
        match text(volume, "name") {
            "" => faults.required(&place, ""),
            name => {
                for why in names::label_1123(name) {
                    faults.invalid(&place, json!(name), &why);
                }
                if known.contains(&name) {
                    faults.duplicate(&place, json!(name));
                }
                known.push(name);
            }
        }
    }
    known
}

fn container(container: &Value, field: &str, volumes: &[&str], faults: &mut Faults) {
    match text(container, "name") {
        "" => faults.required(&format!("{field}.name"), ""),
        name => {
            for why in names::label_1123(name) {
                faults.invalid(&format!("{field}.name"), json!(name), &why);
            }
        }
    }
    let image = text(container, "image");
    if image.is_empty() {
        faults.required(&format!("{field}.image"), "");
    } else if image.trim() != image {
        let why = "must not have leading or trailing whitespace";
        faults.invalid(&format!("{field}.image"), json!(image), why);
    }
    ports(container, field, faults);
    for (at, variable) in list(container, "env").iter().enumerate() {
        names::env_name(text(variable, "name"), &format!("{field}.env[{at}].name"), faults);
        if variable["valueFrom"].is_object() && !text(variable, "value").is_empty() {
            let why = "may not be specified when `value` is not empty";
            faults.invalid(&format!("{field}.env[{at}].valueFrom"), json!(""), why);
        }
    }
    for (at, mount) in list(container, "volumeMounts").iter().enumerate() {
        let place = format!("{field}.volumeMounts[{at}]");
        let name = text(mount, "name");
        if name.is_empty() {
            faults.required(&format!("{place}.name"), "");
        } else if !volumes.contains(&name) {
            faults.not_found(&format!("{place}.name"), json!(name));
        }
        if text(mount, "mountPath").is_empty() {
            faults.required(&format!("{place}.mountPath"), "");
        }
    }
    resources(&container["resources"], &format!("{field}.resources"), faults);
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        probe(&container[name], &format!("{field}.{name}"), name, faults);
    }
    let policies = ["Always", "IfNotPresent", "Never"];
    faults.one_of(&format!("{field}.imagePullPolicy"), &container["imagePullPolicy"], &policies);
}

fn ports(container: &Value, field: &str, faults: &mut Faults) {
    for (at, port) in list(container, "ports").iter().enumerate() {
        let place = format!("{field}.ports[{at}]");
        match port["containerPort"].as_i64() {
            None | Some(0) => faults.required(&format!("{place}.containerPort"), ""),
            Some(number) => port_number(number, &format!("{place}.containerPort"), faults),
        }
        port_name(text(port, "name"), &format!("{place}.name"), faults);
        faults.one_of(&format!("{place}.protocol"), &port["protocol"], &["SCTP", "TCP", "UDP"]);
    }
}

/// A number of a port.
pub(super) fn port_number(number: i64, field: &str, faults: &mut Faults) {
    if !(1..=65_535).contains(&number) {
        faults.invalid(field, number.into(), "must be between 1 and 65535, inclusive");
    }
}

/// A port's name, if it has one.
pub(super) fn port_name(name: &str, field: &str, faults: &mut Faults) {
    if name.is_empty() {
        return;
    }
    let mut wrong = |why: &str| faults.invalid(field, json!(name), why);
    if name.len() > 15 {
        wrong("must be no more than 15 bytes");
    }
    if !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        wrong("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
    }
    if !name.chars().any(|c| c.is_ascii_lowercase()) {
        wrong("must contain at least one letter (a-z)");
    }
    if name.contains("--") {
        wrong("must not contain consecutive hyphens");
    }
    if name.starts_with('-') || name.ends_with('-') {
        wrong("must not begin or end with a hyphen");
    }
}

fn resources(resources: &Value, field: &str, faults: &mut Faults) {
    for which in ["limits", "requests"] {
        for (resource, amount) in resources[which].as_object().into_iter().flatten() {
            let shown = amount.as_str().map_or_else(|| amount.to_string(), str::to_owned);
            if quantity::milli(&shown).is_some_and(|amount| amount < 0) {
                let why = "must be greater than or equal to 0";
                faults.invalid(&format!("{field}.{which}[{resource}]"), json!(shown), why);
            }
        }
    }
    for (resource, request) in resources["requests"].as_object().into_iter().flatten() {
        let Some(limit) = resources["limits"][resource].as_str() else { continue };
        let request = request.as_str().unwrap_or_default();
        if quantity::milli(request) > quantity::milli(limit) {
            let why = format!("must be less than or equal to {resource} limit of {limit}");
            faults.invalid(&format!("{field}.requests"), json!(request), &why);
        }
    }
}

fn probe(probe: &Value, field: &str, name: &str, faults: &mut Faults) {
    if !probe.is_object() {
        return;
    }
    let handlers = ["exec", "httpGet", "tcpSocket", "grpc"].iter().filter(|kind| probe[**kind].is_object()).count();
    if handlers == 0 {
        faults.required(field, "must specify a handler type");
    } else if handlers > 1 {
        faults.forbidden(field, "may not specify more than 1 handler type");
    }
    for number in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] {
        if probe[number].as_i64().is_some_and(|value| value < 0) {
            let why = "must be greater than or equal to 0";
            faults.invalid(&format!("{field}.{number}"), probe[number].clone(), why);
        }
    }
    if name != "readinessProbe" && probe["successThreshold"].as_i64().is_some_and(|times| times != 1) {
        faults.invalid(&format!("{field}.successThreshold"), probe["successThreshold"].clone(), "must be 1");
    }
}

fn tolerations(spec: &Value, field: &str, faults: &mut Faults) {
    for (at, toleration) in list(spec, "tolerations").iter().enumerate() {
        let place = format!("{field}.tolerations[{at}]");
        let operator = text(toleration, "operator");
        if text(toleration, "key").is_empty() && operator != "Exists" {
            let why = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            faults.invalid(&format!("{place}.operator"), json!(operator), why);
        }
        if !matches!(operator, "" | "Equal" | "Exists" | "Gt" | "Lt") {
            faults.unsupported(&format!("{place}.operator"), json!(operator), &["Equal", "Exists"]);
        }
        if operator == "Exists" && !text(toleration, "value").is_empty() {
            let why = "value must be empty when `operator` is 'Exists'";
            faults.invalid(&format!("{place}.operator"), json!(text(toleration, "value")), why);
        }
        let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
        if !text(toleration, "effect").is_empty() {
            faults.one_of(&format!("{place}.effect"), &toleration["effect"], &effects);
        }
    }
}

fn affinity(spec: &Value, field: &str, faults: &mut Faults) {
    let required = &spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
    let place = format!("{field}.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution");
    if required.is_object() && list(required, "nodeSelectorTerms").is_empty() {
        faults.required(&format!("{place}.nodeSelectorTerms"), "must have at least one node selector term");
    }
    for (at, term) in list(required, "nodeSelectorTerms").iter().enumerate() {
        for (number, expression) in list(term, "matchExpressions").iter().enumerate() {
            let place = format!("{place}.nodeSelectorTerms[{at}].matchExpressions[{number}]");
            let values = list(expression, "values").len();
            match text(expression, "operator") {
                "In" | "NotIn" if values == 0 => {
                    faults.required(&format!("{place}.values"), "must be specified when `operator` is 'In' or 'NotIn'");
                }
                "Exists" | "DoesNotExist" if values > 0 => {
                    let why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                    faults.forbidden(&format!("{place}.values"), why);
                }
                "Gt" | "Lt" if values != 1 => {
                    let why = "must be specified single value when `operator` is 'Lt' or 'Gt'";
                    faults.required(&format!("{place}.values"), why);
                }
                "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
                other => faults.invalid(&format!("{place}.operator"), json!(other), "not a valid selector operator"),
            }
        }
    }
}
