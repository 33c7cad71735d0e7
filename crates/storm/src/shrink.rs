//! Making a storm shorter while it still breaks the same promise.

use crate::plan::Plan;
use crate::run::{Options, run};

/// How many storms are tried at most.
const MOST_RUNS: usize = 150;

/// A plan with as few troubles and clients as still break what `kind` names. None if the plan itself breaks nothing of
/// that kind.
pub fn shrink(plan: &Plan, options: &Options, kind: &str) -> Option<Plan> {
    let breaks = |plan: &Plan| run(plan, options).violation.is_some_and(|violation| violation.kind() == kind);
    if !breaks(plan) {
        return None;
    }
    let mut plan = plan.clone();
    let mut runs = 0;
    // Large pieces first; then again from the beginning, for what was needed before may not be any more.
    let mut piece = plan.troubles.len().max(1);
    loop {
        let mut shorter = false;
        let mut at = 0;
        while at < plan.troubles.len() && runs < MOST_RUNS {
            let mut tried = plan.clone();
            tried.troubles.drain(at..(at + piece).min(plan.troubles.len()));
            runs += 1;
            if breaks(&tried) {
                (plan, shorter) = (tried, true);
            } else {
                at += piece;
            }
        }
        let mut at = 0;
        while piece == 1 && at < plan.roles.len() && runs < MOST_RUNS {
            let mut tried = plan.clone();
            tried.roles.remove(at);
            runs += 1;
            if breaks(&tried) {
                (plan, shorter) = (tried, true);
            } else {
                at += 1;
            }
        }
        if piece == 1 && !shorter || runs >= MOST_RUNS {
            return Some(plan);
        }
        piece = (piece / 2).max(1);
    }
}
