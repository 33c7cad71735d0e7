//! Nodes whose processor and memory are used to the same part (`noderesources/balanced_allocation.go`).

use crate::api::Object;
use crate::scheduler::nodes::{Node, Nodes};
use crate::scheduler::resources::requests;

const WHOLE: i128 = 1_000_000;

pub(super) fn score(pod: &Object, nodes: &[&Node], _: &Nodes) -> Vec<i64> {
    let wanted = requests(pod);
    // A pod that asks for nothing changes no balance.
    if wanted.0.values().all(|amount| *amount == 0) {
        return vec![0; nodes.len()];
    }
    let balance = |node: &&Node| {
        let part = |name: &str| {
            let (all, used) = (node.allocatable.of(name), node.requested.of(name) + wanted.of(name));
            if all == 0 { WHOLE } else { (i128::from(used) * WHOLE / i128::from(all)).min(WHOLE) }
        };
        // The standard deviation of two is half their distance.
        ((WHOLE - (part("cpu") - part("memory")).abs() / 2) * 100 / WHOLE) as i64
    };
    nodes.iter().map(balance).collect()
}
