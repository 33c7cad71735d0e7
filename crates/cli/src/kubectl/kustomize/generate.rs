//! ConfigMaps and Secrets made of literals and files (`api/internal/generators`).

use base64::Engine;
use serde_json::{Map, Value, json};

use super::{Directory, Item, list, text};
use crate::kubectl::failure::Failure;

/// Adds what the generators of a kustomization make.
pub(super) fn all(at: &Directory, kustomization: &Value, items: &mut Vec<Item>) -> Result<(), Failure> {
    let common = &kustomization["generatorOptions"];
    for (field, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
        for source in list(&kustomization[field]) {
            let item = one(at, source, common, kind)?;
            let there = items.iter().position(|one| one.kind() == kind && one.first_name == item.first_name);
            match (text(source, "behavior"), there) {
                ("merge" | "replace", None) => {
                    let words = format!("id resid.ResId {} does not exist; cannot merge or replace", item.id());
                    return Err(Failure::plain(words));
                }
                ("merge", Some(at)) => {
                    let old = &mut items[at].object;
                    for (key, value) in item.object["data"].as_object().into_iter().flatten() {
                        old["data"][key] = value.clone();
                    }
                }
                ("replace", Some(at)) => items[at] = item,
                (_, Some(_)) => {
                    let words = format!("may not add resource with an already registered id: {}", item.id());
                    return Err(Failure::plain(words));
                }
                (_, None) => items.push(item),
            }
        }
    }
    Ok(())
}

fn one(at: &Directory, source: &Value, common: &Value, kind: &str) -> Result<Item, Failure> {
    let name = text(source, "name");
    if name.is_empty() {
        let words = format!("generator of a {kind} without a name");
        return Err(Failure::plain(words));
    }
    let mut data: Map<String, Value> = Map::new();
    let mut put = |key: &str, value: &str| {
        let value = match kind {
            "Secret" => base64::engine::general_purpose::STANDARD.encode(value),
            _ => value.to_owned(),
        };
        match data.insert(key.to_owned(), value.into()) {
            None => Ok(()),
            Some(_) => {
                let words = format!("cannot add key {key}, another key by that name already exists: {name}");
                Err(Failure::plain(words))
            }
        }
    };
    let missing = |why: String| Failure::plain(format!("loading KV pairs: file sources: {why}"));
    for file in list(&source["envs"]).iter().chain([&source["env"]]).filter_map(Value::as_str) {
        let content =
            at.read(file).map_err(|why| Failure::plain(format!("loading KV pairs: env source files: {why}")))?;
        for line in content.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            put(key, value)?;
        }
    }
    for pair in list(&source["literals"]).iter().filter_map(Value::as_str) {
        let Some((key, value)) = pair.split_once('=') else {
            let words = format!("loading KV pairs: literal sources: invalid literal source {pair}, expected key=value");
            return Err(Failure::plain(words));
        };
        put(key, value.trim_matches(['"', '\'']))?;
    }
    for file in list(&source["files"]).iter().filter_map(Value::as_str) {
        let (key, path) = file.split_once('=').unwrap_or((file.rsplit('/').next().unwrap_or(file), file));
        put(key, &at.read(path).map_err(missing)?)?;
    }
    data.sort_keys();
    let mut object = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}});
    if !data.is_empty() {
        object["data"] = data.into();
    }
    if kind == "Secret" {
        object["type"] = if source["type"].is_string() { source["type"].clone() } else { "Opaque".into() };
    }
    if source["namespace"].is_string() {
        object["metadata"]["namespace"] = source["namespace"].clone();
    }
    let own = &source["options"];
    for (field, from) in [("labels", "labels"), ("annotations", "annotations")] {
        for options in [common, own] {
            for (key, value) in options[from].as_object().into_iter().flatten() {
                object["metadata"][field][key] = value.clone();
            }
        }
    }
    if [common, own].iter().any(|options| options["immutable"] == true) {
        object["immutable"] = true.into();
    }
    let plain = [common, own].iter().any(|options| options["disableNameSuffixHash"] == true);
    Ok(Item { is_hashed: !plain, ..Item::new(object) })
}
