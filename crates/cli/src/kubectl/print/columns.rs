//! `-o custom-columns` (`k8s.io/kubectl/pkg/cmd/get/customcolumn.go`).

use serde_json::Value;

use super::jsonpath::{JsonPath, relaxed, text};
use crate::kubectl::failure::Failure;

/// Columns with their headers.
pub struct Columns(Vec<(String, JsonPath)>);

impl Columns {
    /// `NAME:.metadata.name,NODE:.spec.nodeName`
    ///
    /// # Errors
    /// kubectl's words for what is missing.
    pub fn parse(spec: &str) -> Result<Self, Failure> {
        if spec.is_empty() {
            let words = "custom-columns format specified but no custom columns given";
            return Err(Failure::plain(words));
        }
        let mut columns = Vec::new();
        for part in spec.split(',') {
            let Some((header, path)) = part.split_once(':') else {
                let words = format!("unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>");
                return Err(Failure::plain(words));
            };
            columns.push((header.to_owned(), JsonPath::parse(&relaxed(path)?)?));
        }
        Ok(Self(columns))
    }

    /// Two lines of a file: headers and paths.
    ///
    /// # Errors
    /// When the lines do not fit each other.
    pub fn of_file(content: &str) -> Result<Self, Failure> {
        let mut lines = content.lines();
        let words = |line: Option<&str>| -> Vec<String> {
            line.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
        };
        let (headers, paths) = (words(lines.next()), words(lines.next()));
        if headers.is_empty() || paths.is_empty() {
            return Err(Failure::plain("invalid template, missing header or spec line."));
        }
        if headers.len() != paths.len() {
            let words =
                format!("number of headers ({}) and field specifications ({}) don't match", headers.len(), paths.len());
            return Err(Failure::plain(words));
        }
        let columns = headers.into_iter().zip(paths);
        let columns = columns.map(|(header, path)| Ok((header, JsonPath::parse(&relaxed(&path)?)?)));
        Ok(Self(columns.collect::<Result<_, Failure>>()?))
    }

    pub fn headers(&self) -> Vec<String> {
        self.0.iter().map(|(header, _)| header.clone()).collect()
    }

    /// The row of an object.
    pub fn row(&self, object: &Value) -> Vec<String> {
        let cell = |(_, path): &(String, JsonPath)| {
            let found = path.find(object).unwrap_or_default();
            let texts: Vec<String> = found.into_iter().filter(|v| !v.is_null()).map(|value| shown(&value)).collect();
            if texts.is_empty() { "<none>".to_owned() } else { texts.join(",") }
        };
        self.0.iter().map(cell).collect()
    }
}

/// Go's `%v` of a value.
fn shown(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut all: Vec<_> = fields.iter().collect();
            all.sort_by_key(|(key, _)| *key);
            let parts = all.iter().map(|(key, item)| format!("{key}:{}", shown(item)));
            format!("map[{}]", parts.collect::<Vec<_>>().join(" "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(" ")),
        Value::Null => "<nil>".to_owned(),
        other => text(other),
    }
}
