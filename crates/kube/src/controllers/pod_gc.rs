//! Removes pods that nobody else removes: on nodes that are gone, and deleted before they had a node
//! (`pkg/controller/podgc/gc_controller.go`).

use super::controller::{Call, Controller, Memory, Plan, View};
use super::{eviction, pods};
use crate::api::Object;
use crate::client::kinds;
use sim::Micros;

pub(super) static CONTROLLER: Controller =
    Controller { account: "pod-garbage-collector", workers: 1, seeds: &[""], wake: |_, _, _| {}, sync };

/// It looks so often.
const PERIOD: Micros = Micros::secs(20);
/// A node has to be missing for so long.
const QUARANTINE: Micros = Micros::secs(40);
/// So many pods that are done are kept (`--terminated-pod-gc-threshold`).
const KEPT: usize = 12_500;

fn sync(view: &mut View, _: &str) -> Plan {
    let mut plan = Plan::default();
    plan.look_again(PERIOD);
    let now = view.now;
    let all: Vec<Object> = view.client.cache(&kinds::PODS).all().cloned().collect();
    let is_there = |view: &View, name: &str| view.client.cache(&kinds::NODES).get("", name).is_some();
    let nodes = view.client.cache(&kinds::NODES);
    view.memory.retain(|name, _| nodes.get("", name).is_none());
    let mut done: Vec<&Object> = Vec::new();
    for pod in &all {
        let node = pod.text("/spec/nodeName");
        if node.is_empty() {
            if pod.is_terminating() {
                remove(pod, &mut plan);
            }
        } else if !is_there(view, node) {
            let since = view.memory.entry(node.into()).or_insert_with(|| Memory { at: now, ..Default::default() }).at;
            if since + QUARANTINE <= now {
                let message = "PodGC: node no longer exists";
                let phase = (!pods::is_done(pod)).then_some("Failed");
                plan.then(eviction::disrupt(view, pod, "DeletionByPodGC", message, phase));
                remove(pod, &mut plan);
            }
        } else if pods::is_done(pod) {
            done.push(pod);
        }
    }
    if done.len() > KEPT {
        done.sort_by_key(|pod| pod.text("/metadata/creationTimestamp").to_owned());
        done.iter().take(done.len() - KEPT).for_each(|pod| remove(pod, &mut plan));
    }
    plan
}

fn remove(pod: &Object, plan: &mut Plan) {
    let mut request = kinds::PODS.delete(pod);
    request.options.deletion.grace_seconds = Some(0);
    plan.step(vec![Call::new(request)]);
}
