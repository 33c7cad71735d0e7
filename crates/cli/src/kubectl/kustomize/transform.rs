//! Names, namespaces, labels, images and numbers of pods (`api/internal/builtins`), and who names whom
//! (`api/internal/accumulator/namereferencetransformer.go`).

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Item, list, text};
use crate::kubectl::change::pod_spec;
use crate::kubectl::failure::Failure;

/// Kinds whose objects lie in no namespace.
const CLUSTER: [&str; 12] = [
    "Namespace",
    "ClusterRole",
    "ClusterRoleBinding",
    "PersistentVolume",
    "StorageClass",
    "CustomResourceDefinition",
    "Node",
    "PriorityClass",
    "IngressClass",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];
/// Kinds whose names are no one's to change.
const NAMED: [&str; 3] = ["Namespace", "CustomResourceDefinition", "APIService"];
const WITH_REPLICAS: [&str; 4] = ["Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"];

/// Who is named by which field of what: the field before, the field, and the kind.
const REFERENCES: [(&str, &str, &str); 13] = [
    ("configMap", "name", "ConfigMap"),
    ("configMapRef", "name", "ConfigMap"),
    ("configMapKeyRef", "name", "ConfigMap"),
    ("secret", "secretName", "Secret"),
    ("secret", "name", "Secret"),
    ("secretRef", "name", "Secret"),
    ("secretKeyRef", "name", "Secret"),
    ("imagePullSecrets", "name", "Secret"),
    ("tls", "secretName", "Secret"),
    ("persistentVolumeClaim", "claimName", "PersistentVolumeClaim"),
    ("service", "name", "Service"),
    ("", "serviceName", "Service"),
    ("", "serviceAccountName", "ServiceAccount"),
];

/// Applies everything of a kustomization that is about all objects.
pub(super) fn all(kustomization: &Value, items: &mut [Item]) -> Result<(), Failure> {
    let before: Vec<(String, String)> =
        items.iter().map(|item| (item.kind().to_owned(), item.name().to_owned())).collect();
    let namespace = text(kustomization, "namespace");
    let (prefix, suffix) = (text(kustomization, "namePrefix"), text(kustomization, "nameSuffix"));
    for item in items.iter_mut() {
        if !namespace.is_empty() && !CLUSTER.contains(&item.kind()) {
            item.object["metadata"]["namespace"] = namespace.into();
        }
        if !namespace.is_empty() && item.kind() == "Namespace" {
            item.object["metadata"]["name"] = namespace.into();
        }
        if !namespace.is_empty() {
            for subject in item.object.get_mut("subjects").and_then(Value::as_array_mut).into_iter().flatten() {
                if subject["kind"] == "ServiceAccount" {
                    subject["namespace"] = namespace.into();
                }
            }
        }
        if !NAMED.contains(&item.kind()) {
            item.object["metadata"]["name"] = format!("{prefix}{}{suffix}", item.name()).into();
        }
    }
    labels(kustomization, items);
    for item in items.iter_mut() {
        for (key, value) in kustomization["commonAnnotations"].as_object().into_iter().flatten() {
            item.object["metadata"]["annotations"][key] = value.clone();
            if let Some(template) = template(item) {
                template["metadata"]["annotations"][key] = value.clone();
            }
        }
    }
    replicas(kustomization, items)?;
    for image in list(&kustomization["images"]) {
        items.iter_mut().for_each(|item| set_image(&mut item.object, image));
    }
    let renamed: Vec<(String, String, String)> = before
        .into_iter()
        .zip(items.iter())
        .map(|((kind, old), item)| (kind, old, item.name().to_owned()))
        .filter(|(_, old, new)| old != new)
        .collect();
    items.iter_mut().for_each(|item| follow(&mut item.object, "", &renamed));
    Ok(())
}

/// The template of the pods of what has one.
fn template(item: &mut Item) -> Option<&mut Value> {
    let pointer = pod_spec(item.kind()).filter(|pointer| pointer.contains("template"))?;
    item.object.pointer_mut(pointer.trim_end_matches("/spec"))
}

fn labels(kustomization: &Value, items: &mut [Item]) {
    let mut sets: Vec<(&Value, bool, bool)> = list(&kustomization["labels"])
        .iter()
        .map(|set| (&set["pairs"], set["includeSelectors"] == true, set["includeTemplates"] == true))
        .collect();
    sets.push((&kustomization["commonLabels"], true, true));
    for (pairs, selectors, templates) in sets {
        for (key, value) in pairs.as_object().into_iter().flatten() {
            for item in items.iter_mut() {
                item.object["metadata"]["labels"][key] = value.clone();
                if selectors {
                    select(item, key, value);
                }
                if let (true, Some(template)) = (selectors || templates, template(item)) {
                    template["metadata"]["labels"][key] = value.clone();
                }
            }
        }
    }
}

fn select(item: &mut Item, key: &str, value: &Value) {
    match item.kind() {
        "Service" if item.object["spec"]["selector"].is_object() => {
            item.object["spec"]["selector"][key] = value.clone();
        }
        "ReplicationController" => item.object["spec"]["selector"][key] = value.clone(),
        "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet" => {
            item.object["spec"]["selector"]["matchLabels"][key] = value.clone();
        }
        "NetworkPolicy" => item.object["spec"]["podSelector"]["matchLabels"][key] = value.clone(),
        "PodDisruptionBudget" => item.object["spec"]["selector"]["matchLabels"][key] = value.clone(),
        _ => {}
    }
}

fn replicas(kustomization: &Value, items: &mut [Item]) -> Result<(), Failure> {
    for wanted in list(&kustomization["replicas"]) {
        let name = text(wanted, "name");
        let fits = |item: &&mut Item| item.first_name == name && WITH_REPLICAS.contains(&item.kind());
        let mut found = false;
        for item in items.iter_mut().filter(fits) {
            item.object["spec"]["replicas"] = wanted["count"].clone();
            found = true;
        }
        if !found {
            let words = format!("resource with name {name} does not match a config with the following GVK");
            return Err(Failure::plain(words));
        }
    }
    Ok(())
}

/// Sets name, tag or digest wherever containers use an image.
fn set_image(value: &mut Value, wanted: &Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| set_image(item, wanted)),
        Value::Object(fields) => {
            for (field, inner) in fields.iter_mut() {
                if !matches!(field.as_str(), "containers" | "initContainers") {
                    set_image(inner, wanted);
                    continue;
                }
                for container in inner.as_array_mut().into_iter().flatten() {
                    if let Some(image) = container["image"].as_str().and_then(|image| other_image(image, wanted)) {
                        container["image"] = image.into();
                    }
                }
            }
        }
        _ => {}
    }
}

fn other_image(image: &str, wanted: &Value) -> Option<String> {
    let (bare, digest) = image.split_once('@').map_or((image, None), |(bare, digest)| (bare, Some(digest)));
    let folder = bare.rfind('/').map_or(0, |at| at + 1);
    let (name, tag) = match bare[folder..].find(':') {
        Some(at) => (&bare[..folder + at], Some(&bare[folder + at + 1..])),
        None => (bare, None),
    };
    if name != text(wanted, "name") {
        return None;
    }
    let given = |field: &str| Some(text(wanted, field)).filter(|value| !value.is_empty());
    let name = given("newName").unwrap_or(name);
    Some(match (given("digest"), given("newTag")) {
        (Some(digest), _) => format!("{name}@{digest}"),
        (_, Some(tag)) => format!("{name}:{tag}"),
        _ => match (digest, tag) {
            (Some(digest), _) => format!("{name}@{digest}"),
            (_, Some(tag)) => format!("{name}:{tag}"),
            _ => name.to_owned(),
        },
    })
}

/// Lets everything below a field follow the new names.
fn follow(value: &mut Value, under: &str, renamed: &[(String, String, String)]) {
    let new = |kind: &str, old: &str| {
        renamed.iter().find(|(of, name, _)| of == kind && name == old).map(|(.., new)| Value::from(new.as_str()))
    };
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| follow(item, under, renamed)),
        Value::Object(fields) => {
            // A reference that says of what kind it is about.
            if matches!(under, "scaleTargetRef" | "roleRef" | "subjects") {
                let name = new(
                    fields.get("kind").and_then(Value::as_str).unwrap_or_default(),
                    fields.get("name").and_then(Value::as_str).unwrap_or_default(),
                );
                if let Some(name) = name {
                    fields.insert("name".to_owned(), name);
                }
            }
            for (field, inner) in fields.iter_mut() {
                let fits = |(before, named, _): &&(&str, &str, &str)| {
                    named == field && (before.is_empty() || *before == under)
                };
                let kind = REFERENCES.iter().find(fits).map(|(.., kind)| *kind);
                match (kind, inner.as_str()) {
                    (Some(kind), Some(old)) => {
                        if let Some(name) = new(kind, old) {
                            *inner = name;
                        }
                    }
                    _ => follow(inner, field, renamed),
                }
            }
        }
        _ => {}
    }
}

/// Adds to generated names a hash of what is in them, so that whoever uses them starts anew when that changes
/// (`api/hasher/hasher.go`).
pub(super) fn hash_names(items: &mut [Item]) {
    let mut renamed = Vec::new();
    for item in items.iter_mut().filter(|item| item.is_hashed) {
        let object = &item.object;
        let mut hashed = json!({});
        if let Some(data) = object.get("binaryData") {
            hashed["binaryData"] = data.clone();
        }
        hashed["data"] = object.get("data").cloned().unwrap_or_else(|| "".into());
        hashed["kind"] = object["kind"].clone();
        hashed["name"] = object["metadata"]["name"].clone();
        if object["kind"] == "Secret" {
            hashed["type"] = object["type"].clone();
        }
        let text = crate::kubectl::print::json::compact(&hashed);
        let hex: String = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        // Letters that make no words.
        let letter = |c: char| match c {
            '0' => 'g',
            '1' => 'h',
            '3' => 'k',
            'a' => 'm',
            'e' => 't',
            other => other,
        };
        let old = item.name().to_owned();
        let new = format!("{old}-{}", hex.chars().take(10).map(letter).collect::<String>());
        renamed.push((item.kind().to_owned(), old, new.clone()));
        item.object["metadata"]["name"] = new.into();
    }
    items.iter_mut().for_each(|item| follow(&mut item.object, "", &renamed));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(image: &str, wanted: Value, expected: Option<&str>) {
        assert_eq!(other_image(image, &wanted).as_deref(), expected, "{image}");
    }

    #[test]
    fn of_an_image_only_what_is_asked_for_changes() {
        check("nginx", json!({"name": "nginx", "newTag": "1.29"}), Some("nginx:1.29"));
        check("nginx:1.27", json!({"name": "nginx", "newName": "my/nginx"}), Some("my/nginx:1.27"));
        check("reg:5000/a/b:1", json!({"name": "reg:5000/a/b", "digest": "sha256:x"}), Some("reg:5000/a/b@sha256:x"));
        check("nginx", json!({"name": "other", "newTag": "1"}), None);
    }

    #[test]
    fn a_generated_name_ends_in_the_hash_that_kustomize_makes() {
        let check = |fields: Value, expected: &str| {
            let mut object = json!({"apiVersion": "v1", "metadata": {"name": ""}});
            fields.as_object().into_iter().flatten().for_each(|(field, value)| object[field] = value.clone());
            let mut items = [Item { is_hashed: true, ..Item::new(object) }];
            hash_names(&mut items);
            assert_eq!(items[0].name(), expected, "{fields}");
        };
        check(json!({"kind": "ConfigMap"}), "-6ct58987ht");
        check(json!({"kind": "ConfigMap", "data": {"one": ""}}), "-9g67k2htb6");
        check(json!({"kind": "Secret", "type": "my-type", "data": {"one": ""}}), "-74bd68bm66");
    }
}
