//! jq's functions on strings, regular expressions and dates.

use super::eval::{Stop, error};
use super::formats;
use super::operators;
use super::value::Value::{self, Array, Bool, Null, Number, Text};
use crate::tools::regex::Regex;
use std::rc::Rc;

type Result1 = Result<Value, Stop>;

fn string<'a>(value: &'a Value, what: &str) -> Result<&'a str, Stop> {
    match value {
        Text(text) => Ok(text),
        other => error(format!("{} ({}) {what}", other.kind(), other.brief())),
    }
}

/// Calls a function on strings; `None` when there is none of that name.
pub fn call(name: &str, value: &Value, arguments: &[Value]) -> Option<Result1> {
    let ascii =
        |change: fn(&str) -> String| string(value, "cannot change its case").map(|text| Value::text(change(text)));
    Some(match (name, arguments) {
        ("ascii_downcase", []) => ascii(str::to_ascii_lowercase),
        ("ascii_upcase", []) => ascii(str::to_ascii_uppercase),
        ("startswith", [part]) => {
            pair(value, part, "startswith() requires string inputs").map(|(t, p)| Bool(t.starts_with(p)))
        }
        ("endswith", [part]) => {
            pair(value, part, "endswith() requires string inputs").map(|(t, p)| Bool(t.ends_with(p)))
        }
        ("ltrimstr", [part]) => Ok(match (value, part) {
            (Text(text), Text(part)) => Value::text(text.strip_prefix(&**part).unwrap_or(text)),
            _ => value.clone(),
        }),
        ("rtrimstr", [part]) => Ok(match (value, part) {
            (Text(text), Text(part)) => Value::text(text.strip_suffix(&**part).unwrap_or(text)),
            _ => value.clone(),
        }),
        ("trim", []) => string(value, "cannot be trimmed").map(|text| Value::text(text.trim())),
        ("ltrim", []) => string(value, "cannot be trimmed").map(|text| Value::text(text.trim_start())),
        ("rtrim", []) => string(value, "cannot be trimmed").map(|text| Value::text(text.trim_end())),
        ("explode", []) => string(value, "cannot be exploded")
            .map(|text| Value::array(text.chars().map(|c| Number(f64::from(c as u32))).collect())),
        ("implode", []) => super::simple::array(value, name).map(|codes| {
            let chars = codes.iter().map(|code| match code {
                Number(code) => char::from_u32(*code as u32).unwrap_or('\u{fffd}'),
                _ => '\u{fffd}',
            });
            Value::text(chars.collect::<String>())
        }),
        ("split", [separator]) => pair(value, separator, "split input and separator must be strings")
            .map(|(text, separator)| operators::split(text, separator)),
        ("split", [regex, flags]) => split_regex(value, regex, flags),
        ("test", [regex]) => test(value, regex, &Null),
        ("test", [regex, flags]) => test(value, regex, flags),
        ("ascii", []) => match value {
            Number(code) => Ok(Value::text(char::from_u32(*code as u32).unwrap_or('\u{fffd}').to_string())),
            _ => error("ascii requires a number"),
        },
        ("strftime", [format]) => super::simple::number(value).and_then(|seconds| {
            let format = string(format, "strftime/1 requires a string format")?;
            Ok(Value::text(crate::tools::date::format(seconds as i64, 0, format)))
        }),
        _ => return None,
    })
}

fn pair<'a>(value: &'a Value, other: &'a Value, message: &str) -> Result<(&'a str, &'a str), Stop> {
    match (value, other) {
        (Text(a), Text(b)) => Ok((a, b)),
        _ => error(message),
    }
}

pub fn indices(value: &Value, part: &Value) -> Result<Vec<Value>, Stop> {
    match (value, part) {
        (Null, _) => Ok(Vec::new()),
        (Text(text), Text(part)) => {
            if part.is_empty() {
                return Ok(Vec::new());
            }
            let starts = text.char_indices().enumerate().filter(|(_, (at, _))| text[*at..].starts_with(&**part));
            Ok(starts.map(|(i, _)| Number(i as f64)).collect())
        }
        (Array(_), Array(_)) => match super::paths::index(value, part)? {
            Array(found) => Ok(found.to_vec()),
            _ => Ok(Vec::new()),
        },
        (Array(items), wanted) => {
            let found = items.iter().enumerate().filter(|(_, item)| item.order(wanted).is_eq());
            Ok(found.map(|(i, _)| Number(i as f64)).collect())
        }
        _ => error(format!("Cannot determine indices of {} in {}", part.kind(), value.kind())),
    }
}

/// A compiled expression and whether all matches are asked for.
fn compile(regex: &Value, flags: &Value) -> Result<(Regex, bool), Stop> {
    let (regex, flags) = match (regex, flags) {
        // `["regex", "flags"]` in one argument.
        (Array(both), Null) => (both.first().cloned().unwrap_or(Null), both.get(1).cloned().unwrap_or(Null)),
        _ => (regex.clone(), flags.clone()),
    };
    let Text(pattern) = &regex else {
        return error(format!("{} ({}) cannot be matched, as it is not a string", regex.kind(), regex.brief()));
    };
    let flags = formats::text(&flags);
    let has = |flag| flags != "null" && flags.contains(flag);
    let pattern = if has('x') { format!("(?x){pattern}") } else { pattern.to_string() };
    match Regex::compile(&pattern, has('i')) {
        Ok(compiled) => Ok((compiled, has('g'))),
        Err(message) => error(format!("{pattern} (at offset 0) is not a valid regex: {message}")),
    }
}

fn subject(value: &Value) -> Result<&str, Stop> {
    string(value, "cannot be matched, as it is not a string")
}

fn test(value: &Value, regex: &Value, flags: &Value) -> Result1 {
    let (regex, _) = compile(regex, flags)?;
    Ok(Bool(regex.is_match(subject(value)?)))
}

type Groups = Vec<Option<(usize, usize)>>;

fn find(regex: &Regex, text: &str, all: bool) -> Vec<Groups> {
    let mut found = Vec::new();
    let mut at = 0;
    while at <= text.len() {
        let Some(groups) = regex.captures_at(text, at) else { break };
        let Some((from, to)) = groups.first().copied().flatten() else { break };
        found.push(groups);
        if !all {
            break;
        }
        at = if to > from { to } else { to + text[to..].chars().next().map_or(1, char::len_utf8) };
    }
    found
}

/// The outputs of `match`, `capture` and `scan`.
pub fn matches(kind: &str, value: &Value, regex: &Value, flags: &Value) -> Result<Vec<Value>, Stop> {
    let (regex, global) = compile(regex, flags)?;
    let text = subject(value)?;
    let names = regex.group_names();
    let found = find(&regex, text, global || kind == "scan");
    let piece = |range: &Option<(usize, usize)>| range.map_or(Null, |(from, to)| Value::text(&text[from..to]));
    Ok(found
        .iter()
        .map(|groups| match kind {
            "scan" if groups.len() == 1 => piece(&groups[0]),
            "scan" => Value::array(groups[1..].iter().map(piece).collect()),
            "capture" => captured(&names, groups, text),
            _ => {
                let describe = |range: &Option<(usize, usize)>, name: Option<&Option<String>>| {
                    let (from, to) = range.unwrap_or((0, 0));
                    let offset = if range.is_some() { text[..from].chars().count() as f64 } else { -1.0 };
                    let mut fields = vec![
                        (Rc::from("offset"), Number(offset)),
                        (Rc::from("length"), Number(text[from..to].chars().count() as f64)),
                        (Rc::from("string"), piece(range)),
                    ];
                    if let Some(name) = name {
                        fields.push((Rc::from("name"), name.as_ref().map_or(Null, Value::text)));
                    }
                    fields
                };
                let mut whole = describe(&groups[0], None);
                let rest = groups.iter().zip(&names).skip(1);
                let captures = rest.map(|(range, name)| Value::object(describe(range, Some(name)))).collect();
                whole.push((Rc::from("captures"), Value::array(captures)));
                Value::object(whole)
            }
        })
        .collect())
}

fn captured(names: &[Option<String>], groups: &Groups, text: &str) -> Value {
    let named = names.iter().zip(groups).filter_map(|(name, range)| {
        let value = range.map_or(Null, |(from, to)| Value::text(&text[from..to]));
        Some((Rc::from(name.as_deref()?), value))
    });
    Value::object(named.collect())
}

pub fn split_regex(value: &Value, regex: &Value, flags: &Value) -> Result1 {
    let (regex, _) = compile(regex, flags)?;
    let text = subject(value)?;
    let mut pieces = Vec::new();
    let mut at = 0;
    for groups in find(&regex, text, true) {
        let Some((from, to)) = groups[0] else { continue };
        if to == from && (from == 0 || from == text.len()) {
            continue;
        }
        pieces.push(Value::text(&text[at..from]));
        at = to;
    }
    pieces.push(Value::text(&text[at..]));
    Ok(Value::array(pieces))
}

/// `sub` and `gsub`: the replacement is computed from the named groups.
pub fn substitute(
    value: &Value,
    regex: &Value,
    flags: &Value,
    global: bool,
    replace: impl Fn(Value) -> Result<Option<Value>, Stop>,
) -> Result1 {
    let (regex, also_global) = compile(regex, flags)?;
    let text = subject(value)?;
    let names = regex.group_names();
    let mut out = String::new();
    let mut at = 0;
    for groups in find(&regex, text, global || also_global) {
        let Some((from, to)) = groups[0] else { continue };
        out.push_str(&text[at..from]);
        match replace(captured(&names, &groups, text))? {
            Some(Text(new)) => out.push_str(&new),
            Some(other) => {
                return operators::apply("+", &Value::text(&out), &other);
            }
            None => {}
        }
        at = to;
    }
    out.push_str(&text[at..]);
    Ok(Value::text(out))
}

/// Seconds since 1970 as `2024-01-31T10:00:00Z`.
pub fn iso_date(seconds: f64) -> String {
    crate::tools::date::format(seconds.floor() as i64, 0, "%Y-%m-%dT%H:%M:%SZ")
}

pub fn parse_date(text: &str) -> Result1 {
    let wrong = || error(format!("date \"{text}\" does not match format \"%Y-%m-%dT%H:%M:%SZ\""));
    let digits: Vec<i64> =
        text.split(|c: char| !c.is_ascii_digit()).filter(|p| !p.is_empty()).filter_map(|p| p.parse().ok()).collect();
    let [year, month, day, hour, minute, second] = digits.as_slice() else { return wrong() };
    if !text.ends_with('Z') {
        return wrong();
    }
    let days = calendar::days(*year, *month, *day);
    Ok(Number((days * 86_400 + hour * 3600 + minute * 60 + second) as f64))
}
