//! The state machine, from the outside: each text file is one life of a member. A command, a line `----`, what came of
//! it up to an empty line.

mod bench;
mod show;

use std::path::Path;

use bench::Bench;

/// Replays a scenario and compares every outcome. With `REWRITE=1` in the environment the file is written anew, for a
/// person to read and to agree with.
fn check(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/store_scenarios").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut bench = Bench::default();
    let mut replayed = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        replayed += line;
        replayed += "\n";
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        assert_eq!(lines.next(), Some("----"), "{name}: after {line:?}");
        while lines.next_if(|l| !l.is_empty()).is_some() {}
        replayed += "----\n";
        replayed += &bench.run(line);
    }
    if std::env::var_os("REWRITE").is_some() {
        std::fs::write(&path, &replayed).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }
    assert_eq!(text, replayed, "{name}");
}

#[test]
fn keys_are_written_read_and_deleted_under_revisions() {
    check("kv.txt");
}

#[test]
fn ranges_are_filtered_sorted_and_limited() {
    check("range.txt");
}

#[test]
fn transactions_are_atomic_and_checked_before_they_start() {
    check("txn.txt");
}

#[test]
fn compaction_forgets_what_is_superseded() {
    check("compaction.txt");
}

#[test]
fn hashes_are_those_of_the_real_server() {
    check("hash.txt");
}

#[test]
fn leases_end_unless_renewed_and_take_their_keys_along() {
    check("lease.txt");
}

#[test]
fn watchers_are_told_everything_once_and_in_order() {
    check("watch.txt");
}

#[test]
fn only_the_permitted_is_permitted() {
    check("auth.txt");
}

#[test]
fn a_full_database_refuses_writes_until_disarmed() {
    check("quota.txt");
}

#[test]
fn a_snapshot_carries_everything_but_tokens_and_deadlines() {
    check("snapshot.txt");
}
