//! awk's expressions and builtin functions.

use super::parse::Expr;
use super::run::{Done, Leave, Machine};
use super::value::Value;
use crate::tools::regex::Regex;
use std::rc::Rc;

/// The longest text a program may build.
const MAX_TEXT: usize = 16 << 20;

impl Machine {
    pub fn eval(&mut self, expr: &Expr) -> Done<Value> {
        Ok(match expr {
            Expr::Number(number) => Value::Number(*number),
            Expr::Text(text) => Value::Text(text.clone()),
            Expr::Regex(regex) => Value::flag(regex.is_match(&self.record)),
            Expr::Variable(name) => self.variable(name),
            Expr::Element(array, index) => {
                let key = self.key(index)?;
                // Reading an element makes it exist.
                self.array(array).entry(key).or_insert(Value::Unset).clone()
            }
            Expr::Field(index) => {
                let index = self.eval(index)?.to_number();
                if index < 0.0 {
                    return Err(Leave::Error(format!("negative field index ${index}")));
                }
                self.field(index)
            }
            Expr::Assign(operator, place, value) => {
                let value = self.eval(value)?;
                let value = match operator.strip_suffix('=').filter(|op| !op.is_empty()) {
                    Some(op) => {
                        let old = self.eval(place)?.to_number();
                        Value::Number(arithmetic(op, old, value.to_number())?)
                    }
                    None => value,
                };
                self.store(place, value.clone())?;
                value
            }
            Expr::Step(step, old_counts, place) => {
                let old = self.eval(place)?.to_number();
                self.store(place, Value::Number(old + step))?;
                Value::Number(if *old_counts { old } else { old + step })
            }
            Expr::Unary('!', inner) => Value::flag(!self.truth(inner)?),
            Expr::Unary('(', inner) => self.eval(inner)?,
            Expr::Unary('-', inner) => Value::Number(-self.eval(inner)?.to_number()),
            Expr::Unary(_, inner) => Value::Number(self.eval(inner)?.to_number()),
            Expr::Binary(" ", left, right) => {
                let mut text = self.eval(left)?.to_text();
                text.push_str(&self.eval(right)?.to_text());
                if text.len() > MAX_TEXT {
                    return Err(Leave::Error("out of memory".to_owned()));
                }
                Value::text(text)
            }
            Expr::Binary(operator @ ("<" | "<=" | "==" | "!=" | ">" | ">="), left, right) => {
                let order = self.eval(left)?.order(&self.eval(right)?);
                Value::flag(match *operator {
                    "<" => order.is_lt(),
                    "<=" => order.is_le(),
                    "==" => order.is_eq(),
                    "!=" => order.is_ne(),
                    ">" => order.is_gt(),
                    _ => order.is_ge(),
                })
            }
            Expr::Binary(operator, left, right) => {
                let (left, right) = (self.eval(left)?.to_number(), self.eval(right)?.to_number());
                Value::Number(arithmetic(operator, left, right)?)
            }
            Expr::Match(negated, left, right) => {
                let text = self.eval(left)?.to_text();
                let regex = self.as_regex(right)?;
                Value::flag(regex.is_match(&text) != *negated)
            }
            Expr::In(index, array) => {
                let key = self.key(index)?;
                Value::flag(self.array(array).contains_key(&key))
            }
            Expr::And(left, right) => Value::flag(self.truth(left)? && self.truth(right)?),
            Expr::Or(left, right) => Value::flag(self.truth(left)? || self.truth(right)?),
            Expr::Choose(test, yes, no) => {
                if self.truth(test)? {
                    self.eval(yes)?
                } else {
                    self.eval(no)?
                }
            }
            Expr::Call(name, arguments) => self.function(name, arguments)?,
            Expr::Getline(variable, file) => self.getline(variable.as_deref(), file.as_deref())?,
        })
    }

    fn store(&mut self, place: &Expr, value: Value) -> Done<()> {
        match place {
            Expr::Variable(name) => self.set_variable(name, value),
            Expr::Element(array, index) => {
                let key = self.key(index)?;
                self.array(array).insert(key, value);
            }
            Expr::Field(index) => {
                let index = self.eval(index)?.to_number();
                self.set_field(index, &value)?;
            }
            _ => return Err(Leave::Error("assignment to something that is no variable".to_owned())),
        }
        Ok(())
    }

    fn as_regex(&mut self, expr: &Expr) -> Done<Rc<Regex>> {
        if let Expr::Regex(regex) = expr {
            return Ok(regex.clone());
        }
        let pattern = self.eval(expr)?.to_text();
        self.regex(&pattern)
    }

    fn getline(&mut self, variable: Option<&Expr>, file: Option<&Expr>) -> Done<Value> {
        let line = match file {
            Some(file) => {
                let name = self.eval(file)?.to_text();
                if !self.files.contains_key(&name) {
                    let Some(text) = (self.read_file)(&name) else { return Ok(Value::Number(-1.0)) };
                    self.files.insert(name.clone(), text.lines().map(str::to_owned).collect());
                }
                self.files.get_mut(&name).and_then(|lines| lines.pop_front())
            }
            None => self.waiting.pop_front(),
        };
        let Some(line) = line else { return Ok(Value::Number(0.0)) };
        if file.is_none() {
            self.count_record();
        }
        match variable {
            Some(variable) => self.store(variable, Value::input(&line))?,
            None => self.set_record(&line),
        }
        Ok(Value::Number(1.0))
    }

    fn text(&mut self, arguments: &[Expr], at: usize) -> Done<String> {
        match arguments.get(at) {
            Some(expr) => Ok(self.eval(expr)?.to_text()),
            None => Ok(String::new()),
        }
    }

    fn number(&mut self, arguments: &[Expr], at: usize) -> Done<f64> {
        match arguments.get(at) {
            Some(expr) => Ok(self.eval(expr)?.to_number()),
            None => Ok(0.0),
        }
    }

    fn function(&mut self, name: &str, arguments: &[Expr]) -> Done<Value> {
        let count = |n: usize| Ok(Value::Number(n as f64));
        match name {
            "length" => match arguments.first() {
                None => count(self.record.chars().count()),
                Some(Expr::Variable(name)) if matches!(self.variable(name), Value::Unset) => {
                    count(self.array(name).len())
                }
                Some(expr) => count(self.eval(expr)?.to_text().chars().count()),
            },
            "substr" => {
                let text: Vec<char> = self.text(arguments, 0)?.chars().collect();
                let start = self.number(arguments, 1)?.round();
                let end = if arguments.len() > 2 { start + self.number(arguments, 2)?.round() } else { f64::INFINITY };
                let from = start.max(1.0).min(text.len() as f64 + 1.0) as usize - 1;
                let to = (end.max(1.0).min(text.len() as f64 + 1.0) as usize - 1).max(from);
                Ok(Value::text(text[from..to].iter().collect::<String>()))
            }
            "index" => {
                let (text, part) = (self.text(arguments, 0)?, self.text(arguments, 1)?);
                count(text.find(&part).map_or(0, |at| text[..at].chars().count() + 1))
            }
            "split" => {
                let text = self.text(arguments, 0)?;
                let Some(Expr::Variable(array)) = arguments.get(1) else {
                    return Err(Leave::Error("split needs an array".to_owned()));
                };
                let pieces = match arguments.get(2) {
                    Some(Expr::Regex(regex)) => split_by(&text, regex),
                    Some(expr) => {
                        let separator = self.eval(expr)?.to_text();
                        self.split(&text, &separator)
                    }
                    None => {
                        let separator = self.text_of("FS");
                        self.split(&text, &separator)
                    }
                };
                let total = pieces.len();
                let items = pieces.iter().enumerate().map(|(i, piece)| ((i + 1).to_string(), Value::input(piece)));
                *self.array(array) = super::run::array_of(items);
                count(total)
            }
            "sub" | "gsub" => self.substitute(arguments, name == "gsub"),
            "match" => {
                let text = self.text(arguments, 0)?;
                let Some(pattern) = arguments.get(1) else { return count(0) };
                let found = self.as_regex(pattern)?.find_at(&text, 0);
                let (start, length) = match found {
                    Some((from, to)) => {
                        (text[..from].chars().count() as f64 + 1.0, text[from..to].chars().count() as f64)
                    }
                    None => (0.0, -1.0),
                };
                self.set_variable("RSTART", Value::Number(start));
                self.set_variable("RLENGTH", Value::Number(length));
                Ok(Value::Number(start))
            }
            "sprintf" => {
                let bytes = self.format(arguments)?;
                Ok(Value::text(String::from_utf8_lossy(&bytes)))
            }
            "toupper" => Ok(Value::text(self.text(arguments, 0)?.to_uppercase())),
            "tolower" => Ok(Value::text(self.text(arguments, 0)?.to_lowercase())),
            "int" => Ok(Value::Number(self.number(arguments, 0)?.trunc())),
            "sqrt" => Ok(Value::Number(self.number(arguments, 0)?.sqrt())),
            "exp" => Ok(Value::Number(self.number(arguments, 0)?.exp())),
            "log" => Ok(Value::Number(self.number(arguments, 0)?.ln())),
            "sin" => Ok(Value::Number(self.number(arguments, 0)?.sin())),
            "cos" => Ok(Value::Number(self.number(arguments, 0)?.cos())),
            "atan2" => Ok(Value::Number(self.number(arguments, 0)?.atan2(self.number(arguments, 1)?))),
            "rand" => {
                self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                Ok(Value::Number((self.seed >> 11) as f64 / (1u64 << 53) as f64))
            }
            "srand" => {
                let old = self.seed;
                self.seed = self.number(arguments, 0)? as u64;
                Ok(Value::Number(old as f64))
            }
            "systime" => Ok(Value::Number(self.now as f64)),
            "strftime" => {
                let format = self.text(arguments, 0)?;
                let at = if arguments.len() > 1 { self.number(arguments, 1)? as i64 } else { self.now };
                Ok(Value::text(crate::tools::date::format(at, 0, &format)))
            }
            "close" | "fflush" => Ok(Value::Number(0.0)),
            "system" => Err(Leave::Error("system is not available here".to_owned())),
            _ => self.call(name, arguments),
        }
    }

    fn substitute(&mut self, arguments: &[Expr], global: bool) -> Done<Value> {
        let Some(pattern) = arguments.first() else { return Ok(Value::Number(0.0)) };
        let regex = self.as_regex(pattern)?;
        let with = self.text(arguments, 1)?;
        let record = Expr::Field(Box::new(Expr::Number(0.0)));
        let place = arguments.get(2).unwrap_or(&record);
        let text = self.eval(place)?.to_text();
        let mut out = String::new();
        let (mut at, mut copied, mut count) = (0, 0, 0);
        // Where the last match ended: an empty one right there does not count.
        let mut last_end = None;
        while at <= text.len() {
            let Some((from, to)) = regex.find_at(&text, at) else { break };
            let next = to + text[to..].chars().next().map_or(1, char::len_utf8);
            if from == to && last_end == Some(from) {
                at = next;
                continue;
            }
            last_end = Some(to);
            out.push_str(&text[copied..from]);
            let mut chars = with.chars();
            while let Some(c) = chars.next() {
                match c {
                    '\\' => match chars.next() {
                        Some('&') => out.push('&'),
                        Some(c) => out.extend(['\\', c]),
                        None => out.push('\\'),
                    },
                    '&' => out.push_str(&text[from..to]),
                    c => out.push(c),
                }
            }
            count += 1;
            copied = to;
            if !global || out.len() > MAX_TEXT {
                break;
            }
            at = if to > from { to } else { next };
        }
        out.push_str(&text[copied..]);
        if count > 0 {
            self.store(place, Value::text(out))?;
        }
        Ok(Value::Number(f64::from(count)))
    }
}

/// The pieces between what matches; an empty match separates nothing.
pub(super) fn split_by(text: &str, regex: &Regex) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let mut out = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some((from, to)) = regex.find_at(text, at) {
        if to == from {
            at = from + text[from..].chars().next().map_or(1, char::len_utf8);
            if at > text.len() {
                break;
            }
            continue;
        }
        out.push(text[start..from].to_owned());
        (start, at) = (to, to);
    }
    out.push(text[start..].to_owned());
    out
}

fn arithmetic(operator: &str, left: f64, right: f64) -> Done<f64> {
    Ok(match operator {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        "^" => left.powf(right),
        _ if right == 0.0 => return Err(Leave::Error("division by zero".to_owned())),
        "/" => left / right,
        _ => left % right,
    })
}
