//! JSON as Go's encoding/json writes etcd's messages: fields in declared order, empty ones left out, bytes in base64,
//! 64-bit integers as numbers, and `<`, `>`, `&` escaped.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A JSON object under construction.
#[derive(Clone, Debug, Default)]
pub struct Object(String);

impl Object {
    pub fn new() -> Self {
        Self::default()
    }

    /// A field with any JSON text as its value, empty or not.
    pub fn raw(mut self, key: &str, json: impl std::fmt::Display) -> Self {
        if !self.0.is_empty() {
            self.0.push(',');
        }
        // Writing to a `String` cannot fail.
        let _ = write!(self.0, "{}:{json}", quote(key));
        self
    }

    fn raw_unless(self, empty: bool, key: &str, json: impl std::fmt::Display) -> Self {
        if empty { self } else { self.raw(key, json) }
    }

    pub fn int(self, key: &str, value: i64) -> Self {
        self.raw_unless(value == 0, key, value)
    }

    pub fn uint(self, key: &str, value: u64) -> Self {
        self.raw_unless(value == 0, key, value)
    }

    pub fn flag(self, key: &str, value: bool) -> Self {
        self.raw_unless(!value, key, value)
    }

    pub fn text(self, key: &str, value: &str) -> Self {
        self.raw_unless(value.is_empty(), key, quote(value))
    }

    pub fn bytes(self, key: &str, value: &[u8]) -> Self {
        self.raw_unless(value.is_empty(), key, base64(value))
    }

    /// A message field: `None` is Go's nil pointer, which is left out.
    pub fn object(self, key: &str, value: Option<Object>) -> Self {
        match value {
            Some(value) => self.raw(key, value.finish()),
            None => self,
        }
    }

    pub fn list(self, key: &str, items: impl IntoIterator<Item = String>) -> Self {
        let items = array(items);
        self.raw_unless(items == "[]", key, items)
    }

    pub fn texts(self, key: &str, items: &[String]) -> Self {
        self.list(key, items.iter().map(|i| quote(i)))
    }

    /// All fields of another object, as Go does with an embedded struct.
    pub fn flatten(self, other: Object) -> Self {
        match (self.0.is_empty(), other.0.is_empty()) {
            (_, true) => self,
            (true, false) => other,
            (false, false) => Self(format!("{},{}", self.0, other.0)),
        }
    }

    pub fn finish(self) -> String {
        format!("{{{}}}", self.0)
    }
}

/// A JSON array of JSON texts.
pub fn array(items: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", items.into_iter().collect::<Vec<_>>().join(","))
}

/// Bytes as a base64 string.
pub fn base64(bytes: &[u8]) -> String {
    format!("\"{}\"", STANDARD.encode(bytes))
}

/// A string with Go's escapes.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_fields_are_left_out_and_bytes_are_base64() {
        let object =
            Object::new().int("a", 0).int("b", -1).flag("c", false).bytes("k", b"foo").texts("l", &[]).text("t", "");
        assert_eq!(object.finish(), r#"{"b":-1,"k":"Zm9v"}"#);
    }

    #[test]
    fn strings_are_escaped_as_go_does() {
        assert_eq!(quote("a\"<b>&\n\u{1}\u{2028}é"), r#""a\"\u003cb\u003e\u0026\n\u0001\u2028é""#);
    }

    #[test]
    fn embedded_fields_come_in_their_place() {
        let header = Object::new().int("revision", 3);
        assert_eq!(Object::new().flatten(header).raw("ID", 0).finish(), r#"{"revision":3,"ID":0}"#);
    }
}
