//! Making a storm shorter while it still breaks the same promise.

use crate::plan::Plan;
use crate::run::{Course, Options, run};

/// How many storms are tried at most.
const MOST_RUNS: usize = 400;

/// A plan with as few troubles and clients as still break what `kind` names, and how it goes. None if the plan itself
/// breaks nothing of that kind.
pub fn shrink(plan: &Plan, options: &Options, kind: &str) -> Option<(Plan, Course)> {
    let breaks =
        |plan: &Plan| Some(run(plan, options)).filter(|c| c.violation.as_ref().is_some_and(|v| v.kind() == kind));
    let mut course = breaks(plan)?;
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
            match breaks(&tried) {
                Some(found) => (plan, course, shorter) = (tried, found, true),
                None => at += piece,
            }
        }
        let mut at = 0;
        while piece == 1 && at < plan.roles.len() && runs < MOST_RUNS {
            let mut tried = plan.clone();
            tried.roles.remove(at);
            runs += 1;
            match breaks(&tried) {
                Some(found) => (plan, course, shorter) = (tried, found, true),
                None => at += 1,
            }
        }
        if piece == 1 && !shorter || runs >= MOST_RUNS {
            return Some((plan, course));
        }
        piece = (piece / 2).max(1);
    }
}
