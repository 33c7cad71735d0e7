//! Tab completion: subcommands, flags and the values of flags that have a list of them.

use shell::Candidate;

use super::command::{Tool, children};
use super::spec::{CommandSpec, FlagSpec};
use crate::print::FORMATS;

/// What the last of `words` may become; the first is the program's name.
pub fn complete(tool: &Tool, words: &[String]) -> Vec<Candidate> {
    let Some((word, before)) = words.get(1..).and_then(<[String]>::split_last) else { return Vec::new() };
    let (chain, rest) = tool.reached(before);
    let flags: Vec<_> = flags_of(&chain).into_iter().filter(|flag| flag.is_in(&tool.release)).collect();
    let waiting = rest.last().and_then(|w| flags.iter().find(|f| names(f, w) && !f.value_is_optional()));
    let mut found = if let Some(flag) = waiting {
        values(flag).iter().map(|v| Candidate::word(*v)).collect()
    } else if let Some((flag, _)) = word.split_once('=') {
        let known = flags.iter().find(|f| names(f, flag)).map_or(&[][..], |f| values(f));
        known.iter().map(|v| Candidate::word(format!("{flag}={v}"))).collect()
    } else if word.starts_with('-') {
        flags.iter().map(|f| flag_candidate(f)).collect()
    } else {
        commands(tool, &chain)
    };
    found.retain(|c: &Candidate| c.text.starts_with(word.as_str()));
    found.sort();
    found
}

fn flags_of(chain: &[&'static CommandSpec]) -> Vec<&'static FlagSpec> {
    let own = chain.last().into_iter().flat_map(|c| c.flags);
    own.chain(chain.iter().flat_map(|c| c.persistent)).collect()
}

fn names(flag: &FlagSpec, word: &str) -> bool {
    word.strip_prefix("--") == Some(flag.name)
        || word.strip_prefix('-').is_some_and(|short| flag.short.is_some_and(|c| short == c.encode_utf8(&mut [0; 4])))
}

fn values(flag: &FlagSpec) -> &'static [&'static str] {
    match flag.name {
        "write-out" => &FORMATS,
        "order" => &["ASCEND", "DESCEND"],
        "sort-by" => &["CREATE", "KEY", "MODIFY", "VALUE", "VERSION"],
        "consistency" => &["l", "s"],
        "load" => &["s", "m", "l", "xl"],
        _ => &[],
    }
}

fn flag_candidate(flag: &FlagSpec) -> Candidate {
    let complete = flag.value_is_optional();
    let text = if complete { format!("--{}", flag.name) } else { format!("--{}=", flag.name) };
    Candidate { text, help: flag.usage.to_owned(), complete }
}

fn commands(tool: &Tool, chain: &[&'static CommandSpec]) -> Vec<Candidate> {
    let Some(command) = chain.last() else { return Vec::new() };
    let below = children(command, chain.len() == 1, &tool.release).filter(|c| c.deprecated.is_none());
    below.map(|c| Candidate { help: c.short.to_owned(), ..Candidate::word(c.name()) }).collect()
}
