//! The three kinds of patches.

mod json;
mod strategic;

use serde_json::{Map, Value};

pub(super) use json::apply as json;
pub(super) use strategic::{List as ListKind, apply as strategic, list as list_kind};

/// Applies a JSON merge patch (RFC 7386): fields are replaced, `null` removes.
pub(super) fn merge(value: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *value = patch.clone();
        return;
    };
    for (name, change) in patch {
        let fields = fields_of(value);
        if change.is_null() {
            fields.shift_remove(name);
        } else {
            merge(fields.entry(name.as_str()).or_insert(Value::Null), change);
        }
    }
}

/// The fields of a value that is made an object if it is none.
fn fields_of(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(fields) => fields,
        // Just made.
        _ => unreachable!("the value is an object"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn check(how: &str, value: Value, patch: Value, expected: Value) {
        let mut patched = value;
        match how {
            "merge" => super::merge(&mut patched, &patch),
            "json" => super::json(&mut patched, &patch).expect("a patch that fits"),
            _ => super::strategic(&mut patched, &patch).expect("a patch that fits"),
        }
        assert_eq!(patched, expected, "{how} {patch}");
    }

    #[test]
    fn a_merge_patch_replaces_fields_and_null_removes_them() {
        check(
            "merge",
            json!({"a": {"b": 1, "c": 2}}),
            json!({"a": {"b": null, "d": [1]}}),
            json!({"a": {"c": 2, "d": [1]}}),
        );
        check("merge", json!({"a": [1, 2]}), json!({"a": [3]}), json!({"a": [3]}));
    }

    #[test]
    fn a_json_patch_does_its_operations_in_order() {
        let patch = json!([
            { "op": "test", "path": "/a/b", "value": 1 },
            { "op": "add", "path": "/l/-", "value": 3 },
            { "op": "add", "path": "/l/0", "value": 0 },
            { "op": "remove", "path": "/a/b" },
            { "op": "replace", "path": "/x~1y", "value": true },
        ]);
        check("json", json!({"a": {"b": 1}, "l": [1], "x/y": 0}), patch, json!({"a": {}, "l": [0, 1, 3], "x/y": true}));
    }

    #[test]
    fn a_strategic_patch_merges_lists_by_their_keys() {
        let pod = |containers: Value| json!({ "kind": "Pod", "spec": { "containers": containers } });
        check(
            "strategic",
            pod(json!([{ "name": "a", "image": "x", "ports": [{ "containerPort": 80 }] }, { "name": "b" }])),
            pod(json!([{ "name": "a", "image": "y", "ports": [{ "containerPort": 81 }] }, { "name": "c" }])),
            pod(json!([
                { "name": "a", "image": "y", "ports": [{ "containerPort": 81 }, { "containerPort": 80 }] },
                { "name": "c" },
                { "name": "b" },
            ])),
        );
        check(
            "strategic",
            pod(json!([{ "name": "a", "args": ["1"] }, { "name": "b" }])),
            pod(json!([{ "name": "b", "$patch": "delete" }, { "name": "a", "args": ["2"] }])),
            pod(json!([{ "name": "a", "args": ["2"] }])),
        );
    }

    #[test]
    fn a_strategic_patch_obeys_its_directives() {
        let meta = |finalizers: Value| json!({ "metadata": { "finalizers": finalizers } });
        check(
            "strategic",
            meta(json!(["a", "b"])),
            json!({ "metadata": { "$deleteFromPrimitiveList/finalizers": ["a"], "finalizers": ["c"] } }),
            meta(json!(["b", "c"])),
        );
        check(
            "strategic",
            json!({ "spec": { "strategy": { "type": "RollingUpdate", "rollingUpdate": {} } } }),
            json!({ "spec": { "strategy": { "$retainKeys": ["type"], "type": "Recreate" } } }),
            json!({ "spec": { "strategy": { "type": "Recreate" } } }),
        );
        check(
            "strategic",
            json!({ "spec": { "selector": { "a": "1" } } }),
            json!({ "spec": { "selector": { "$patch": "replace", "b": "2" } } }),
            json!({ "spec": { "selector": { "b": "2" } } }),
        );
    }
}
