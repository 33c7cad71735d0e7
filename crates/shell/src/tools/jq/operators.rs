//! Arithmetic and comparison of values.

use super::eval::{Stop, error};
use super::value::Value::{self, Array, Bool, Null, Number, Object, Text};
use std::rc::Rc;

/// The longest string or array an operator makes.
const MAX_LENGTH: usize = 16 << 20;

pub fn apply(operator: &str, left: &Value, right: &Value) -> Result<Value, Stop> {
    let order = || left.order(right);
    match operator {
        "==" => return Ok(Bool(order().is_eq())),
        "!=" => return Ok(Bool(order().is_ne())),
        "<" => return Ok(Bool(order().is_lt())),
        "<=" => return Ok(Bool(order().is_le())),
        ">" => return Ok(Bool(order().is_gt())),
        ">=" => return Ok(Bool(order().is_ge())),
        _ => {}
    }
    let both = |what: &str| {
        error(format!("{} ({}) and {} ({}) cannot be {what}", left.kind(), left.brief(), right.kind(), right.brief()))
    };
    match (operator, left, right) {
        ("+", Null, other) | ("+", other, Null) => Ok(other.clone()),
        ("+", Number(a), Number(b)) => Ok(Number(a + b)),
        ("+", Text(a), Text(b)) if a.len() + b.len() < MAX_LENGTH => Ok(Value::text(format!("{a}{b}"))),
        ("+", Array(a), Array(b)) => Ok(Value::array([a.as_slice(), b.as_slice()].concat())),
        ("+", Object(a), Object(b)) => Ok(merge(a, b, false)),
        ("+", ..) => both("added"),
        ("-", Number(a), Number(b)) => Ok(Number(a - b)),
        ("-", Array(a), Array(b)) => {
            Ok(Value::array(a.iter().filter(|x| !b.iter().any(|y| x.order(y).is_eq())).cloned().collect()))
        }
        ("-", ..) => both("subtracted"),
        ("*", Number(a), Number(b)) => Ok(Number(a * b)),
        ("*", Text(text), Number(count)) | ("*", Number(count), Text(text)) => {
            if *count <= 0.0 {
                return Ok(Null);
            }
            let times = count.max(1.0) as usize;
            if text.len().saturating_mul(times) > MAX_LENGTH {
                return error("Repeat string result too long");
            }
            Ok(Value::text(text.repeat(times)))
        }
        ("*", Object(a), Object(b)) => Ok(merge(a, b, true)),
        ("*", ..) => both("multiplied"),
        ("/", Number(_), Number(0.0)) => both("divided because the divisor is zero"),
        ("/", Number(a), Number(b)) => Ok(Number(a / b)),
        ("/", Text(a), Text(b)) => Ok(split(a, b)),
        ("/", ..) => both("divided"),
        ("%", Number(a), Number(b)) => {
            let (a, b) = (*a as i64, *b as i64);
            if b == 0 {
                both("divided because the divisor is zero")
            } else {
                Ok(Number(a.wrapping_rem(b.wrapping_abs()) as f64))
            }
        }
        _ => both("divided"),
    }
}

pub fn split(text: &str, separator: &str) -> Value {
    if text.is_empty() {
        return Value::array(Vec::new());
    }
    if separator.is_empty() {
        return Value::array(text.chars().map(|c| Value::text(c.to_string())).collect());
    }
    Value::array(text.split(separator).map(Value::text).collect())
}

fn merge(a: &[(Rc<str>, Value)], b: &[(Rc<str>, Value)], deep: bool) -> Value {
    let mut out = a.to_vec();
    for (key, value) in b {
        match out.iter_mut().find(|(own, _)| own == key) {
            Some((_, old)) => {
                *old = match (&*old, value) {
                    (Object(x), Object(y)) if deep => merge(x, y, true),
                    _ => value.clone(),
                };
            }
            None => out.push((key.clone(), value.clone())),
        }
    }
    Value::object(out)
}
