//! Filling a Go template in.

use std::cmp::Ordering;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Node, Pipeline, Term};

/// The template filled in, or why it cannot be.
pub fn run(nodes: &[Node], object: &Value) -> Result<String, String> {
    let mut machine = Machine { out: String::new(), variables: vec![("$".to_owned(), object.clone())] };
    machine.nodes(nodes, object)?;
    Ok(machine.out)
}

struct Machine {
    out: String,
    variables: Vec<(String, Value)>,
}

impl Machine {
    fn nodes(&mut self, nodes: &[Node], dot: &Value) -> Result<(), String> {
        for node in nodes {
            match node {
                Node::Text(text) => self.out.push_str(text),
                Node::Print(pipeline) => {
                    let value = self.pipeline(pipeline, dot)?;
                    self.out.push_str(&value.as_ref().map_or("<no value>".to_owned(), shown));
                }
                Node::Assign(name, pipeline) => {
                    let value = self.pipeline(pipeline, dot)?.unwrap_or_default();
                    match self.variables.iter_mut().rev().find(|(known, _)| known == name) {
                        Some((_, known)) => *known = value,
                        None => self.variables.push((name.clone(), value)),
                    }
                }
                Node::If(condition, then, otherwise) => {
                    let holds = self.pipeline(condition, dot)?.as_ref().is_some_and(truth);
                    self.scoped(if holds { then } else { otherwise }, dot)?;
                }
                Node::With(what, then, otherwise) => match self.pipeline(what, dot)?.filter(truth) {
                    Some(value) => self.scoped(then, &value)?,
                    None => self.scoped(otherwise, dot)?,
                },
                Node::Range(names, over, body, otherwise) => {
                    let over = self.pipeline(over, dot)?.unwrap_or_default();
                    self.range(names, &over, body, otherwise, dot)?;
                }
            }
        }
        Ok(())
    }

    fn scoped(&mut self, nodes: &[Node], dot: &Value) -> Result<(), String> {
        let depth = self.variables.len();
        self.nodes(nodes, dot)?;
        self.variables.truncate(depth);
        Ok(())
    }

    fn range(
        &mut self,
        names: &[String],
        over: &Value,
        body: &[Node],
        otherwise: &[Node],
        dot: &Value,
    ) -> Result<(), String> {
        let pairs: Vec<(Value, Value)> = match over {
            Value::Array(items) => items.iter().enumerate().map(|(i, item)| (i.into(), item.clone())).collect(),
            Value::Object(fields) => {
                let mut all: Vec<_> = fields.iter().collect();
                all.sort_by_key(|(key, _)| *key);
                all.into_iter().map(|(key, item)| (key.clone().into(), item.clone())).collect()
            }
            Value::Null => Vec::new(),
            other => return Err(format!("range can't iterate over {other}")),
        };
        if pairs.is_empty() {
            return self.scoped(otherwise, dot);
        }
        for (key, item) in pairs {
            let depth = self.variables.len();
            match names {
                [one] => self.variables.push((one.clone(), item.clone())),
                [first, second, ..] => {
                    self.variables.push((first.clone(), key));
                    self.variables.push((second.clone(), item.clone()));
                }
                [] => {}
            }
            self.nodes(body, &item)?;
            self.variables.truncate(depth);
        }
        Ok(())
    }

    /// `None` is a field that is not there.
    fn pipeline(&self, pipeline: &Pipeline, dot: &Value) -> Result<Option<Value>, String> {
        let mut last: Option<Option<Value>> = None;
        for command in pipeline {
            let Some((first, rest)) = command.split_first() else { continue };
            let mut arguments = Vec::new();
            for term in rest {
                arguments.push(self.term(term, dot)?.unwrap_or_default());
            }
            arguments.extend(last.take().map(Option::unwrap_or_default));
            last = Some(match first {
                Term::Function(name) => Some(function(name, &arguments)?),
                term => self.term(term, dot)?,
            });
        }
        Ok(last.flatten())
    }

    fn term(&self, term: &Term, dot: &Value) -> Result<Option<Value>, String> {
        match term {
            Term::Field(names) => Ok(follow(dot, names)),
            Term::Variable(name, names) => {
                let found = self.variables.iter().rev().find(|(known, _)| known == name);
                let (_, value) = found.ok_or_else(|| format!("undefined variable {name:?}"))?;
                Ok(follow(value, names))
            }
            Term::Literal(value) => Ok(Some(value.clone())),
            Term::Function(name) => function(name, &[]).map(Some),
            Term::Group(pipeline, names) => {
                Ok(self.pipeline(pipeline, dot)?.as_ref().and_then(|value| follow(value, names)))
            }
        }
    }
}

fn follow(value: &Value, names: &[String]) -> Option<Value> {
    let mut here = value;
    for name in names {
        here = here.get(name)?;
    }
    if here.is_null() { None } else { Some(here.clone()) }
}

fn truth(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(b) => *b,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

/// Go's `%v`.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "<nil>".to_owned(),
        Value::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(" ")),
        Value::Object(fields) => {
            let mut all: Vec<_> = fields.iter().collect();
            all.sort_by_key(|(key, _)| *key);
            let parts = all.iter().map(|(key, item)| format!("{key}:{}", shown(item)));
            format!("map[{}]", parts.collect::<Vec<_>>().join(" "))
        }
        other => other.to_string(),
    }
}

fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64()?.partial_cmp(&b.as_f64()?),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (a, b) => (a == b).then_some(Ordering::Equal),
    }
}

fn function(name: &str, arguments: &[Value]) -> Result<Value, String> {
    let two = || match arguments {
        [a, b] => Ok((a, b)),
        _ => Err(format!("wrong number of args for {name}: want 2 got {}", arguments.len())),
    };
    let compare = |fits: fn(Ordering) -> bool| {
        let (a, b) = two()?;
        order(a, b)
            .map(|order| fits(order).into())
            .ok_or_else(|| format!("error calling {name}: incompatible types for comparison"))
    };
    Ok(match name {
        "len" => match arguments {
            [Value::Array(items)] => items.len().into(),
            [Value::Object(fields)] => fields.len().into(),
            [Value::String(text)] => text.len().into(),
            _ => return Err("error calling len: len of nil pointer".to_owned()),
        },
        "index" => {
            let Some((first, rest)) = arguments.split_first() else {
                return Err("missing argument for index".to_owned());
            };
            let mut here = first.clone();
            for key in rest {
                here = match (&here, key) {
                    (Value::Array(items), Value::Number(at)) => {
                        let at = at.as_i64().unwrap_or(-1);
                        let found = usize::try_from(at).ok().and_then(|at| items.get(at));
                        found
                            .cloned()
                            .ok_or_else(|| format!("error calling index: reflect: slice index out of range: {at}"))?
                    }
                    (Value::Object(fields), Value::String(key)) => fields.get(key).cloned().unwrap_or_default(),
                    _ => return Err("error calling index: index of untyped nil".to_owned()),
                };
            }
            here
        }
        "print" => arguments.iter().map(shown).collect::<Vec<_>>().join(" ").into(),
        "println" => (arguments.iter().map(shown).collect::<Vec<_>>().join(" ") + "\n").into(),
        "printf" => formatted(arguments)?.into(),
        "eq" => match arguments {
            [first, rest @ ..] if !rest.is_empty() => {
                rest.iter().any(|other| order(first, other) == Some(Ordering::Equal)).into()
            }
            _ => return Err("error calling eq: missing argument for comparison".to_owned()),
        },
        "ne" => {
            let (a, b) = two()?;
            (order(a, b) != Some(Ordering::Equal)).into()
        }
        "lt" => compare(Ordering::is_lt)?,
        "le" => compare(Ordering::is_le)?,
        "gt" => compare(Ordering::is_gt)?,
        "ge" => compare(Ordering::is_ge)?,
        "and" => arguments.iter().find(|value| !truth(value)).or(arguments.last()).cloned().unwrap_or_default(),
        "or" => arguments.iter().find(|value| truth(value)).or(arguments.last()).cloned().unwrap_or_default(),
        "not" => (!arguments.first().is_some_and(truth)).into(),
        "exists" => {
            let mut here = arguments.first();
            for key in arguments.iter().skip(1) {
                here = match key {
                    Value::Number(at) => here.and_then(|value| value.get(at.as_u64().unwrap_or(u64::MAX) as usize)),
                    key => here.and_then(|value| value.get(key.as_str().unwrap_or_default())),
                };
            }
            here.is_some_and(|value| !value.is_null()).into()
        }
        "base64decode" => {
            let text = arguments.first().and_then(Value::as_str).unwrap_or_default();
            let bytes =
                STANDARD.decode(text).map_err(|_| "error calling base64decode: base64 decode failed".to_owned())?;
            String::from_utf8_lossy(&bytes).into_owned().into()
        }
        other => return Err(format!("function {other:?} is not available here")),
    })
}

fn formatted(arguments: &[Value]) -> Result<String, String> {
    let Some((Value::String(format), values)) = arguments.split_first() else {
        return Err("wrong type for value; expected string".to_owned());
    };
    let (mut out, mut values) = (String::new(), values.iter());
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut flags = String::new();
        let verb = loop {
            match chars.next() {
                Some(c) if c.is_ascii_digit() || matches!(c, '-' | '.' | '+') => flags.push(c),
                Some(c) => break c,
                None => break '%',
            }
        };
        if verb == '%' {
            out.push('%');
            continue;
        }
        let text = match (verb, values.next()) {
            (verb, None) => format!("%!{verb}(MISSING)"),
            ('q', Some(value)) => crate::go::quote(&shown(value)),
            ('s' | 'd' | 'v' | 't' | 'f' | 'g', Some(value)) => shown(value),
            (verb, Some(value)) => format!("%!{verb}({})", shown(value)),
        };
        let width: usize = flags.trim_start_matches('-').split('.').next().and_then(|n| n.parse().ok()).unwrap_or(0);
        match flags.starts_with('-') {
            true => out.push_str(&format!("{text:<width$}")),
            false => out.push_str(&format!("{text:>width$}")),
        }
    }
    Ok(out)
}
