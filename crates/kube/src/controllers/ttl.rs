//! Deletes jobs a while after they are done (`pkg/controller/ttlafterfinished`).

use super::controller::{Controller, Plan, View};
use super::pods;
use crate::client::{key, kinds, split};
use sim::Micros;

pub(super) static CONTROLLER: Controller = Controller {
    account: "ttl-after-finished-controller",
    workers: 5,
    seeds: &[],
    wake: |view, change, wakes| {
        let is_job = *view.client.kind(change.kind) == kinds::JOBS;
        let asks = |job: &&crate::api::Object| is_job && job.number("/spec/ttlSecondsAfterFinished").is_some();
        wakes.extend(change.new.as_ref().filter(asks).map(|job| (key(job), Micros::ZERO)));
    },
    sync,
};

fn sync(view: &mut View, place: &str) -> Plan {
    let mut plan = Plan::default();
    let (namespace, name) = split(place);
    let Some(job) = view.client.cache(&kinds::JOBS).get(namespace, name).filter(|job| !job.is_terminating()) else {
        return plan;
    };
    let done =
        ["Complete", "Failed"].iter().find_map(|kind| pods::condition(job, kind).filter(|one| one["status"] == "True"));
    let (Some(done), Some(seconds)) = (done, job.number("/spec/ttlSecondsAfterFinished")) else { return plan };
    match view.remaining(done["lastTransitionTime"].as_str().unwrap_or_default(), seconds) {
        Some(wait) => plan.look_again(wait),
        None => {
            let mut request = kinds::JOBS.delete(job);
            request.options.deletion.propagation = Some("Foreground".into());
            plan.then(request);
        }
    }
    plan
}
