//! Lines with fields, as `describe` writes them (`k8s.io/kubectl/pkg/describe`, `PrefixWriter`).

use std::fmt::Display;

use serde_json::{Map, Value};

use crate::flags::tabwriter::{Fill, align};
use crate::kubectl::age;
use crate::kubectl::print::json;

/// Annotations that `describe` leaves out.
const HIDDEN: [&str; 1] = ["kubectl.kubernetes.io/last-applied-configuration"];
/// Annotations that are longer go on lines of their own, cut to this length.
const LONGEST: usize = 140;

/// Gathers lines; columns are aligned when they are flushed.
#[derive(Default)]
pub struct Writer {
    done: String,
    pending: String,
}

impl Writer {
    /// Text as it is, with two blanks before it for each level.
    pub fn text(&mut self, level: usize, text: impl Display) {
        self.pending.push_str(&"  ".repeat(level));
        self.pending.push_str(&text.to_string());
    }

    pub fn line(&mut self, level: usize, text: impl Display) {
        self.text(level, text);
        self.pending.push('\n');
    }

    /// `Name:  value`
    pub fn field(&mut self, level: usize, name: &str, value: impl Display) {
        self.line(level, format_args!("{name}:\t{value}"));
    }

    /// A field that is left out when it is empty.
    pub fn some(&mut self, level: usize, name: &str, value: &str) {
        if !value.is_empty() {
            self.field(level, name, value);
        }
    }

    /// Ends the columns.
    pub fn flush(&mut self) {
        self.done.push_str(&align(&std::mem::take(&mut self.pending), Fill::Blanks));
    }

    pub fn finish(mut self) -> String {
        self.flush();
        self.done
    }

    /// What has been written, with its tabs.
    pub fn raw(self) -> String {
        self.pending
    }

    /// `Labels:  a=b` and one more line for each further one.
    pub fn labels(&mut self, title: &str, labels: &Value) {
        let pairs = pairs(labels.as_object());
        let lines: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
        self.list(title, &lines);
    }

    /// Values below each other.
    pub fn list(&mut self, title: &str, lines: &[String]) {
        if lines.is_empty() {
            self.field(0, title, "<none>");
        }
        for (i, line) in lines.iter().enumerate() {
            if i == 0 { self.field(0, title, line) } else { self.line(0, format_args!("\t{line}")) }
        }
    }

    pub fn annotations(&mut self, title: &str, annotations: &Value) {
        let pairs = pairs(annotations.as_object());
        let shown: Vec<_> = pairs.into_iter().filter(|(key, _)| !HIDDEN.contains(&key.as_str())).collect();
        if shown.is_empty() {
            self.field(0, title, "<none>");
        }
        for (i, (key, value)) in shown.iter().enumerate() {
            let value = value.trim_end_matches('\n');
            self.text(0, if i == 0 { format!("{title}:\t") } else { "\t".to_owned() });
            if key.len() + value.len() + 2 <= LONGEST && !value.contains('\n') {
                self.line(0, format_args!("{key}: {value}"));
                continue;
            }
            self.line(0, format_args!("{key}:"));
            for part in value.split('\n') {
                let short: String = part.chars().take(LONGEST - 2).collect();
                let more = if short.len() < part.len() { "..." } else { "" };
                self.line(0, format_args!("\t  {short}{more}"));
            }
        }
    }
}

fn pairs(map: Option<&Map<String, Value>>) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> =
        map.into_iter().flatten().map(|(key, value)| (key.clone(), plain(value))).collect();
    pairs.sort();
    pairs
}

/// Labels on one line: `a=b,c=d`.
pub fn formatted(labels: &Value) -> String {
    let pairs: Vec<String> = pairs(labels.as_object()).into_iter().map(|(k, v)| format!("{k}={v}")).collect();
    if pairs.is_empty() { "<none>".to_owned() } else { pairs.join(",") }
}

/// A selector with labels and expressions on one line (`metav1.FormatLabelSelector`).
pub fn selector(selector: &Value) -> String {
    let mut parts: Vec<(String, String)> = pairs(selector["matchLabels"].as_object())
        .into_iter()
        .map(|(key, value)| (key.clone(), format!("{key}={value}")))
        .collect();
    for one in selector["matchExpressions"].as_array().into_iter().flatten() {
        let key = string(&one["key"]);
        let mut values: Vec<String> = one["values"].as_array().into_iter().flatten().map(plain).collect();
        values.sort_unstable();
        let values = values.join(",");
        let text = match one["operator"].as_str() {
            Some("In") => format!("{key} in ({values})"),
            Some("NotIn") => format!("{key} notin ({values})"),
            Some("Exists") => key.clone(),
            _ => format!("!{key}"),
        };
        parts.push((key, text));
    }
    parts.sort();
    let all: Vec<String> = parts.into_iter().map(|(_, text)| text).collect();
    if all.is_empty() { "<none>".to_owned() } else { all.join(",") }
}

/// The text of a value; empty when it is none.
pub fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A value as a text.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => json::compact(other),
    }
}

/// A number; 0 when it is none.
pub fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

/// A time in full.
pub fn time(value: &Value) -> String {
    value.as_str().map(age::long).unwrap_or_default()
}

/// The items of a list; none when it is none.
pub fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Texts with `separator` between them.
pub fn joined(value: &Value, separator: &str) -> String {
    items(value).iter().map(plain).collect::<Vec<_>>().join(separator)
}

/// `[a b]`, as Go prints a list.
pub fn bracketed(value: &Value) -> String {
    format!("[{}]", joined(value, " "))
}

/// The keys of a map in order.
pub fn keys(value: &Value) -> Vec<String> {
    let mut keys: Vec<String> = value.as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default();
    keys.sort_unstable();
    keys
}

/// `True`, `False` or `<unset>`.
pub fn truth(value: &Value) -> &'static str {
    match value.as_bool() {
        Some(true) => "True",
        Some(false) => "False",
        None => "<unset>",
    }
}

/// `ReplicaSet/web-1`, the owner that has it in its care.
pub fn controller(object: &Value) -> Option<String> {
    let owner = items(&object["metadata"]["ownerReferences"]).iter().find(|owner| owner["controller"] == true)?;
    Some(format!("{}/{}", string(&owner["kind"]), string(&owner["name"])))
}
