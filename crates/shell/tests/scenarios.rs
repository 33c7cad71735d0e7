//! Scenarios recorded from bash 5.2, GNU coreutils, mawk and jq: a script and what it printed.
//!
//! A file holds cases of the form `== name`, the script, `-- stdout`, the text, `-- stderr`, the text, `-- code N`.
//! `-- no newline` says that the text before it does not end with one.

use kubarium_shell::{Os, Progress, Reader, Session, Vfs};

#[derive(Debug, PartialEq, Eq, Default)]
struct Outcome {
    stdout: String,
    stderr: String,
    code: i32,
}

struct Case {
    name: String,
    script: String,
    expected: Outcome,
}

fn parse(text: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for block in format!("\n{text}").split("\n== ").skip(1) {
        let (name, rest) = block.split_once('\n').expect("a case has lines");
        let (script, rest) = rest.split_once("-- stdout\n").expect("a case has an output");
        let mut expected = Outcome::default();
        let mut target = &mut expected.stdout;
        for line in rest.split_inclusive('\n') {
            if line == "-- stderr\n" {
                target = &mut expected.stderr;
            } else if line == "-- no newline\n" {
                target.pop();
            } else if let Some(code) = line.strip_prefix("-- code ") {
                expected.code = code.trim().parse().expect("a code is a number");
                break;
            } else {
                target.push_str(line);
            }
        }
        cases.push(Case { name: name.to_owned(), script: script.trim_end_matches('\n').to_owned(), expected });
    }
    cases
}

/// Runs a script on a fresh machine to its end, or for an hour of virtual time.
fn run(script: &str) -> Outcome {
    let os = Os::new(Vfs::new(64 << 20), 1);
    let session = Session::new("/root").into_handle();
    let job = os.exec_script(script, &session, Reader::null());
    let mut now = 0;
    while job.code().is_none() && now < 3_600_000_000 {
        while os.run(now, 10_000) == Progress::MoreToDo {}
        match os.next_timer() {
            Some(next) => now = next,
            None => break,
        }
    }
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Outcome { stdout: text(job.stdout()), stderr: text(job.stderr()), code: job.code().unwrap_or(-1) }
}

#[track_caller]
fn check(text: &str) {
    let cases = parse(text);
    assert!(!cases.is_empty(), "no cases");
    let mut failures = String::new();
    for case in &cases {
        let actual = run(&case.script);
        if actual != case.expected {
            failures.push_str(&format!(
                "== {}\n{}\n real {:?}\n ours {actual:?}\n\n",
                case.name, case.script, case.expected
            ));
        }
    }
    let failed = failures.matches("\n ours ").count();
    assert!(failures.is_empty(), "{failed} of {} differ:\n\n{failures}", cases.len());
}

#[test]
fn words_expand_as_in_bash() {
    check(include_str!("scenarios/words.txt"));
}

#[test]
fn commands_run_as_in_bash() {
    check(include_str!("scenarios/commands.txt"));
}

#[test]
fn syntax_errors_are_bash_s() {
    check(include_str!("scenarios/syntax.txt"));
}

#[test]
fn jq_filters_as_jq_1_6() {
    check(include_str!("scenarios/jq.txt"));
}

#[test]
fn tools_print_what_coreutils_print() {
    check(include_str!("scenarios/tools.txt"));
}
