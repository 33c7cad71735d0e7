//! `cargo xtask test`: set-up and every check there is, with a table of the steps and one closing line.
//!
//! A failing step does not stop the ones after it, unless they need what it makes: one run shows all there is to mend.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::http::{self, Server};
use crate::site::{self, Build};
use crate::{labs as proofs, setup, sh, size, storm, tidy};

/// What a step has checked.
#[derive(Clone, Copy, Default)]
struct Tally {
    passed: u64,
    failed: u64,
}

enum Outcome {
    Done(Tally),
    /// Said aloud, with the reason.
    Skipped(String),
}

struct Step {
    name: &'static str,
    /// The step whose success this one needs.
    needs: Option<&'static str>,
    run: fn() -> Result<Outcome, String>,
}

const STEPS: [Step; 13] = [
    Step { name: "set-up", needs: None, run: set_up },
    Step { name: "format", needs: None, run: format },
    Step { name: "clippy", needs: None, run: clippy },
    Step { name: "tests", needs: None, run: tests },
    Step { name: "labs", needs: None, run: labs },
    Step { name: "storms", needs: None, run: storms },
    Step { name: "parity", needs: Some("set-up"), run: parity },
    Step { name: "tidy", needs: None, run: house_rules },
    Step { name: "deny", needs: None, run: deny },
    Step { name: "build", needs: Some("set-up"), run: build },
    Step { name: "size", needs: Some("build"), run: sizes },
    Step { name: "browser", needs: Some("build"), run: browser },
    Step { name: "lighthouse", needs: Some("build"), run: lighthouse },
];

struct Row {
    name: &'static str,
    words: String,
    time: Duration,
    ok: bool,
}

/// Runs all steps, or only those named.
pub fn main(words: Vec<String>) -> Result<(), String> {
    if let Some(unknown) = words.iter().find(|word| !STEPS.iter().any(|step| step.name == *word)) {
        let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        return Err(format!("there is no step {unknown:?}; there are {}", names.join(", ")));
    }
    let start = Instant::now();
    let (mut sum, mut rows) = (Tally::default(), Vec::<Row>::new());
    for step in STEPS.iter().filter(|step| words.is_empty() || words.iter().any(|word| word == step.name)) {
        println!("\n=== {}", step.name);
        let begin = Instant::now();
        let lacking = step.needs.filter(|needed| rows.iter().any(|row| row.name == *needed && !row.ok));
        let outcome = match lacking {
            Some(needed) => Err(format!("not run: it needs {needed}")),
            None => (step.run)(),
        };
        let (words, ok) = match outcome {
            Ok(Outcome::Done(tally)) => {
                sum.passed += tally.passed;
                sum.failed += tally.failed;
                (format!("{} passed, {} failed", tally.passed, tally.failed), tally.failed == 0)
            }
            Ok(Outcome::Skipped(reason)) => (format!("skipped: {reason}"), true),
            Err(error) => {
                sum.failed += 1;
                eprintln!("error: {error}");
                (error, false)
            }
        };
        rows.push(Row { name: step.name, words, time: begin.elapsed(), ok });
    }
    println!("\n=== summary");
    for Row { name, words, time, ok } in &rows {
        let first = words.lines().next().unwrap_or_default();
        println!("{} {name:<11} {:>12}  {first}", if *ok { "ok    " } else { "FAILED" }, sh::human(*time));
    }
    println!("       {:<11} {:>12}", "together", sh::human(start.elapsed()));
    println!("{} passed, {} failed", sum.passed, sum.failed);
    if sum.failed == 0 { Ok(()) } else { Err("not everything passed".to_string()) }
}

/// A step that is one check: a command that succeeds or not.
fn one(result: Result<(), String>) -> Result<Outcome, String> {
    result.map(|()| Outcome::Done(Tally { passed: 1, failed: 0 }))
}

fn set_up() -> Result<Outcome, String> {
    setup::for_build()?;
    one(setup::for_tests())
}

fn format() -> Result<Outcome, String> {
    one(sh::run(sh::cargo().args(["fmt", "--all", "--check"])))
}

fn clippy() -> Result<Outcome, String> {
    let words = ["clippy", "--workspace", "--all-targets", "--locked", "--quiet", "--", "-D", "warnings"];
    one(sh::run(sh::cargo().args(words)))
}

fn tests() -> Result<Outcome, String> {
    let mut tally = Tally::default();
    let mut cargo = sh::cargo();
    cargo.args(["test", "--workspace", "--locked", "--no-fail-fast"]);
    let result = sh::run_lines(&mut cargo, |line| {
        let found = result_line(line);
        tally.passed += found.passed;
        tally.failed += found.failed;
    });
    match result {
        // Failed without a failed test: something did not compile.
        Err(error) if tally.failed == 0 => Err(error),
        _ => Ok(Outcome::Done(tally)),
    }
}

/// `test result: ok. 12 passed; 0 failed; 0 ignored; …`
fn result_line(line: &str) -> Tally {
    let Some(rest) = line.strip_prefix("test result: ") else { return Tally::default() };
    let number = |word: &str| {
        let before = rest.split(&format!(" {word}")).next().filter(|before| before.len() < rest.len())?;
        before.split_whitespace().last()?.parse().ok()
    };
    Tally { passed: number("passed").unwrap_or(0), failed: number("failed").unwrap_or(0) }
}

/// The proof of each lab, a line each. With the profile of the tests, which have compiled most of it.
fn labs() -> Result<Outcome, String> {
    let mut tally = Tally::default();
    let result = sh::run_lines(&mut proofs::twin(&[]), |line| {
        tally.passed += u64::from(line.starts_with("ok "));
        tally.failed += u64::from(line.starts_with("FAILED "));
    });
    match result {
        // Failed without a failed lab: something did not compile, or the content does not parse.
        Err(error) if tally.failed == 0 => Err(error),
        _ => Ok(Outcome::Done(tally)),
    }
}

fn storms() -> Result<Outcome, String> {
    one(storm::test())
}

/// The same seed and inputs, natively and in wasm: the trace's hash as the native test prints it has to come out again.
fn parity() -> Result<Outcome, String> {
    let test = ["test", "--locked", "--package", "kubarium-lab", "--test", "trace_hash"];
    let printed = sh::output(sh::cargo().args(test).args(["--", "--nocapture"]))?;
    let hash = printed.lines().find_map(|line| line.split_once("trace hash ")).map(|(_, hash)| hash.trim().to_owned());
    let hash = hash.ok_or("the native test printed no trace hash")?;
    let mut wasm = sh::cargo();
    wasm.args(test).args(["--target", "wasm32-unknown-unknown"]).env("KUBARIUM_TRACE_HASH", &hash);
    wasm.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner");
    println!("native trace hash {hash}");
    one(sh::run(&mut wasm))
}

fn house_rules() -> Result<Outcome, String> {
    let (held, broken) = tidy::check_all();
    Ok(Outcome::Done(Tally { passed: held as u64, failed: broken as u64 }))
}

fn deny() -> Result<Outcome, String> {
    if sh::output(sh::command("cargo-deny").arg("--version")).is_err() {
        let reason = "cargo-deny is not installed (`cargo install cargo-deny --locked`); tidy has checked licences and \
                      sources";
        println!("{reason}");
        return Ok(Outcome::Skipped(reason.to_string()));
    }
    one(sh::run(sh::cargo().args(["deny", "check", "bans", "licenses", "sources"])))
}

fn build() -> Result<Outcome, String> {
    let builds = [(site::dist_dir(), "/"), (elsewhere_dir(), ELSEWHERE)];
    let done = builds.into_iter().try_for_each(|(out, base)| Build { out, base: base.to_string(), dev: false }.run());
    one(done)
}

/// The site once more under another path, which costs no compiling: nothing in it may lean on living at the root.
const ELSEWHERE: &str = "/some/where/";

fn elsewhere_dir() -> PathBuf {
    sh::root().join("target/dist-elsewhere")
}

fn sizes() -> Result<Outcome, String> {
    one(size::check(&site::dist_dir()))
}

/// Serves a built site for as long as this process lives, and returns where.
fn served(dir: &Path, base: &str) -> Result<String, String> {
    let server = Server::new(http::listen(0)?, dir, base)?;
    let url = server.url()?;
    std::thread::spawn(move || server.run());
    Ok(url)
}

fn chromium() -> Result<String, String> {
    setup::chromium().ok_or_else(|| "no Chromium; `cargo xtask setup` installs it on Debian".to_string())
}

fn browser() -> Result<Outcome, String> {
    let report = sh::root().join("target/playwright.json");
    // A report of an earlier run must not be taken for this one's.
    if report.exists() {
        std::fs::remove_file(&report).map_err(|error| format!("{}: {error}", report.display()))?;
    }
    let mut playwright = sh::command("npx");
    playwright.args(["--no-install", "playwright", "test", "--reporter=list,json"]).current_dir(sh::root().join("e2e"));
    playwright.env("KUBARIUM_URL", served(&site::dist_dir(), "/")?);
    playwright.env("KUBARIUM_BASE_URL", served(&elsewhere_dir(), ELSEWHERE)?);
    playwright.env("CHROMIUM", chromium()?).env("PLAYWRIGHT_JSON_OUTPUT_NAME", &report);
    let result = sh::run(&mut playwright);
    let Some(tally) = std::fs::read_to_string(&report).ok().and_then(|text| playwright_tally(&text)) else {
        return Err(result.err().unwrap_or_else(|| "Playwright wrote no report".to_string()));
    };
    match result {
        // Failed without a failed test: the configuration or the browser did not start.
        Err(error) if tally.failed == 0 => Err(error),
        _ => Ok(Outcome::Done(tally)),
    }
}

/// The counts of Playwright's JSON report. A test that passed only when tried again has failed.
fn playwright_tally(report: &str) -> Option<Tally> {
    let report: Value = serde_json::from_str(report).ok()?;
    let count = |name: &str| report["stats"][name].as_u64();
    Some(Tally { passed: count("expected")?, failed: count("unexpected")? + count("flaky")? })
}

fn lighthouse() -> Result<Outcome, String> {
    let mut node = sh::command("node");
    node.arg("lighthouse.mjs").current_dir(sh::root().join("e2e"));
    one(sh::run(node.env("KUBARIUM_URL", served(&site::dist_dir(), "/")?).env("CHROMIUM", chromium()?)))
}

#[cfg(test)]
mod tests {
    use super::{playwright_tally, result_line};

    #[test]
    fn the_counts_are_those_the_test_runners_print() {
        let tally = result_line("test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out");
        assert_eq!((tally.passed, tally.failed), (12, 3));
        assert_eq!(result_line("running 3 tests").passed, 0);
        let report = r#"{"stats": {"expected": 7, "unexpected": 1, "flaky": 1, "skipped": 0}}"#;
        let tally = playwright_tally(report).unwrap();
        assert_eq!((tally.passed, tally.failed), (7, 2));
        assert!(playwright_tally("{}").is_none());
    }
}
