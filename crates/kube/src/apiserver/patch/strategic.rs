//! Strategic merge patches (`staging/src/k8s.io/apimachinery/pkg/util/strategicpatch`): as merge patches, but lists
//! whose items have a key are merged item by item.

use serde_json::{Map, Value};

use super::fields_of;

/// How a list is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum List {
    /// It is replaced.
    Atomic,
    /// It is a set of texts.
    Set,
    /// Its items are known by this field.
    By(&'static str),
}

/// How the list `name` merges that stands in `parent`, of an object of this kind (the `patchMergeKey`s of
/// `k8s.io/api`).
pub(in super::super) fn list(kind: &str, parent: &str, name: &str) -> List {
    match (parent, name) {
        (_, "containers" | "initContainers" | "ephemeralContainers") if parent == "spec" => List::By("name"),
        ("containers" | "initContainers" | "ephemeralContainers", "ports") => List::By("containerPort"),
        ("containers" | "initContainers" | "ephemeralContainers", "env") => List::By("name"),
        ("containers" | "initContainers" | "ephemeralContainers", "volumeMounts") => List::By("mountPath"),
        ("containers" | "initContainers" | "ephemeralContainers", "volumeDevices") => List::By("devicePath"),
        ("spec", "ports") if kind == "Service" => List::By("port"),
        ("spec", "volumes" | "imagePullSecrets" | "schedulingGates" | "resourceClaims") => List::By("name"),
        ("spec", "hostAliases") => List::By("ip"),
        ("spec", "topologySpreadConstraints") => List::By("topologyKey"),
        ("status", "conditions") => List::By("type"),
        ("status", "addresses") if kind == "Node" => List::By("type"),
        ("status", "podIPs") => List::By("ip"),
        ("", "secrets" | "imagePullSecrets") if kind == "ServiceAccount" => List::By("name"),
        ("", "webhooks") => List::By("name"),
        ("metadata", "ownerReferences") => List::By("uid"),
        ("metadata", "finalizers") | ("spec", "podCIDRs") => List::Set,
        _ => List::Atomic,
    }
}

/// Applies a strategic merge patch.
///
/// # Errors
/// In words, when an item of a keyed list lacks its key or a directive is unknown.
pub(in super::super) fn apply(value: &mut Value, patch: &Value) -> Result<(), String> {
    let kind = value["kind"].as_str().unwrap_or_default().to_owned();
    let Value::Object(patch) = patch else { return Err("the patch is not an object".into()) };
    object(&kind, "", fields_of(value), patch)
}

fn object(kind: &str, place: &str, fields: &mut Map<String, Value>, patch: &Map<String, Value>) -> Result<(), String> {
    match patch.get("$patch").and_then(Value::as_str) {
        Some("replace") => {
            *fields = patch.iter().filter(|(name, _)| *name != "$patch").map(|(n, v)| (n.clone(), v.clone())).collect();
            return Ok(());
        }
        Some("delete") => {
            fields.clear();
            return Ok(());
        }
        Some("merge") | None => {}
        Some(other) => return Err(format!("unknown patch type found: {other}")),
    }
    if let Some(kept) = patch.get("$retainKeys").and_then(Value::as_array) {
        fields.retain(|name, _| kept.iter().any(|kept| kept == name));
    }
    for (name, change) in patch {
        if let Some(list) = name.strip_prefix("$deleteFromPrimitiveList/") {
            let gone = change.as_array().map_or(&[][..], Vec::as_slice);
            if let Some(items) = fields.get_mut(list).and_then(Value::as_array_mut) {
                items.retain(|item| !gone.contains(item));
            }
        }
    }
    for (name, change) in patch.iter().filter(|(name, _)| !name.starts_with('$')) {
        field(kind, place, fields, name, change)?;
    }
    for (name, order) in patch {
        if let (Some(list_name), Some(order)) = (name.strip_prefix("$setElementOrder/"), order.as_array()) {
            let how = list(kind, place, list_name);
            if let Some(items) = fields.get_mut(list_name).and_then(Value::as_array_mut) {
                sort(items, order, how);
            }
        }
    }
    Ok(())
}

fn field(kind: &str, place: &str, fields: &mut Map<String, Value>, name: &str, change: &Value) -> Result<(), String> {
    match change {
        Value::Null => {
            fields.shift_remove(name);
        }
        Value::Object(change) => {
            let known = fields.get(name).is_some_and(Value::is_object);
            if !known && change.get("$patch").and_then(Value::as_str) == Some("delete") {
                return Ok(());
            }
            object(kind, name, fields_of(fields.entry(name).or_insert(Value::Null)), change)?;
        }
        Value::Array(items) => {
            let how = list(kind, place, name);
            let known = fields.entry(name).or_insert_with(|| Value::Array(Vec::new()));
            match (how, known.as_array_mut()) {
                (List::Set, Some(known)) => {
                    for item in items {
                        if !known.contains(item) {
                            known.push(item.clone());
                        }
                    }
                }
                (List::By(key), Some(known)) => merge_items(kind, name, key, known, items)?,
                _ => *known = change.clone(),
            }
        }
        other => {
            fields.insert(name.to_owned(), other.clone());
        }
    }
    Ok(())
}

fn merge_items(kind: &str, place: &str, key: &str, known: &mut Vec<Value>, items: &[Value]) -> Result<(), String> {
    if items.iter().any(|item| item["$patch"] == "replace") {
        *known = items.iter().filter(|item| item["$patch"] != "replace").cloned().collect();
        return Ok(());
    }
    let mut order = Vec::new();
    for item in items {
        let id = item.get(key).ok_or_else(|| format!("map: {item} does not contain declared merge key: {key}"))?;
        let at = known.iter().position(|known| known.get(key) == Some(id));
        match (at, item["$patch"] == "delete") {
            (Some(at), true) => {
                known.remove(at);
            }
            (None, true) => {}
            (at, false) => {
                order.push(item.clone());
                let at = at.unwrap_or_else(|| {
                    known.push(Value::Object(Map::new()));
                    known.len() - 1
                });
                if let (Some(known), Some(item)) = (known.get_mut(at), item.as_object()) {
                    object(kind, place, fields_of(known), item)?;
                }
            }
        }
    }
    if let Some(List::By(key)) = key_of(key) {
        sort(known, &order, List::By(key));
    }
    Ok(())
}

/// The key with the life of the program, as the order of items keeps it.
fn key_of(key: &str) -> Option<List> {
    const KEYS: [&str; 10] =
        ["name", "containerPort", "mountPath", "devicePath", "port", "ip", "topologyKey", "type", "uid", "key"];
    KEYS.iter().find(|known| **known == key).map(|key| List::By(key))
}

/// Puts the items that `order` names into its order and before those that it does not name.
fn sort(items: &mut [Value], order: &[Value], how: List) {
    let rank = |item: &Value| {
        let found = order.iter().position(|ordered| match how {
            List::By(key) => ordered.get(key) == item.get(key),
            _ => ordered == item,
        });
        found.unwrap_or(order.len())
    };
    items.sort_by_key(rank);
}
