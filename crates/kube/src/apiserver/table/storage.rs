//! The cells of volumes, quotas, requests for certificates, and what serves the API itself.

use calendar::rfc3339;
use serde_json::Value;

use super::{human, text_or};
use crate::api::Object;

/// `RWO,ROX`
pub(super) fn access_modes(modes: &[Value]) -> String {
    let short =
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];
    let has = |(long, _): &&(&str, &str)| modes.iter().any(|mode| mode == long);
    let names: Vec<&str> = short.iter().filter(has).map(|(_, short)| *short).collect();
    names.join(",")
}

pub(super) fn volume_modes(object: &Object, _: i64) -> Value {
    access_modes(object.list("/spec/accessModes")).into()
}

/// A claim shows what it has got.
pub(super) fn claim_modes(object: &Object, _: i64) -> Value {
    if object.text("/spec/volumeName").is_empty() {
        return "".into();
    }
    access_modes(object.list("/status/accessModes")).into()
}

pub(super) fn claim_capacity(object: &Object, _: i64) -> Value {
    if object.text("/spec/volumeName").is_empty() {
        return "".into();
    }
    text_or(object, "/status/capacity/storage", "0")
}

pub(super) fn phase(object: &Object, _: i64) -> Value {
    if object.is_terminating() { "Terminating".into() } else { object.text("/status/phase").into() }
}

pub(super) fn claim_of(object: &Object, _: i64) -> Value {
    match object.map("/spec/claimRef") {
        Some(_) => format!("{}/{}", object.text("/spec/claimRef/namespace"), object.text("/spec/claimRef/name")).into(),
        None => "".into(),
    }
}

pub(super) fn default_class(object: &Object, _: i64) -> Value {
    let default = object.annotation("storageclass.kubernetes.io/is-default-class") == Some("true");
    let name = object.name();
    if default { format!("{name} (default)") } else { name.to_owned() }.into()
}

pub(super) fn secret_size(object: &Object, _: i64) -> Value {
    object.map("/data").map_or(0, serde_json::Map::len).into()
}

pub(super) fn config_size(object: &Object, _: i64) -> Value {
    let count = |field: &str| object.map(field).map_or(0, serde_json::Map::len);
    (count("/data") + count("/binaryData")).into()
}

/// `pods: 1/5, requests.cpu: 100m/1`
fn used_of_hard(object: &Object, limits: bool) -> Value {
    let hard = object.map("/status/hard").or_else(|| object.map("/spec/hard"));
    let mut parts: Vec<String> = hard
        .into_iter()
        .flatten()
        .filter(|(name, _)| name.starts_with("limits") == limits)
        .map(|(name, hard)| {
            let used = object["status"]["used"][name].as_str().unwrap_or("0");
            format!("{name}: {used}/{}", hard.as_str().unwrap_or_default())
        })
        .collect();
    parts.sort();
    parts.join(", ").into()
}

pub(super) fn quota_requests(object: &Object, _: i64) -> Value {
    used_of_hard(object, false)
}

pub(super) fn quota_limits(object: &Object, _: i64) -> Value {
    used_of_hard(object, true)
}

pub(super) fn request_condition(object: &Object, _: i64) -> Value {
    let has = |kind: &str| object.list("/status/conditions").iter().any(|condition| condition["type"] == kind);
    let mut word = if has("Denied") {
        "Denied"
    } else if has("Approved") {
        "Approved"
    } else {
        "Pending"
    }
    .to_owned();
    if has("Failed") {
        word.push_str(",Failed");
    }
    if !object.text("/status/certificate").is_empty() {
        word.push_str(",Issued");
    }
    word.into()
}

pub(super) fn requested_duration(object: &Object, _: i64) -> Value {
    object.number("/spec/expirationSeconds").map_or_else(|| "<none>".into(), |seconds| human(seconds).into())
}

pub(super) fn served_by(object: &Object, _: i64) -> Value {
    match object.map("/spec/service") {
        Some(_) => format!("{}/{}", object.text("/spec/service/namespace"), object.text("/spec/service/name")).into(),
        None => "Local".into(),
    }
}

pub(super) fn available(object: &Object, _: i64) -> Value {
    let found = object.list("/status/conditions").iter().find(|condition| condition["type"] == "Available");
    let Some(condition) = found else { return "Unknown".into() };
    let reason = condition["reason"].as_str().unwrap_or_default();
    match condition["status"].as_str().unwrap_or_default() {
        "True" => "True".into(),
        other => format!("{other} ({reason})").into(),
    }
}

pub(super) fn healthy(object: &Object, _: i64) -> Value {
    let found = object.list("/conditions").iter().find(|condition| condition["type"] == "Healthy");
    match found.and_then(|condition| condition["status"].as_str()) {
        Some("True") => "Healthy".into(),
        Some(_) => "Unhealthy".into(),
        None => "Unknown".into(),
    }
}

pub(super) fn health_text(object: &Object, field: &str) -> Value {
    let found = object.list("/conditions").iter().find(|condition| condition["type"] == "Healthy");
    found.map_or_else(|| "".into(), |condition| condition.get(field).cloned().unwrap_or_else(|| "".into()))
}

/// The time itself, as it is written.
pub(super) fn created(object: &Object, _: i64) -> Value {
    let at = object.text("/metadata/creationTimestamp");
    if rfc3339::parse(at).is_some() { at.into() } else { "<unknown>".into() }
}

pub(super) fn count(object: &Object, pointer: &str) -> Value {
    object.list(pointer).len().into()
}

pub(super) fn word(object: &Object, pointer: &str) -> Value {
    match object.pointer(pointer) {
        Some(Value::Bool(true)) => "true".into(),
        Some(Value::Bool(false)) | None => "false".into(),
        Some(other) => other.clone(),
    }
}

/// A number, or `<none>` where the kind has no use for it.
pub(super) fn number_or_none(object: &Object, pointer: &str) -> Value {
    object.number(pointer).map_or_else(|| "<none>".into(), Value::from)
}

pub(super) fn missing_level(object: &Object, _: i64) -> Value {
    let found = object.list("/status/conditions").iter().find(|condition| condition["type"] == "Dangling");
    found.and_then(|condition| condition["status"].as_str()).unwrap_or("?").into()
}
