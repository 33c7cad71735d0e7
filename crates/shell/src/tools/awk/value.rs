//! awk's values: numbers, texts, and input that may be either.

use crate::tools::number::general;
use std::cmp::Ordering;
use std::rc::Rc;

#[derive(Clone, Debug)]
pub enum Value {
    Unset,
    Number(f64),
    Text(Rc<str>),
    /// Input that looks like a number: compares as one, prints as it was.
    Numeric(Rc<str>, f64),
}

impl Value {
    pub fn text(text: impl AsRef<str>) -> Self {
        Value::Text(Rc::from(text.as_ref()))
    }

    /// A piece of input, which is a number if it looks like one.
    pub fn input(text: &str) -> Self {
        let trimmed = text.trim();
        let digit = |c: char| c.is_ascii_digit() || "+-.".contains(c);
        match trimmed.parse::<f64>() {
            Ok(number) if trimmed.starts_with(digit) && trimmed.ends_with(|c: char| c.is_ascii_digit() || c == '.') => {
                Value::Numeric(Rc::from(text), number)
            }
            _ => Value::text(text),
        }
    }

    pub fn flag(holds: bool) -> Self {
        Value::Number(f64::from(u8::from(holds)))
    }

    pub fn to_number(&self) -> f64 {
        match self {
            Value::Unset => 0.0,
            Value::Number(number) | Value::Numeric(_, number) => *number,
            Value::Text(text) => prefix(text),
        }
    }

    pub fn to_text(&self) -> String {
        match self {
            Value::Unset => String::new(),
            Value::Number(number) => number_text(*number, "%.6g"),
            Value::Text(text) | Value::Numeric(text, _) => text.to_string(),
        }
    }

    pub fn is_true(&self) -> bool {
        match self {
            Value::Unset => false,
            Value::Number(number) | Value::Numeric(_, number) => *number != 0.0,
            Value::Text(text) => !text.is_empty(),
        }
    }

    /// Numbers compare as numbers, everything else as text.
    pub fn order(&self, other: &Value) -> Ordering {
        match (self, other) {
            (Value::Text(_), _) | (_, Value::Text(_)) => self.to_text().cmp(&other.to_text()),
            _ => self.to_number().partial_cmp(&other.to_number()).unwrap_or(Ordering::Equal),
        }
    }
}

/// The number a text begins with.
fn prefix(text: &str) -> f64 {
    let text = text.trim_start();
    let mut length = 0;
    for (i, c) in text.char_indices() {
        let fits = c.is_ascii_digit()
            || c == '.'
            || ((c == '+' || c == '-') && (i == 0 || text[..i].ends_with(['e', 'E'])))
            || ((c == 'e' || c == 'E') && i > 0);
        if !fits {
            break;
        }
        length = i + 1;
    }
    (0..=length).rev().find_map(|end| text[..end].parse().ok()).unwrap_or(0.0)
}

/// A number as text: whole ones plainly, others by the format.
pub fn number_text(number: f64, format: &str) -> String {
    if number.fract() == 0.0 && number.abs() < 1e16 {
        return format!("{}", number as i64);
    }
    if format == "%.6g" {
        let digits = general(number.abs(), 6);
        return if number < 0.0 { format!("-{digits}") } else { digits };
    }
    let mut printer = crate::tools::printf::Printer::default();
    printer.run_once(format.as_bytes(), &[general(number, 17)]);
    String::from_utf8_lossy(&printer.out).into_owned()
}

/// What `printf` gets for its directives: numbers where it wants numbers.
pub fn printf_arguments(format: &str, values: &[Value]) -> Vec<String> {
    let mut kinds = Vec::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            continue;
        }
        for c in chars.by_ref() {
            match c {
                '%' => break,
                '*' => kinds.push('d'),
                c if c.is_ascii_alphabetic() && !"lhqjzt".contains(c) => {
                    kinds.push(c);
                    break;
                }
                _ => {}
            }
        }
    }
    let argument = |(i, value): (usize, &Value)| match kinds.get(i) {
        Some('d' | 'i' | 'u' | 'x' | 'X' | 'o') => format!("{}", value.to_number().trunc() as i64),
        Some('e' | 'E' | 'f' | 'F' | 'g' | 'G') => format!("{:e}", value.to_number()),
        Some('c') => match value {
            Value::Number(code) | Value::Numeric(_, code) => char::from_u32(*code as u32).unwrap_or('?').to_string(),
            other => other.to_text(),
        },
        _ => value.to_text(),
    };
    values.iter().enumerate().map(argument).collect()
}
