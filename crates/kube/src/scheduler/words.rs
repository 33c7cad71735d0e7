//! How the scheduler says that no node will do (`pkg/scheduler/framework/types.go`, `FitError`).

use std::collections::BTreeMap;

/// `0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu.`: the reasons in the order of
/// their words.
pub(super) fn unavailable(nodes: usize, reasons: impl Iterator<Item = String>) -> String {
    let reasons = counted(reasons);
    if reasons.is_empty() {
        format!("0/{nodes} nodes are available.")
    } else {
        format!("0/{nodes} nodes are available: {reasons}.")
    }
}

fn counted(reasons: impl Iterator<Item = String>) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for reason in reasons {
        *counts.entry(reason).or_default() += 1;
    }
    let mut texts: Vec<String> = counts.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    texts.sort();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reasons: &[&str], expected: &str) {
        assert_eq!(unavailable(reasons.len(), reasons.iter().map(|reason| (*reason).to_owned())), expected);
    }

    #[test]
    fn reasons_are_counted_and_sorted_by_their_words() {
        check(&[], "0/0 nodes are available.");
        check(
            &["node(s) had untolerated taint(s)", "Insufficient cpu", "Insufficient cpu"],
            "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu.",
        );
        check(
            &["node(s) had untolerated taint(s)", "Insufficient memory", "node(s) had untolerated taint(s)"],
            "0/3 nodes are available: 1 Insufficient memory, 2 node(s) had untolerated taint(s).",
        );
    }
}
