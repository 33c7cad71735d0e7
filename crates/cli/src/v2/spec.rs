//! How a program of the older kind describes itself: commands, flags, and where they are looked up (the layout and the
//! manners are those of urfave/cli, which etcdctl used for version 2).

use sorted::SortedMap;

use super::Run;

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing, or `=true` and `=false`.
    Bool,
    Text,
    Int,
    Duration,
    /// May be given several times.
    List,
}

/// A flag: its names without dashes, the first of which it is looked up by.
#[derive(Debug)]
pub struct FlagSpec {
    pub names: &'static [&'static str],
    pub kind: Kind,
    /// As text; empty for none.
    pub default: &'static str,
    pub usage: &'static str,
    /// What stands for the value in the help.
    pub placeholder: &'static str,
}

impl FlagSpec {
    pub const fn new(names: &'static [&'static str], kind: Kind, default: &'static str, usage: &'static str) -> Self {
        Self { names, kind, default, usage, placeholder: "value" }
    }

    pub const fn switch(names: &'static [&'static str], usage: &'static str) -> Self {
        Self::new(names, Kind::Bool, "", usage)
    }

    pub const fn text(names: &'static [&'static str], usage: &'static str) -> Self {
        Self::new(names, Kind::Text, "", usage)
    }

    pub const fn int(names: &'static [&'static str], usage: &'static str) -> Self {
        Self::new(names, Kind::Int, "0", usage)
    }

    pub const fn placeholder(self, placeholder: &'static str) -> Self {
        Self { placeholder, ..self }
    }
}

/// A command.
pub struct Command {
    pub name: &'static str,
    pub usage: &'static str,
    /// What comes after the flags.
    pub arguments: &'static str,
    pub description: &'static str,
    pub flags: &'static [FlagSpec],
    pub subcommands: &'static [&'static Command],
    pub run: Option<Run>,
}

impl Command {
    pub const fn leaf(name: &'static str, usage: &'static str, arguments: &'static str, run: Run) -> Self {
        Self { name, usage, arguments, description: "", flags: &[], subcommands: &[], run: Some(run) }
    }

    pub const fn group(name: &'static str, usage: &'static str, subcommands: &'static [&'static Command]) -> Self {
        Self { name, usage, arguments: "", description: "", flags: &[], subcommands, run: None }
    }

    pub const fn flags(self, flags: &'static [FlagSpec]) -> Self {
        Self { flags, ..self }
    }

    pub const fn description(self, description: &'static str) -> Self {
        Self { description, ..self }
    }
}

/// The values of flags, by their first names.
#[derive(Clone, Debug, Default)]
pub struct Values {
    given: SortedMap<&'static str, Vec<String>>,
    defaults: SortedMap<&'static str, &'static str>,
}

impl Values {
    pub fn new(specs: &'static [FlagSpec]) -> Self {
        let defaults = specs.iter().map(|spec| (spec.names[0], spec.default)).collect();
        Self { given: SortedMap::new(), defaults }
    }

    pub(super) fn set(&mut self, spec: &'static FlagSpec, value: String) {
        let values = self.given.entry(spec.names[0]).or_default();
        if spec.kind != Kind::List {
            values.clear();
        }
        values.push(value);
    }

    pub fn text(&self, name: &str) -> &str {
        let given = self.given.get(name).and_then(|values| values.last()).map(String::as_str);
        given.or(self.defaults.get(name).copied()).unwrap_or_default()
    }

    pub fn is_on(&self, name: &str) -> bool {
        matches!(self.text(name), "1" | "t" | "T" | "true" | "TRUE" | "True")
    }

    pub fn list(&self, name: &str) -> Vec<String> {
        self.given.get(name).cloned().unwrap_or_default()
    }

    /// Values have been checked when they were read.
    pub fn int(&self, name: &str) -> i64 {
        read_int(self.text(name)).unwrap_or_default()
    }

    /// In microseconds.
    pub fn duration(&self, name: &str) -> u64 {
        let nanos = crate::go::parse_duration(self.text(name)).unwrap_or_default();
        u64::try_from(nanos).unwrap_or_default().div_ceil(1_000)
    }
}

/// A whole number in decimal, hexadecimal or octal (Go: `strconv.ParseInt` with base 0).
pub fn read_int(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let number = if let Some(hex) = lower.strip_prefix("0x") {
        i128::from_str_radix(hex, 16)
    } else if let Some(bits) = lower.strip_prefix("0b") {
        i128::from_str_radix(bits, 2)
    } else if let Some(octal) = lower.strip_prefix("0o").or(lower.strip_prefix('0').filter(|rest| !rest.is_empty())) {
        i128::from_str_radix(octal, 8)
    } else {
        lower.parse()
    };
    i64::try_from(if negative { -number.ok()? } else { number.ok()? }).ok()
}
