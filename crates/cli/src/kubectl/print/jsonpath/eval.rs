//! Following a template's paths through an object.

use serde_json::Value;
use std::cmp::Ordering;

use super::{Comparison, Node, Operand, Step, text};

/// Appends the template filled in.
pub fn print(nodes: &[Node], root: &Value, current: &Value, out: &mut String) -> Result<(), String> {
    for node in nodes {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Path(steps) => {
                let found = path(steps, root, current)?;
                out.push_str(&found.into_iter().map(text).collect::<Vec<_>>().join(" "));
            }
            Node::Range(steps, body) => {
                for item in path(steps, root, current)? {
                    print(body, root, item, out)?;
                }
            }
        }
    }
    Ok(())
}

/// The values a path leads to.
pub fn path<'a>(steps: &'a [Step], root: &'a Value, current: &'a Value) -> Result<Vec<&'a Value>, String> {
    let mut here = vec![current];
    for step in steps {
        let mut next = Vec::new();
        for value in here {
            follow(step, root, value, &mut next)?;
        }
        here = next;
    }
    Ok(here)
}

fn follow<'a>(step: &'a Step, root: &'a Value, value: &'a Value, out: &mut Vec<&'a Value>) -> Result<(), String> {
    match step {
        Step::Root => out.push(root),
        Step::Current => out.push(value),
        Step::Literal(literal) => out.push(literal),
        Step::Field(name) => out.extend(value.get(name)),
        Step::All => match value {
            Value::Array(items) => out.extend(items),
            Value::Object(fields) => {
                let mut all: Vec<_> = fields.iter().collect();
                all.sort_by_key(|(key, _)| *key);
                out.extend(all.into_iter().map(|(_, item)| item));
            }
            _ => {}
        },
        Step::Index(index) => {
            let items = list(value)?;
            let len = items.len() as i64;
            let at = if *index < 0 { len + index } else { *index };
            match usize::try_from(at).ok().and_then(|at| items.get(at)) {
                Some(item) => out.push(item),
                None => return Err(format!("array index out of bounds: index {at}, length {len}")),
            }
        }
        Step::Slice(from, to, by) => {
            let items = list(value)?;
            let len = items.len() as i64;
            let bound = |at: i64| (if at < 0 { len + at } else { at }).clamp(0, len);
            let (from, to) = (bound(from.unwrap_or(0)), bound(to.unwrap_or(len)));
            let mut at = from;
            while at < to && *by > 0 {
                out.extend(items.get(at as usize));
                at += by;
            }
        }
        Step::Union(paths) => {
            for steps in paths {
                out.extend(path(steps, root, value)?);
            }
        }
        Step::Descend => descend(value, out),
        Step::Filter(left, op, right) => {
            let Value::Array(items) = value else { return Ok(()) };
            for item in items {
                if holds(left, *op, right, root, item)? {
                    out.push(item);
                }
            }
        }
    }
    Ok(())
}

fn list(value: &Value) -> Result<&[Value], String> {
    match value {
        Value::Array(items) => Ok(items),
        Value::Null => Ok(&[]),
        Value::Object(_) => Err("map[string]interface {} is not array or slice".to_owned()),
        other => Err(format!("{other} is not array or slice")),
    }
}

fn descend<'a>(value: &'a Value, out: &mut Vec<&'a Value>) {
    out.push(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| descend(item, out)),
        Value::Object(fields) => {
            let mut all: Vec<_> = fields.iter().collect();
            all.sort_by_key(|(key, _)| *key);
            all.into_iter().for_each(|(_, item)| descend(item, out));
        }
        _ => {}
    }
}

fn holds(left: &[Step], op: Comparison, right: &Operand, root: &Value, item: &Value) -> Result<bool, String> {
    let found = path(left, root, item)?;
    let Some(left) = found.first() else { return Ok(false) };
    let right = match right {
        Operand::Nothing => return Ok(op == Comparison::Exists),
        Operand::Value(value) => value.clone(),
        Operand::Path(steps) => match path(steps, root, item)?.first() {
            Some(value) => (*value).clone(),
            None => return Ok(false),
        },
    };
    let order = order(left, &right);
    Ok(match op {
        Comparison::Exists => true,
        Comparison::Equal => order == Some(Ordering::Equal),
        Comparison::NotEqual => order != Some(Ordering::Equal),
        Comparison::Less => order == Some(Ordering::Less),
        Comparison::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Comparison::Greater => order == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    })
}

fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64()?.partial_cmp(&b.as_f64()?),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        _ => None,
    }
}
