//! What is wrong with an object (`pkg/apis/*/validation`, in the words of `field.Error`).

mod change;
mod names;
mod networking;
mod pods;
mod services;
mod workloads;

use serde_json::{Value, json};

use crate::api::{Object, Reason, Resource, Status};

/// What is wrong, field by field.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

#[derive(Debug)]
struct Fault {
    field: String,
    reason: &'static str,
    text: String,
}

/// A value as Go's errors show it: texts quoted, structures as JSON.
fn show(value: &Value) -> String {
    value.to_string()
}

impl Faults {
    fn push(&mut self, field: &str, reason: &'static str, text: String) {
        if !self.0.iter().any(|fault| fault.field == field && fault.text == text) {
            self.0.push(Fault { field: field.to_owned(), reason, text });
        }
    }

    pub(super) fn invalid(&mut self, field: &str, value: Value, why: &str) {
        self.push(field, "FieldValueInvalid", format!("Invalid value: {}: {why}", show(&value)));
    }

    pub(super) fn required(&mut self, field: &str, why: &str) {
        let why = if why.is_empty() { String::new() } else { format!(": {why}") };
        self.push(field, "FieldValueRequired", format!("Required value{why}"));
    }

    pub(super) fn forbidden(&mut self, field: &str, why: &str) {
        self.push(field, "FieldValueForbidden", format!("Forbidden: {why}"));
    }

    pub(super) fn duplicate(&mut self, field: &str, value: Value) {
        self.push(field, "FieldValueDuplicate", format!("Duplicate value: {}", show(&value)));
    }

    pub(super) fn not_found(&mut self, field: &str, value: Value) {
        self.push(field, "FieldValueNotFound", format!("Not found: {}", show(&value)));
    }

    pub(super) fn invalid_type(&mut self, field: &str, is: &str, why: &str) {
        self.push(field, "FieldValueTypeInvalid", format!("Invalid value: {is:?}: {why}"));
    }

    pub(super) fn too_long(&mut self, field: &str, most: u64) {
        self.push(field, "FieldValueTooLong", format!("Too long: may not be more than {most} bytes"));
    }

    /// The value is none of those, which are shown as they are.
    pub(super) fn unsupported_shown(&mut self, field: &str, value: Value, supported: &[String]) {
        let text = format!("Unsupported value: {}: supported values: {}", show(&value), supported.join(", "));
        self.push(field, "FieldValueNotSupported", text);
    }

    /// The value must be one of these.
    pub(super) fn one_of(&mut self, field: &str, value: &Value, supported: &[&str]) {
        let text = value.as_str().unwrap_or_default();
        if !value.is_null() && !supported.contains(&text) {
            self.unsupported(field, value.clone(), supported);
        }
    }

    fn unsupported(&mut self, field: &str, value: Value, supported: &[&str]) {
        let supported: Vec<String> = supported.iter().map(|value| format!("{value:?}")).collect();
        self.unsupported_shown(field, value, &supported);
    }

    /// What is wrong, as messages name it.
    #[cfg(test)]
    fn told(&self) -> Vec<String> {
        self.0.iter().map(|fault| format!("{}: {}", fault.field, fault.text)).collect()
    }

    /// The refusal, if anything is wrong.
    pub(super) fn into_result(self, resource: &Resource, name: &str) -> Result<(), Status> {
        if self.0.is_empty() {
            return Ok(());
        }
        let group = if resource.group.is_empty() { String::new() } else { format!(".{}", resource.group) };
        Err(self.refusal(&format!("{}{group}", resource.kind), name))
    }

    /// The refusal of what is called `kind.group`.
    pub(super) fn refusal(self, kind: &str, name: &str) -> Status {
        let texts: Vec<String> = self.0.iter().map(|fault| format!("{}: {}", fault.field, fault.text)).collect();
        let text = match texts.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let mut status = Status::of(Reason::Invalid, kind, name, format!("{kind} {name:?} is invalid: {text}"));
        let cause = |fault: &Fault| json!({ "reason": fault.reason, "message": fault.text, "field": fault.field });
        status.details["causes"] = self.0.iter().map(cause).collect();
        status
    }
}

/// Checks an object that is to be created.
pub(super) fn create(resource: &Resource, value: &Value, faults: &mut Faults) {
    names::metadata(resource, value, faults);
    content(resource, value, faults);
}

/// Checks an object that takes the place of another one.
pub(super) fn update(resource: &Resource, subresource: &str, value: &Value, old: &Object, faults: &mut Faults) {
    names::metadata(resource, value, faults);
    if subresource == "status" {
        return;
    }
    change::check(resource, subresource, value, old, faults);
    // What cannot be changed is not looked at again: it was right when it was created.
    if resource.plural != "pods" || faults.0.is_empty() {
        content(resource, value, faults);
    }
}

fn content(resource: &Resource, value: &Value, faults: &mut Faults) {
    match (resource.group.as_ref(), resource.plural.as_ref()) {
        ("", "pods") => pods::spec(&value["spec"], "spec", faults),
        ("", "services") => services::check(value, faults),
        ("networking.k8s.io", "networkpolicies") => networking::network_policy(&value["spec"], faults),
        ("networking.k8s.io", "ingresses") => networking::ingress(&value["spec"], faults),
        ("", "configmaps") => {
            names::keys(&value["data"], "data", faults);
            names::keys(&value["binaryData"], "binaryData", faults);
        }
        ("", "secrets") => secret(value, faults),
        _ => workloads::check(resource, value, faults),
    }
}

fn secret(value: &Value, faults: &mut Faults) {
    names::keys(&value["data"], "data", faults);
    let needs: &[&str] = match value["type"].as_str().unwrap_or_default() {
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        "kubernetes.io/service-account-token" => {
            let account = "kubernetes.io/service-account.name";
            if value["metadata"]["annotations"][account].as_str().unwrap_or_default().is_empty() {
                faults.required(&format!("metadata.annotations[{account}]"), "");
            }
            &[]
        }
        _ => &[],
    };
    for key in needs {
        if value["data"].get(*key).is_none() {
            faults.required(&format!("data[{key}]"), "");
        }
    }
}
