//! What a command and a flag are, written down once as constants beside the code that runs them.

use crate::apart::Subcommand;
use crate::program::{Invocation, RunFuture};
use crate::version::Release;

/// The type of a flag's value; names and defaults are printed as pflag prints them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Bool,
    Duration,
    Int,
    Text,
    TextList,
    Uint,
}

/// One flag of one command.
#[derive(Debug)]
pub struct FlagSpec {
    pub name: &'static str,
    pub short: Option<char>,
    pub kind: Kind,
    /// The default as help shows it: `false`, `5s`, `[127.0.0.1:2379]`.
    pub default: &'static str,
    pub usage: &'static str,
    /// Whether 3.4 does not have it yet.
    pub since_3_5: bool,
}

impl FlagSpec {
    pub const fn new(name: &'static str, kind: Kind, default: &'static str, usage: &'static str) -> Self {
        Self { name, short: None, kind, default, usage, since_3_5: false }
    }

    pub const fn switch(name: &'static str, usage: &'static str) -> Self {
        Self::new(name, Kind::Bool, "false", usage)
    }

    pub const fn text(name: &'static str, default: &'static str, usage: &'static str) -> Self {
        Self::new(name, Kind::Text, default, usage)
    }

    pub const fn short(self, short: char) -> Self {
        Self { short: Some(short), ..self }
    }

    pub const fn since_3_5(self) -> Self {
        Self { since_3_5: true, ..self }
    }

    /// Whether a release has it.
    pub fn is_in(&self, release: &Release) -> bool {
        !self.since_3_5 || !release.is_3_4()
    }

    /// A flag that may stand without a value (pflag's `NoOptDefVal`).
    pub fn value_is_optional(&self) -> bool {
        self.kind == Kind::Bool
    }
}

/// What runs when a command was chosen and its flags were understood.
#[derive(Clone, Copy)]
pub enum Run {
    Here(fn(Invocation) -> RunFuture),
    /// Its code lies apart.
    Apart(Subcommand),
}

/// One command of the tree: cobra's `Command`.
pub struct CommandSpec {
    /// The usage line; its first word is the command's name.
    pub usage: &'static str,
    pub short: &'static str,
    pub long: &'static str,
    /// Flags of this command alone.
    pub flags: &'static [FlagSpec],
    /// Flags of this command and every command below it.
    pub persistent: &'static [FlagSpec],
    /// Flags without which the command refuses to run.
    pub required: &'static [&'static str],
    /// Said on standard error before running, for commands that moved elsewhere.
    pub deprecated: Option<&'static str>,
    pub children: &'static [&'static CommandSpec],
    pub run: Option<Run>,
    /// Whether 3.4 does not have it yet.
    pub since_3_5: bool,
}

impl CommandSpec {
    /// A command that does something itself.
    pub const fn leaf(
        usage: &'static str,
        short: &'static str,
        flags: &'static [FlagSpec],
        run: fn(Invocation) -> RunFuture,
    ) -> Self {
        Self::runs(usage, short, flags, Run::Here(run))
    }

    /// The same, with its code apart from the rest.
    pub const fn apart(
        usage: &'static str,
        short: &'static str,
        flags: &'static [FlagSpec],
        subcommand: Subcommand,
    ) -> Self {
        Self::runs(usage, short, flags, Run::Apart(subcommand))
    }

    const fn runs(usage: &'static str, short: &'static str, flags: &'static [FlagSpec], run: Run) -> Self {
        Self {
            usage,
            short,
            long: "",
            flags,
            persistent: &[],
            required: &[],
            deprecated: None,
            children: &[],
            run: Some(run),
            since_3_5: false,
        }
    }

    /// A command that only holds others.
    pub const fn group(usage: &'static str, short: &'static str, children: &'static [&'static CommandSpec]) -> Self {
        Self {
            usage,
            short,
            long: "",
            flags: &[],
            persistent: &[],
            required: &[],
            deprecated: None,
            children,
            run: None,
            since_3_5: false,
        }
    }

    pub const fn long(self, long: &'static str) -> Self {
        Self { long, ..self }
    }

    pub const fn persistent(self, persistent: &'static [FlagSpec]) -> Self {
        Self { persistent, ..self }
    }

    pub const fn required(self, required: &'static [&'static str]) -> Self {
        Self { required, ..self }
    }

    pub const fn since_3_5(self) -> Self {
        Self { since_3_5: true, ..self }
    }

    pub fn name(&self) -> &'static str {
        self.usage.split(' ').next().unwrap_or("")
    }
}
