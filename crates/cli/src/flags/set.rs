//! Reading flags from arguments, with pflag's rules and error texts.

use super::spec::{CommandSpec, FlagSpec, Kind};
use crate::go;
use crate::version::Release;

/// The help flag that cobra gives every command.
pub(super) static HELP_FLAG: FlagSpec = FlagSpec::switch("help", "").short('h');

/// A flag's present value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Bool(bool),
    Duration(i64),
    Int(i64),
    Text(String),
    TextList(Vec<String>),
    Uint(u64),
}

impl Value {
    /// Parses as the flag's `Set`. On failure pflag leaves the type's zero behind; an environment variable that does not
    /// parse is ignored by etcdctl, so that zero is what the command then works with.
    fn parse(kind: Kind, text: &str) -> Result<Self, (Self, String)> {
        match kind {
            Kind::Bool => go::parse_bool(text).map(Self::Bool).map_err(|e| (Self::Bool(false), e.to_string())),
            Kind::Duration => go::parse_duration(text).map(Self::Duration).map_err(|e| (Self::Duration(0), e)),
            Kind::Int => go::parse_int(text, 0).map(Self::Int).map_err(|e| (Self::Int(0), e.to_string())),
            Kind::Uint => go::parse_uint(text, 0).map(Self::Uint).map_err(|e| (Self::Uint(0), e.to_string())),
            Kind::Text => Ok(Self::Text(text.to_owned())),
            Kind::TextList if text.is_empty() => Ok(Self::TextList(Vec::new())),
            Kind::TextList => go::read_record(text).map(Self::TextList).map_err(|e| (Self::TextList(Vec::new()), e)),
        }
    }

    fn default_of(spec: &FlagSpec) -> Self {
        let text = match spec.kind {
            Kind::TextList => spec.default.trim_matches(['[', ']']),
            _ => spec.default,
        };
        Self::parse(spec.kind, text).unwrap_or_else(|(zero, _)| zero)
    }
}

impl std::fmt::Display for Value {
    /// As the flag's `String`, which `--debug` prints.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bool(b) => b.fmt(f),
            Self::Duration(nanos) => f.write_str(&go::format_duration(*nanos)),
            Self::Int(i) => i.fmt(f),
            Self::Uint(u) => u.fmt(f),
            Self::Text(text) => f.write_str(text),
            Self::TextList(items) => write!(f, "[{}]", items.join(",")),
        }
    }
}

#[derive(Clone, Debug)]
struct Flag {
    spec: &'static FlagSpec,
    value: Value,
    changed: bool,
    inherited: bool,
}

/// The flags of one command with their values, and the arguments that were no flags.
#[derive(Clone, Debug)]
pub struct FlagSet {
    flags: Vec<Flag>,
    pub args: Vec<String>,
}

/// Why arguments could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// `--help` or `-h` on a set without such a flag.
    Help,
    Bad(String),
}

impl ParseError {
    /// The words of the error.
    pub fn text(self) -> String {
        match self {
            Self::Help => "pflag: help requested".to_owned(),
            Self::Bad(text) => text,
        }
    }
}

impl FlagSet {
    /// The flags of the last command of `chain`, with what it inherits from those before it.
    pub(super) fn of(chain: &[&'static CommandSpec]) -> Self {
        let mut set = Self { flags: Vec::new(), args: Vec::new() };
        let Some((last, parents)) = chain.split_last() else { return set };
        set.add(last.flags, false);
        set.add(last.persistent, false);
        set.add(std::slice::from_ref(&HELP_FLAG), false);
        parents.iter().rev().for_each(|p| set.add(p.persistent, true));
        // pflag visits flags by name.
        set.flags.sort_by_key(|f| f.spec.name);
        set
    }

    /// A command's own flags alone, as the lines of `watch -i` and `txn` are read.
    pub fn own(command: &'static CommandSpec) -> Self {
        let mut set = Self { flags: Vec::new(), args: Vec::new() };
        set.add(command.flags, false);
        set
    }

    fn add(&mut self, specs: &'static [FlagSpec], inherited: bool) {
        for spec in specs {
            if self.find(spec.name).is_none() {
                self.flags.push(Flag { spec, value: Value::default_of(spec), changed: false, inherited });
            }
        }
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.flags.iter().position(|f| f.spec.name == name)
    }

    pub(super) fn long_takes_value(&self, name: &str) -> bool {
        self.find(name).is_none_or(|i| !self.flags[i].spec.value_is_optional())
    }

    pub(super) fn short_takes_value(&self, short: char) -> bool {
        self.flags.iter().find(|f| f.spec.short == Some(short)).is_none_or(|f| !f.spec.value_is_optional())
    }

    /// Reads `args`: flags anywhere, everything after `--` taken as it is.
    pub fn parse(&mut self, args: &[String]) -> Result<(), ParseError> {
        let mut rest = args;
        while let Some((word, tail)) = rest.split_first() {
            rest = tail;
            if word == "--" {
                self.args.extend_from_slice(rest);
                return Ok(());
            }
            rest = match word.strip_prefix("--") {
                Some(long) => self.parse_long(word, long, rest)?,
                None => match word.strip_prefix('-') {
                    Some(shorts) if !shorts.is_empty() => self.parse_shorts(shorts, rest)?,
                    _ => {
                        self.args.push(word.clone());
                        rest
                    }
                },
            };
        }
        Ok(())
    }

    fn parse_long<'a>(&mut self, word: &str, body: &str, rest: &'a [String]) -> Result<&'a [String], ParseError> {
        if body.starts_with(['-', '=']) {
            return Err(ParseError::Bad(format!("bad flag syntax: {word}")));
        }
        let (name, given) = match body.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (body, None),
        };
        let Some(index) = self.find(name) else {
            return Err(match name {
                "help" => ParseError::Help,
                _ => ParseError::Bad(format!("unknown flag: --{name}")),
            });
        };
        let (value, rest) = match given {
            Some(value) => (value, rest),
            None if self.flags[index].spec.value_is_optional() => ("true", rest),
            None => match rest.split_first() {
                Some((value, rest)) => (value.as_str(), rest),
                None => return Err(ParseError::Bad(format!("flag needs an argument: {word}"))),
            },
        };
        self.set_from_argument(index, value)?;
        Ok(rest)
    }

    fn parse_shorts<'a>(&mut self, shorts: &str, rest: &'a [String]) -> Result<&'a [String], ParseError> {
        let mut group = shorts;
        while let Some(short) = group.chars().next() {
            let after = &group[short.len_utf8()..];
            let Some(index) = self.flags.iter().position(|f| f.spec.short == Some(short)) else {
                return Err(match short {
                    'h' => ParseError::Help,
                    _ => ParseError::Bad(format!("unknown shorthand flag: '{short}' in -{group}")),
                });
            };
            let optional = self.flags[index].spec.value_is_optional();
            match after.strip_prefix('=').filter(|value| !value.is_empty()) {
                Some(value) => {
                    self.set_from_argument(index, value)?;
                    return Ok(rest);
                }
                None if optional => self.set_from_argument(index, "true")?,
                None if !after.is_empty() => {
                    self.set_from_argument(index, after)?;
                    return Ok(rest);
                }
                None => {
                    let Some((value, rest)) = rest.split_first() else {
                        return Err(ParseError::Bad(format!("flag needs an argument: '{short}' in -{group}")));
                    };
                    self.set_from_argument(index, value)?;
                    return Ok(rest);
                }
            }
            group = after;
        }
        Ok(rest)
    }

    fn set_from_argument(&mut self, index: usize, text: &str) -> Result<(), ParseError> {
        let spec = self.flags[index].spec;
        self.assign(index, text).map_err(|reason| {
            let name = match spec.short {
                Some(short) => format!("-{short}, --{}", spec.name),
                None => format!("--{}", spec.name),
            };
            let (text, name) = (go::quote(text), go::quote(&name));
            ParseError::Bad(format!("invalid argument {text} for {name} flag: {reason}"))
        })
    }

    /// Sets a value; a list given again grows, unless it still holds its default.
    fn assign(&mut self, index: usize, text: &str) -> Result<(), String> {
        let flag = &mut self.flags[index];
        let (value, result) = match Value::parse(flag.spec.kind, text) {
            Ok(value) => (value, Ok(())),
            Err((zero, reason)) => (zero, Err(reason)),
        };
        match (&mut flag.value, value) {
            (Value::TextList(have), Value::TextList(more)) if flag.changed => have.extend(more),
            (slot, value) => *slot = value,
        }
        flag.changed |= result.is_ok();
        result
    }

    /// A flag that was given although a release does not have it.
    pub(super) fn given_but_not_in(&self, release: &Release) -> Option<&'static str> {
        self.flags.iter().find(|f| f.changed && !f.spec.is_in(release)).map(|f| f.spec.name)
    }

    /// Sets a flag by name, ignoring a value that does not parse (see [`Value::parse`]).
    pub(super) fn set_quietly(&mut self, name: &str, text: &str) {
        if let Some(index) = self.find(name) {
            let _ = self.assign(index, text);
        }
    }

    /// Names of inherited flags and whether the command line set them, by name.
    pub(super) fn inherited(&self) -> impl Iterator<Item = (&'static str, bool)> + '_ {
        self.flags.iter().filter(|f| f.inherited).map(|f| (f.spec.name, f.changed))
    }

    /// Inherited flags with their values, by name: what `--debug` prints.
    pub fn inherited_values(&self) -> impl Iterator<Item = (&'static str, &Value)> + '_ {
        self.flags.iter().filter(|f| f.inherited).map(|f| (f.spec.name, &f.value))
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.find(name).map(|i| &self.flags[i].value)
    }

    /// A flag that the command did not declare reads as the type's zero; the declarations sit beside the code.
    pub fn bool(&self, name: &str) -> bool {
        matches!(self.value(name), Some(Value::Bool(true)))
    }

    pub fn int(&self, name: &str) -> i64 {
        match self.value(name) {
            Some(Value::Int(i)) => *i,
            _ => 0,
        }
    }

    pub fn uint(&self, name: &str) -> u64 {
        match self.value(name) {
            Some(Value::Uint(u)) => *u,
            _ => 0,
        }
    }

    /// Nanoseconds.
    pub fn duration(&self, name: &str) -> i64 {
        match self.value(name) {
            Some(Value::Duration(nanos)) => *nanos,
            _ => 0,
        }
    }

    pub fn text(&self, name: &str) -> &str {
        match self.value(name) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    pub fn list(&self, name: &str) -> &[String] {
        match self.value(name) {
            Some(Value::TextList(items)) => items,
            _ => &[],
        }
    }

    pub fn changed(&self, name: &str) -> bool {
        self.find(name).is_some_and(|i| self.flags[i].changed)
    }
}
