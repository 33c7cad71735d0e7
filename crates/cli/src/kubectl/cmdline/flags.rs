//! Flags of one command and their values (pflag).

use crate::go;

/// The type of a flag's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Bool,
    Int,
    Text,
    /// Values separated by commas; given again, they add up.
    List,
    /// Each time it is given is one value, commas and all.
    Array,
    Duration,
}

/// One flag.
#[derive(Debug)]
pub struct Flag {
    pub name: &'static str,
    pub short: Option<char>,
    pub kind: Kind,
    pub default: &'static str,
    /// The value of the flag that stands without one; `None` when it needs one.
    pub bare: Option<&'static str>,
    pub usage: &'static str,
}

impl Flag {
    pub const fn new(name: &'static str, kind: Kind, default: &'static str, usage: &'static str) -> Self {
        let bare = if matches!(kind, Kind::Bool) { Some("true") } else { None };
        Self { name, short: None, kind, default, bare, usage }
    }

    pub const fn switch(name: &'static str, usage: &'static str) -> Self {
        Self::new(name, Kind::Bool, "false", usage)
    }

    pub const fn text(name: &'static str, usage: &'static str) -> Self {
        Self::new(name, Kind::Text, "", usage)
    }

    pub const fn list(name: &'static str, usage: &'static str) -> Self {
        Self::new(name, Kind::List, "", usage)
    }

    pub const fn array(name: &'static str, usage: &'static str) -> Self {
        Self::new(name, Kind::Array, "", usage)
    }

    pub const fn int(name: &'static str, default: &'static str, usage: &'static str) -> Self {
        Self::new(name, Kind::Int, default, usage)
    }

    pub const fn short(self, short: char) -> Self {
        Self { short: Some(short), ..self }
    }

    /// What it means when no value is given.
    pub const fn bare(self, value: &'static str) -> Self {
        Self { bare: Some(value), ..self }
    }

    pub const fn default(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    fn check(&self, text: &str) -> Result<(), String> {
        let shown = match self.short {
            Some(short) => format!("-{short}, --{}", self.name),
            None => format!("--{}", self.name),
        };
        let wrong = match self.kind {
            Kind::Bool => go::parse_bool(text).err().map(|e| e.to_string()),
            Kind::Int => go::parse_int(text, 0).err().map(|e| e.to_string()),
            Kind::Duration => go::parse_duration(text).err(),
            _ => None,
        };
        match wrong {
            Some(why) => Err(format!("invalid argument {} for \"{shown}\" flag: {why}", go::quote(text))),
            None => Ok(()),
        }
    }
}

/// The flags a command knows, with what was given, and the words that were no flags.
#[derive(Clone, Debug)]
pub struct Flags {
    known: Vec<&'static Flag>,
    given: Vec<(&'static str, String)>,
    pub args: Vec<String>,
    /// How many of the words stood before `--`.
    pub dash: Option<usize>,
    pub wants_help: bool,
}

impl Flags {
    pub fn of(known: Vec<&'static Flag>) -> Self {
        Self { known, given: Vec::new(), args: Vec::new(), dash: None, wants_help: false }
    }

    /// The same with those flags alone that every command has: a command's own flag of the same name hides one.
    pub fn global(&self, global: &'static [Flag]) -> Self {
        let is_global = |flag: &&'static Flag| global.iter().any(|known| std::ptr::eq(known, *flag));
        let known: Vec<&'static Flag> = self
            .known
            .iter()
            .copied()
            .filter(is_global)
            .filter(|flag| self.named(flag.name).is_some_and(|f| std::ptr::eq(f, *flag)))
            .collect();
        let given =
            self.given.iter().filter(|(name, _)| known.iter().any(|flag| flag.name == *name)).cloned().collect();
        Self { known, given, args: Vec::new(), dash: None, wants_help: false }
    }

    fn named(&self, name: &str) -> Option<&'static Flag> {
        self.known.iter().copied().find(|flag| flag.name == name)
    }

    fn shortened(&self, short: char) -> Option<&'static Flag> {
        self.known.iter().copied().find(|flag| flag.short == Some(short))
    }

    /// Reads `words`.
    ///
    /// # Errors
    /// pflag's words for a flag that is unknown or has no fitting value.
    pub fn parse(&mut self, words: &[String]) -> Result<(), String> {
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            if word == "--" {
                self.dash = Some(self.args.len());
                self.args.extend(rest.cloned());
                return Ok(());
            }
            if let Some(body) = word.strip_prefix("--") {
                if body.starts_with(['-', '=']) {
                    return Err(format!("bad flag syntax: {word}"));
                }
                let (name, value) = body.split_once('=').map_or((body, None), |(n, v)| (n, Some(v.to_owned())));
                let Some(flag) = self.named(name) else {
                    if name == "help" {
                        self.wants_help = true;
                        continue;
                    }
                    return Err(format!("unknown flag: --{name}"));
                };
                let value = match (value, flag.bare) {
                    (Some(value), _) => value,
                    (None, Some(bare)) => bare.to_owned(),
                    (None, None) => rest.next().cloned().ok_or_else(|| format!("flag needs an argument: --{name}"))?,
                };
                self.set(flag, value)?;
            } else if let Some(shorts) = word.strip_prefix('-').filter(|shorts| !shorts.is_empty()) {
                self.parse_shorts(shorts, &mut rest)?;
            } else {
                self.args.push(word.clone());
            }
        }
        Ok(())
    }

    fn parse_shorts(&mut self, shorts: &str, rest: &mut std::slice::Iter<'_, String>) -> Result<(), String> {
        let mut left = shorts;
        while let Some(short) = left.chars().next() {
            let tail = &left[short.len_utf8()..];
            let Some(flag) = self.shortened(short) else {
                if short == 'h' {
                    self.wants_help = true;
                    left = tail;
                    continue;
                }
                return Err(format!("unknown shorthand flag: {} in -{shorts}", quote_char(short)));
            };
            if let Some(value) = tail.strip_prefix('=') {
                return self.set(flag, value.to_owned());
            }
            match flag.bare {
                Some(bare) => {
                    self.set(flag, bare.to_owned())?;
                    left = tail;
                }
                None if !tail.is_empty() => return self.set(flag, tail.to_owned()),
                None => {
                    let words = format!("flag needs an argument: {} in -{shorts}", quote_char(short));
                    let value = rest.next().cloned().ok_or(words)?;
                    return self.set(flag, value);
                }
            }
        }
        Ok(())
    }

    fn set(&mut self, flag: &'static Flag, value: String) -> Result<(), String> {
        flag.check(&value)?;
        self.given.push((flag.name, value));
        Ok(())
    }

    pub fn changed(&self, name: &str) -> bool {
        self.given.iter().any(|(known, _)| *known == name)
    }

    /// A flag's value; that of one which the command does not have is empty.
    pub fn text(&self, name: &str) -> &str {
        let given = self.given.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        given.unwrap_or_else(|| self.named(name).map_or("", |flag| flag.default))
    }

    pub fn bool(&self, name: &str) -> bool {
        go::parse_bool(self.text(name)).unwrap_or(false)
    }

    pub fn int(&self, name: &str) -> i64 {
        go::parse_int(self.text(name), 0).unwrap_or(0)
    }

    /// Nanoseconds.
    pub fn duration(&self, name: &str) -> i64 {
        go::parse_duration(self.text(name)).unwrap_or(0)
    }

    /// All values, in the order given.
    pub fn list(&self, name: &str) -> Vec<String> {
        let is_array = self.named(name).is_some_and(|flag| flag.kind == Kind::Array);
        let values = self.given.iter().filter(|(known, _)| *known == name).map(|(_, value)| value);
        match is_array {
            true => values.cloned().collect(),
            false => values.flat_map(|value| value.split(',')).filter(|v| !v.is_empty()).map(str::to_owned).collect(),
        }
    }

    /// The words before `--`.
    pub fn before_dash(&self) -> &[String] {
        &self.args[..self.dash.unwrap_or(self.args.len()).min(self.args.len())]
    }
}

fn quote_char(c: char) -> String {
    format!("'{c}'")
}
