//! jq's builtin functions that take filters or give several outputs; [`simple`](super::simple) has the others.

use super::eval::{Item, Machine, Out, Scope, Step, Stop, each, error};
use super::parse::Filter;
use super::paths;
use super::simple;
use super::value::Value;
use std::rc::Rc;

pub fn call(machine: &Machine, name: &str, arguments: &[Filter], scope: &Scope, input: Item, out: Out) -> Step {
    let value = &input.value;
    match (name, arguments) {
        ("empty", []) => Ok(()),
        ("not", []) => give(out, Value::Bool(!value.is_true())),
        ("error", []) => Err(Stop::Error(value.clone())),
        ("error", [message]) => machine.values(message, scope, value, &mut |message| Err(Stop::Error(message))),
        ("halt", []) => Err(Stop::Halt(0, None)),
        ("halt_error", []) => Err(Stop::Halt(5, Some(value.clone()))),
        ("halt_error", [code]) => machine.values(code, scope, value, &mut |code| match code {
            Value::Number(code) => Err(Stop::Halt(code as i32, Some(value.clone()))),
            _ => error("halt_error/1: number required"),
        }),
        ("select", [test]) => machine.values(test, scope, value, &mut |test| {
            if test.is_true() { out(input.clone()) } else { Ok(()) }
        }),
        (
            "values" | "nulls" | "booleans" | "numbers" | "strings" | "arrays" | "objects" | "iterables" | "scalars",
            [],
        ) => {
            let compound = matches!(value, Value::Array(_) | Value::Object(_));
            let wanted = match name {
                "values" => *value != Value::Null,
                "iterables" => compound,
                "scalars" => !compound,
                kind => kind.strip_suffix('s') == Some(value.kind()),
            };
            if wanted { out(input.clone()) } else { Ok(()) }
        }
        ("recurse", []) => machine.recurse(input.clone(), out),
        ("recurse", [step]) => recurse(machine, step, None, scope, input.clone(), out),
        ("recurse", [step, test]) => recurse(machine, step, Some(test), scope, input.clone(), out),
        ("recurse_down", []) => machine.recurse(input.clone(), out),
        ("map", [filter]) => {
            let mut items = Vec::new();
            each(&Item::plain(value.clone()), &mut |item| {
                machine.values(filter, scope, &item.value, &mut |new| {
                    items.push(new);
                    Ok(())
                })
            })?;
            give(out, Value::array(items))
        }
        ("map_values", [filter]) => give(out, map_values(machine, filter, scope, value)?),
        ("path", [filter]) => {
            for path in machine.paths(filter, scope, value)? {
                give(out, Value::Array(path))?;
            }
            Ok(())
        }
        ("paths", []) => leaf_paths(machine, input.value.clone(), |_| Ok(true), out),
        ("paths", [test]) => leaf_paths(
            machine,
            input.value.clone(),
            |value| Ok(machine.collect(test, scope, value)?.iter().any(Value::is_true)),
            out,
        ),
        ("leaf_paths", []) => leaf_paths(
            machine,
            input.value.clone(),
            |value| Ok(!matches!(value, Value::Array(_) | Value::Object(_))),
            out,
        ),
        ("getpath", [path]) => machine.values(path, scope, value, &mut |path| {
            let Value::Array(keys) = &path else { return error("Path must be specified as an array") };
            let found = paths::get(value, keys)
                .or_else(|stop| if *value == Value::Null { Ok(Value::Null) } else { Err(stop) })?;
            let mut item = Item::plain(found);
            item.path = input.path.as_ref().map(|own| Rc::new([own.as_slice(), keys.as_slice()].concat()));
            out(item)
        }),
        ("setpath", [path, new]) => machine.values(path, scope, value, &mut |path| {
            let Value::Array(keys) = &path else { return error("Path must be specified as an array") };
            machine.values(new, scope, value, &mut |new| give(&mut *out, paths::set(value, keys, new)?))
        }),
        ("delpaths", [list]) => machine.values(list, scope, value, &mut |list| {
            let Value::Array(all) = &list else { return error("Paths must be specified as an array") };
            let keys =
                all.iter().filter_map(|path| if let Value::Array(keys) = path { Some(keys.clone()) } else { None });
            give(&mut *out, paths::delete(value.clone(), keys.collect())?)
        }),
        ("del", [filter]) => {
            let gone = machine.paths(filter, scope, value)?;
            give(out, paths::delete(value.clone(), gone)?)
        }
        ("to_entries", []) => give(out, simple::to_entries(value)?),
        ("with_entries", [filter]) => {
            let entries = simple::to_entries(value)?;
            let Value::Array(entries) = entries else { return Ok(()) };
            let mut changed = Vec::new();
            for entry in entries.iter() {
                changed.extend(machine.collect(filter, scope, entry)?);
            }
            give(out, simple::from_entries(&Value::array(changed))?)
        }
        ("range", [end]) => machine.values(end, scope, value, &mut |end| range(machine, 0.0, &end, 1.0, &mut *out)),
        ("range", [start, end]) => machine.values(start, scope, value, &mut |start| {
            machine.values(end, scope, value, &mut |end| range(machine, simple::number(&start)?, &end, 1.0, &mut *out))
        }),
        ("range", [start, end, step]) => machine.values(start, scope, value, &mut |start| {
            machine.values(end, scope, value, &mut |end| {
                machine.values(step, scope, value, &mut |step| {
                    range(machine, simple::number(&start)?, &end, simple::number(&step)?, &mut *out)
                })
            })
        }),
        ("first", [filter]) => limited(machine, 1, filter, scope, input.clone(), out),
        ("limit", [count, filter]) => machine.values(count, scope, value, &mut |count| {
            let count = simple::number(&count)?;
            if count <= 0.0 { Ok(()) } else { limited(machine, count as u64, filter, scope, input.clone(), &mut *out) }
        }),
        ("last", [filter]) => match machine.collect(filter, scope, value)?.pop() {
            Some(last) => give(out, last),
            None => Ok(()),
        },
        ("nth", [count, filter]) => machine.values(count, scope, value, &mut |count| {
            let wanted = simple::number(&count)? as usize;
            match machine.collect(filter, scope, value)?.into_iter().nth(wanted) {
                Some(found) => give(&mut *out, found),
                None => Ok(()),
            }
        }),
        ("isempty", [filter]) => {
            let mut empty = true;
            limited(machine, 1, filter, scope, input.clone(), &mut |_| {
                empty = false;
                Ok(())
            })?;
            give(out, Value::Bool(empty))
        }
        ("any" | "all", []) => quantify(name == "any", simple::items(value)?.iter().map(Value::is_true), out),
        ("any" | "all", [test]) => {
            let mut results = Vec::new();
            for item in simple::items(value)? {
                results.extend(machine.collect(test, scope, &item)?.iter().map(Value::is_true));
            }
            quantify(name == "any", results.into_iter(), out)
        }
        ("any" | "all", [source, test]) => {
            let mut results = Vec::new();
            for item in machine.collect(source, scope, value)? {
                results.extend(machine.collect(test, scope, &item)?.iter().map(Value::is_true));
            }
            quantify(name == "any", results.into_iter(), out)
        }
        ("until", [test, step]) => {
            let mut state = value.clone();
            loop {
                machine.tick()?;
                if machine.collect(test, scope, &state)?.first().is_some_and(Value::is_true) {
                    return give(out, state);
                }
                match machine.collect(step, scope, &state)?.into_iter().next() {
                    Some(next) => state = next,
                    None => return Ok(()),
                }
            }
        }
        ("while", [test, step]) => {
            let mut state = value.clone();
            while machine.collect(test, scope, &state)?.first().is_some_and(Value::is_true) {
                machine.tick()?;
                give(&mut *out, state.clone())?;
                match machine.collect(step, scope, &state)?.into_iter().next() {
                    Some(next) => state = next,
                    None => return Ok(()),
                }
            }
            Ok(())
        }
        ("repeat", [step]) => {
            let mut state = value.clone();
            loop {
                machine.tick()?;
                give(&mut *out, state.clone())?;
                match machine.collect(step, scope, &state)?.into_iter().next() {
                    Some(next) => state = next,
                    None => return Ok(()),
                }
            }
        }
        ("sort_by" | "group_by" | "unique_by" | "min_by" | "max_by", [filter]) => {
            let mut keyed = Vec::new();
            for item in simple::array(value, name)? {
                keyed.push((Value::array(machine.collect(filter, scope, &item)?), item));
            }
            give(out, simple::by_key(name, keyed))
        }
        ("input", []) => match machine.inputs.borrow_mut().pop_front() {
            Some(Ok(next)) => give(out, next),
            Some(Err(message)) => error(message),
            None => error("break"),
        },
        ("inputs", []) => loop {
            let next = machine.inputs.borrow_mut().pop_front();
            match next {
                Some(Ok(next)) => give(&mut *out, next)?,
                Some(Err(message)) => return error(message),
                None => return Ok(()),
            }
        },
        ("debug", []) => {
            let line = format!("[\"DEBUG:\",{}]\n", value.compact());
            machine.debug.borrow_mut().push_str(&line);
            out(input.clone())
        }
        ("env", []) => give(out, machine.env_value()),
        ("now", []) => give(out, Value::Number(machine.now)),
        ("input_line_number", []) => give(out, Value::Number(0.0)),
        ("walk", [filter]) => walk(machine, filter, scope, value, &mut |new| give(&mut *out, new)),
        ("in", [place]) => {
            machine.values(place, scope, value, &mut |place| give(&mut *out, simple::has(&place, value)?))
        }
        ("inside", [other]) => {
            machine.values(other, scope, value, &mut |other| give(&mut *out, simple::contains(&other, value)?))
        }
        ("combinations", []) => combinations(&simple::items(value)?, &mut Vec::new(), machine, out),
        ("splits", [regex]) => machine.values(regex, scope, value, &mut |regex| {
            for piece in simple::items(&super::text::split_regex(value, &regex, &Value::Null)?)? {
                give(&mut *out, piece)?;
            }
            Ok(())
        }),
        ("match" | "scan" | "capture", _) if !arguments.is_empty() => {
            arguments_then(machine, arguments, scope, value, Vec::new(), &mut |values| {
                let flags = values.get(1).cloned().unwrap_or(Value::Null);
                for found in super::text::matches(name, value, &values[0], &flags)? {
                    give(&mut *out, found)?;
                }
                Ok(())
            })
        }
        ("sub" | "gsub", [regex, with, rest @ ..]) => {
            let flags = match rest.first() {
                Some(flags) => machine.collect(flags, scope, value)?.into_iter().next().unwrap_or(Value::Null),
                None => Value::Null,
            };
            machine.values(regex, scope, value, &mut |regex| {
                let replace = |groups: Value| Ok(machine.collect(with, scope, &groups)?.into_iter().next());
                give(&mut *out, super::text::substitute(value, &regex, &flags, name == "gsub", replace)?)
            })
        }
        _ => arguments_then(machine, arguments, scope, value, Vec::new(), &mut |values| match simple::call(
            name, value, &values,
        ) {
            Some(result) => give(&mut *out, result?),
            None => error(format!("{name}/{} is not defined", arguments.len())),
        }),
    }
}

fn give(out: Out, value: Value) -> Step {
    out(Item::plain(value))
}

/// Every combination of the arguments' values.
fn arguments_then(
    machine: &Machine,
    arguments: &[Filter],
    scope: &Scope,
    input: &Value,
    done: Vec<Value>,
    then: &mut dyn FnMut(Vec<Value>) -> Step,
) -> Step {
    let Some((first, rest)) = arguments.split_first() else { return then(done) };
    machine.values(first, scope, input, &mut |value| {
        let mut done = done.clone();
        done.push(value);
        arguments_then(machine, rest, scope, input, done, &mut *then)
    })
}

fn recurse(machine: &Machine, step: &Filter, test: Option<&Filter>, scope: &Scope, item: Item, out: Out) -> Step {
    out(item.clone())?;
    machine.eval(step, scope, item, &mut |child| {
        if let Some(test) = test
            && !machine.collect(test, scope, &child.value)?.first().is_some_and(Value::is_true)
        {
            return Ok(());
        }
        recurse(machine, step, test, scope, child, &mut *out)
    })
}

fn map_values(machine: &Machine, filter: &Filter, scope: &Scope, value: &Value) -> Result<Value, Stop> {
    let first =
        |item: &Value| -> Result<Option<Value>, Stop> { Ok(machine.collect(filter, scope, item)?.into_iter().next()) };
    match value {
        Value::Object(items) => {
            let mut changed = Vec::new();
            for (key, item) in items.iter() {
                changed.extend(first(item)?.map(|new| (key.clone(), new)));
            }
            Ok(Value::object(changed))
        }
        other => {
            let mut changed = Vec::new();
            for item in simple::items(other)? {
                changed.extend(first(&item)?);
            }
            Ok(Value::array(changed))
        }
    }
}

fn leaf_paths(machine: &Machine, value: Value, test: impl Fn(&Value) -> Result<bool, Stop>, out: Out) -> Step {
    machine.recurse(Item { value, path: Some(Rc::default()) }, &mut |item| {
        let path = item.path.unwrap_or_default();
        if !path.is_empty() && test(&item.value)? { give(&mut *out, Value::Array(path)) } else { Ok(()) }
    })
}

fn range(machine: &Machine, start: f64, end: &Value, step: f64, out: Out) -> Step {
    let end = simple::number(end)?;
    let mut at = start;
    while (step > 0.0 && at < end) || (step < 0.0 && at > end) {
        machine.tick()?;
        give(&mut *out, Value::Number(at))?;
        at += step;
    }
    Ok(())
}

fn limited(machine: &Machine, count: u64, filter: &Filter, scope: &Scope, input: Item, out: Out) -> Step {
    let label = machine.new_label();
    let mut left = count;
    let step = machine.eval(filter, scope, input, &mut |item| {
        left -= 1;
        out(item)?;
        if left == 0 { Err(Stop::Break(label)) } else { Ok(()) }
    });
    match step {
        Err(Stop::Break(own)) if own == label => Ok(()),
        other => other,
    }
}

fn quantify(any: bool, mut results: impl Iterator<Item = bool>, out: Out) -> Step {
    give(out, Value::Bool(if any { results.any(|r| r) } else { results.all(|r| r) }))
}

fn walk(machine: &Machine, filter: &Filter, scope: &Scope, value: &Value, out: &mut dyn FnMut(Value) -> Step) -> Step {
    let inner = |item: &Value| -> Result<Option<Value>, Stop> {
        let mut first = None;
        walk(machine, filter, scope, item, &mut |new| {
            first.get_or_insert(new);
            Ok(())
        })?;
        Ok(first)
    };
    let rebuilt = match value {
        Value::Array(items) => {
            let mut changed = Vec::new();
            for item in items.iter() {
                changed.extend(inner(item)?);
            }
            Value::array(changed)
        }
        Value::Object(items) => {
            let mut changed = Vec::new();
            for (key, item) in items.iter() {
                changed.extend(inner(item)?.map(|new| (key.clone(), new)));
            }
            Value::object(changed)
        }
        other => other.clone(),
    };
    machine.values(filter, scope, &rebuilt, out)
}

fn combinations(lists: &[Value], chosen: &mut Vec<Value>, machine: &Machine, out: Out) -> Step {
    machine.tick()?;
    let Some((first, rest)) = lists.split_first() else { return give(out, Value::array(chosen.clone())) };
    for item in simple::items(first)? {
        chosen.push(item);
        combinations(rest, chosen, machine, &mut *out)?;
        chosen.pop();
    }
    Ok(())
}
