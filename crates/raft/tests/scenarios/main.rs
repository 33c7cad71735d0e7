//! Scenarios as text: commands, and what they are to print.
//!
//! Those recorded from etcd's raft library are read from a folder beside the project's checkout, or from wherever
//! `KUBARIUM_RAFT_TESTDATA` says. The project's own are in `testdata`; with `KUBARIUM_REWRITE` set, what they print now is
//! written into them instead of being checked.

mod conf_change;
mod datadriven;
mod interaction;
mod quorum;

use std::path::{Path, PathBuf};

use datadriven::{Case, rewrite_folder, run_folder};

/// The scenarios recorded from upstream, if they are there.
fn recorded(kind: &str) -> Option<PathBuf> {
    let root = std::env::var_os("KUBARIUM_RAFT_TESTDATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/raft-testdata"), PathBuf::from);
    let folder = root.join(kind);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("*** SKIPPED: the recorded {kind} scenarios are not at {}", folder.display());
    eprintln!("*** set KUBARIUM_RAFT_TESTDATA to the folder that holds them");
    None
}

fn own(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(kind)
}

/// Runs every file in `folder`, each with a handler of its own.
fn check<H: FnMut(&Case) -> String>(folder: &Path, handler: impl Fn() -> H) {
    if let Err(report) = run_folder(folder, handler) {
        panic!("{report}");
    }
}

#[test]
fn recorded_quorum_scenarios_hold() {
    if let Some(folder) = recorded("quorum") {
        check(&folder, || quorum::handle);
    }
}

#[test]
fn recorded_membership_scenarios_hold() {
    if let Some(folder) = recorded("confchange") {
        check(&folder, conf_change::handler);
    }
}

#[test]
fn recorded_interaction_scenarios_hold() {
    if let Some(folder) = recorded("interaction") {
        check(&folder, interaction::handler);
    }
}

#[test]
fn own_interaction_scenarios_hold() {
    let folder = own("interaction");
    if std::env::var_os("KUBARIUM_REWRITE").is_some() {
        rewrite_folder(&folder, interaction::handler);
    }
    check(&folder, interaction::handler);
}
