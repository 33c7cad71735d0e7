//! Patches: those that look like a part of the object, and those that are lists of operations
//! (`api/internal/builtins/PatchTransformer.go`).

use serde_json::Value;

use super::{Directory, Item, id, list, text};
use crate::kubectl::failure::Failure;
use crate::kubectl::merge;

/// Applies the patches of a kustomization.
pub(super) fn all(at: &Directory, kustomization: &Value, items: &mut Vec<Item>) -> Result<(), Failure> {
    for patch in list(&kustomization["patchesStrategicMerge"]).iter().filter_map(Value::as_str) {
        // A file's name, or the patch itself.
        let text = if patch.contains('\n') { patch.to_owned() } else { at.read(patch).map_err(Failure::plain)? };
        apply(&text, &Value::Null, items)?;
    }
    for field in ["patches", "patchesJson6902"] {
        for patch in list(&kustomization[field]) {
            let (inline, path) = (text(patch, "patch"), text(patch, "path"));
            let text = match (inline.is_empty(), path.is_empty()) {
                (false, true) => inline.to_owned(),
                (true, false) => at
                    .read(path)
                    .map_err(|why| Failure::plain(format!("failed to get the patch file from path({path}): {why}")))?,
                _ => return Err(Failure::plain("must specify one of patch and path in a patch")),
            };
            apply(&text, &patch["target"], items)?;
        }
    }
    Ok(())
}

fn apply(patch: &str, target: &Value, items: &mut Vec<Item>) -> Result<(), Failure> {
    let wrong = |why: String| Failure::plain(format!("unable to parse SM or JSON patch from [{patch}]: {why}"));
    for document in yaml::documents(patch).map_err(wrong)? {
        if document.is_array() {
            if target.is_null() {
                return Err(Failure::plain("must specify a target for JSON patch"));
            }
            for item in items.iter_mut() {
                if selects(target, item) {
                    item.object = merge::json_patch(item.object.take(), &document).map_err(Failure::plain)?;
                }
            }
            continue;
        }
        let (kind, name) = (text(&document, "kind").to_owned(), text(&document["metadata"], "name").to_owned());
        let (version, namespace) = (text(&document, "apiVersion"), text(&document["metadata"], "namespace"));
        let mut changed = false;
        for item in items.iter_mut() {
            let fits = match target.is_null() {
                false => selects(target, item),
                true => {
                    item.kind() == kind
                        && (item.name() == name || item.first_name == name)
                        && text(&item.object, "apiVersion") == version
                        && (namespace.is_empty() || item.namespace() == namespace)
                }
            };
            if !fits {
                continue;
            }
            changed = true;
            if document["$patch"] == "delete" {
                item.object = Value::Null;
                continue;
            }
            let mut part = document.clone();
            // Of a patch with a target, what it calls itself does not matter.
            for field in ["name", "namespace"] {
                match item.object["metadata"].get(field) {
                    Some(value) => part["metadata"][field] = value.clone(),
                    None => {
                        part["metadata"].as_object_mut().and_then(|fields| fields.shift_remove(field));
                    }
                }
            }
            for field in ["kind", "apiVersion"] {
                part[field] = item.object[field].clone();
            }
            item.object = merge::strategic(item.object.take(), &part);
        }
        if !changed && target.is_null() {
            let id = id(version, &kind, &name, namespace);
            let words = format!("no matches for Id {id}; failed to find unique target for patch {id}");
            return Err(Failure::plain(words));
        }
        items.retain(|item| !item.object.is_null());
    }
    Ok(())
}

/// Whether a target means an object.
fn selects(target: &Value, item: &Item) -> bool {
    let (group, version) = match text(&item.object, "apiVersion").split_once('/') {
        Some((group, version)) => (group, version),
        None => ("", text(&item.object, "apiVersion")),
    };
    let names = [item.name(), item.first_name.as_str()];
    for (field, values) in [
        ("group", &[group][..]),
        ("version", &[version][..]),
        ("kind", &[item.kind()][..]),
        ("name", &names[..]),
        ("namespace", &[item.namespace()][..]),
    ] {
        let wanted = text(target, field);
        if wanted.is_empty() {
            continue;
        }
        if !wanted.split('|').any(|pattern| values.iter().any(|value| fits(pattern, value))) {
            return false;
        }
    }
    for (field, place) in [("labelSelector", "labels"), ("annotationSelector", "annotations")] {
        let pairs = text(target, field).split(',').filter(|pair| !pair.is_empty());
        for pair in pairs {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = value.trim_start_matches('=');
            let is = item.object["metadata"][place][key.trim()].as_str();
            if is.is_none() || (pair.contains('=') && is != Some(value.trim())) {
                return false;
            }
        }
    }
    true
}

/// Whether all of a text fits an expression of letters, `.`, `*` and `+`, which is what names are chosen by.
fn fits(pattern: &str, text: &str) -> bool {
    let pattern = pattern.trim_start_matches(['^', '(']).trim_end_matches(['$', ')']);
    let mut signs = pattern.chars();
    let Some(sign) = signs.next() else { return text.is_empty() };
    let is_it = |c: char| sign == '.' || c == sign;
    let rest = signs.as_str();
    let Some(after) = rest.strip_prefix(['*', '+']) else {
        return text.chars().next().is_some_and(is_it)
            && fits(rest, &text[text.chars().next().map_or(0, char::len_utf8)..]);
    };
    let least = usize::from(rest.starts_with('+'));
    let mut at = text;
    let mut count = 0;
    loop {
        if count >= least && fits(after, at) {
            return true;
        }
        let Some(next) = at.chars().next().filter(|c| is_it(*c)) else { return false };
        at = &at[next.len_utf8()..];
        count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_may_name_several() {
        let check = |pattern: &str, text: &str, expected: bool| assert_eq!(fits(pattern, text), expected, "{pattern}");
        check("web", "web", true);
        check("web", "web-2", false);
        check("web.*", "web-2", true);
        check(".*", "", true);
        check("^a+b$", "aab", true);
        check("a+b", "b", false);
    }
}
