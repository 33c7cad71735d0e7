//! JSONPath templates as kubectl has them (`k8s.io/client-go/util/jsonpath`).

mod eval;
mod parse;

use serde_json::Value;

use super::json;
use crate::kubectl::failure::Failure;

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    Text(String),
    /// A path, or a text in quotes inside of braces.
    Path(Vec<Step>),
    Range(Vec<Step>, Vec<Node>),
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// Back to the object the template is about.
    Root,
    /// The object at hand.
    Current,
    Field(String),
    /// Every field or item.
    All,
    /// From, to, by.
    Slice(Option<i64>, Option<i64>, i64),
    Index(i64),
    Union(Vec<Vec<Step>>),
    /// Everything below.
    Descend,
    Filter(Vec<Step>, Comparison, Operand),
    Literal(Value),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Comparison {
    Exists,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Nothing,
    Value(Value),
    Path(Vec<Step>),
}

/// A template.
pub struct JsonPath {
    source: String,
    nodes: Vec<Node>,
}

impl JsonPath {
    /// # Errors
    /// Upstream's words for what cannot be read.
    pub fn parse(source: &str) -> Result<Self, Failure> {
        let nodes =
            parse::template(source).map_err(|why| Failure::plain(format!("error parsing jsonpath {source}, {why}")))?;
        Ok(Self { source: source.to_owned(), nodes })
    }

    /// The template filled in.
    ///
    /// # Errors
    /// When it asks for an item that is not there, with the object in Go's syntax.
    pub fn print(&self, object: &Value) -> Result<String, Failure> {
        let mut out = String::new();
        match eval::print(&self.nodes, object, object, &mut out) {
            Ok(()) => Ok(out),
            Err(why) => Err(self.failed(&why, object)),
        }
    }

    /// All values that the template's paths lead to.
    ///
    /// # Errors
    /// As [`JsonPath::print`].
    pub fn find(&self, object: &Value) -> Result<Vec<Value>, Failure> {
        let mut found = Vec::new();
        for node in &self.nodes {
            if let Node::Path(steps) = node {
                let values = eval::path(steps, object, object).map_err(|why| self.failed(&why, object))?;
                found.extend(values.into_iter().cloned());
            }
        }
        Ok(found)
    }

    fn failed(&self, why: &str, object: &Value) -> Failure {
        let source = &self.source;
        Failure::plain(format!(
            "error executing jsonpath {}: Error executing template: {why}. Printing more information for debugging \
             the template:\n\ttemplate was:\n\t\t{source}\n\tobject given to jsonpath engine was:\n\t\t{}\n\n\n",
            crate::go::quote(source),
            json::go_syntax(object)
        ))
    }
}

/// Adds what a path may be written without: `metadata.name`, `.metadata.name`, `{.metadata.name}`
/// (`get.RelaxedJSONPathExpression`).
///
/// # Errors
/// When braces do not match.
pub fn relaxed(path: &str) -> Result<String, Failure> {
    let inner = match (path.starts_with('{'), path.ends_with('}')) {
        (true, true) => &path[1..path.len() - 1],
        (false, false) => path,
        _ => {
            let words = "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or \
                         '{.name1.name2}'";
            return Err(Failure::plain(words));
        }
    };
    let inner = inner.strip_prefix('.').unwrap_or(inner);
    Ok(format!("{{.{inner}}}"))
}

/// A value as a template shows it: texts without quotes, the rest as JSON.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => json::compact(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(template: &str, expected: &str) {
        let object = json!({
            "kind": "List",
            "items": [
                {"name": "a", "n": 1, "labels": {"app.kubernetes.io/x": "v"}, "conditions": [{"type": "Ready", "status": "True"}]},
                {"name": "b", "n": 20, "conditions": [{"type": "Old"}, {"type": "Ready", "status": "False"}]},
            ],
        });
        assert_eq!(
            JsonPath::parse(template).and_then(|path| path.print(&object)),
            Ok(expected.to_owned()),
            "{template}"
        );
    }

    #[test]
    fn paths_lead_to_values() {
        check("{.kind}", "List");
        check("{.items[*].name}", "a b");
        check("{.items[0].labels}", "{\"app.kubernetes.io/x\":\"v\"}");
        check("{.items[0].labels.app\\.kubernetes\\.io/x}", "v");
        check("{.items[0]['name','n']}", "a 1");
        check("{.items[-1].name}", "b");
        check("{.items[0:1].name}", "a");
        check("{..status}", "True False");
        check("{.nope}", "");
        check("{$.kind}{\"\\t\"}{@.kind}", "List\tList");
        check("kind={.kind}\n", "kind=List\n");
    }

    #[test]
    fn filters_choose_items() {
        check("{.items[?(@.name==\"b\")].n}", "20");
        check("{.items[?(@.n>5)].name}", "b");
        check("{.items[*].conditions[?(@.type=='Ready')].status}", "True False");
        check("{.items[?(@.labels)].name}", "a");
    }

    #[test]
    fn ranges_repeat() {
        check("{range .items[*]}{.name}={.n}{\"\\n\"}{end}", "a=1\nb=20\n");
    }

    #[test]
    fn an_index_out_of_bounds_is_an_error() {
        let object = json!({"items": []});
        let failure = JsonPath::parse("{.items[0].x}").and_then(|path| path.print(&object)).expect_err("out of bounds");
        let words = "array index out of bounds: index 0, length 0. Printing more information";
        assert!(failure.text().contains(words), "{}", failure.text());
        assert!(failure.text().contains("map[string]interface {}{\"items\":[]interface {}{}}"));
    }
}
