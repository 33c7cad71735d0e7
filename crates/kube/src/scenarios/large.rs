//! Larger clusters: the same, with more of it.

use super::cluster::deployment;
use crate::apiserver::testing::{API, World};
use crate::controllers::{self, ControllerManager};
use crate::kubelet::{self, Kubelet};
use crate::scheduler::{self, Scheduler};
use sim::{Micros, NodeId};

/// Runs a Deployment of so many pods on so many nodes until all of them run; gives the seconds it took.
fn run(nodes: u32, pods: i64) -> u64 {
    let mut world = World::new();
    world.sim.set_trace_capacity(0);
    let epoch = 1_767_225_600;
    let mut manager = controllers::Config::new(API, epoch, "m");
    manager.rate = None;
    let mut scheduler = scheduler::Config::new(API, epoch, "m");
    scheduler.rate = None;
    world.add(NodeId(101), ControllerManager::new(manager));
    world.add(NodeId(102), Scheduler::new(scheduler));
    for number in 0..nodes {
        let network = format!("10.{}.{}.", 244 + number / 256, number % 256);
        let config = kubelet::Config::new(API, epoch, &format!("n{number}"), "172.18.0.99", &network);
        world.add(NodeId(200 + number), Kubelet::new(config));
    }
    world.run(Micros::secs(20));
    world.create("deployments", "default", deployment("web", pods));
    for seconds in 1..120 {
        world.run(Micros::secs(1));
        let web = world.get("deployments", "default", "web").expect("it exists");
        if web.number("/status/availableReplicas") == Some(pods) {
            return seconds;
        }
    }
    panic!("they do not all run");
}

#[test]
fn a_hundred_pods_run_on_ten_nodes() {
    assert!(run(10, 100) < 15);
}
