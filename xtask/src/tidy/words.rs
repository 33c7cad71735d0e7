//! Rules about words in the code.

use std::path::Path;

use super::{read, short_path, sources};

/// Crates whose every run has to be repeatable to the bit. `clippy.toml` bans the types as well; this finds the word in
/// code that clippy does not see, such as macros and other targets. Benches measure, and are left alone.
const DETERMINISTIC: [&str; 8] = ["sim", "raft", "etcd", "kube", "shell", "cli", "lab", "protocol"];

/// Where they would get it from: a clock, a thread, a random source or an order that differs from run to run.
const UNREPEATABLE: [&str; 9] =
    ["HashMap", "HashSet", "RandomState", "Instant", "SystemTime", "thread_rng", "thread", "getrandom", "Date"];

/// Macros that mark unfinished work. Written without their parenthesis, so that this file does not accuse itself.
const UNFINISHED: [&str; 3] = ["todo!", "unimplemented!", "dbg!"];

pub fn nothing_left_open() -> Result<Vec<String>, String> {
    offences("", |line| UNFINISHED.iter().find(|name| code(line).contains(&format!("{name}("))).copied())
}

pub fn deterministic() -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    for name in DETERMINISTIC {
        all.extend(offences(&format!("crates/{name}"), |line| {
            UNREPEATABLE.into_iter().find(|word| has_word(code(line), word))
        })?);
    }
    Ok(all)
}

/// Comments count too: a kernel explained in terms of one guest is a kernel for one guest.
pub fn generic_kernel() -> Result<Vec<String>, String> {
    offences("crates/sim", |line| {
        let line = line.to_ascii_lowercase();
        ["etcd", "kubernetes", "kubectl", "kubelet"].into_iter().find(|word| line.contains(word))
    })
}

/// Every line of Rust under `folder` in which `find` finds something.
fn offences(folder: &str, find: impl Fn(&str) -> Option<&'static str>) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    let folder = crate::sh::root().join(folder);
    let measures = |path: &Path| path.iter().any(|part| part == "benches");
    for path in sources(&["rs"])?.iter().filter(|path| path.starts_with(&folder) && !measures(path)) {
        all.extend(in_text(path, &read(path)?, &find));
    }
    Ok(all)
}

fn in_text(path: &Path, text: &str, find: impl Fn(&str) -> Option<&'static str>) -> Vec<String> {
    let lines = text.lines().enumerate();
    let found = lines.filter_map(|(at, line)| find(line).map(|word| (at + 1, word)));
    found.map(|(line, word)| format!("{}:{line}: `{word}`", short_path(path))).collect()
}

/// A line without its comment.
fn code(line: &str) -> &str {
    line.split_once("//").map_or(line, |(code, _)| code)
}

/// Whether `word` stands in `text` by itself, as an identifier, outside of string literals.
fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    // Every second piece between quotes is inside a literal; good enough for a word that no literal should hold anyway.
    let pieces = text.split('"').step_by(2);
    pieces.flat_map(|piece| piece.split(|c| !part(c))).any(|found| found == word)
}

#[cfg(test)]
mod tests {
    use super::{code, has_word};

    #[test]
    fn only_whole_identifiers_in_code_count() {
        for (line, expected) in [
            ("use std::time::Instant;", true),
            ("let instant = Instantiate::now(); // Instant", false),
            ("say(\"Instant\")", false),
            ("std::thread::spawn", true),
        ] {
            let found = has_word(code(line), "Instant") || has_word(code(line), "thread");
            assert_eq!(found, expected, "{line}");
        }
    }
}
