//! Reading a template.

use serde_json::Value;

use super::{Comparison, Node, Operand, Step};

/// The pieces of a template.
pub fn template(source: &str) -> Result<Vec<Node>, String> {
    let mut ranges: Vec<(Vec<Step>, Vec<Node>)> = vec![(Vec::new(), Vec::new())];
    let mut rest = source;
    while !rest.is_empty() {
        let open = rest.find('{').unwrap_or(rest.len());
        if open > 0 {
            add(&mut ranges, Node::Text(rest[..open].to_owned()));
        }
        let Some(after) = rest.get(open + 1..) else { break };
        let close = closing(after).ok_or("unclosed action")?;
        for action in actions(after[..close].trim()) {
            match action.as_str() {
                "end" => {
                    if ranges.len() < 2 {
                        return Err("not in range, nothing to end".to_owned());
                    }
                    if let Some((steps, nodes)) = ranges.pop() {
                        add(&mut ranges, Node::Range(steps, nodes));
                    }
                }
                action => match action.strip_prefix("range").filter(|rest| rest.starts_with([' ', '\t'])) {
                    Some(over) => ranges.push((path(over.trim())?, Vec::new())),
                    None => add(&mut ranges, Node::Path(path(action)?)),
                },
            }
        }
        rest = &after[close + 1..];
    }
    match ranges.len() {
        1 => Ok(ranges.remove(0).1),
        _ => Err("unclosed range".to_owned()),
    }
}

fn add(ranges: &mut [(Vec<Step>, Vec<Node>)], node: Node) {
    if let Some((_, nodes)) = ranges.last_mut() {
        nodes.push(node);
    }
}

/// Where the brace is that ends an action; quotes may hold others.
fn closing(text: &str) -> Option<usize> {
    let (mut quote, mut escaped) = (None, false);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (_, '\\') => escaped = true,
            (Some(open), c) if open == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '}') => return Some(at),
            _ => {}
        }
    }
    None
}

/// An action may hold several, one after the other: `{.a}` as well as `{.a "\t" .b}`.
fn actions(text: &str) -> Vec<String> {
    if text.starts_with("range") {
        return vec![text.to_owned()];
    }
    let (mut parts, mut part, mut quote, mut depth, mut escaped) = (Vec::new(), String::new(), None, 0i32, false);
    for c in text.chars() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (_, '\\') => escaped = true,
            (Some(open), c) if open == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '(') => depth += 1,
            (None, ']' | ')') => depth -= 1,
            (None, ' ' | '\t') if depth == 0 => {
                if !part.is_empty() {
                    parts.push(std::mem::take(&mut part));
                }
                continue;
            }
            _ => {}
        }
        part.push(c);
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

/// The steps of a path, or a text in quotes.
pub fn path(text: &str) -> Result<Vec<Step>, String> {
    if text.starts_with(['"', '\'']) {
        return Ok(vec![Step::Literal(Value::String(unquoted(text)?))]);
    }
    if text.starts_with(|c: char| c.is_ascii_digit()) || text == "true" || text == "false" {
        return serde_json::from_str(text).map(|value| vec![Step::Literal(value)]).map_err(|e| e.to_string());
    }
    let mut steps = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = match c {
            '$' => {
                steps.push(Step::Root);
                after
            }
            '@' => {
                steps.push(Step::Current);
                after
            }
            '*' => {
                steps.push(Step::All);
                after
            }
            '.' if after.starts_with('.') => {
                steps.push(Step::Descend);
                let (name, tail) = name(&after[1..]);
                if !name.is_empty() {
                    steps.push(field(name));
                }
                tail
            }
            '.' => {
                let (name, tail) = name(after);
                if !name.is_empty() {
                    steps.push(field(name));
                }
                tail
            }
            '[' => {
                let close = bracket(after).ok_or("unterminated array")?;
                steps.push(subscript(after[..close].trim())?);
                &after[close + 1..]
            }
            _ => {
                let (name, tail) = name(rest);
                if name.is_empty() {
                    return Err(format!("unrecognized character in action: U+{:04X} '{c}'", c as u32));
                }
                if steps.is_empty() {
                    return Err(format!("unrecognized identifier {name}"));
                }
                steps.push(field(name));
                tail
            }
        };
    }
    Ok(steps)
}

fn field(name: String) -> Step {
    if name == "*" { Step::All } else { Step::Field(name) }
}

fn name(text: &str) -> (String, &str) {
    let (mut name, mut escaped) = (String::new(), false);
    for (at, c) in text.char_indices() {
        if escaped {
            name.push(c);
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if matches!(
            c,
            '.' | '[' | ']' | '{' | '}' | '(' | ')' | ',' | ' ' | '$' | '@' | '=' | '!' | '<' | '>' | '|'
        ) {
            return (name, &text[at..]);
        } else {
            name.push(c);
        }
    }
    (name, "")
}

fn bracket(text: &str) -> Option<usize> {
    let (mut quote, mut depth) = (None, 0);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') if depth == 0 => return Some(at),
            (None, ']') => depth -= 1,
            _ => {}
        }
    }
    None
}

fn subscript(text: &str) -> Result<Step, String> {
    if text == "*" {
        return Ok(Step::All);
    }
    if let Some(filter) = text.strip_prefix("?(") {
        return filtered(filter.strip_suffix(')').ok_or("unterminated filter")?.trim());
    }
    if text.starts_with(['"', '\'']) {
        let names = split(text);
        let names: Vec<Step> = names.iter().map(|n| unquoted(n).map(Step::Field)).collect::<Result<_, _>>()?;
        return Ok(match &names[..] {
            [one] => one.clone(),
            _ => Step::Union(names.into_iter().map(|name| vec![name]).collect()),
        });
    }
    let number = |text: &str| -> Result<Option<i64>, String> {
        if text.is_empty() {
            Ok(None)
        } else {
            text.trim().parse().map(Some).map_err(|_| format!("invalid array index {text}"))
        }
    };
    if text.contains(',') {
        let parts = text.split(',').map(|part| number(part).map(|n| vec![Step::Index(n.unwrap_or(0))]));
        return Ok(Step::Union(parts.collect::<Result<_, _>>()?));
    }
    let parts: Vec<&str> = text.split(':').collect();
    Ok(match parts[..] {
        [one] => Step::Index(number(one)?.ok_or("invalid array index ")?),
        [from, to] => Step::Slice(number(from)?, number(to)?, 1),
        [from, to, by] => Step::Slice(number(from)?, number(to)?, number(by)?.unwrap_or(1)),
        _ => return Err(format!("invalid array index {text}")),
    })
}

fn filtered(text: &str) -> Result<Step, String> {
    let operators = [
        ("==", Comparison::Equal),
        ("!=", Comparison::NotEqual),
        ("<=", Comparison::LessOrEqual),
        (">=", Comparison::GreaterOrEqual),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
    ];
    let found = operators.iter().filter_map(|(sign, op)| outside_quotes(text, sign).map(|at| (at, *sign, *op)));
    let Some((at, sign, op)) = found.min_by_key(|(at, sign, _)| (*at, std::cmp::Reverse(sign.len()))) else {
        return Ok(Step::Filter(path(text)?, Comparison::Exists, Operand::Nothing));
    };
    let (left, right) = (text[..at].trim(), text[at + sign.len()..].trim());
    let right = if right.starts_with(['@', '$', '.']) {
        Operand::Path(path(right)?)
    } else if right.starts_with(['"', '\'']) {
        Operand::Value(Value::String(unquoted(right)?))
    } else {
        Operand::Value(serde_json::from_str(right).map_err(|_| format!("unrecognized identifier {right}"))?)
    };
    Ok(Step::Filter(path(left)?, op, right))
}

fn outside_quotes(text: &str, sign: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, _) if text[at..].starts_with(sign) => return Some(at),
            _ => {}
        }
    }
    None
}

fn split(text: &str) -> Vec<String> {
    let (mut parts, mut part, mut quote) = (Vec::new(), String::new(), None);
    for c in text.chars() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, ',') => {
                parts.push(std::mem::take(&mut part).trim().to_owned());
                continue;
            }
            _ => {}
        }
        part.push(c);
    }
    parts.push(part.trim().to_owned());
    parts
}

fn unquoted(text: &str) -> Result<String, String> {
    let body = match text.chars().next() {
        Some(quote) if text.len() > 1 && text.ends_with(quote) => &text[1..text.len() - 1],
        _ => return Err("unterminated quoted string".to_owned()),
    };
    let double = format!("\"{}\"", if text.starts_with('\'') { body.replace('"', "\\\"") } else { body.to_owned() });
    let bytes = crate::go::unquote(&double).ok_or_else(|| format!("unquote string {text} error invalid syntax"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
