//! Reaching into values: indices, slices, and changes along a path.

use super::eval::{Stop, error};
use super::value::Value;
use std::rc::Rc;

/// The longest array an assignment may make.
const MAX_LENGTH: usize = 1_000_000;

/// `.[key]`
pub fn index(base: &Value, key: &Value) -> Result<Value, Stop> {
    match (base, key) {
        (Value::Object(_), Value::Text(name)) => Ok(base.get(name).cloned().unwrap_or(Value::Null)),
        (Value::Array(items), Value::Number(number)) => {
            let at = position(*number, items.len());
            Ok(at.and_then(|at| items.get(at)).cloned().unwrap_or(Value::Null))
        }
        (Value::Null, Value::Text(_) | Value::Number(_) | Value::Null) => Ok(Value::Null),
        (Value::Array(_) | Value::Text(_) | Value::Null, Value::Object(_)) => {
            let bound = |name| key.get(name).cloned().unwrap_or(Value::Null);
            slice(base, &bound("start"), &bound("end"))
        }
        (Value::Array(items), Value::Array(wanted)) => {
            let found = (0..items.len()).filter(|at| !wanted.is_empty() && items[*at..].starts_with(wanted));
            Ok(Value::array(found.map(|at| Value::Number(at as f64)).collect()))
        }
        (_, Value::Text(name)) => error(format!("Cannot index {} with string \"{name}\"", base.kind())),
        _ => error(format!("Cannot index {} with {}", base.kind(), key.kind())),
    }
}

fn position(number: f64, length: usize) -> Option<usize> {
    let number = number.floor();
    let number = if number < 0.0 { number + length as f64 } else { number };
    (0.0..1e15).contains(&number).then_some(number as usize)
}

fn bounds(from: &Value, to: &Value, length: usize) -> Result<(usize, usize), Stop> {
    let bound = |value: &Value, default: f64, up: bool| match value {
        Value::Null => Ok(default),
        Value::Number(number) => {
            let number = if up { number.ceil() } else { number.floor() };
            Ok(if number < 0.0 { number + length as f64 } else { number })
        }
        _ => error("Start and end indices of an array slice must be numbers"),
    };
    let from = bound(from, 0.0, false)?.clamp(0.0, length as f64) as usize;
    let to = bound(to, length as f64, true)?.clamp(0.0, length as f64) as usize;
    Ok((from, to.max(from)))
}

/// `.[from:to]`
pub fn slice(base: &Value, from: &Value, to: &Value) -> Result<Value, Stop> {
    match base {
        Value::Null => Ok(Value::Null),
        Value::Array(items) => {
            let (from, to) = bounds(from, to, items.len())?;
            Ok(Value::array(items[from..to].to_vec()))
        }
        Value::Text(text) => {
            let chars: Vec<char> = text.chars().collect();
            let (from, to) = bounds(from, to, chars.len())?;
            Ok(Value::text(chars[from..to].iter().collect::<String>()))
        }
        other => error(format!("Cannot index {} with object", other.kind())),
    }
}

pub fn get(value: &Value, path: &[Value]) -> Result<Value, Stop> {
    let mut value = value.clone();
    for key in path {
        if value == Value::Null {
            return Ok(Value::Null);
        }
        value = index(&value, key)?;
    }
    Ok(value)
}

pub fn set(value: &Value, path: &[Value], new: Value) -> Result<Value, Stop> {
    let Some((key, rest)) = path.split_first() else { return Ok(new) };
    match (value, key) {
        (Value::Object(_) | Value::Null, Value::Text(name)) => {
            let child = set(&index(value, key)?, rest, new)?;
            let mut items = match value {
                Value::Object(items) => (**items).clone(),
                _ => Vec::new(),
            };
            match items.iter_mut().find(|(own, _)| own == name) {
                Some(entry) => entry.1 = child,
                None => items.push((name.clone(), child)),
            }
            Ok(Value::object(items))
        }
        (Value::Array(_) | Value::Null, Value::Number(number)) => {
            let mut items = match value {
                Value::Array(items) => (**items).clone(),
                _ => Vec::new(),
            };
            let Some(at) = position(*number, items.len()) else {
                return error("Out of bounds negative array index");
            };
            if at >= MAX_LENGTH {
                return error("Array index too large");
            }
            let child = set(items.get(at).unwrap_or(&Value::Null), rest, new)?;
            if at >= items.len() {
                items.resize(at + 1, Value::Null);
            }
            items[at] = child;
            Ok(Value::array(items))
        }
        (Value::Array(_) | Value::Null, Value::Object(_)) => {
            let items = match value {
                Value::Array(items) => (**items).clone(),
                _ => Vec::new(),
            };
            let bound = |name| key.get(name).cloned().unwrap_or(Value::Null);
            let (from, to) = bounds(&bound("start"), &bound("end"), items.len())?;
            let old = slice(value, &bound("start"), &bound("end"))?;
            let Value::Array(middle) = set(&old, rest, new)? else {
                return error("A slice of an array can only be assigned another array");
            };
            Ok(Value::array([&items[..from], &middle, &items[to..]].concat()))
        }
        (_, Value::Text(name)) => error(format!("Cannot index {} with string \"{name}\"", value.kind())),
        _ => error(format!("Cannot index {} with {}", value.kind(), key.kind())),
    }
}

/// Removes what the paths lead to; later ones first, so that indices stay right.
pub fn delete(value: Value, mut paths: Vec<Rc<Vec<Value>>>) -> Result<Value, Stop> {
    crate::order::sort_by(&mut paths, |a, b| Value::Array(b.clone()).order(&Value::Array(a.clone())));
    let mut value = value;
    for path in paths {
        value = delete_one(&value, &path)?;
    }
    Ok(value)
}

fn delete_one(value: &Value, path: &[Value]) -> Result<Value, Stop> {
    let Some((key, rest)) = path.split_first() else { return Ok(Value::Null) };
    if *value == Value::Null {
        return Ok(Value::Null);
    }
    if !rest.is_empty() {
        let child = index(value, key)?;
        if child == Value::Null {
            return Ok(value.clone());
        }
        return set(value, std::slice::from_ref(key), delete_one(&child, rest)?);
    }
    match (value, key) {
        (Value::Object(items), Value::Text(name)) => {
            Ok(Value::object(items.iter().filter(|(own, _)| own != name).cloned().collect()))
        }
        (Value::Array(items), Value::Number(number)) => {
            let mut items = (**items).clone();
            if let Some(at) = position(*number, items.len()).filter(|at| *at < items.len()) {
                items.remove(at);
            }
            Ok(Value::array(items))
        }
        (Value::Array(items), Value::Object(_)) => {
            let bound = |name| key.get(name).cloned().unwrap_or(Value::Null);
            let (from, to) = bounds(&bound("start"), &bound("end"), items.len())?;
            Ok(Value::array([&items[..from], &items[to..]].concat()))
        }
        _ => error(format!("Cannot delete field at {} index of {}", key.kind(), value.kind())),
    }
}
