//! `cargo xtask tidy`: the rules of the house that no compiler knows. Each is a test as well (`cargo test -p xtask`).

use std::path::{Path, PathBuf};

use crate::args::Args;
use crate::sh;

mod documents;
mod files;
mod floors;
mod licences;
mod manifests;
mod words;

/// A rule: its claim, and a check that lists what breaks it, each with the file and what to do.
struct Rule {
    claim: &'static str,
    check: fn() -> Result<Vec<String>, String>,
}

const RULES: [Rule; 10] = [
    Rule { claim: "a crate uses only crates on lower floors", check: floors::lower_floors_only },
    Rule { claim: "only the site and the worker know a browser", check: floors::browser_only_on_top },
    Rule { claim: "only the storms can plant bugs", check: floors::planted_bugs_in_storms_only },
    Rule { claim: "no file is longer than 600 lines", check: files::short },
    Rule { claim: "every crate says what it is for and forbids unsafe code", check: files::crate_headers },
    Rule { claim: "nothing is left to be done later in code", check: words::nothing_left_open },
    Rule { claim: "the simulation knows no clock, no thread, no unordered map", check: words::deterministic },
    Rule { claim: "the kernel knows nothing of what it simulates", check: words::generic_kernel },
    Rule { claim: "every dependency has its reason in ARCHITECTURE.md", check: documents::dependencies_explained },
    Rule { claim: "every dependency has a licence of deny.toml and comes from the registry", check: licences::allowed },
];

pub fn main(words: Vec<String>) -> Result<(), String> {
    Args::new(words).finish()?;
    let (_, failed) = check_all();
    if failed == 0 { Ok(()) } else { Err(format!("{failed} of {} rules are broken", RULES.len())) }
}

/// Checks every rule, prints what breaks it, and returns how many hold and how many do not.
pub fn check_all() -> (usize, usize) {
    let mut failed = 0;
    for Rule { claim, check } in &RULES {
        let offences = check().unwrap_or_else(|error| vec![error]);
        println!("tidy: {} {claim}", if offences.is_empty() { "ok    " } else { "BROKEN" });
        for offence in &offences {
            println!("        {offence}");
        }
        failed += usize::from(!offences.is_empty());
    }
    (RULES.len() - failed, failed)
}

/// The files of the project that people write, by extension: no build output, no recorded data.
fn sources(extensions: &[&str]) -> Result<Vec<PathBuf>, String> {
    const NOT_OURS: [&str; 6] = ["target", "dist", "node_modules", "testdata", "test-results", ".git"];
    let mut found = Vec::new();
    let mut waiting = vec![sh::root()];
    while let Some(folder) = waiting.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && !NOT_OURS.contains(&name.as_str()) {
                waiting.push(path);
            } else if path.is_file() && extensions.contains(&extension.as_str()) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// A path as one would type it in the project's root.
fn short_path(path: &Path) -> String {
    path.strip_prefix(sh::root()).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::RULES;

    #[test]
    fn the_rules_of_the_house_hold() {
        let broken: Vec<String> = RULES
            .iter()
            .flat_map(|rule| {
                let offences = (rule.check)().unwrap_or_else(|error| vec![error]);
                offences.into_iter().map(|offence| format!("{}: {offence}", rule.claim))
            })
            .collect();
        assert!(broken.is_empty(), "\n{}", broken.join("\n"));
    }
}
