//! The recorded cases that are kept in the project, against floors that only rise.

use super::{Figure, Report, run};
use std::path::Path;

#[track_caller]
fn replayed(folder: &str) -> Report {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lab/testdata/corpus").join(folder);
    run(&path, None).expect("the recorded cases are part of the project")
}

#[track_caller]
fn at_least(what: &str, figure: Figure, floor: u32, report: &Report) {
    let Figure { passed, total } = figure;
    assert!(passed >= floor, "{what}: {passed} of {total}, not {floor}\n{}", report.failures.join("\n"));
}

#[test]
fn the_programs_answer_as_the_real_ones() {
    let report = replayed("etcdctl");
    at_least("steps, word for word", report.steps, 1736, &report);
    at_least("steps, help by what it offers", report.by_offers, 1787, &report);
}

#[test]
fn kubectl_and_the_cluster_answer_as_the_real_ones() {
    let report = replayed("kubectl");
    // A few answers show a moment that falls otherwise with every other draw of a random number, hence the ten below.
    at_least("steps", report.steps, 1160, &report);
}

#[test]
fn help_offers_what_the_real_one_offers() {
    let report = replayed("etcdctl-help");
    at_least("steps", report.steps, report.steps.total, &report);
}
