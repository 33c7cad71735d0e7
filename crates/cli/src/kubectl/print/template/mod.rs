//! Go templates, as far as `-o go-template` meets them (Go: text/template): fields, variables, pipelines, `if`, `with`,
//! `range`, and the functions of the language that make sense for JSON.

mod eval;
mod parse;

use serde_json::Value;

use super::json;
use crate::kubectl::failure::Failure;

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    Text(String),
    /// `{{ pipeline }}`
    Print(Pipeline),
    /// `{{ $x := pipeline }}` or `{{ $x = pipeline }}`
    Assign(String, Pipeline),
    If(Pipeline, Vec<Node>, Vec<Node>),
    With(Pipeline, Vec<Node>, Vec<Node>),
    /// The variables for key and value, what is ranged over, the body, and what stands for nothing.
    Range(Vec<String>, Pipeline, Vec<Node>, Vec<Node>),
}

/// Commands whose results go on as the last argument of the next.
type Pipeline = Vec<Vec<Term>>;

/// A word of a command.
#[derive(Clone, Debug, PartialEq)]
enum Term {
    /// Fields of the object at hand; none is the object itself.
    Field(Vec<String>),
    /// Fields of a variable; the variable `$` is the whole object.
    Variable(String, Vec<String>),
    Literal(Value),
    Function(String),
    Group(Pipeline, Vec<String>),
}

/// A template.
pub struct Template {
    source: String,
    nodes: Vec<Node>,
}

impl Template {
    /// # Errors
    /// What cannot be read, in the words of Go's parser where a learner is likely to meet it.
    pub fn parse(source: &str) -> Result<Self, Failure> {
        let nodes = parse::template(source)
            .map_err(|why| Failure::plain(format!("error parsing template {source}, template: output:1: {why}")))?;
        Ok(Self { source: source.to_owned(), nodes })
    }

    /// The template filled in.
    ///
    /// # Errors
    /// When a function is called with what it does not take, with the object at hand.
    pub fn print(&self, object: &Value) -> Result<String, Failure> {
        eval::run(&self.nodes, object).map_err(|why| {
            let raw = json::compact_kept(object);
            Failure::plain(format!(
                "error executing template {}: template: output:1: {why}\n\ttemplate was:\n\t\t{}\n\traw data was:\n\t\t{raw}\n",
                crate::go::quote(&self.source),
                self.source
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(template: &str, expected: &str) {
        let object =
            json!({"items": [{"name": "a", "n": 1, "labels": {"x": "1"}}, {"name": "b", "n": 2}], "kind": "List"});
        let printed = Template::parse(template).and_then(|template| template.print(&object));
        assert_eq!(printed, Ok(expected.to_owned()), "{template}");
    }

    #[test]
    fn fields_and_functions_are_printed() {
        check("{{len .items}}", "2");
        check("{{.kind}} {{.nope}}", "List <no value>");
        check("{{(index .items 0).name}}", "a");
        check("{{printf \"%s-%d\" .kind 3}}", "List-3");
        check("{{.kind | printf \"%q\"}}", "\"List\"");
    }

    #[test]
    fn ranges_conditions_and_variables() {
        check("{{range .items}}{{.name}}{{\"\\n\"}}{{end}}", "a\nb\n");
        check("{{range $i, $e := .items}}{{$i}}={{$e.name}};{{end}}", "0=a;1=b;");
        check("{{range .items}}{{if eq .name \"a\"}}x{{else}}y{{end}}{{end}}", "xy");
        check(
            "{{range .items -}}\n  {{if .labels}}{{range $k, $v := .labels}}{{$k}}:{{$v}}{{end}}{{end}}\n{{- end}}",
            "x:1",
        );
        check("{{with .nope}}x{{else}}none{{end}}", "none");
        check("{{$k := .kind}}{{range .items}}{{$k}}{{end}}", "ListList");
        check("{{if and (gt (len .items) 1) (ne .kind \"Pod\")}}yes{{end}}", "yes");
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        assert!(Template::parse("{{.a").is_err());
        assert!(Template::parse("{{range .items}}").is_err());
        assert!(Template::parse("{{nosuch .a}}").is_err());
    }
}
