//! kubectl's command line: a tree of commands, flags in any place (cobra and pflag), and the words for what is wrong
//! with a line before anything runs (`k8s.io/kubectl/pkg/cmd/cmd.go`, `pkg/util/templates`).

mod find;
mod flags;
mod help;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use super::cli::Cli;
use super::failure::Failure;
use crate::transport::LocalBoxFuture;

pub use find::{Found, find, suggestions};
pub use flags::{Flag, Flags, Kind};
pub use help::{help, options};

/// A running command.
pub type RunFuture = LocalBoxFuture<'static, Result<(), Failure>>;
/// What runs when a command was chosen and its flags were understood.
pub type Run = fn(Rc<Cli>) -> RunFuture;

/// One command of the tree.
pub struct Command {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    /// What follows the name on the usage line.
    pub usage: &'static str,
    pub short: &'static str,
    /// More than `short` says; empty when that is all.
    pub long: &'static str,
    /// Pairs of a sentence and a command line.
    pub examples: &'static [(&'static str, &'static str)],
    /// Groups of flags, so that commands can share them.
    pub flags: &'static [&'static [Flag]],
    pub children: &'static [&'static Command],
    pub run: Option<Run>,
    /// Whether a group without a subcommand shows its help on standard error.
    pub help_is_error: bool,
}

impl Command {
    /// A command that does something itself.
    pub const fn leaf(
        name: &'static str,
        usage: &'static str,
        short: &'static str,
        flags: &'static [&'static [Flag]],
        run: Run,
    ) -> Self {
        let (aliases, children, examples): (&[_], &[_], &[_]) = (&[], &[], &[]);
        Self { name, aliases, usage, short, long: "", examples, flags, children, run: Some(run), help_is_error: true }
    }

    /// A command that only holds others.
    pub const fn group(
        name: &'static str,
        usage: &'static str,
        short: &'static str,
        children: &'static [&'static Command],
    ) -> Self {
        let (aliases, flags, examples): (&[_], &[_], &[_]) = (&[], &[], &[]);
        Self { name, aliases, usage, short, long: "", examples, flags, children, run: None, help_is_error: true }
    }

    pub const fn aliases(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    pub const fn long(self, long: &'static str) -> Self {
        Self { long, ..self }
    }

    pub const fn examples(self, examples: &'static [(&'static str, &'static str)]) -> Self {
        Self { examples, ..self }
    }

    pub const fn children(self, children: &'static [&'static Command]) -> Self {
        Self { children, ..self }
    }

    /// A group whose help goes to standard output when no subcommand is named.
    pub const fn help_on_stdout(self) -> Self {
        Self { help_is_error: false, ..self }
    }

    /// Whether it is there for other programs, not for people.
    pub fn is_hidden(&self) -> bool {
        self.name.starts_with("__")
    }

    pub fn is_called(&self, word: &str) -> bool {
        self.name == word || self.aliases.contains(&word)
    }
}
