//! What the checkers accept and refuse: histories as text, in `checker/*.txt`. A history begins with a line `== NAME`, and
//! ends with what is to be found: `=> fine`, or `=> ` and the kind of violation.

use storm::linearize::MOST_STATES;
use storm::run::judge;
use storm::text::parse;

fn check(name: &str, history: &str, expected: &str) {
    let history = parse(history).unwrap_or_else(|error| panic!("{name}: {error}"));
    let found = judge(&history, MOST_STATES);
    let kind = found.as_ref().map_or("fine", |violation| violation.kind());
    let words = found.as_ref().map_or_else(String::new, |violation| violation.to_string());
    assert_eq!(kind, expected, "{name}: {words}");
}

fn check_file(text: &str) {
    let mut histories = 0;
    for part in text.split("\n== ").skip(1) {
        let (name, rest) = part.split_once('\n').expect("a name stands on a line of its own");
        let (history, expected) = rest.split_once("=> ").expect("a history ends with what is to be found");
        check(name, history, expected.lines().next().unwrap_or_default().trim());
        histories += 1;
    }
    assert!(histories > 5, "only {histories} histories");
}

#[test]
fn keys() {
    check_file(include_str!("checker/keys.txt"));
}

#[test]
fn leases() {
    check_file(include_str!("checker/leases.txt"));
}

#[test]
fn watches() {
    check_file(include_str!("checker/watches.txt"));
}

/// What a story shows of a call can be read again.
#[test]
fn calls_are_read_as_they_are_written() {
    for line in [
        "1: put a=12~7 -> written at 5",
        "2: get a..c -> a=12@5/3/2~7 c=4@4 at 5",
        "2: get a as of 3 -> compacted",
        "3: if a.modified=3 and b.value=9 then put a=1, delete b..d else get a -> written; 2 deleted at 6",
        "3: if a.version=0 then put a=1 else nothing -> else done at 6",
        "4: grant 7 for 2000 -> ok at 3",
        "4: revoke 7 -> no lease",
        "5: compact 3 -> ?",
        "5: get b locally -> nothing at 2",
    ] {
        let history = parse(&format!("10..20 {line}")).expect("it can be read");
        assert_eq!(storm::text::call(&history.calls[0]), line);
    }
    for line in ["1: put a=12", "10..20 1: puts a=12 -> ?", "10..20 1: put z=12 -> ?", "10..20 1: get a -> b at x"] {
        parse(line).expect_err(line);
    }
}
