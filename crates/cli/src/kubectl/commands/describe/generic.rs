//! Objects of kinds that kubectl knows nothing about: all of their fields (`printUnstructuredContent`).

use serde_json::Value;

use super::writer::{Writer, keys, plain};
use super::{head, marks};

const HIDDEN: [&str; 5] =
    ["/metadata/managedFields", "/metadata/name", "/metadata/namespace", "/metadata/labels", "/metadata/annotations"];

pub fn object(w: &mut Writer, object: &Value) {
    head(w, object);
    marks(w, object);
    content(w, 0, object, "");
}

fn content(w: &mut Writer, level: usize, value: &Value, path: &str) {
    for key in keys(value) {
        let here = format!("{path}/{key}");
        if HIDDEN.contains(&here.as_str()) {
            continue;
        }
        let label = label(&key);
        match &value[&key] {
            inner @ Value::Object(_) => {
                w.line(level, format_args!("{label}:"));
                content(w, level + 1, inner, &here);
            }
            Value::Array(items) => {
                w.line(level, format_args!("{label}:"));
                for item in items {
                    match item {
                        Value::Object(_) => content(w, level + 1, item, &here),
                        item => w.line(level + 1, plain(item)),
                    }
                }
            }
            inner => w.field(level, &label, plain(inner)),
        }
    }
}

/// `creationTimestamp` as `Creation Timestamp`, `apiVersion` as `API Version`.
fn label(field: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut before = None;
    for c in field.chars() {
        let new = c.is_uppercase() && before.is_none_or(|before: char| !before.is_uppercase());
        match words.last_mut() {
            Some(word) if !new => word.push(c),
            _ => words.push(c.to_string()),
        }
        before = Some(c);
    }
    let word = |word: String| match word.to_lowercase().as_str() {
        "api" | "url" | "uid" | "osb" | "guid" => word.to_uppercase(),
        _ => word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect(),
    };
    words.into_iter().map(word).collect::<Vec<String>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn names_of_fields_are_written_as_words() {
        for (field, expected) in [
            ("creationTimestamp", "Creation Timestamp"),
            ("apiVersion", "API Version"),
            ("uid", "UID"),
            ("size", "Size"),
        ] {
            assert_eq!(label(field), expected);
        }
    }
}
