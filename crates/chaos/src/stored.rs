//! Objects as they are stored.

use lab::World;
use serde_json::Value;

/// An object, and what is often asked of one.
pub struct Object(pub Value);

impl Object {
    pub fn text(&self, pointer: &str) -> &str {
        self.0.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    pub fn number(&self, pointer: &str) -> i64 {
        self.0.pointer(pointer).and_then(Value::as_i64).unwrap_or_default()
    }

    pub fn list(&self, pointer: &str) -> &[Value] {
        self.0.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// `namespace/name`, or the name of what has no namespace.
    pub fn place(&self) -> String {
        let name = self.text("/metadata/name");
        match self.text("/metadata/namespace") {
            "" => name.to_owned(),
            namespace => format!("{namespace}/{name}"),
        }
    }

    pub fn uid(&self) -> &str {
        self.text("/metadata/uid")
    }

    pub fn is_terminating(&self) -> bool {
        self.0.pointer("/metadata/deletionTimestamp").is_some()
    }

    /// Whether it is a pod that has ended for good.
    pub fn is_over(&self) -> bool {
        matches!(self.text("/status/phase"), "Succeeded" | "Failed")
    }

    /// The status of a condition.
    pub fn condition(&self, kind: &str) -> &str {
        let of_kind = self.list("/status/conditions").iter().find(|condition| condition["type"] == kind);
        of_kind.and_then(|condition| condition["status"].as_str()).unwrap_or_default()
    }
}

/// Everything stored in a folder of `/registry`; what is no object is passed over.
pub fn all(world: &World, folder: &str) -> Vec<Object> {
    let stored = world.stored(&format!("/registry/{folder}/"));
    stored.iter().filter_map(|(_, value)| serde_json::from_slice(value).ok()).map(Object).collect()
}
