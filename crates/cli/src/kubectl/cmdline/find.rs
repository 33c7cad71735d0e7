//! Finding the command that a line names (cobra: command.go, `Find`, `SuggestionsFor`).

use super::Command;
use super::flags::{Flag, Flags};

/// The commands from the root down to the one that was named, and the words that are left.
pub struct Found {
    pub chain: Vec<&'static Command>,
    pub rest: Vec<String>,
}

/// Walks down from `root` as far as the words name commands.
pub fn find(root: &'static Command, global: &'static [Flag], words: &[String]) -> Found {
    let mut chain = vec![root];
    let mut rest = words.to_vec();
    while let Some(here) = chain.last().copied() {
        let known = flags_of(here, global);
        let next = first_word(&rest, &known).and_then(|at| Some((at, child(here, &rest[at])?)));
        let Some((at, next)) = next else { break };
        rest.remove(at);
        chain.push(next);
    }
    Found { chain, rest }
}

impl Found {
    pub fn command(&self) -> &'static Command {
        // The root is always there.
        self.chain.last().copied().unwrap_or(&super::super::ROOT)
    }

    /// The first word that is no flag.
    pub fn word(&self, global: &'static [Flag]) -> Option<&str> {
        first_word(&self.rest, &flags_of(self.command(), global)).map(|at| self.rest[at].as_str())
    }

    /// Reads the flags.
    ///
    /// # Errors
    /// pflag's words.
    pub fn flags(&self, global: &'static [Flag]) -> Result<Flags, String> {
        let mut flags = Flags::of(flags_of(self.command(), global));
        flags.parse(&self.rest)?;
        Ok(flags)
    }

    /// `kubectl create secret`
    pub fn path(&self) -> String {
        self.chain.iter().map(|command| command.name).collect::<Vec<_>>().join(" ")
    }
}

fn child(command: &'static Command, word: &str) -> Option<&'static Command> {
    command.children.iter().copied().find(|child| child.is_called(word))
}

fn flags_of(command: &'static Command, global: &'static [Flag]) -> Vec<&'static Flag> {
    command.flags.iter().copied().flatten().chain(global).collect()
}

/// Where the first word is that is neither a flag nor a flag's value.
fn first_word(words: &[String], known: &[&'static Flag]) -> Option<usize> {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        if word == "--" {
            return None;
        }
        let takes_value = match (word.strip_prefix("--"), word.strip_prefix('-')) {
            (Some(name), _) if !name.contains('=') => known.iter().find(|f| f.name == name).map(|f| f.bare.is_none()),
            (Some(_), _) => Some(false),
            (None, Some(short)) if short.chars().count() == 1 => {
                known.iter().find(|f| f.short == short.chars().next()).map(|f| f.bare.is_none())
            }
            (None, Some(short)) if !short.is_empty() => Some(false),
            _ => return Some(at),
        };
        let help = matches!(word.as_str(), "-h" | "--help");
        at += if takes_value.unwrap_or(!help) { 2 } else { 1 };
    }
    None
}

/// Names close to one that is unknown.
pub fn suggestions(command: &'static Command, typed: &str) -> Vec<&'static str> {
    let typed = typed.to_lowercase();
    let close = |name: &&str| distance(&typed, name) <= 2 || name.starts_with(&typed);
    command.children.iter().filter(|child| !child.is_hidden()).map(|child| child.name).filter(close).collect()
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
