//! Reading objects strictly: which fields there are and of what type, in the words of Go's decoder
//! (`sigs.k8s.io/json`, `k8s.io/apimachinery/pkg/runtime/serializer/json`).

mod openapi;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use base64::Engine;
use serde_json::Value;

use super::quantity;
use crate::api::{Reason, Request, Resource, Status};

const TABLE: &str = include_str!("fields.txt");

pub(super) use openapi::document;

/// The fields of a type with their types.
type Fields = Vec<(&'static str, &'static str)>;

/// A word of the table: the field, its type, whether one has to be there, and the values it may have.
struct Word {
    name: &'static str,
    kind: &'static str,
    required: bool,
    values: Option<&'static str>,
}

impl Word {
    fn read(word: &'static str) -> Option<Self> {
        let (name, rest) = word.split_at(word.find([':', '!'])?);
        let (kind, values) = match rest[1..].split_once('=') {
            Some((kind, values)) => (kind, Some(values)),
            None => (&rest[1..], None),
        };
        Some(Self { name, kind, required: rest.starts_with('!'), values })
    }
}

struct Schema {
    types: BTreeMap<&'static str, Fields>,
    /// Types of kinds that are not called like the kind.
    named: Vec<(&'static str, &'static str, &'static str)>,
}

fn schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let mut schema = Schema { types: BTreeMap::new(), named: Vec::new() };
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.split_whitespace();
            match words.next() {
                Some("@") => {
                    let mut next = || words.next().unwrap_or_default();
                    schema.named.push((next(), next(), next()));
                }
                Some(name) => {
                    schema
                        .types
                        .insert(name, words.filter_map(Word::read).map(|word| (word.name, word.kind)).collect());
                }
                None => {}
            }
        }
        schema
    })
}

/// What reading finds.
#[derive(Default)]
struct Found {
    unknown: Vec<String>,
    /// The first value that is of another type; reading ends there.
    error: Option<String>,
}

/// Reads an object as its kind. Quantities that were written as numbers become texts, unknown fields are dropped.
/// Gives warnings for what the client wants to be warned of.
///
/// # Errors
/// `BadRequest` when a value is of the wrong type, or when fields are unknown and the client asked for `Strict`.
pub(super) fn decode(request: &Request, resource: &Resource, mut value: Value) -> Result<(Value, Vec<String>), Status> {
    let Some(name) = type_of(resource) else { return Ok((value, Vec::new())) };
    let mut found = Found::default();
    read(&mut value, name, name, &Place::Top, &mut found);
    let bad = |why: &str| {
        let (kind, version) = (&resource.kind, &resource.version);
        let message = format!("{kind} in version {version:?} cannot be handled as a {kind}: {why}");
        Status::new(Reason::BadRequest, message)
    };
    if let Some(error) = found.error {
        return Err(bad(&error));
    }
    let words: Vec<String> = found.unknown.iter().map(|field| format!("unknown field \"{field}\"")).collect();
    match request.options.field_validation.as_ref() {
        "Strict" if !words.is_empty() => Err(bad(&format!("strict decoding error: {}", words.join(", ")))),
        "Ignore" => Ok((value, Vec::new())),
        _ => Ok((value, words)),
    }
}

fn type_of(resource: &Resource) -> Option<&'static str> {
    let group = if resource.group.is_empty() { "-" } else { resource.group.as_ref() };
    let schema = schema();
    let named = schema.named.iter().find(|(known, kind, _)| *known == group && *kind == resource.kind);
    let name = named.map_or(resource.kind.as_ref(), |(_, _, name)| name);
    schema.types.get_key_value(name).map(|(name, _)| *name).filter(|_| !resource.custom)
}

/// What Go calls a JSON value.
fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// What Go calls a type of the table.
fn go_type(kind: &str) -> String {
    let element = || go_type(kind.get(1..).unwrap_or_default());
    match kind.as_bytes().first() {
        Some(b'[') => format!("[]{}", element()),
        Some(b'{') => format!("map[string]{}", element()),
        _ => match kind {
            "s" | "y" => "string".into(),
            "i" => "int32".into(),
            "l" => "int64".into(),
            "n" => "float64".into(),
            "b" => "bool".into(),
            "t" => "time.Time".into(),
            other => format!("v1.{other}"),
        },
    }
}

/// Where a value stands. It is written out only when there is something to say of it: most of what is read is as it
/// should be.
enum Place<'a> {
    Top,
    Field(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Top => Ok(()),
            Self::Field(Self::Top, name) => f.write_str(name),
            Self::Field(outer, name) => write!(f, "{outer}.{name}"),
            Self::Item(outer, at) => write!(f, "{outer}[{at}]"),
        }
    }
}

/// Reads `value` as `kind`. `place` is where it stands, `of` the type whose field that is.
fn read(value: &mut Value, kind: &'static str, of: &str, place: &Place, found: &mut Found) {
    if value.is_null() || found.error.is_some() {
        return;
    }
    if kind.len() == 1 {
        return scalar(value, kind, of, place, found);
    }
    let inner = kind.get(1..).unwrap_or_default();
    match (kind.as_bytes().first(), &mut *value) {
        (Some(b'['), Value::Array(items)) => {
            for (at, item) in items.iter_mut().enumerate() {
                read(item, inner, of, &Place::Item(place, at), found);
            }
        }
        (Some(b'{'), Value::Object(fields)) => {
            for (name, item) in fields.iter_mut() {
                read(item, inner, of, &Place::Field(place, name), found);
            }
        }
        (Some(b'[' | b'{'), _) => found.error = Some(mismatch(value, kind, of, place)),
        _ => match schema().types.get(kind) {
            Some(fields) => object(value, fields, kind, of, place, found),
            None => scalar(value, kind, of, place, found),
        },
    }
}

fn object(value: &mut Value, fields: &Fields, kind: &str, of: &str, place: &Place, found: &mut Found) {
    let Value::Object(map) = value else {
        found.error = Some(mismatch(value, kind, of, place));
        return;
    };
    let mut unknown = Vec::new();
    for (name, value) in map.iter_mut() {
        let at = Place::Field(place, name);
        match fields.iter().find(|(known, _)| known == name) {
            Some((_, inner)) => read(value, inner, kind, &at, found),
            None => {
                found.unknown.push(at.to_string());
                unknown.push(name.clone());
            }
        }
    }
    for name in unknown {
        map.shift_remove(&name);
    }
}

fn scalar(value: &mut Value, kind: &str, of: &str, place: &Place, found: &mut Found) {
    let fits = match kind {
        "s" | "t" => value.is_string(),
        "i" => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        "l" => value.as_i64().is_some(),
        "n" => value.is_number(),
        "b" => value.is_boolean(),
        "q" => return read_quantity(value, found),
        "y" => return read_base64(value, kind, of, place, found),
        _ => true,
    };
    if !fits {
        found.error = Some(mismatch(value, kind, of, place));
    }
}

fn read_quantity(value: &mut Value, found: &mut Found) {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if quantity::milli(&text).is_none() {
        let pattern = "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
        found.error = Some(format!("quantities must match the regular expression {pattern}"));
    }
    *value = text.into();
}

fn read_base64(value: &Value, kind: &str, of: &str, place: &Place, found: &mut Found) {
    let Some(text) = value.as_str() else {
        found.error = Some(mismatch(value, kind, of, place));
        return;
    };
    if base64::engine::general_purpose::STANDARD.decode(text.replace(['\n', '\r'], "")).is_err() {
        let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
        let at = text.find(|c: char| !letter(c)).unwrap_or(text.len());
        found.error = Some(format!("illegal base64 data at input byte {at}"));
    }
}

/// `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`
fn mismatch(value: &Value, kind: &str, of: &str, place: &Place) -> String {
    let place = place.to_string();
    // Items of lists and maps are not named.
    let path: String =
        place.split('.').map(|part| part.split('[').next().unwrap_or_default()).collect::<Vec<_>>().join(".");
    let map =
        schema().types.get(of).into_iter().flatten().find(|(name, inner)| {
            inner.starts_with('{') && path.rsplit('.').nth(1).is_some_and(|parent| parent == *name)
        });
    let path = match map {
        Some(_) => path.rsplit_once('.').map_or(path.clone(), |(parent, _)| parent.to_owned()),
        None => path,
    };
    let what = match value {
        Value::Number(number) if matches!(kind, "i" | "l") => format!("number {number}"),
        other => json_kind(other).to_owned(),
    };
    format!("json: cannot unmarshal {what} into Go struct field {of}.{path} of type {}", go_type(kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Verb, built_in};
    use crate::apiserver::testing::request;
    use serde_json::json;

    fn check(plural: &str, object: Value, expected: Result<&[&str], &str>) {
        let mut request = request(Verb::Create, plural, "default", "", Value::Null);
        if expected.is_err() {
            request.options.field_validation = "Strict".into();
        }
        let resources = built_in();
        let resource = resources.iter().find(|known| known.plural == plural).expect("a resource");
        match (decode(&request, resource, object), expected) {
            (Ok((_, warnings)), Ok(expected)) => assert_eq!(warnings, expected),
            (Err(status), Err(expected)) => {
                let words =
                    status.message.split_once(&format!("as a {}: ", resource.kind)).map(|(_, words)| words.to_owned());
                assert_eq!(words.as_deref(), Some(expected));
            }
            (other, _) => panic!("{other:?}"),
        }
    }

    #[test]
    fn unknown_fields_are_named_with_their_place() {
        check(
            "deployments",
            json!({ "spec": { "replica": 2 } }),
            Err("strict decoding error: unknown field \"spec.replica\""),
        );
        check(
            "pods",
            json!({ "spec": { "containers": [{ "img": "x", "name": "c" }], "foo": 1 } }),
            Ok(&["unknown field \"spec.containers[0].img\"", "unknown field \"spec.foo\""]),
        );
        check("pods", json!({ "metadata": { "labels": { "any": "thing" } } }), Ok(&[]));
    }

    #[test]
    fn values_of_another_type_are_refused_as_go_does() {
        check(
            "deployments",
            json!({ "spec": { "replicas": "two" } }),
            Err("json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"),
        );
        check(
            "configmaps",
            json!({ "data": { "n": 5 } }),
            Err("json: cannot unmarshal number into Go struct field ConfigMap.data of type string"),
        );
        check("secrets", json!({ "data": { "a": "notbase64!" } }), Err("illegal base64 data at input byte 9"));
        check(
            "pods",
            json!({ "spec": { "containers": [{ "resources": { "limits": { "cpu": "lots" } } }] } }),
            Err("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"),
        );
    }
}
