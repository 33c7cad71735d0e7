//! What a scalar without quotes means (`go.yaml.in/yaml/v2`: resolve.go): YAML 1.1, in which `yes` is a boolean.

use serde_json::{Number, Value};

/// The value of a plain scalar.
pub fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return Value::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Value::Bool(false);
        }
        _ => {}
    }
    number(text).unwrap_or_else(|| Value::String(text.to_owned()))
}

/// Whether a text has to be quoted so that it stays a text.
pub fn is_text(text: &str) -> bool {
    matches!(resolve(text), Value::String(_))
        && !matches!(text, "<<" | "=")
        && !is_time(text)
        && !is_sexagesimal(text)
        && !matches!(text.trim_start_matches(['+', '-']), ".inf" | ".Inf" | ".INF")
        && !matches!(text, ".nan" | ".NaN" | ".NAN")
}

fn number(text: &str) -> Option<Value> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return None;
    }
    let plain = text.replace('_', "");
    let (negative, digits) = match plain.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let radix = [("0x", 16), ("0b", 2), ("0o", 8)];
    let whole = match radix.iter().find(|(prefix, _)| digits.starts_with(prefix)) {
        Some((_, radix)) => u64::from_str_radix(&digits[2..], *radix).ok(),
        None if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()) => {
            u64::from_str_radix(digits, 8).ok()
        }
        None if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok(),
        None => None,
    };
    match whole {
        Some(whole) if !negative => return Some(whole.into()),
        Some(whole) => return i64::try_from(whole).ok().map(|whole| Value::from(-whole)),
        None => {}
    }
    let shape = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
    if !digits.chars().all(shape) || !digits.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let parsed: f64 = plain.parse().ok()?;
    Number::from_f64(parsed).map(Value::Number)
}

/// `2026-01-01`, with or without a time of day.
fn is_time(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else { return false };
    let digits = |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if year.len() != 4 || !digits(year, 4) || !digits(month, 2) {
        return false;
    }
    let (day, time) = match rest.find(['T', 't', ' ']) {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    let clock = |time: &str| {
        time.contains(':') && time.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.' | 'Z' | '+' | '-' | ' '))
    };
    digits(day, 2) && time.is_none_or(clock)
}

/// `190:20:30`, which YAML 1.1 takes for a number to the base of sixty.
fn is_sexagesimal(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    let mut parts = digits.split(':');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<_> = parts.collect();
    let Some((last, middle)) = rest.split_last() else { return false };
    let sixty = |part: &str| {
        let part = part.as_bytes();
        matches!(part, [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9'])
    };
    let (last, fraction) = last.split_once('.').unwrap_or((last, ""));
    first.starts_with(|c: char| c.is_ascii_digit())
        && first.bytes().all(|b| b.is_ascii_digit() || b == b'_')
        && middle.iter().all(|part| sixty(part))
        && sixty(last)
        && fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(text: &str, expected: Value) {
        assert_eq!(resolve(text), expected, "{text}");
    }

    #[test]
    fn a_plain_scalar_is_what_yaml_1_1_says() {
        check("yes", json!(true));
        check("Off", json!(false));
        check("~", json!(null));
        check("0x10", json!(16));
        check("0644", json!(420));
        check("-3", json!(-3));
        check("1.5", json!(1.5));
        check("1e3", json!(1000.0));
        check("1.2.3", json!("1.2.3"));
        check("-", json!("-"));
        check("10.0.0.1", json!("10.0.0.1"));
    }

    #[test]
    fn a_text_that_reads_as_something_else_needs_quotes() {
        for text in ["y", "1", "", "2026-01-01T00:00:05Z", "2026-01-01", "null", "1:30", "1e3", "="] {
            assert!(!is_text(text), "{text}");
        }
        for text in ["nginx:1.28", "500m", "10.0.0.1", "a", "v1", "25%", "1h", "kube-system:default"] {
            assert!(is_text(text), "{text}");
        }
    }
}
