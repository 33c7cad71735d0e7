//! `@text`, `@json`, `@csv` and the other ways to write a value.

use super::eval::{Stop, error};
use super::value::Value;
use crate::tools::base64;

/// A value as text: strings as they are, everything else as JSON.
pub fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        other => other.compact(),
    }
}

pub fn apply(format: &str, value: &Value) -> Result<String, Stop> {
    Ok(match format {
        "text" => text(value),
        "json" => value.compact(),
        "html" => {
            let mut out = String::new();
            for c in text(value).chars() {
                match c {
                    '<' => out.push_str("&lt;"),
                    '>' => out.push_str("&gt;"),
                    '&' => out.push_str("&amp;"),
                    '\'' => out.push_str("&#39;"),
                    '"' => out.push_str("&quot;"),
                    c => out.push(c),
                }
            }
            out
        }
        "uri" => {
            let mut out = String::new();
            for byte in text(value).bytes() {
                if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                    out.push(char::from(byte));
                } else {
                    out.push_str(&format!("%{byte:02X}"));
                }
            }
            out
        }
        "csv" => row(value, ",", |text| format!("\"{}\"", text.replace('"', "\"\"")), "csv")?,
        "tsv" => {
            let escape =
                |text: &str| text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r");
            row(value, "\t", escape, "tsv")?
        }
        "sh" => match value {
            Value::Array(items) => items.iter().map(shell).collect::<Result<Vec<_>, _>>()?.join(" "),
            other => shell(other)?,
        },
        "base64" => base64::encode(text(value).as_bytes()),
        "base64d" => {
            let text = text(value);
            let (bytes, fine) = base64::decode(text.trim_end_matches('=').as_bytes(), false);
            if bytes.is_empty() && !text.is_empty() && !fine {
                return error(format!("{} ({}) is not valid base64 data", value.kind(), value.brief()));
            }
            String::from_utf8_lossy(&bytes).into_owned()
        }
        other => return error(format!("{other} is not a valid format")),
    })
}

fn row(value: &Value, joiner: &str, quote: impl Fn(&str) -> String, name: &str) -> Result<String, Stop> {
    let Value::Array(items) = value else {
        return error(format!("{} ({}) cannot be {name}-formatted, only an array can be", value.kind(), value.brief()));
    };
    let mut cells = Vec::with_capacity(items.len());
    for item in items.iter() {
        cells.push(match item {
            Value::Null => String::new(),
            Value::Text(text) => quote(text),
            Value::Bool(_) | Value::Number(_) => item.compact(),
            other => return error(format!("{} ({}) is not valid in a csv row", other.kind(), other.brief())),
        });
    }
    Ok(cells.join(joiner))
}

fn shell(value: &Value) -> Result<String, Stop> {
    match value {
        Value::Array(_) | Value::Object(_) => {
            error(format!("{} ({}) can not be escaped for shell", value.kind(), value.brief()))
        }
        Value::Text(text) => Ok(format!("'{}'", text.replace('\'', "'\\''"))),
        other => Ok(other.compact()),
    }
}
