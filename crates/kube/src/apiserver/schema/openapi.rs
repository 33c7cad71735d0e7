//! What the server says of its types in OpenAPI, by which `kubectl explain` explains them
//! (`k8s.io/kube-openapi/pkg/builder3`, `/openapi/v3`).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{TABLE, Word, type_of};
use crate::api::Resource;

const QUANTITY: &str = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const INT_OR_STRING: &str = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1";
/// The types of the group `meta.k8s.io`, which all others use.
const META_TYPES: [&str; 8] = [
    "Condition",
    "FieldsV1",
    "LabelSelector",
    "LabelSelectorRequirement",
    "ManagedFieldsEntry",
    "ObjectMeta",
    "OwnerReference",
    "Preconditions",
];

/// Descriptions, in our own words: the real ones are whole pages.
const WORDS: &str = include_str!("words.txt");

/// The words for a type, or for a field of it.
fn words(kind: &str, field: &str) -> Option<&'static str> {
    let find = |name: String| WORDS.lines().find_map(|line| line.strip_prefix(name.as_str()));
    match field {
        "" => find(format!("{kind} ")),
        field => find(format!("{kind}.{field} ")),
    }
}

/// The document of one group and version: the schemas of its kinds and of all they refer to. `custom` gives the schema
/// of a kind that a definition has made.
pub(in super::super) fn document(resources: &[&Resource], custom: &dyn Fn(&Resource) -> Option<Value>) -> Value {
    let mut document = Document::default();
    for resource in resources {
        let (group, version) = (resource.group.as_ref(), resource.version.as_ref());
        document.package = match group.split('.').next() {
            None | Some("") => format!("io.k8s.api.core.{version}"),
            Some(first) => format!("io.k8s.api.{first}.{version}"),
        };
        let (name, mut schema) = match type_of(resource) {
            Some(name) => (document.name(name), document.object(name)),
            None => {
                let name = format!("{}.{version}.{}", group.rsplit('.').collect::<Vec<_>>().join("."), resource.kind);
                (name, document.custom(custom(resource).unwrap_or_else(|| json!({ "type": "object" }))))
            }
        };
        schema["x-kubernetes-group-version-kind"] =
            json!([{ "group": group, "kind": resource.kind, "version": version }]);
        document.schemas.insert(name, schema);
    }
    let schemas: Map<String, Value> = document.schemas.into_iter().collect();
    json!({
        "openapi": "3.0.0", "info": { "title": "Kubernetes", "version": "v1.36.2" }, "paths": {},
        "components": { "schemas": schemas },
    })
}

/// The schemas so far.
#[derive(Default)]
struct Document {
    /// Where the types are from: `io.k8s.api.apps.v1`.
    package: String,
    schemas: BTreeMap<String, Value>,
}

impl Document {
    /// `io.k8s.api.apps.v1.Deployment`. Types that several groups call alike begin with their group in the table.
    fn name(&self, kind: &str) -> String {
        let package = if META_TYPES.contains(&kind) { META } else { &self.package };
        let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let versioned = kind.split_once('V').map(|(_, rest)| &rest[digits(rest)..]);
        let short = versioned.filter(|rest| kind.contains("V1") && !rest.is_empty()).unwrap_or(kind);
        format!("{package}.{short}")
    }

    fn object(&mut self, name: &str) -> Value {
        let line = TABLE.lines().find(|line| line.split(' ').next() == Some(name)).unwrap_or_default();
        let (mut properties, mut required) = (Map::new(), Vec::new());
        let is_kind = line.contains(" kind:s ") && line.contains(" metadata");
        for word in line.split(' ').skip(1).filter_map(Word::read) {
            let mut schema = self.of(word.kind);
            let common = || words("*", word.name).filter(|_| is_kind);
            if let Some(text) = words(name, word.name).or_else(common) {
                // Beside a reference nothing else is read.
                if schema.get("$ref").is_some() {
                    schema = json!({ "allOf": [schema] });
                }
                schema["description"] = text.into();
            }
            if let Some(values) = word.values {
                schema["enum"] = values.split('|').collect();
            }
            properties.insert(word.name.to_owned(), schema);
            if word.required {
                required.push(Value::from(word.name));
            }
        }
        let mut schema = json!({ "type": "object" });
        if let Some(text) = words(name, "") {
            schema["description"] = text.into();
        }
        if !properties.is_empty() {
            schema["properties"] = properties.into();
        }
        if !required.is_empty() {
            schema["required"] = required.into();
        }
        schema
    }

    /// The schema of a type as the table writes it.
    fn of(&mut self, kind: &str) -> Value {
        let inner = kind.get(1..).unwrap_or_default();
        let simple = |kind: &str, format: &str| json!({ "type": kind, "format": format });
        match kind {
            "s" => json!({ "type": "string" }),
            "b" => json!({ "type": "boolean" }),
            "i" => simple("integer", "int32"),
            "l" => simple("integer", "int64"),
            "n" => simple("number", "double"),
            "t" => simple("string", "date-time"),
            "y" => simple("string", "byte"),
            "q" => self.number_or_text(QUANTITY),
            "x" => self.number_or_text(INT_OR_STRING),
            "?" => json!({ "type": "object" }),
            _ if kind.starts_with('[') => json!({ "type": "array", "items": self.of(inner) }),
            _ if kind.starts_with('{') => json!({ "type": "object", "additionalProperties": self.of(inner) }),
            _ => self.reference(kind),
        }
    }

    fn number_or_text(&mut self, name: &str) -> Value {
        let either = json!({ "oneOf": [{ "type": "string" }, { "type": "number" }] });
        self.schemas.insert(name.to_owned(), either);
        refer(name)
    }

    fn reference(&mut self, kind: &str) -> Value {
        let name = self.name(kind);
        if !self.schemas.contains_key(&name) {
            // Types that contain themselves find this and stop.
            self.schemas.insert(name.clone(), Value::Null);
            let schema = self.object(kind);
            self.schemas.insert(name.clone(), schema);
        }
        refer(&name)
    }

    /// The schema of a definition, with what every object has.
    fn custom(&mut self, mut schema: Value) -> Value {
        for (field, of) in [("apiVersion", "s"), ("kind", "s"), ("metadata", "ObjectMeta")] {
            let mut common = self.of(of);
            if of == "ObjectMeta" {
                common = json!({ "allOf": [common] });
            }
            schema["properties"][field] = common;
        }
        schema
    }
}

fn refer(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::built_in;

    fn check(plural: &str, pointer: &str, expected: Value) {
        let resources = built_in();
        let resource = resources.iter().find(|known| known.plural == plural).expect("a resource");
        let document = document(&[resource], &|_| None);
        assert_eq!(document.pointer(&format!("/components/schemas/{pointer}")), Some(&expected), "{document:#}");
    }

    #[test]
    fn fields_have_the_types_that_the_real_server_tells() {
        let strategy = "io.k8s.api.apps.v1.DeploymentStrategy";
        check("deployments", "io.k8s.api.apps.v1.DeploymentSpec/required", json!(["selector", "template"]));
        check("deployments", "io.k8s.api.apps.v1.DeploymentSpec/properties/strategy/allOf", json!([refer(strategy)]));
        check("deployments", &format!("{strategy}/properties/type/enum"), json!(["Recreate", "RollingUpdate"]));
        check("events", "io.k8s.api.core.v1.EventSeries/properties/count/type", json!("integer"));
    }

    #[test]
    fn whatever_is_referred_to_is_there() {
        let resources = built_in();
        let document = document(&resources.iter().collect::<Vec<_>>(), &|_| None).to_string();
        for reference in document.split("\"#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap_or_default();
            assert!(document.contains(&format!("\"{name}\":{{\"")), "{name}");
        }
    }
}
