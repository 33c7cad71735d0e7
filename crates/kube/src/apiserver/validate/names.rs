//! Names, labels and keys (`staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go`).

use serde_json::{Value, json};

use super::Faults;
use crate::api::Resource;

const LABEL_1123: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_1123: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const QUALIFIED: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const ENV_NAME: &str =
    "environment variable names must not be empty and may contain only printable ASCII characters except '='";

fn too_long(limit: usize) -> String {
    format!("must be no more than {limit} bytes")
}

/// Whether a word begins and ends with a letter or digit and has only others of `more` between.
fn key_ends(word: &str, lower: bool, more: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_digit() || c.is_ascii_lowercase() || (!lower && c.is_ascii_uppercase());
    let ends = |c: Option<char>| c.is_some_and(alphanumeric);
    ends(word.chars().next()) && ends(word.chars().last()) && word.chars().all(|c| alphanumeric(c) || more.contains(c))
}

/// What is wrong with a name that must be a label of DNS.
pub(super) fn label_1123(name: &str) -> Vec<String> {
    let mut why = Vec::new();
    if name.len() > 63 {
        why.push(too_long(63));
    }
    if !key_ends(name, true, "-") {
        why.push(LABEL_1123.to_owned());
    }
    why
}

/// The same for a name with dots.
pub(super) fn subdomain_1123(name: &str) -> Vec<String> {
    let mut why = Vec::new();
    if name.len() > 253 {
        why.push(too_long(253));
    }
    if !name.split('.').all(|part| key_ends(part, true, "-")) {
        why.push(SUBDOMAIN_1123.to_owned());
    }
    why
}

/// A name that is part of an address.
fn path_segment(name: &str) -> Vec<String> {
    let bad = ["/", "%"].iter().filter(|part| name.contains(**part)).map(|part| format!("may not contain '{part}'"));
    let whole = [".", ".."].iter().filter(|whole| name == **whole).map(|whole| format!("may not be '{whole}'"));
    bad.chain(whole).collect()
}

fn qualified(name: &str) -> Vec<String> {
    let (prefix, word) = match name.split_once('/') {
        Some((prefix, word)) => (Some(prefix), word),
        None => (None, name),
    };
    let mut why = Vec::new();
    match prefix {
        Some("") => why.push("prefix part must be non-empty".to_owned()),
        Some(prefix) => why.extend(subdomain_1123(prefix).into_iter().map(|reason| format!("prefix part {reason}"))),
        None => {}
    }
    if word.is_empty() {
        why.push("name part must be non-empty".to_owned());
    } else if word.len() > 63 {
        why.push(format!("name part {}", too_long(63)));
    }
    if !key_ends(word, false, "-_.") {
        why.push(QUALIFIED.to_owned());
    }
    why
}

/// Labels, at a field.
pub(super) fn labels(labels: &Value, field: &str, faults: &mut Faults) {
    for (key, value) in labels.as_object().into_iter().flatten() {
        for why in qualified(key) {
            faults.invalid(field, json!(key), &why);
        }
        let text = value.as_str().unwrap_or_default();
        if text.len() > 63 {
            faults.invalid(field, json!(text), &too_long(63));
        }
        if !text.is_empty() && !key_ends(text, false, "-_.") {
            faults.invalid(field, json!(text), LABEL_VALUE);
        }
    }
}

/// The keys of config maps and secrets.
pub(super) fn keys(data: &Value, field: &str, faults: &mut Faults) {
    for key in data.as_object().into_iter().flatten().map(|(key, _)| key) {
        let fine = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
        if !fine {
            faults.invalid(&format!("{field}[{key}]"), json!(key), CONFIG_KEY);
        }
    }
}

pub(super) fn env_name(name: &str, field: &str, faults: &mut Faults) {
    if name.is_empty() {
        faults.required(field, "");
    } else if !name.chars().all(|c| c.is_ascii_graphic() || c == ' ') || name.contains('=') {
        faults.invalid(field, json!(name), ENV_NAME);
    }
}

/// Name, labels and annotations of any object.
pub(super) fn metadata(resource: &Resource, value: &Value, faults: &mut Faults) {
    let metadata = &value["metadata"];
    let name = metadata["name"].as_str().unwrap_or_default();
    let why = match (resource.group.as_ref(), resource.plural.as_ref()) {
        ("", "namespaces" | "services") => label_1123(name),
        // The core group's API service is called `v1.`.
        ("rbac.authorization.k8s.io" | "apiregistration.k8s.io", _) => path_segment(name),
        (_, "ipaddresses" | "events") => Vec::new(),
        _ => subdomain_1123(name),
    };
    for why in why {
        faults.invalid("metadata.name", json!(name), &why);
    }
    labels(&metadata["labels"], "metadata.labels", faults);
    for key in metadata["annotations"].as_object().into_iter().flatten().map(|(key, _)| key) {
        for why in qualified(&key.to_lowercase()) {
            faults.invalid("metadata.annotations", json!(key), &why);
        }
    }
    for (at, finalizer) in metadata["finalizers"].as_array().into_iter().flatten().enumerate() {
        let text = finalizer.as_str().unwrap_or_default();
        let standard = ["foregroundDeletion", "orphan", "kubernetes"].contains(&text);
        if !text.contains('/') && !standard {
            let why = "name is neither a standard finalizer name nor is it fully qualified";
            faults.invalid(&format!("metadata.finalizers[{at}]"), json!(text), why);
        }
    }
}

/// A selector by labels, at a field.
pub(super) fn selector(selector: &Value, field: &str, faults: &mut Faults) {
    labels(&selector["matchLabels"], &format!("{field}.matchLabels"), faults);
    for (at, expression) in selector["matchExpressions"].as_array().into_iter().flatten().enumerate() {
        let field = format!("{field}.matchExpressions[{at}]");
        let values = expression["values"].as_array().map_or(0, Vec::len);
        match expression["operator"].as_str().unwrap_or_default() {
            "In" | "NotIn" if values == 0 => {
                faults.required(&format!("{field}.values"), "must be specified when `operator` is 'In' or 'NotIn'");
            }
            "Exists" | "DoesNotExist" if values > 0 => {
                let why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                faults.forbidden(&format!("{field}.values"), why);
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => faults.invalid(&format!("{field}.operator"), json!(other), "not a valid selector operator"),
        }
    }
}
