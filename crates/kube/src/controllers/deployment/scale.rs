//! Scaling without rolling out: when only the number of pods has changed, or the deployment is paused
//! (`pkg/controller/deployment/sync.go`, `scale`).

use super::sets::{Set, Sets, is_rolling, replicas, surge};
use crate::api::Object;

/// Whether some set was last scaled for another number of pods.
pub(super) fn is_due(deployment: &Object, sets: &Sets) -> bool {
    let wanted = replicas(deployment);
    sets.all().filter(|set| set.replicas > 0).any(|set| set.desired().is_some_and(|desired| desired != wanted))
}

/// Sets how many pods each set shall have.
pub(super) fn scale(deployment: &Object, sets: &mut Sets) {
    let wanted = replicas(deployment);
    let active = sets.all().filter(|set| set.replicas > 0).count();
    if active <= 1 {
        // The one that has pods, or the newest there is.
        if let Some(set) = sets.all_mut().filter(|set| active == 0 || set.replicas > 0).last() {
            set.replicas = wanted;
        }
        return;
    }
    let is_saturated = sets.new.as_ref().is_some_and(|new| {
        new.object.number("/spec/replicas") == Some(wanted)
            && new.desired() == Some(wanted)
            && new.available() == wanted
    });
    if is_saturated {
        sets.old.iter_mut().for_each(|set| set.replicas = 0);
    } else if is_rolling(deployment) {
        in_proportion(deployment, sets);
    }
}

/// In the middle of a roll-out each set gets its share of what is added or taken.
fn in_proportion(deployment: &Object, sets: &mut Sets) {
    let (wanted, surge) = (replicas(deployment), surge(deployment));
    let allowed = if wanted > 0 { wanted + surge } else { 0 };
    let to_add = allowed - sets.replicas();
    let mut active: Vec<&mut Set> = sets.all_mut().filter(|set| set.replicas > 0).collect();
    active.sort_by_key(|set| std::cmp::Reverse(set.replicas));
    let mut added = 0;
    for set in &mut active {
        let share = if wanted == 0 {
            -set.replicas
        } else {
            let before = set.maximum().unwrap_or(allowed).max(1);
            // Rounded to the nearest.
            (2 * set.replicas * allowed + before) / (2 * before) - set.replicas
        };
        let rest = to_add - added;
        let share = if to_add > 0 { share.min(rest) } else { share.max(rest) };
        set.replicas = (set.replicas + share).max(0);
        added += share;
    }
    if let Some(largest) = active.first_mut() {
        largest.replicas = (largest.replicas + to_add - added).max(0);
    }
}
