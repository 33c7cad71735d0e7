//! That the storms find bugs: each that can be planted is found by what clients see, within a bounded number of seeds.
//! The invariants, which look inside, are off.

use storm::plan::Plan;
use storm::planted::BUGS;
use storm::run::{Options, Violation, run};

/// Plays storms with a bug until clients notice; gives the seed and what they noticed.
fn find(bug: &str, seeds: u64) -> Option<(u64, Violation)> {
    let planted = BUGS.iter().find(|(name, _)| *name == bug).map(|(_, bug)| *bug);
    assert!(planted.is_some(), "there is no bug {bug}");
    let options = Options { invariants: false, planted, ..Options::default() };
    // A search that was given up has found nothing.
    let violation = |seed| run(&Plan::new(seed), &options).violation.filter(|violation| !violation.is_undecided());
    (1..=seeds).find_map(|seed| Some((seed, violation(seed)?)))
}

fn check(bug: &str, seeds: u64, expected: &[&str]) {
    let (seed, violation) = find(bug, seeds).unwrap_or_else(|| panic!("{bug} was not found in {seeds} seeds"));
    println!("{bug}: seed {seed}: {violation}");
    assert!(expected.contains(&violation.kind()), "{bug} was found as something else, seed {seed}: {violation}");
}

#[test]
fn a_commit_without_a_quorum_is_found() {
    check("commit-without-quorum", 100, &["not linearizable", "no progress", "a member died"]);
}

#[test]
fn a_second_vote_is_found() {
    check("vote-twice", 1_000, &["not linearizable", "a watch guarantee is broken", "no progress", "a member died"]);
}

#[test]
fn a_stale_read_is_found() {
    check("stale-read", 200, &["not linearizable", "a watch guarantee is broken"]);
}

#[test]
fn a_gap_in_a_watch_is_found() {
    // Where no call was answered with the revision that is missing, the watcher contradicts what others read.
    check("watch-gap", 500, &["a watch guarantee is broken", "not linearizable"]);
}

#[test]
fn a_lease_that_was_revived_is_found() {
    check("lease-revived", 500, &["not linearizable"]);
}
