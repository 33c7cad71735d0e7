//! jq's builtin functions that turn one value, and perhaps a few arguments, into one value.

use super::eval::{Stop, error};
use super::formats;
use super::operators;
use super::text;
use super::value::Value::{self, Array, Bool, Null, Number, Object, Text};
use super::value::{Reader, number_text};
use std::rc::Rc;

type Result1 = Result<Value, Stop>;

pub fn number(value: &Value) -> Result<f64, Stop> {
    match value {
        Number(number) => Ok(*number),
        other => error(format!("{} ({}) number required", other.kind(), other.brief())),
    }
}

/// The elements of an array or the values of an object.
pub fn items(value: &Value) -> Result<Vec<Value>, Stop> {
    match value {
        Array(items) => Ok(items.to_vec()),
        Object(items) => Ok(items.iter().map(|(_, value)| value.clone()).collect()),
        Null => error("Cannot iterate over null (null)"),
        other => error(format!("Cannot iterate over {} ({})", other.kind(), other.brief())),
    }
}

/// The elements of an array, for a function that takes nothing else.
pub fn array(value: &Value, name: &str) -> Result<Vec<Value>, Stop> {
    let what = match name {
        "sort" | "sort_by" => "cannot be sorted, as it is not an array",
        "group_by" => "cannot be grouped, as it is not an array",
        _ => "is not an array",
    };
    match value {
        Array(items) => Ok(items.to_vec()),
        other => error(format!("{} ({}) {what}", other.kind(), other.brief())),
    }
}

/// Sorting, grouping and choosing by computed keys.
pub fn by_key(name: &str, mut keyed: Vec<(Value, Value)>) -> Value {
    match name {
        "min_by" => {
            return keyed.into_iter().reduce(|a, b| if b.0.order(&a.0).is_lt() { b } else { a }).map_or(Null, |x| x.1);
        }
        "max_by" => {
            return keyed.into_iter().reduce(|a, b| if b.0.order(&a.0).is_ge() { b } else { a }).map_or(Null, |x| x.1);
        }
        _ => crate::order::sort_by(&mut keyed, |a, b| a.0.order(&b.0)),
    }
    if name == "sort_by" {
        return Value::array(keyed.into_iter().map(|(_, item)| item).collect());
    }
    let groups = keyed.chunk_by(|a, b| a.0.order(&b.0).is_eq());
    if name == "unique_by" {
        return Value::array(groups.map(|group| group[0].1.clone()).collect());
    }
    Value::array(groups.map(|group| Value::array(group.iter().map(|(_, item)| item.clone()).collect())).collect())
}

pub fn to_entries(value: &Value) -> Result1 {
    let Object(items) = value else { return error(format!("{} ({}) has no keys", value.kind(), value.brief())) };
    let entry = |(key, value): &(Rc<str>, Value)| {
        Value::object(vec![(Rc::from("key"), Text(key.clone())), (Rc::from("value"), value.clone())])
    };
    // jq walks `keys_unsorted`, so the order stays.
    Ok(Value::array(items.iter().map(entry).collect()))
}

pub fn from_entries(value: &Value) -> Result1 {
    let mut out: Vec<(Rc<str>, Value)> = Vec::new();
    for entry in items(value)? {
        let field = |names: &[&str]| {
            names.iter().find_map(|name| entry.get(name).filter(|v| **v != Null && **v != Bool(false)))
        };
        let key = match field(&["key", "k", "name", "Name", "Key", "K"]) {
            Some(Text(key)) => key.clone(),
            Some(Number(number)) => Rc::from(number_text(*number)),
            Some(Bool(true)) => Rc::from("true"),
            None => match entry.get("key") {
                Some(Bool(false)) => Rc::from("false"),
                _ => Rc::from("null"),
            },
            Some(other) => {
                return error(format!("Cannot use {} ({}) as object key", other.kind(), other.brief()));
            }
        };
        let names = ["value", "v", "Value", "V"];
        let value = names.iter().find_map(|name| entry.get(name)).cloned().unwrap_or(Null);
        match out.iter_mut().find(|(own, _)| *own == key) {
            Some(old) => old.1 = value,
            None => out.push((key, value)),
        }
    }
    Ok(Value::object(out))
}

pub fn has(place: &Value, key: &Value) -> Result1 {
    match (place, key) {
        (Object(_), Text(key)) => Ok(Bool(place.get(key).is_some())),
        (Array(items), Number(at)) => Ok(Bool(*at >= 0.0 && *at < items.len() as f64)),
        _ => error(format!("Cannot check whether {} has a {} key", place.kind(), key.kind())),
    }
}

pub fn contains(value: &Value, part: &Value) -> Result1 {
    Ok(Bool(match (value, part) {
        (Object(_), Object(wanted)) => {
            let mut all = true;
            for (key, wanted) in wanted.iter() {
                all &= match value.get(key) {
                    Some(own) => contains(own, wanted)?.is_true(),
                    None => false,
                };
            }
            all
        }
        (Array(items), Array(wanted)) => {
            let mut all = true;
            for wanted in wanted.iter() {
                let mut found = false;
                for item in items.iter() {
                    found |= item.kind() == wanted.kind() && contains(item, wanted)?.is_true();
                }
                all &= found;
            }
            all
        }
        (Text(text), Text(part)) => text.contains(&**part),
        _ if value.kind() == part.kind() => value.order(part).is_eq(),
        _ => {
            return error(format!(
                "{} ({}) and {} ({}) cannot have their containment checked",
                value.kind(),
                value.brief(),
                part.kind(),
                part.brief()
            ));
        }
    }))
}

fn flatten(value: &Value, depth: f64, out: &mut Vec<Value>) -> Result<(), Stop> {
    for item in items(value)? {
        match &item {
            Array(_) if depth > 0.0 => flatten(&item, depth - 1.0, out)?,
            _ => out.push(item),
        }
    }
    Ok(())
}

fn text_of<'a>(value: &'a Value, what: &str) -> Result<&'a str, Stop> {
    match value {
        Text(text) => Ok(text),
        other => error(format!("{} ({}) {what}", other.kind(), other.brief())),
    }
}

fn length(value: &Value) -> Result1 {
    Ok(Number(match value {
        Null => 0.0,
        Bool(_) => return error(format!("boolean ({}) has no length", value.brief())),
        Number(number) => number.abs(),
        Text(text) => text.chars().count() as f64,
        Array(items) => items.len() as f64,
        Object(items) => items.len() as f64,
    }))
}

fn keys(value: &Value, sorted: bool) -> Result1 {
    match value {
        Object(items) => {
            let items = if sorted { Value::sorted(items) } else { items.to_vec() };
            Ok(Value::array(items.into_iter().map(|(key, _)| Text(key)).collect()))
        }
        Array(items) => Ok(Value::array((0..items.len()).map(|i| Number(i as f64)).collect())),
        other => error(format!("{} ({}) has no keys", other.kind(), other.brief())),
    }
}

/// Calls a function; `None` when there is none of that name and number of arguments.
pub fn call(name: &str, value: &Value, arguments: &[Value]) -> Option<Result1> {
    Some(match (name, arguments) {
        ("length", []) => length(value),
        ("utf8bytelength", []) => text_of(value, "only strings have UTF-8 byte length").map(|t| Number(t.len() as f64)),
        ("keys", []) => keys(value, true),
        ("keys_unsorted", []) => keys(value, false),
        ("has", [key]) => has(value, key),
        ("contains", [part]) => contains(value, part),
        ("from_entries", []) => from_entries(value),
        ("add", []) => {
            items(value).and_then(|all| all.iter().try_fold(Null, |sum, item| operators::apply("+", &sum, item)))
        }
        ("type", []) => Ok(Value::text(value.kind())),
        ("sort", []) => array(value, name).map(|mut all| {
            crate::order::sort_by(&mut all, Value::order);
            Value::array(all)
        }),
        ("unique" | "min" | "max", []) => array(value, name).map(|all| {
            let keyed = all.into_iter().map(|item| (item.clone(), item)).collect();
            by_key(&format!("{name}_by"), keyed)
        }),
        ("reverse", []) => match value {
            Text(text) => Ok(Value::text(text.chars().rev().collect::<String>())),
            Null => Ok(Value::array(Vec::new())),
            other => array(other, name).map(|all| Value::array(all.into_iter().rev().collect())),
        },
        ("first", []) => super::paths::index(value, &Number(0.0)),
        ("last", []) => super::paths::index(value, &Number(-1.0)),
        ("nth", [at]) => super::paths::index(value, at),
        ("flatten", _) if arguments.len() <= 1 => {
            let depth = arguments.first().map_or(Ok(1e9), number);
            depth.and_then(|depth| {
                if depth < 0.0 {
                    return error("flatten depth must not be negative");
                }
                let mut out = Vec::new();
                flatten(value, depth, &mut out)?;
                Ok(Value::array(out))
            })
        }
        ("tostring", []) => Ok(Value::text(formats::text(value))),
        ("tojson", []) => Ok(Value::text(value.compact())),
        ("tonumber", []) => match value {
            Number(_) => Ok(value.clone()),
            Text(text) => match text.trim().parse::<f64>() {
                Ok(number) => Ok(Number(number)),
                Err(_) => error(format!(
                    "Invalid numeric literal at EOF at line 1, column {} (while parsing '{text}')",
                    text.len()
                )),
            },
            other => error(format!("{} ({}) cannot be parsed as a number", other.kind(), other.brief())),
        },
        ("fromjson", []) => {
            text_of(value, "only strings can be parsed").and_then(|text| match Reader::new(text).next() {
                Ok(parsed) => Ok(parsed.unwrap_or(Null)),
                Err(message) => error(format!("{message} (while parsing '{text}')")),
            })
        }
        ("floor", []) => number(value).map(|n| Number(n.floor())),
        ("ceil", []) => number(value).map(|n| Number(n.ceil())),
        ("round", []) => number(value).map(|n| Number(n.round())),
        ("trunc", []) => number(value).map(|n| Number(n.trunc())),
        ("fabs" | "abs", []) => number(value).map(|n| Number(n.abs())),
        ("sqrt", []) => number(value).map(|n| Number(n.sqrt())),
        ("pow", [base, power]) => number(base).and_then(|base| Ok(Number(base.powf(number(power)?)))),
        ("log", []) => number(value).map(|n| Number(n.ln())),
        ("log2", []) => number(value).map(|n| Number(n.log2())),
        ("log10", []) => number(value).map(|n| Number(n.log10())),
        ("exp", []) => number(value).map(|n| Number(n.exp())),
        ("infinite", []) => Ok(Number(f64::INFINITY)),
        ("nan", []) => Ok(Number(f64::NAN)),
        ("isnan", []) => number(value).map(|n| Bool(n.is_nan())),
        ("isinfinite", []) => number(value).map(|n| Bool(n.is_infinite())),
        ("isnormal", []) => number(value).map(|n| Bool(n.is_normal())),
        ("join", [separator]) => items(value).and_then(|all| {
            let separator = text_of(separator, "cannot be a separator")?;
            let mut out = String::new();
            for (i, item) in all.iter().enumerate() {
                if i > 0 {
                    out.push_str(separator);
                }
                match item {
                    Null => {}
                    Text(_) | Number(_) | Bool(_) => out.push_str(&formats::text(item)),
                    other => {
                        let left = Value::text(&out);
                        return operators::apply("+", &left, other);
                    }
                }
            }
            Ok(Value::text(out))
        }),
        ("transpose", []) => items(value).and_then(|rows| {
            let rows: Vec<Vec<Value>> = rows.iter().map(items).collect::<Result<_, _>>()?;
            let width = rows.iter().map(Vec::len).max().unwrap_or(0);
            let column = |i: usize| Value::array(rows.iter().map(|row| row.get(i).cloned().unwrap_or(Null)).collect());
            Ok(Value::array((0..width).map(column).collect()))
        }),
        ("index" | "rindex" | "indices", [part]) => {
            text::indices(value, part).map(|all| match (name, all.as_slice()) {
                ("indices", _) => Value::array(all),
                (_, []) => Null,
                ("index", [first, ..]) => first.clone(),
                (_, [.., last]) => last.clone(),
            })
        }
        ("todate" | "todateiso8601", []) => number(value).map(|n| Value::text(text::iso_date(n))),
        ("fromdate" | "fromdateiso8601", []) => text_of(value, "cannot be parsed as a date").and_then(text::parse_date),
        ("input_filename", []) => Ok(Null),
        ("builtins", []) => Ok(Value::array(Vec::new())),
        ("@text", []) => Ok(Value::text(formats::text(value))),
        _ => return text::call(name, value, arguments),
    })
}
