//! Label and field selectors (`staging/src/k8s.io/apimachinery/pkg/labels`, `pkg/fields`).

use serde_json::Value;

use crate::api::{Object, Reason, Status};

/// What an object must be to be selected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selector {
    labels: Vec<Requirement>,
    fields: Vec<Field>,
}

#[derive(Clone, Debug, PartialEq)]
struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
    GreaterThan,
    LessThan,
}

#[derive(Clone, Debug, PartialEq)]
struct Field {
    path: String,
    pointer: String,
    equal: bool,
    value: String,
}

impl Selector {
    /// Reads both selectors of a request.
    ///
    /// # Errors
    /// `BadRequest` with the parser's words.
    pub fn parse(labels: &str, fields: &str) -> Result<Self, Status> {
        let bad = |message: String| Status::new(Reason::BadRequest, message);
        let labels = parse_labels(labels).map_err(|why| bad(format!("unable to parse requirement: {why}")))?;
        Ok(Self { labels, fields: parse_fields(fields).map_err(bad)? })
    }

    /// Whether an object is selected.
    pub fn matches(&self, object: &Object) -> bool {
        self.labels.iter().all(|requirement| requirement.matches(object.label(&requirement.key)))
            && self.fields.iter().all(|field| field.matches(object))
    }

    /// The value that a field must have, if the selector says so.
    pub fn required(&self, path: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.equal && field.path == path).map(|field| field.value.as_str())
    }

    /// The fields it looks at.
    pub fn field_paths(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.path.as_str())
    }
}

impl Requirement {
    fn matches(&self, label: Option<&str>) -> bool {
        let among = |value: &str| self.values.iter().any(|known| known == value);
        let number = |text: &str| text.parse::<i64>().ok();
        let compare = |wanted: fn(i64, i64) -> bool| {
            let bound = self.values.first().and_then(|value| number(value));
            label.and_then(number).zip(bound).is_some_and(|(label, bound)| wanted(label, bound))
        };
        match self.operator {
            Operator::In => label.is_some_and(among),
            Operator::NotIn => !label.is_some_and(among),
            Operator::Exists => label.is_some(),
            Operator::DoesNotExist => label.is_none(),
            Operator::GreaterThan => compare(|label, bound| label > bound),
            Operator::LessThan => compare(|label, bound| label < bound),
        }
    }
}

impl Field {
    fn matches(&self, object: &Object) -> bool {
        let found = match object.pointer(&self.pointer) {
            Some(serde_json::Value::String(text)) => text == &self.value,
            Some(serde_json::Value::Null) | None => self.value.is_empty() || self.absent_is(&self.value),
            Some(other) => other.to_string().as_str() == self.value,
        };
        found == self.equal
    }

    /// What an absent field counts as where Go's zero value is not the empty text.
    fn absent_is(&self, value: &str) -> bool {
        match self.path.as_str() {
            "spec.unschedulable" | "spec.hostNetwork" => value == "false",
            "status.replicas" | "status.successful" => value == "0",
            _ => false,
        }
    }
}

/// Whether a label selector, as objects have them, selects an object with these labels.
pub fn matches_labels(selector: &Value, labels: &Value) -> bool {
    let label = |key: &str| labels.get(key).and_then(Value::as_str);
    let mut equal = selector["matchLabels"].as_object().into_iter().flatten();
    let texts = |expression: &Value| -> Vec<String> {
        expression["values"].as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect()
    };
    equal.all(|(key, value)| label(key) == value.as_str())
        && selector["matchExpressions"].as_array().into_iter().flatten().all(|expression| {
            let key = expression["key"].as_str().unwrap_or_default().to_owned();
            let operator = match expression["operator"].as_str().unwrap_or_default() {
                "In" => Operator::In,
                "NotIn" => Operator::NotIn,
                "Exists" => Operator::Exists,
                _ => Operator::DoesNotExist,
            };
            let found = label(&key);
            Requirement { key: key.clone(), operator, values: texts(expression) }.matches(found)
        })
}

fn parse_fields(text: &str) -> Result<Vec<Field>, String> {
    let term = |term: &str| {
        let (path, equal, value) = if let Some((path, value)) = term.split_once("!=") {
            (path, false, value)
        } else if let Some((path, value)) = term.split_once("==") {
            (path, true, value)
        } else if let Some((path, value)) = term.split_once('=') {
            (path, true, value)
        } else {
            return Err(format!("invalid selector: '{text}'; can't understand '{term}'"));
        };
        let (path, value) = (path.trim(), value.trim());
        let pointer = match path {
            // What selectors call differently.
            "status.successful" => "/status/succeeded".to_owned(),
            "source" => "/source/component".to_owned(),
            "reportingController" => "/reportingComponent".to_owned(),
            _ => match path.strip_prefix("regarding.") {
                Some(field) => format!("/involvedObject/{field}"),
                None => format!("/{}", path.replace('.', "/")),
            },
        };
        Ok(Field { path: path.to_owned(), pointer, equal, value: value.to_owned() })
    };
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(term).collect()
}

/// Splits at commas that are not within parentheses.
fn split_terms(text: &str) -> Vec<&str> {
    let (mut terms, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                terms.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    terms.push(&text[start..]);
    terms.into_iter().map(str::trim).filter(|term| !term.is_empty()).collect()
}

fn parse_labels(text: &str) -> Result<Vec<Requirement>, String> {
    split_terms(text).into_iter().map(parse_label).collect()
}

fn parse_label(term: &str) -> Result<Requirement, String> {
    let requirement = |key: &str, operator, values: Vec<String>| {
        let key = key.trim();
        if key.is_empty() || key.contains(char::is_whitespace) {
            return Err(format!("found '{term}', expected: !, identifier"));
        }
        Ok(Requirement { key: key.to_owned(), operator, values })
    };
    let one = |value: &str| vec![value.trim().to_owned()];
    if let Some(open) = term.find('(') {
        let values =
            term[open + 1..].strip_suffix(')').ok_or_else(|| format!("found '{term}', expected: ',' or ')'"))?;
        let values = values.split(',').map(|value| value.trim().to_owned()).collect();
        let mut head = term[..open].split_whitespace();
        return match (head.next(), head.next()) {
            (Some(key), Some("in")) => requirement(key, Operator::In, values),
            (Some(key), Some("notin")) => requirement(key, Operator::NotIn, values),
            _ => Err(format!("found '{}', expected: in, notin, =, ==, !=, gt, lt", term[..open].trim())),
        };
    }
    for (sign, operator) in [
        ("!=", Operator::NotIn),
        ("==", Operator::In),
        ("=", Operator::In),
        (">", Operator::GreaterThan),
        ("<", Operator::LessThan),
    ] {
        if let Some((key, value)) = term.split_once(sign)
            && !key.is_empty()
        {
            return requirement(key, operator, one(value));
        }
    }
    match term.strip_prefix('!') {
        Some(key) => requirement(key, Operator::DoesNotExist, Vec::new()),
        None => requirement(term, Operator::Exists, Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(labels: &str, fields: &str, expected: bool) {
        let object = json!({
            "metadata": { "name": "web", "labels": { "app": "web", "tier": "front", "n": "5" } },
            "spec": { "nodeName": "worker1" },
            "status": { "phase": "Running" },
        });
        let selector = Selector::parse(labels, fields).expect("a selector");
        assert_eq!(selector.matches(&object.into()), expected, "{labels} {fields}");
    }

    #[test]
    fn labels_are_selected_by_every_operator() {
        for yes in ["", "app=web", "app==web,tier", "app in (a, web)", "tier notin (back)", "!gone", "gone!=x", "n>4"] {
            check(yes, "", true);
        }
        for no in ["app=db", "gone", "!app", "app notin (web)", "n<5", "app=web,tier=back"] {
            check(no, "", false);
        }
    }

    #[test]
    fn fields_are_selected_by_equality() {
        for yes in ["metadata.name=web", "spec.nodeName=worker1,status.phase!=Failed", "spec.gone="] {
            check("", yes, true);
        }
        for no in ["metadata.name=db", "spec.nodeName=", "status.phase!=Running"] {
            check("", no, false);
        }
    }
}
