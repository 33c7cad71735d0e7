//! What every object has: name, uid, times (`staging/src/k8s.io/apiserver/pkg/registry/rest`).

use serde_json::{Map, Value};

/// The fields of `metadata` in the order in which they are stored.
const ORDER: [&str; 15] = [
    "name",
    "generateName",
    "namespace",
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
    "managedFields",
];

/// The letters and digits of generated names: no vowels, so no words
/// (`staging/src/k8s.io/apimachinery/pkg/util/rand/rand.go`).
const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// The `metadata` of an object, made if there is none.
pub(super) fn of(value: &mut Value) -> &mut Map<String, Value> {
    if !value["metadata"].is_object() {
        value["metadata"] = Value::Object(Map::new());
    }
    match value.get_mut("metadata") {
        Some(Value::Object(metadata)) => metadata,
        // Just made.
        _ => unreachable!("metadata is an object"),
    }
}

/// Puts `kind`, `apiVersion` and `metadata` first, and the metadata in their order, as real objects are stored.
pub(super) fn order(value: Value) -> Value {
    let Value::Object(mut fields) = value else { return value };
    // What has been stored before is in order mostly.
    let first = fields.keys().map(String::as_str).zip(["kind", "apiVersion", "metadata"]);
    let is_ordered = first.filter(|(name, expected)| name == expected).count() == 3
        && fields.get("metadata").and_then(Value::as_object).is_some_and(is_in_order);
    if is_ordered {
        return Value::Object(fields);
    }
    let mut ordered = Map::new();
    for name in ["kind", "apiVersion", "metadata"] {
        if let Some(value) = fields.shift_remove(name) {
            let value = if name == "metadata" { order_metadata(value) } else { value };
            ordered.insert(name.to_owned(), value);
        }
    }
    ordered.extend(fields);
    Value::Object(ordered)
}

fn is_in_order(metadata: &Map<String, Value>) -> bool {
    let mut order = ORDER.iter();
    metadata.iter().all(|(name, value)| !is_empty(value) && order.any(|one| one == name))
}

fn order_metadata(value: Value) -> Value {
    let Value::Object(mut fields) = value else { return value };
    let taken = ORDER.iter().filter_map(|name| fields.remove_entry(*name)).collect::<Vec<_>>();
    let mut ordered: Map<_, _> = taken.into_iter().filter(|(_, value)| !is_empty(value)).collect();
    ordered.extend(fields);
    Value::Object(ordered)
}

/// What Go leaves out when it writes JSON (`omitempty`).
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// A random UUID, version 4.
pub(super) fn uid(random: &mut dyn FnMut() -> u64) -> String {
    let (high, low) = (random(), random());
    let bits = |word: u64, shift: u32, digits: u32| (word >> shift) & ((1 << (4 * digits)) - 1);
    let (version, variant) = (bits(high, 0, 3) | 0x4000, bits(low, 48, 4) & 0x3fff | 0x8000);
    let (first, second, last) = (bits(high, 32, 8), bits(high, 16, 4), bits(low, 0, 12));
    format!("{first:08x}-{second:04x}-{version:04x}-{variant:04x}-{last:012x}")
}

/// The five letters that make a name of a `generateName`.
pub(super) fn suffix(random: &mut dyn FnMut() -> u64) -> String {
    let mut bits = random();
    let mut letter = || {
        let at = usize::try_from(bits % 27).unwrap_or(0);
        bits /= 27;
        char::from(LETTERS[at])
    };
    (0..5).map(|_| letter()).collect()
}
