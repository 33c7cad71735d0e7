//! JSON patches (RFC 6902).

use serde_json::Value;

/// Does the operations of `patch` one after the other.
///
/// # Errors
/// In words, when one does not fit; then the value is half done.
pub(in super::super) fn apply(value: &mut Value, patch: &Value) -> Result<(), String> {
    let operations = patch.as_array().ok_or("the patch is not a list of operations")?;
    operations.iter().try_for_each(|operation| one(value, operation))
}

fn one(document: &mut Value, operation: &Value) -> Result<(), String> {
    let text = |name: &str| operation[name].as_str().unwrap_or_default();
    let (path, from) = (text("path"), text("from"));
    let value = || operation.get("value").cloned().unwrap_or(Value::Null);
    match text("op") {
        "add" => add(document, path, value()),
        "remove" => remove(document, path, "remove").map(drop),
        "replace" => {
            let missing = || format!("replace operation does not apply: doc is missing key: {path}: missing value");
            *document.pointer_mut(path).ok_or_else(missing)? = value();
            Ok(())
        }
        "move" => {
            let moved = remove(document, from, "move")?;
            add(document, path, moved)
        }
        "copy" => {
            let missing = || format!("copy operation does not apply: doc is missing from path: {from}: missing value");
            let copied = document.pointer(from).cloned().ok_or_else(missing)?;
            add(document, path, copied)
        }
        "test" => {
            let wanted = value();
            let fits = document.pointer(path).map_or(wanted.is_null(), |found| *found == wanted);
            if fits { Ok(()) } else { Err(format!("testing value {path} failed: test failed")) }
        }
        other => Err(format!("Unexpected kind: {other}")),
    }
}

/// The place of a path's parent, and its last part as it is called.
fn split(path: &str) -> Option<(&str, String)> {
    let (parent, last) = path.rsplit_once('/')?;
    Some((parent, last.replace("~1", "/").replace("~0", "~")))
}

fn add(document: &mut Value, path: &str, value: Value) -> Result<(), String> {
    let missing = || format!("add operation does not apply: doc is missing path: \"{path}\": missing value");
    let Some((parent, last)) = split(path) else {
        *document = value;
        return Ok(());
    };
    match document.pointer_mut(parent) {
        Some(Value::Object(fields)) => {
            fields.insert(last, value);
            Ok(())
        }
        Some(Value::Array(items)) => {
            let at = if last == "-" { Some(items.len()) } else { last.parse().ok() };
            let at = at.filter(|at| *at <= items.len());
            items.insert(
                at.ok_or_else(|| {
                    format!("add operation does not apply: doc is missing path: {path}: invalid index referenced")
                })?,
                value,
            );
            Ok(())
        }
        _ => Err(missing()),
    }
}

fn remove(document: &mut Value, path: &str, operation: &str) -> Result<Value, String> {
    let missing = || match operation {
        "move" => format!("move operation does not apply: doc is missing from path: {path}: missing value"),
        _ => format!("remove operation does not apply: doc is missing path: \"{path}\": missing value"),
    };
    let (parent, last) = split(path).ok_or_else(missing)?;
    let removed = match document.pointer_mut(parent) {
        Some(Value::Object(fields)) => fields.shift_remove(&last),
        Some(Value::Array(items)) => {
            let at = last.parse::<usize>().ok().filter(|at| *at < items.len());
            at.map(|at| items.remove(at))
        }
        _ => None,
    };
    removed.ok_or_else(missing)
}
