//! Patches: RFC 7386, RFC 6902, and the strategic merge that knows which lists are merged by a key
//! (`k8s.io/apimachinery/pkg/util/strategicpatch`, `jsonmergepatch`).

use serde_json::{Map, Value};

/// Lists that are merged, by the field's name, and the keys of their items; the first key that the items have counts.
/// Lists of plain values have no key.
const KEYS: [(&str, &[&str]); 21] = [
    ("containers", &["name"]),
    ("initContainers", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("volumes", &["name"]),
    ("volumeMounts", &["mountPath"]),
    ("volumeDevices", &["devicePath"]),
    ("env", &["name"]),
    ("ports", &["containerPort", "port"]),
    ("imagePullSecrets", &["name"]),
    ("hostAliases", &["ip"]),
    ("topologySpreadConstraints", &["topologyKey"]),
    ("conditions", &["type"]),
    ("addresses", &["type"]),
    ("ownerReferences", &["uid"]),
    ("podIPs", &["ip"]),
    ("hostIPs", &["ip"]),
    ("secrets", &["name"]),
    ("resourceClaims", &["name"]),
    ("schedulingGates", &["name"]),
    ("finalizers", &[]),
    ("sources", &[]),
];

/// The key by which a list of this name is merged; `None` when it is replaced as a whole.
fn key_of(field: &str, lists: [&[Value]; 2]) -> Option<&'static str> {
    let (_, keys) = KEYS.iter().find(|(name, _)| *name == field)?;
    let mut items = lists.into_iter().flatten();
    if keys.is_empty() {
        return items.all(|item| !item.is_object() && !item.is_array()).then_some("");
    }
    let all: Vec<&Value> = lists.into_iter().flatten().collect();
    keys.iter().copied().find(|key| all.iter().all(|item| item.get(*key).is_some() || item.get("$patch").is_some()))
}

/// RFC 7386.
pub fn merge(mut target: Value, patch: &Value) -> Value {
    let Value::Object(fields) = patch else { return patch.clone() };
    if !target.is_object() {
        target = Value::Object(Map::new());
    }
    if let Some(map) = target.as_object_mut() {
        for (key, value) in fields {
            if value.is_null() {
                map.shift_remove(key);
            } else {
                let old = map.get(key).cloned().unwrap_or_default();
                map.insert(key.clone(), merge(old, value));
            }
        }
    }
    target
}

/// A strategic merge patch applied.
pub fn strategic(mut target: Value, patch: &Value) -> Value {
    let Value::Object(fields) = patch else { return patch.clone() };
    if fields.get("$patch").is_some_and(|directive| directive == "replace") {
        let mut patch = patch.clone();
        if let Some(map) = patch.as_object_mut() {
            map.shift_remove("$patch");
        }
        return patch;
    }
    if !target.is_object() {
        target = Value::Object(Map::new());
    }
    if let Some(map) = target.as_object_mut() {
        for (key, value) in fields {
            if key.starts_with("$setElementOrder") || key == "$patch" {
                continue;
            }
            if let Some(list) = key.strip_prefix("$deleteFromPrimitiveList/") {
                let gone = value.as_array().cloned().unwrap_or_default();
                if let Some(items) = map.get_mut(list).and_then(Value::as_array_mut) {
                    items.retain(|item| !gone.contains(item));
                }
                continue;
            }
            let old = map.get(key).cloned();
            match (old, value) {
                (_, Value::Null) => {
                    map.shift_remove(key);
                }
                (Some(Value::Array(old)), Value::Array(new)) => {
                    map.insert(key.clone(), Value::Array(strategic_list(key, old, new)));
                }
                (old, value) => {
                    map.insert(key.clone(), strategic(old.unwrap_or_default(), value));
                }
            }
        }
    }
    target
}

fn strategic_list(field: &str, mut old: Vec<Value>, new: &[Value]) -> Vec<Value> {
    let Some(key) = key_of(field, [&old, new]) else { return new.to_vec() };
    for item in new {
        let at = match key {
            "" => old.iter().position(|known| known == item),
            key => old.iter().position(|known| known[key] == item[key]),
        };
        match (at, item["$patch"].as_str()) {
            (Some(at), Some("delete")) => {
                old.remove(at);
            }
            (None, Some("delete")) => {}
            (Some(at), _) => old[at] = strategic(old[at].take(), item),
            (None, _) => old.push(item.clone()),
        }
    }
    old
}

/// The patch that makes of `current` what `modified` asks for, and takes away what `original` had and `modified` has
/// not. With `keyed`, lists are merged by their keys; else the patch is one of RFC 7386.
pub fn three_way(original: &Value, modified: &Value, current: &Value, keyed: bool) -> Value {
    let mut patch = Map::new();
    let empty = Map::new();
    let fields = |value: &'_ Value| value.as_object().cloned().unwrap_or_else(|| empty.clone());
    let (original, modified, current) = (fields(original), fields(modified), fields(current));
    for (key, wanted) in &modified {
        // A null in a manifest takes the field away.
        if wanted.is_null() {
            if current.contains_key(key) {
                patch.insert(key.clone(), Value::Null);
            }
            continue;
        }
        let before = original.get(key).cloned().unwrap_or_default();
        match (current.get(key), wanted) {
            (Some(Value::Object(now)), Value::Object(_)) => {
                let inner = three_way(&before, wanted, &Value::Object(now.clone()), keyed);
                if inner.as_object().is_some_and(|inner| !inner.is_empty()) {
                    patch.insert(key.clone(), inner);
                }
            }
            (Some(Value::Array(now)), Value::Array(wanted)) => {
                let before = before.as_array().cloned().unwrap_or_default();
                if let Some(value) = list_patch(key, &before, wanted, now, keyed, &mut patch) {
                    patch.insert(key.clone(), value);
                }
            }
            (Some(now), wanted) if same(now, wanted) => {}
            (_, wanted) => {
                patch.insert(key.clone(), wanted.clone());
            }
        }
    }
    for key in original.keys() {
        if !modified.contains_key(key) && current.contains_key(key) {
            patch.insert(key.clone(), Value::Null);
        }
    }
    Value::Object(patch)
}

fn list_patch(
    field: &str,
    before: &[Value],
    wanted: &[Value],
    now: &[Value],
    keyed: bool,
    patch: &mut Map<String, Value>,
) -> Option<Value> {
    let key = if keyed { key_of(field, [wanted, now]) } else { None };
    let Some(key) = key else { return (wanted != now).then(|| Value::Array(wanted.to_vec())) };
    let find = |list: &[Value], item: &Value| {
        let found = list.iter().find(|known| if key.is_empty() { *known == item } else { known[key] == item[key] });
        found.cloned()
    };
    let mut items = Vec::new();
    for item in wanted {
        match find(now, item) {
            None => items.push(item.clone()),
            Some(known) if !key.is_empty() => {
                let mut inner = three_way(&find(before, item).unwrap_or_default(), item, &known, keyed);
                if inner.as_object().is_some_and(|inner| !inner.is_empty()) {
                    inner[key] = item[key].clone();
                    items.push(inner);
                }
            }
            Some(_) => {}
        }
    }
    let gone = before.iter().filter(|item| find(wanted, item).is_none() && find(now, item).is_some());
    if key.is_empty() {
        let gone: Vec<Value> = gone.cloned().collect();
        if !gone.is_empty() {
            patch.insert(format!("$deleteFromPrimitiveList/{field}"), gone.into());
        }
    } else {
        items.extend(gone.map(|item| serde_json::json!({"$patch": "delete", key: item[key]})));
    }
    (!items.is_empty()).then_some(Value::Array(items))
}

/// Numbers are the same whatever they are written as.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (a, b) => a == b,
    }
}

/// RFC 6902.
///
/// # Errors
/// What of the patch cannot be done, in the words of `evanphx/json-patch`.
pub fn json_patch(mut target: Value, patch: &Value) -> Result<Value, String> {
    for step in patch.as_array().into_iter().flatten() {
        let (op, path) = (step["op"].as_str().unwrap_or_default(), step["path"].as_str().unwrap_or_default());
        match op {
            "add" => add(&mut target, path, step["value"].clone())?,
            "remove" => {
                remove(&mut target, path)?;
            }
            "replace" => {
                let missing = || format!("replace operation does not apply: doc is missing key: {path}: missing value");
                *target.pointer_mut(path).ok_or_else(missing)? = step["value"].clone();
            }
            "move" => {
                let value = remove(&mut target, step["from"].as_str().unwrap_or_default())?;
                add(&mut target, path, value)?;
            }
            "copy" => {
                let from = step["from"].as_str().unwrap_or_default();
                let value =
                    target.pointer(from).cloned().ok_or_else(|| format!("copy operation does not apply: {from}"))?;
                add(&mut target, path, value)?;
            }
            "test" => {
                if target.pointer(path).unwrap_or(&Value::Null) != &step["value"] {
                    return Err(format!("testing value {path} failed: test failed"));
                }
            }
            other => return Err(format!("Unexpected kind: {other}")),
        }
    }
    Ok(target)
}

fn split(path: &str) -> (&str, String) {
    let (parent, key) = path.rsplit_once('/').unwrap_or(("", path));
    (parent, key.replace("~1", "/").replace("~0", "~"))
}

fn add(target: &mut Value, path: &str, value: Value) -> Result<(), String> {
    let (parent, key) = split(path);
    let missing = || format!("add operation does not apply: doc is missing path: \"{path}\": missing value");
    match target.pointer_mut(parent).ok_or_else(missing)? {
        Value::Object(map) => {
            map.insert(key, value);
        }
        Value::Array(items) if key == "-" => items.push(value),
        Value::Array(items) => {
            let at: usize = key.parse().map_err(|_| missing())?;
            if at > items.len() {
                return Err(missing());
            }
            items.insert(at, value);
        }
        _ => return Err(missing()),
    }
    Ok(())
}

fn remove(target: &mut Value, path: &str) -> Result<Value, String> {
    let (parent, key) = split(path);
    let missing = || format!("remove operation does not apply: doc is missing path: \"{path}\": missing value");
    let parent = target.pointer_mut(parent).ok_or_else(missing)?;
    let gone = match parent {
        Value::Object(map) => map.shift_remove(&key),
        Value::Array(items) => key.parse::<usize>().ok().filter(|at| *at < items.len()).map(|at| items.remove(at)),
        _ => None,
    };
    gone.ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(original: Value, modified: Value, current: Value, expected: Value) {
        assert_eq!(three_way(&original, &modified, &current, true), expected);
    }

    #[test]
    fn a_patch_has_what_changed_and_what_is_gone() {
        check(
            json!({"a": 1, "b": 2, "m": {"x": 1}}),
            json!({"a": 1, "m": {"y": 2}}),
            json!({"a": 3, "b": 2, "c": 4, "m": {"x": 1, "z": 5}}),
            json!({"a": 1, "m": {"y": 2, "x": null}, "b": null}),
        );
        check(json!({"a": 1}), json!({"a": 1}), json!({"a": 1, "b": 2}), json!({}));
    }

    #[test]
    fn lists_are_merged_by_their_keys() {
        let list = |items: Value| json!({"containers": items});
        check(
            list(json!([{"name": "a", "image": "x"}, {"name": "b"}])),
            list(json!([{"name": "a", "image": "y"}])),
            list(json!([{"name": "a", "image": "x", "extra": 1}, {"name": "b"}, {"name": "c"}])),
            list(json!([{"name": "a", "image": "y"}, {"$patch": "delete", "name": "b"}]))
                .as_object()
                .cloned()
                .map(Value::Object)
                .unwrap_or_default(),
        );
        let patched = strategic(
            list(json!([{"name": "a", "image": "x"}, {"name": "b"}])),
            &list(json!([{"name": "a", "image": "y"}, {"$patch": "delete", "name": "b"}])),
        );
        assert_eq!(patched, list(json!([{"name": "a", "image": "y"}])));
    }

    #[test]
    fn json_patches_are_done_step_by_step() {
        let patch = json!([{"op": "add", "path": "/a/-", "value": 2}, {"op": "remove", "path": "/b"}]);
        assert_eq!(json_patch(json!({"a": [1], "b": 0}), &patch), Ok(json!({"a": [1, 2]})));
        assert!(json_patch(json!({}), &json!([{"op": "remove", "path": "/x"}])).is_err());
    }
}
