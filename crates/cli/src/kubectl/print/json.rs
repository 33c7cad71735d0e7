//! JSON as Go's encoder writes it: four blanks a step, `<`, `>` and `&` escaped.

use serde_json::Value;

/// Whether fields keep their order or are sorted, as those of Go's maps are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Kept,
    Sorted,
}

/// Over several lines, without a line break at the end.
pub fn pretty(value: &Value, order: Order, step: usize) -> String {
    let mut out = String::new();
    write(value, order, Some(step), 0, &mut out);
    out
}

/// On one line, sorted.
pub fn compact(value: &Value) -> String {
    let mut out = String::new();
    write(value, Order::Sorted, None, 0, &mut out);
    out
}

/// On one line, in the order given.
pub fn compact_kept(value: &Value) -> String {
    let mut out = String::new();
    write(value, Order::Kept, None, 0, &mut out);
    out
}

fn write(value: &Value, order: Order, step: Option<usize>, depth: usize, out: &mut String) {
    let line = |out: &mut String, depth: usize| {
        if let Some(step) = step {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', step * depth));
        }
    };
    match value {
        Value::Array(items) if !items.is_empty() => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                line(out, depth + 1);
                write(item, order, step, depth + 1, out);
            }
            line(out, depth);
            out.push(']');
        }
        Value::Object(fields) if !fields.is_empty() => {
            out.push('{');
            let mut all: Vec<_> = fields.iter().collect();
            if order == Order::Sorted {
                all.sort_by_key(|(key, _)| *key);
            }
            for (i, (key, item)) in all.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                line(out, depth + 1);
                string(key, out);
                out.push_str(if step.is_some() { ": " } else { ":" });
                write(item, order, step, depth + 1, out);
            }
            line(out, depth);
            out.push('}');
        }
        Value::String(text) => string(text, out),
        other => out.push_str(&other.to_string()),
    }
}

fn string(text: &str, out: &mut String) {
    let quoted = Value::String(text.to_owned()).to_string();
    for c in quoted.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
}

/// A value in Go's syntax (`%#v`), as messages about templates show it.
pub fn go_syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::String(text) => crate::go::quote(text),
        Value::Array(items) => {
            format!("[]interface {{}}{{{}}}", items.iter().map(go_syntax).collect::<Vec<_>>().join(", "))
        }
        Value::Object(fields) => {
            let mut all: Vec<_> = fields.iter().collect();
            all.sort_by_key(|(key, _)| *key);
            let shown = all.iter().map(|(key, item)| format!("{}:{}", crate::go::quote(key), go_syntax(item)));
            format!("map[string]interface {{}}{{{}}}", shown.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
