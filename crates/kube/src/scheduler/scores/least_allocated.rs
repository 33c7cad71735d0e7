//! Nodes with more left, of processor and memory alike (`noderesources/least_allocated.go`).

use crate::api::Object;
use crate::scheduler::nodes::{Node, Nodes};
use crate::scheduler::resources::assumed_requests;

pub(super) fn score(pod: &Object, nodes: &[&Node], _: &Nodes) -> Vec<i64> {
    let wanted = assumed_requests(pod);
    let free = |node: &&Node| {
        let share = |name: &str| {
            let (all, used) = (node.allocatable.of(name), node.assumed.of(name) + wanted.of(name));
            match (all - used).checked_mul(100) {
                _ if all == 0 || used > all => 0,
                Some(free) => free / all,
                None => ((i128::from(all - used) * 100) / i128::from(all)) as i64,
            }
        };
        (share("cpu") + share("memory")) / 2
    };
    nodes.iter().map(free).collect()
}
