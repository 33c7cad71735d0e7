//! From the old ReplicaSets to the new one (`pkg/controller/deployment/{rolling,recreate}.go`).

use super::super::controller::{Plan, View};
use super::super::pods;
use super::sets::{Set, Sets, create, replicas, surge, unavailable};
use super::status;
use crate::api::Object;
use crate::client::kinds;

/// Step by step: never more than the surge above, never fewer than what may be missing below.
pub(super) fn rolling(view: &View, deployment: &Object, sets: &mut Sets, plan: &mut Plan) {
    if sets.new.is_none() {
        return make(view, deployment, sets, plan);
    }
    sets.number(deployment);
    if !scale_up(deployment, sets) && !scale_down(deployment, sets) && status::is_complete_now(deployment) {
        clean_up(deployment, sets, plan);
    }
    sets.write(deployment, plan);
    status::update(view, deployment, sets, None, plan);
}

/// All old pods first, and only when the last is gone the new ones.
pub(super) fn recreate(view: &View, deployment: &Object, sets: &mut Sets, plan: &mut Plan) {
    sets.number(deployment);
    let is_scaled_down = sets.old.iter().any(|set| set.replicas > 0);
    sets.old.iter_mut().for_each(|set| set.replicas = 0);
    let cache = view.client.cache(&kinds::PODS);
    let is_running = sets.old.iter().any(|set| cache.owned_by(set.object.uid()).any(|pod| !pods::is_done(pod)));
    if !is_scaled_down && !is_running {
        if sets.new.is_none() {
            return make(view, deployment, sets, plan);
        }
        if let Some(new) = &mut sets.new {
            new.replicas = replicas(deployment);
        }
        if status::is_complete_now(deployment) {
            clean_up(deployment, sets, plan);
        }
    }
    sets.write(deployment, plan);
    status::update(view, deployment, sets, None, plan);
}

fn make(view: &View, deployment: &Object, sets: &Sets, plan: &mut Plan) {
    let (call, name, revision) = create(deployment, sets);
    plan.step(vec![call]);
    plan.then(kinds::DEPLOYMENTS.update_status(status::created(view, deployment, &name, revision)));
}

fn scale_up(deployment: &Object, sets: &mut Sets) -> bool {
    let wanted = replicas(deployment);
    let room = wanted + surge(deployment) - sets.replicas();
    let Some(new) = &mut sets.new else { return false };
    let before = new.replicas;
    if new.replicas > wanted {
        new.replicas = wanted;
    } else {
        new.replicas += room.clamp(0, wanted - new.replicas);
    }
    new.replicas != before
}

fn scale_down(deployment: &Object, sets: &mut Sets) -> bool {
    let old: i64 = sets.old.iter().map(|set| set.replicas).sum();
    if old == 0 {
        return false;
    }
    let least = replicas(deployment) - unavailable(deployment);
    let missing = sets.new.as_ref().map_or(0, |new| new.replicas - new.available());
    let mut may_go = sets.replicas() - least - missing;
    if may_go <= 0 {
        return false;
    }
    // Pods that are not available serve nobody: they go first.
    for set in &mut sets.old {
        let gone = (set.replicas - set.available().min(set.replicas)).min(may_go);
        set.replicas -= gone;
        may_go -= gone;
    }
    let mut spare = sets.all().map(Set::available).sum::<i64>() - least;
    for set in &mut sets.old {
        let gone = set.replicas.min(spare.max(0));
        set.replicas -= gone;
        spare -= gone;
    }
    sets.old.iter().map(|set| set.replicas).sum::<i64>() != old
}

/// Old sets beyond the history's limit go, the oldest first.
fn clean_up(deployment: &Object, sets: &Sets, plan: &mut Plan) {
    let limit = deployment.number("/spec/revisionHistoryLimit").unwrap_or(10).max(0) as usize;
    let mut alive: Vec<&Set> = sets.old.iter().filter(|set| !set.object.is_terminating()).collect();
    let excess = alive.len().saturating_sub(limit);
    alive.sort_by_key(|set| set.revision());
    for set in alive.into_iter().take(excess) {
        let observed = set.object.number("/status/observedGeneration").unwrap_or(0);
        let is_settled = set.object.number("/metadata/generation").unwrap_or(0) <= observed;
        if set.replicas == 0 && set.object.number("/status/replicas").unwrap_or(0) == 0 && is_settled {
            plan.then(kinds::REPLICA_SETS.delete(&set.object));
        }
    }
}
