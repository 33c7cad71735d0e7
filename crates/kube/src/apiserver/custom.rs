//! Custom resources: kinds that a `CustomResourceDefinition` makes while the server runs
//! (`staging/src/k8s.io/apiextensions-apiserver`).

use etcd::rpc::{DeleteRangeRequest, RequestOp};
use serde_json::{Value, json};

use super::backend::end_of;
use super::cache::Cache;
use super::validate::Faults;
use crate::api::{Object, Reason, Request, Resource, Scope, Status, Words};

/// Where the definitions lie.
pub(super) const DEFINITIONS: &str = "/registry/apiextensions.k8s.io/customresourcedefinitions/";

const VERBS: [&str; 8] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/// The resources that are defined and served.
pub(super) fn resources(cache: &Cache) -> Vec<Resource> {
    cache.range(DEFINITIONS, "").flat_map(|(_, definition)| resources_of(definition)).collect()
}

fn resources_of(definition: &Object) -> Vec<Resource> {
    let names = |field: &str| definition.text(&format!("/spec/names/{field}")).to_owned();
    let words = |field: &str| -> Vec<Words> {
        let list = definition.list(&format!("/spec/names/{field}"));
        list.iter().filter_map(Value::as_str).map(|word| Words::Owned(word.to_owned())).collect()
    };
    let (group, plural) = (definition.text("/spec/group").to_owned(), names("plural"));
    let singular = if names("singular").is_empty() { names("kind").to_lowercase() } else { names("singular") };
    let resource = |version: &Value| Resource {
        group: group.clone().into(),
        version: version["name"].as_str().unwrap_or_default().to_owned().into(),
        plural: plural.clone().into(),
        singular: singular.clone(),
        kind: names("kind").into(),
        short_names: words("shortNames"),
        scope: if definition.text("/spec/scope") == "Cluster" { Scope::Cluster } else { Scope::Namespaced },
        verbs: VERBS.iter().copied().map(Words::Borrowed).collect(),
        categories: words("categories"),
        prefix: format!("/registry/{group}/{plural}"),
        custom: true,
    };
    definition.list("/spec/versions").iter().filter(|version| version["served"] == true).map(resource).collect()
}

/// The definition of a custom resource.
pub(super) fn definition<'a>(cache: &'a Cache, resource: &Resource) -> Option<&'a Object> {
    cache.get(&format!("{DEFINITIONS}{}.{}", resource.plural, resource.group))
}

fn version<'a>(definition: &'a Object, name: &str) -> Option<&'a Value> {
    definition.list("/spec/versions").iter().find(|version| version["name"] == name)
}

/// Whether a custom resource has a part of its own, `status` or `scale`.
pub(super) fn has_part(cache: &Cache, resource: &Resource, part: &str) -> bool {
    let definition = definition(cache, resource);
    let version = definition.and_then(|definition| version(definition, &resource.version));
    version.is_some_and(|version| version["subresources"][part].is_object())
}

/// What a definition says of itself when its names are taken. The real server finds that out a moment later.
pub(super) fn establish(definition: &mut Value, now: &str) {
    let names = definition["spec"]["names"].clone();
    let names = json!({
        "plural": names["plural"], "singular": names["singular"], "shortNames": names["shortNames"],
        "kind": names["kind"], "listKind": names["listKind"], "categories": names["categories"],
    });
    let condition = |kind: &str, reason: &str, message: &str| json!({ "type": kind, "status": "True", "lastTransitionTime": now, "reason": reason, "message": message });
    let versions = definition["spec"]["versions"].as_array().cloned().unwrap_or_default();
    let stored: Vec<&Value> =
        versions.iter().filter(|version| version["storage"] == true).map(|version| &version["name"]).collect();
    definition["status"] = json!({
        "conditions": [
            condition("NamesAccepted", "NoConflicts", "no conflicts found"),
            condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        ],
        "acceptedNames": names, "storedVersions": stored,
    });
}

/// Names that a definition need not say, and how versions are converted.
pub(super) fn fill_in(definition: &mut Value) {
    let kind = definition["spec"]["names"]["kind"].as_str().unwrap_or_default().to_owned();
    for (field, word) in [("singular", kind.to_lowercase()), ("listKind", format!("{kind}List"))] {
        if definition["spec"]["names"][field].is_null() {
            definition["spec"]["names"][field] = word.into();
        }
    }
    if definition["spec"]["conversion"].is_null() {
        definition["spec"]["conversion"] = json!({ "strategy": "None" });
    }
}

/// A definition that goes takes its objects with it.
pub(super) fn objects_of(definition: &Object) -> Vec<RequestOp> {
    let prefix = format!("/registry/{}/{}/", definition.text("/spec/group"), definition.text("/spec/names/plural"));
    let delete = DeleteRangeRequest { key: prefix.as_str().into(), range_end: end_of(&prefix), ..Default::default() };
    vec![RequestOp::DeleteRange(delete)]
}

/// Reads an object by its schema: defaults are filled in, what the schema does not know is dropped.
///
/// # Errors
/// `BadRequest` for unknown fields when the client asked for `Strict`.
pub(super) fn decode(
    cache: &Cache,
    request: &Request,
    resource: &Resource,
    value: &mut Value,
) -> Result<Vec<String>, Status> {
    let Some(schema) = schema(cache, resource) else { return Ok(Vec::new()) };
    let mut unknown = Vec::new();
    prune(value, schema, "", &mut unknown);
    fill(value, schema);
    let words: Vec<String> = unknown.iter().map(|field| format!("unknown field \"{field}\"")).collect();
    match request.options.field_validation.as_ref() {
        "Strict" if !words.is_empty() => {
            let (kind, version) = (&resource.kind, &resource.version);
            let why = format!("strict decoding error: {}", words.join(", "));
            let message = format!("{kind} in version {version:?} cannot be handled as a {kind}: {why}");
            Err(Status::new(Reason::BadRequest, message))
        }
        "Ignore" => Ok(Vec::new()),
        _ => Ok(words),
    }
}

/// The schema that its definition gives a custom resource.
pub(super) fn schema<'a>(cache: &'a Cache, resource: &Resource) -> Option<&'a Value> {
    let version = version(definition(cache, resource)?, &resource.version)?;
    Some(&version["schema"]["openAPIV3Schema"]).filter(|schema| schema.is_object())
}

fn prune(value: &mut Value, schema: &Value, place: &str, unknown: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let keeps = schema["x-kubernetes-preserve-unknown-fields"] == true;
            let more = &schema["additionalProperties"];
            for name in fields.keys().cloned().collect::<Vec<_>>() {
                let at = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
                let root = place.is_empty() && matches!(name.as_str(), "apiVersion" | "kind" | "metadata");
                let known = &schema["properties"][&name];
                match fields.get_mut(&name) {
                    _ if root => {}
                    Some(inner) if known.is_object() => prune(inner, known, &at, unknown),
                    Some(inner) if more.is_object() => prune(inner, more, &at, unknown),
                    _ if keeps || more == true => {}
                    _ => {
                        fields.shift_remove(&name);
                        unknown.push(at);
                    }
                }
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter_mut().enumerate() {
                prune(item, &schema["items"], &format!("{place}[{at}]"), unknown);
            }
        }
        _ => {}
    }
}

fn fill(value: &mut Value, schema: &Value) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
                if !fields.contains_key(name)
                    && let Some(default) = inner.get("default")
                {
                    fields.insert(name.clone(), default.clone());
                }
                if let Some(field) = fields.get_mut(name) {
                    fill(field, inner);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, &schema["items"])),
        _ => {}
    }
}

/// Checks an object by its schema.
pub(super) fn check(cache: &Cache, resource: &Resource, value: &Value, faults: &mut Faults) {
    if let Some(schema) = schema(cache, resource) {
        check_value(value, schema, "", faults);
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn check_value(value: &Value, schema: &Value, place: &str, faults: &mut Faults) {
    let wanted = schema["type"].as_str().unwrap_or_default();
    let is = kind_of(value);
    let fits = wanted.is_empty() || wanted == is || (wanted == "number" && is == "integer");
    if !fits && schema["x-kubernetes-int-or-string"] != true && !(schema["nullable"] == true && value.is_null()) {
        let why = format!("{place} in body must be of type {wanted}: {:?}", is);
        return faults.invalid_type(place, is, &why);
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(value)
    {
        let shown: Vec<String> = allowed
            .iter()
            .map(|value| value.as_str().map_or_else(|| value.to_string(), |t| format!("{t:?}")))
            .collect();
        faults.unsupported_shown(place, value.clone(), &shown);
    }
    if let Some(number) = value.as_f64() {
        let bound = |field: &str| schema[field].as_f64();
        if bound("minimum").is_some_and(|least| number < least) {
            let why = format!("{place} in body should be greater than or equal to {}", schema["minimum"]);
            faults.invalid(place, value.clone(), &why);
        }
        if bound("maximum").is_some_and(|most| number > most) {
            let why = format!("{place} in body should be less than or equal to {}", schema["maximum"]);
            faults.invalid(place, value.clone(), &why);
        }
    }
    if let Some(text) = value.as_str() {
        let length = text.chars().count() as u64;
        if schema["minLength"].as_u64().is_some_and(|least| length < least) {
            let why = format!("{place} in body should be at least {} chars long", schema["minLength"]);
            faults.invalid(place, value.clone(), &why);
        }
        if schema["maxLength"].as_u64().is_some_and(|most| length > most) {
            faults.too_long(place, schema["maxLength"].as_u64().unwrap_or(0));
        }
    }
    if let Some(fields) = value.as_object() {
        let at = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                faults.required(&at(name), "");
            }
        }
        for (name, inner) in fields {
            let known = [&schema["properties"][name], &schema["additionalProperties"]];
            if let Some(schema) = known.into_iter().find(|schema| schema.is_object()) {
                check_value(inner, schema, &at(name), faults);
            }
        }
    }
    for (at, item) in value.as_array().into_iter().flatten().enumerate() {
        check_value(item, &schema["items"], &format!("{place}[{at}]"), faults);
    }
}
