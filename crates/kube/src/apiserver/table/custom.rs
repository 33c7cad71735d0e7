//! The columns of a custom resource: `additionalPrinterColumns` of its definition
//! (`staging/src/k8s.io/apiextensions-apiserver/pkg/registry/customresource/tableconvertor`).

use serde_json::{Value, json};

use super::since;
use crate::api::Object;

#[derive(Clone, Debug)]
pub(super) struct CustomColumn {
    name: String,
    kind: String,
    priority: i64,
    pointer: String,
}

/// The columns that a definition names for a version; the age if it names none.
pub(super) fn columns(definition: &Object, version: &str) -> Vec<CustomColumn> {
    let found = definition.list("/spec/versions").iter().find(|known| known["name"] == version);
    let named = found.and_then(|version| version["additionalPrinterColumns"].as_array());
    let column = |column: &Value| {
        let text = |field: &str| column[field].as_str().unwrap_or_default().to_owned();
        CustomColumn {
            name: text("name"),
            kind: text("type"),
            priority: column["priority"].as_i64().unwrap_or(0),
            pointer: pointer(&text("jsonPath")),
        }
    };
    match named {
        Some(named) if !named.is_empty() => named.iter().map(column).collect(),
        _ => vec![CustomColumn {
            name: "Age".into(),
            kind: "date".into(),
            priority: 0,
            pointer: "/metadata/creationTimestamp".into(),
        }],
    }
}

/// A simple JSON path as a JSON pointer: `.status.conditions[0].type`.
fn pointer(path: &str) -> String {
    let path = path.trim_start_matches('$').replace('[', ".").replace(']', "");
    path.split('.').filter(|part| !part.is_empty()).map(|part| format!("/{part}")).collect()
}

impl CustomColumn {
    pub(super) fn definition(&self) -> Value {
        json!({ "name": self.name, "type": self.kind, "format": "", "description": "", "priority": self.priority })
    }

    pub(super) fn cell(&self, object: &Object, unix: i64) -> Value {
        match (object.pointer(&self.pointer), self.kind.as_str()) {
            (Some(Value::String(time)), "date") => since(time, unix).into(),
            (None, "date") => "<unknown>".into(),
            (None, _) => Value::Null,
            (Some(value @ (Value::Object(_) | Value::Array(_))), _) => value.to_string().into(),
            (Some(value), _) => value.clone(),
        }
    }
}
