//! An object of the API: JSON that nobody changes once it is shared.

use serde_json::{Map, Value};
use sim::Digest;
use std::ops::Deref;
use std::sync::Arc;

/// An object, as etcd keeps it: its JSON, shared by all who hold it. Whoever wants another one makes a copy
/// ([`Object::edit`]).
#[derive(Clone, Debug, PartialEq)]
pub struct Object(Arc<Value>);

impl From<Value> for Object {
    fn from(value: Value) -> Self {
        Self(Arc::new(value))
    }
}

impl Deref for Object {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl Object {
    /// The same object with something changed; this one stays as it is.
    #[must_use]
    pub fn edit(&self, change: impl FnOnce(&mut Value)) -> Self {
        let mut value = (*self.0).clone();
        change(&mut value);
        Self::from(value)
    }

    /// The same object with another value in one of its fields, the last one if it had none; what was there is not copied
    /// first, which of a status is half of the object.
    #[must_use]
    pub fn with(&self, field: &str, value: Value) -> Self {
        let Value::Object(fields) = &*self.0 else { return self.clone() };
        let others =
            |(name, old): (&String, &Value)| (name.clone(), if name == field { Value::Null } else { old.clone() });
        let mut fields: Map<String, Value> = fields.iter().map(others).collect();
        fields.insert(field.to_owned(), value);
        Self::from(Value::Object(fields))
    }

    /// The JSON for whoever goes on with it alone; copied only when somebody else holds it too.
    pub fn into_value(self) -> Value {
        Arc::unwrap_or_clone(self.0)
    }

    /// Whether both are the very same allocation, hence equal without looking.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The value at a JSON pointer, as [`Value::pointer`] finds it, which makes strings of each part; this is asked so
    /// often that it must not.
    pub fn pointer(&self, pointer: &str) -> Option<&Value> {
        if pointer.contains('~') {
            return self.0.pointer(pointer);
        }
        let Some(path) = pointer.strip_prefix('/') else { return pointer.is_empty().then_some(&*self.0) };
        path.split('/').try_fold(&*self.0, |value, part| match value {
            Value::Object(fields) => fields.get(part),
            Value::Array(list) => list.get(part.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// The text at a JSON pointer such as `/metadata/name`; empty when there is none.
    pub fn text(&self, pointer: &str) -> &str {
        self.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// The number at a JSON pointer; `None` when there is none.
    pub fn number(&self, pointer: &str) -> Option<i64> {
        self.pointer(pointer).and_then(Value::as_i64)
    }

    /// Whether `true` stands at a JSON pointer.
    pub fn flag(&self, pointer: &str) -> bool {
        self.pointer(pointer) == Some(&Value::Bool(true))
    }

    /// The list at a JSON pointer; empty when there is none.
    pub fn list(&self, pointer: &str) -> &[Value] {
        self.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The fields at a JSON pointer; `None` when there is no object.
    pub fn map(&self, pointer: &str) -> Option<&Map<String, Value>> {
        self.pointer(pointer).and_then(Value::as_object)
    }

    pub fn kind(&self) -> &str {
        self.text("/kind")
    }

    pub fn name(&self) -> &str {
        self.text("/metadata/name")
    }

    /// The namespace; empty for an object that is in none.
    pub fn namespace(&self) -> &str {
        self.text("/metadata/namespace")
    }

    pub fn uid(&self) -> &str {
        self.text("/metadata/uid")
    }

    /// etcd's revision of its last change, as text; empty before it was stored.
    pub fn resource_version(&self) -> &str {
        self.text("/metadata/resourceVersion")
    }

    /// The same as a number, 0 before it was stored. Only components that ship with the API server may count on its
    /// being one.
    pub fn revision(&self) -> i64 {
        self.resource_version().parse().unwrap_or(0)
    }

    /// A label's value.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.map("/metadata/labels")?.get(key)?.as_str()
    }

    /// An annotation's value.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.map("/metadata/annotations")?.get(key)?.as_str()
    }

    /// Whether it is being deleted: it stays until its finalizers and its grace period are done.
    pub fn is_terminating(&self) -> bool {
        self.pointer("/metadata/deletionTimestamp").is_some()
    }

    /// The owner that has it in its care (`controller: true`).
    pub fn controller(&self) -> Option<&Value> {
        self.list("/metadata/ownerReferences").iter().find(|owner| owner["controller"] == Value::Bool(true))
    }

    /// What the diagram calls it: `Pod default/web`.
    pub fn title(&self) -> String {
        match self.namespace() {
            "" => format!("{} {}", self.kind(), self.name()),
            namespace => format!("{} {namespace}/{}", self.kind(), self.name()),
        }
    }

    pub(crate) fn digest(&self, digest: &mut Digest) {
        // A stored object is what its revision says; what was not stored yet has to be looked at.
        match self.resource_version() {
            "" => walk(&self.0, digest),
            version => [self.uid(), self.name(), version].iter().for_each(|text| digest.str(text)),
        }
    }
}

/// Adds every part of a value in turn: to write it as JSON for its hash would cost more than all else that happens to a
/// message.
fn walk(value: &Value, digest: &mut Digest) {
    match value {
        Value::Null => digest.u8(0),
        Value::Bool(is_true) => digest.u8(1 + u8::from(*is_true)),
        Value::Number(number) => match number.as_i64() {
            Some(number) => digest.i64(number),
            None => digest.str(&number.to_string()),
        },
        Value::String(text) => digest.str(text),
        Value::Array(items) => {
            digest.u64(items.len() as u64);
            items.iter().for_each(|item| walk(item, digest));
        }
        Value::Object(fields) => {
            digest.u64(fields.len() as u64);
            for (name, value) in fields {
                digest.str(name);
                walk(value, digest);
            }
        }
    }
}

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    Added,
    Modified,
    /// It is gone; the object is its last state.
    Deleted,
    /// Nothing happened to anything up to the revision of this object, which has no other content.
    Bookmark,
}

impl EventKind {
    /// As a watch spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Modified => "MODIFIED",
            Self::Deleted => "DELETED",
            Self::Bookmark => "BOOKMARK",
        }
    }
}
