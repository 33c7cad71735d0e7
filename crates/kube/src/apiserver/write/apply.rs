//! Server-side apply: who has set which field (`sigs.k8s.io/structured-merge-diff`,
//! `staging/src/k8s.io/apimachinery/pkg/util/managedfields`).
//!
//! Fields are kept as a tree, `fieldsV1`: `f:NAME` for a field, `k:{KEYS}` for an item of a keyed list, `v:TEXT` for a
//! member of a set, `.` for the item itself. An object's managers are written down from the moment on at which it is
//! applied for the first time; before that nobody can conflict.

use serde_json::{Map, Value, json};

use super::super::patch::{self, ListKind};
use super::Context;
use crate::api::{Object, Patch, Reason, Request, Status, Verb};

/// What a manager cannot own.
const NOBODYS: [&str; 9] = [
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "generation",
    "managedFields",
    "deletionTimestamp",
    "selfLink",
];

/// The name under which a request's fields are written down.
fn manager(request: &Request) -> &str {
    if request.options.field_manager.is_empty() { &request.agent } else { &request.options.field_manager }
}

/// The object after applying a configuration to it, with its managers.
///
/// # Errors
/// `Conflict` when fields that others manage would change and that is not forced.
pub(super) fn applied(context: &Context, request: &Request, old: Option<&Object>) -> Result<Value, Status> {
    let config = super::body(request)?;
    let force = request.verb == Verb::Patch(Patch::Apply { force: true });
    let kind = config.kind().to_owned();
    let own = fields(&kind, config);
    let mut value: Value = old.map_or_else(|| (**config).clone(), |old| (**old).clone());
    let mut entries = entries(old);
    let name = manager(request).to_owned();
    let is_own = |entry: &Value| entry["manager"] == name.as_str() && entry["operation"] == "Apply";
    if let Some(old) = old {
        let wanted = changed(&kind, old, config, "");
        conflicts(&mut entries, &wanted, &is_own, force)?;
        // What this manager applied before and does not any more goes, unless somebody else has it too.
        let mut gone = entries.iter().find(|entry| is_own(entry)).map_or(json!({}), |entry| entry["fieldsV1"].clone());
        subtract(&mut gone, &own);
        entries.iter().filter(|entry| !is_own(entry)).for_each(|entry| subtract(&mut gone, &entry["fieldsV1"]));
        remove(&mut value, &gone);
        let bad = |message: String| Status::new(Reason::BadRequest, message);
        patch::strategic(&mut value, config).map_err(bad)?;
    }
    entries.retain(|entry| !is_own(entry));
    entries.insert(0, entry(context, request, &name, "Apply", "", own));
    entries.retain(|entry| !is_empty(&entry["fieldsV1"]));
    value["metadata"]["managedFields"] = entries.into();
    Ok(value)
}

/// Writes down who has changed what, if the object keeps that.
pub(super) fn track(context: &Context, request: &Request, subresource: &str, old: &Object, new: &mut Value) {
    let mut entries = entries(Some(old));
    if entries.is_empty() || matches!(request.verb, Verb::Patch(Patch::Apply { .. })) {
        return;
    }
    let taken = changed(old.kind(), old, new, "");
    if is_empty(&taken) {
        new["metadata"]["managedFields"] = entries.into();
        return;
    }
    let name = manager(request).to_owned();
    for entry in &mut entries {
        subtract(&mut entry["fieldsV1"], &taken);
    }
    let is_own = |entry: &&mut Value| {
        entry["manager"] == name.as_str()
            && entry["operation"] == "Update"
            && entry["subresource"].as_str().unwrap_or_default() == subresource
    };
    match entries.iter_mut().find(is_own) {
        Some(entry) => unite(&mut entry["fieldsV1"], &taken),
        None => entries.push(entry(context, request, &name, "Update", subresource, taken)),
    }
    entries.retain(|entry| !is_empty(&entry["fieldsV1"]));
    new["metadata"]["managedFields"] = entries.into();
}

fn entries(object: Option<&Object>) -> Vec<Value> {
    object.map_or_else(Vec::new, |object| object.list("/metadata/managedFields").to_vec())
}

fn entry(context: &Context, request: &Request, name: &str, operation: &str, subresource: &str, own: Value) -> Value {
    let mut entry = json!({
        "manager": name, "operation": operation, "apiVersion": request.api_version(),
        "time": context.clock.stamp(context.now), "fieldsType": "FieldsV1", "fieldsV1": own,
    });
    if !subresource.is_empty() {
        entry["subresource"] = subresource.into();
    }
    entry
}

/// Takes from others what is wanted, or says that they have it.
fn conflicts(
    entries: &mut [Value],
    wanted: &Value,
    is_own: &dyn Fn(&Value) -> bool,
    force: bool,
) -> Result<(), Status> {
    let mut found: Vec<(String, String)> = Vec::new();
    for entry in entries.iter_mut().filter(|entry| !is_own(entry)) {
        let mut paths = Vec::new();
        common(&entry["fieldsV1"], wanted, "", &mut paths);
        if force {
            subtract(&mut entry["fieldsV1"], wanted);
            continue;
        }
        let text = |field: &str| entry[field].as_str().unwrap_or_default();
        let mut who = format!("{:?}", text("manager"));
        if !text("subresource").is_empty() {
            who = format!("{who} with subresource {:?}", text("subresource"));
        }
        if text("operation") == "Update" {
            who = format!("{who} using {}", text("apiVersion"));
        }
        found.extend(paths.into_iter().map(|path| (who.clone(), path)));
    }
    let message = match found.as_slice() {
        [] => return Ok(()),
        [(who, path)] => format!("Apply failed with 1 conflict: conflict with {who}: {path}"),
        many => {
            let mut lines = Vec::new();
            let mut last = "";
            for (who, path) in many {
                if who != last {
                    lines.push(format!("conflicts with {who}:"));
                    last = who;
                }
                lines.push(format!("- {path}"));
            }
            format!("Apply failed with {} conflicts: {}", many.len(), lines.join("\n"))
        }
    };
    let cause = |(who, path): &(String, String)| json!({ "reason": "FieldManagerConflict", "message": format!("conflict with {who}"), "field": path });
    let causes: Vec<Value> = found.iter().map(cause).collect();
    Err(Status { reason: Reason::Conflict, message, details: json!({ "causes": causes }) })
}

fn is_empty(tree: &Value) -> bool {
    tree.as_object().is_none_or(Map::is_empty)
}

/// How an item of a list is known in the tree.
fn item_key(kind: ListKind, item: &Value) -> Option<String> {
    match kind {
        ListKind::By("containerPort") => {
            let protocol = item["protocol"].as_str().unwrap_or("TCP");
            Some(format!("k:{}", json!({ "containerPort": item["containerPort"], "protocol": protocol })))
        }
        ListKind::By("port") => {
            let protocol = item["protocol"].as_str().unwrap_or("TCP");
            Some(format!("k:{}", json!({ "port": item["port"], "protocol": protocol })))
        }
        ListKind::By(key) => Some(format!("k:{}", json!({ key: item[key] }))),
        ListKind::Set => Some(format!("v:{item}")),
        ListKind::Atomic => None,
    }
}

/// The tree of all fields of a value.
fn fields(kind: &str, value: &Value) -> Value {
    changed(kind, &Value::Null, value, "")
}

/// The tree of those fields of `new` that are not the same in `old`. `place` is the field in which they stand.
fn changed(kind: &str, old: &Value, new: &Value, place: &str) -> Value {
    let mut tree = Map::new();
    for (name, value) in new.as_object().into_iter().flatten() {
        let skipped = match place {
            "" => matches!(name.as_str(), "kind" | "apiVersion"),
            "metadata" => NOBODYS.contains(&name.as_str()),
            _ => false,
        };
        let before = &old[name];
        if skipped || value.is_null() || (value == before && !before.is_null()) {
            continue;
        }
        let inner = match value {
            Value::Object(fields) if !fields.is_empty() && !is_atomic_map(name) => changed(kind, before, value, name),
            Value::Array(items) => items_changed(kind, patch::list_kind(kind, place, name), before, items, name),
            _ => json!({}),
        };
        // What has parts none of which is changed is not changed.
        let has_parts = match value {
            Value::Object(fields) => !fields.is_empty() && !is_atomic_map(name),
            Value::Array(items) => !items.is_empty() && patch::list_kind(kind, place, name) != ListKind::Atomic,
            _ => false,
        };
        let nothing = has_parts && is_empty(&inner);
        if !nothing {
            tree.insert(format!("f:{name}"), inner);
        }
    }
    Value::Object(tree)
}

/// Selectors are set as a whole.
fn is_atomic_map(name: &str) -> bool {
    matches!(name, "selector" | "nodeSelector" | "matchLabels" | "labelSelector")
}

fn items_changed(kind: &str, list: ListKind, before: &Value, items: &[Value], name: &str) -> Value {
    let mut tree = Map::new();
    let known = before.as_array().map_or(&[][..], Vec::as_slice);
    for item in items {
        let Some(key) = item_key(list, item) else { return json!({}) };
        let same = known.iter().find(|known| item_key(list, known).as_ref() == Some(&key));
        let mut inner = match item {
            Value::Object(_) => changed(kind, same.unwrap_or(&Value::Null), item, name),
            _ => json!({}),
        };
        if same.is_none() && item.is_object() {
            let mut whole = Map::from_iter([(".".to_owned(), json!({}))]);
            whole.extend(inner.as_object_mut().map(std::mem::take).into_iter().flatten());
            inner = Value::Object(whole);
        } else if same.is_some() && is_empty(&inner) {
            continue;
        }
        tree.insert(key, inner);
    }
    Value::Object(tree)
}

/// Takes from a tree what is in another one.
fn subtract(tree: &mut Value, other: &Value) {
    let (Some(fields), Some(other)) = (tree.as_object_mut(), other.as_object()) else { return };
    fields.retain(|name, inner| match other.get(name) {
        None => true,
        Some(gone) if is_empty(inner) || is_empty(gone) => false,
        Some(gone) => {
            subtract(inner, gone);
            !is_empty(inner)
        }
    });
}

fn unite(tree: &mut Value, other: &Value) {
    let (Some(fields), Some(other)) = (tree.as_object_mut(), other.as_object()) else { return };
    for (name, inner) in other {
        unite(fields.entry(name.as_str()).or_insert_with(|| json!({})), inner);
    }
}

/// The paths of leaves that are in both trees: `.spec.replicas`.
fn common(tree: &Value, other: &Value, place: &str, paths: &mut Vec<String>) {
    let (Some(fields), Some(other)) = (tree.as_object(), other.as_object()) else { return };
    for (name, inner) in fields {
        let Some(wanted) = other.get(name) else { continue };
        let at = match name.split_once(':') {
            Some(("f", field)) => format!("{place}.{field}"),
            Some(("k", keys)) => format!(
                "{place}[{}]",
                keys.trim_matches(['{', '}']).replace("\":", "\"=").replace('"', "").replace('=', "=\"") + "\""
            ),
            Some((_, value)) => format!("{place}[={value}]"),
            None => continue,
        };
        if is_empty(inner) || is_empty(wanted) { paths.push(at) } else { common(inner, wanted, &at, paths) }
    }
}

/// Removes the leaves of a tree from a value.
fn remove(value: &mut Value, tree: &Value) {
    for (name, inner) in tree.as_object().into_iter().flatten() {
        match (name.split_once(':'), &mut *value) {
            (Some(("f", field)), Value::Object(fields)) => {
                let leaf = is_empty(inner);
                if leaf {
                    fields.shift_remove(field);
                } else if let Some(value) = fields.get_mut(field) {
                    remove(value, inner);
                }
            }
            (Some(("k", keys)), Value::Array(items)) => {
                let keys: Value = serde_json::from_str(keys).unwrap_or_default();
                let is_it = |item: &Value| {
                    keys.as_object().into_iter().flatten().all(|(key, value)| {
                        item[key] == *value || (key == "protocol" && item[key].is_null() && value == "TCP")
                    })
                };
                if inner.get(".").is_some() {
                    items.retain(|item| !is_it(item));
                } else if let Some(item) = items.iter_mut().find(|item| is_it(item)) {
                    remove(item, inner);
                }
            }
            (Some(("v", text)), Value::Array(items)) => items.retain(|item| item.to_string().as_str() != text),
            _ => {}
        }
    }
}
