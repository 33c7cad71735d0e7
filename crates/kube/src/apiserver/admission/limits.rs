//! Limit ranges: what containers get that do not say, and what they may have at most
//! (`plugin/pkg/admission/limitranger`).

use serde_json::Value;

use super::super::quantity;
use super::super::write::Context;
use super::forbidden;
use crate::api::Status;

pub(super) fn apply(context: &Context, pod: &mut Value) -> Result<(), Status> {
    let namespace = pod["metadata"]["namespace"].as_str().unwrap_or_default().to_owned();
    let ranges: Vec<Value> = context
        .cache
        .range(&format!("/registry/limitranges/{namespace}/"), "")
        .flat_map(|(_, range)| range.list("/spec/limits").to_vec())
        .filter(|limit| limit["type"] == "Container")
        .collect();
    let name = pod["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let mut why = Vec::new();
    for limit in &ranges {
        for list in ["initContainers", "containers"] {
            for container in pod["spec"].get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                for (from, to) in [("default", "limits"), ("defaultRequest", "requests")] {
                    for (resource, amount) in limit[from].as_object().into_iter().flatten() {
                        if container["resources"][to][resource].is_null() {
                            container["resources"][to][resource] = amount.clone();
                        }
                    }
                }
                why.extend(check(container, limit));
            }
        }
    }
    match why.as_slice() {
        [] => Ok(()),
        [one] => Err(forbidden("pods", &name, one)),
        many => Err(forbidden("pods", &name, &format!("[{}]", many.join(", ")))),
    }
}

fn check(container: &Value, limit: &Value) -> Vec<String> {
    let mut why = Vec::new();
    let amount = |which: &str, resource: &str| container["resources"][which][resource].as_str().map(str::to_owned);
    for (resource, least) in limit["min"].as_object().into_iter().flatten() {
        let least = least.as_str().unwrap_or_default();
        match amount("requests", resource) {
            None => why.push(format!("minimum {resource} usage per Container is {least}.  No request is specified")),
            Some(has) if quantity::milli(&has) < quantity::milli(least) => {
                why.push(format!("minimum {resource} usage per Container is {least}, but request is {has}"));
            }
            Some(_) => {}
        }
    }
    for (resource, most) in limit["max"].as_object().into_iter().flatten() {
        let most = most.as_str().unwrap_or_default();
        match amount("limits", resource) {
            None => why.push(format!("maximum {resource} usage per Container is {most}.  No limit is specified")),
            Some(has) if quantity::milli(&has) > quantity::milli(most) => {
                why.push(format!("maximum {resource} usage per Container is {most}, but limit is {has}"));
            }
            Some(_) => {}
        }
    }
    why
}
