//! Finding the command a line names, and everything that can be wrong with the line before anything runs
//! (cobra 1.1.3: command.go, `Find`, `execute`, `SuggestionsFor`; prefixes of names are accepted, as etcdctl asks).

use super::set::{FlagSet, ParseError};
use super::spec::CommandSpec;
use super::{usage, usage_cobra};
use crate::go;
use crate::version::Release;

/// Which layout a tool's help has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsageStyle {
    /// NAME, USAGE, COMMANDS, OPTIONS, GLOBAL OPTIONS; always on standard output.
    Etcdctl,
    /// cobra's own; on standard error when it follows an error.
    Cobra,
}

/// A program built of commands.
pub struct Tool {
    pub root: &'static CommandSpec,
    pub style: UsageStyle,
    /// Which release it says it is.
    pub release: Release,
}

/// What a command line means.
pub enum Resolution {
    Run {
        chain: Vec<&'static CommandSpec>,
        flags: FlagSet,
    },
    Help {
        chain: Vec<&'static CommandSpec>,
    },
    /// `help nosuch`: the words after `help`.
    UnknownHelpTopic(Vec<String>),
    Error(UsageError),
}

/// A line that names nothing we have, or has a flag that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsageError {
    UnknownCommand { message: String },
    Flags { message: String, usage: String },
}

/// Distance below which a name is suggested for a mistyped one.
const SUGGESTION_DISTANCE: usize = 2;

impl Tool {
    /// Reads the words after the program's name.
    pub fn resolve(&self, args: &[String]) -> Resolution {
        let (chain, rest) = self.find(args);
        let bare = strip_flags(&rest, &FlagSet::of(&chain));
        if let ([root], Some(unknown)) = (&chain[..], bare.first()) {
            let message = unknown_command(root, unknown, &self.release);
            return Resolution::Error(UsageError::UnknownCommand { message });
        }
        let mut flags = FlagSet::of(&chain);
        match flags.parse(&rest) {
            Err(ParseError::Help) => return Resolution::Help { chain },
            Err(ParseError::Bad(message)) => return self.flag_error(&chain, message),
            Ok(()) => {}
        }
        if let Some(name) = flags.given_but_not_in(&self.release) {
            return self.flag_error(&chain, format!("unknown flag: --{name}"));
        }
        let command = chain.last().copied().unwrap_or(self.root);
        if flags.bool("help") || command.run.is_none() && !std::ptr::eq(command, &HELP) {
            return Resolution::Help { chain };
        }
        if std::ptr::eq(command, &HELP) {
            return self.help(flags.args);
        }
        let mut missing: Vec<_> =
            command.required.iter().filter(|n| !flags.changed(n)).map(|n| format!("\"{n}\"")).collect();
        missing.sort_unstable();
        if !missing.is_empty() {
            return self.flag_error(&chain, format!("required flag(s) {} not set", missing.join(", ")));
        }
        Resolution::Run { chain, flags }
    }

    fn flag_error(&self, chain: &[&'static CommandSpec], message: String) -> Resolution {
        Resolution::Error(UsageError::Flags { message, usage: self.usage(chain) })
    }

    fn help(&self, topic: Vec<String>) -> Resolution {
        let (chain, rest) = self.find(&topic);
        let unknown = chain.len() == 1 && !strip_flags(&rest, &FlagSet::of(&chain)).is_empty();
        if unknown { Resolution::UnknownHelpTopic(topic) } else { Resolution::Help { chain } }
    }

    /// The help text of the root for somebody who asked for help with a command that does not exist. Nothing has run then
    /// that would have given the root its help flag.
    pub fn usage_of_root(&self) -> String {
        let help = |line: &&str| !line.starts_with("  -h, --help");
        self.usage(&[self.root]).split_inclusive('\n').filter(help).collect()
    }

    /// The help text of the last command of `chain`.
    pub fn usage(&self, chain: &[&'static CommandSpec]) -> String {
        match self.style {
            UsageStyle::Etcdctl => usage::etcdctl_usage(chain, &self.release),
            UsageStyle::Cobra => usage_cobra::cobra_usage(chain, &self.release),
        }
    }

    /// Walks down the tree as far as the words go; returns the path and the words that are left.
    fn find(&self, args: &[String]) -> (Vec<&'static CommandSpec>, Vec<String>) {
        let mut chain = vec![self.root];
        let mut rest = args.to_vec();
        loop {
            let words = strip_flags(&rest, &FlagSet::of(&chain));
            let here = chain.last().copied().unwrap_or(self.root);
            let Some(next) = words.first().and_then(|w| child(here, w, chain.len() == 1, &self.release)) else {
                return (chain, rest);
            };
            if let Some(at) = rest.iter().position(|w| w == &words[0]) {
                rest.remove(at);
            }
            chain.push(next);
        }
    }

    /// The commands that `words` could continue with, for completion: the path reached and what follows it.
    pub fn reached(&self, words: &[String]) -> (Vec<&'static CommandSpec>, Vec<String>) {
        self.find(words)
    }
}

/// The `help` command that cobra adds to the root.
pub static HELP: CommandSpec = CommandSpec {
    long: "Shows what a command does and which flags it takes.\nName the command after the word help.",
    ..CommandSpec::group("help [command]", "Explains a command", &[])
};

/// The commands under `command`, in the order they were declared, `help` last.
pub fn children(
    command: &'static CommandSpec,
    is_root: bool,
    release: &Release,
) -> impl Iterator<Item = &'static CommandSpec> {
    let hides_new = release.is_3_4();
    let known = command.children.iter().copied().filter(move |c| !(hides_new && c.since_3_5));
    known.chain(is_root.then_some(&HELP))
}

fn child(command: &'static CommandSpec, word: &str, is_root: bool, release: &Release) -> Option<&'static CommandSpec> {
    if let Some(exact) = children(command, is_root, release).find(|c| c.name() == word) {
        return Some(exact);
    }
    let mut matches = children(command, is_root, release).filter(|c| c.name().starts_with(word));
    match (matches.next(), matches.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

/// The words of `args` that are neither flags nor values of flags (cobra: `stripFlags`).
fn strip_flags(args: &[String], flags: &FlagSet) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = args.iter();
    while let Some(word) = rest.next() {
        if word == "--" {
            break;
        }
        let takes_value = !word.contains('=')
            && match word.strip_prefix("--") {
                Some(name) => flags.long_takes_value(name),
                None => match word.strip_prefix('-').map(|s| s.chars().collect::<Vec<_>>()).as_deref() {
                    Some([short]) => flags.short_takes_value(*short),
                    _ => false,
                },
            };
        if takes_value {
            // A flag at the very end has no value to skip.
            if rest.len() <= 1 {
                break;
            }
            rest.next();
        } else if !word.is_empty() && !word.starts_with('-') {
            words.push(word.clone());
        }
    }
    words
}

fn unknown_command(root: &'static CommandSpec, typed: &str, release: &Release) -> String {
    let mut message = format!("unknown command {} for {}", go::quote(typed), go::quote(root.name()));
    let lower = typed.to_lowercase();
    let similar: Vec<_> = children(root, true, release)
        .map(CommandSpec::name)
        .filter(|name| distance(&lower, &name.to_lowercase()) <= SUGGESTION_DISTANCE || name.starts_with(&lower))
        .collect();
    if !similar.is_empty() {
        message.push_str("\n\nDid you mean this?\n");
        similar.iter().for_each(|name| message.push_str(&format!("\t{name}\n")));
    }
    message
}

/// Levenshtein's distance in bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let next = if x == y { diagonal } else { 1 + diagonal.min(row[j]).min(row[j + 1]) };
            diagonal = std::mem::replace(&mut row[j + 1], next);
        }
    }
    row[b.len()]
}
