//! Some inputs for every target, on every run; `cargo xtask fuzz` tries many more.

use fuzz::{TARGETS, hunt};

#[track_caller]
fn check(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target");
    if let Some(finding) = hunt(target, 1..=target.quick) {
        panic!("seed {}: {}\n{:?}", finding.seed, finding.what, String::from_utf8_lossy(&finding.input));
    }
}

#[test]
fn foreign_bytes_are_read_or_refused() {
    ["session", "message", "snapshot", "data-dir", "yaml", "shell", "pages"].into_iter().for_each(check);
}

#[test]
fn every_line_of_the_console_ends() {
    check("console");
    check("kubectl");
}

#[test]
fn a_cluster_lives_on_with_any_manifest() {
    check("manifest");
}
