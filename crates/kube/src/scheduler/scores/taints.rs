//! Nodes with fewer taints that would rather not have the pod (`tainttoleration`).

use super::normalize;
use crate::api::Object;
use crate::scheduler::filters::tolerates;
use crate::scheduler::nodes::{Node, Nodes};

pub(super) fn score(pod: &Object, nodes: &[&Node], _: &Nodes) -> Vec<i64> {
    let unwelcome = |node: &&Node| {
        if !node.has_taints {
            return 0;
        }
        let taints = node.object.list("/spec/taints").iter();
        taints.filter(|taint| taint["effect"] == "PreferNoSchedule" && !tolerates(pod, taint)).count() as i64
    };
    normalize(nodes.iter().map(unwelcome).collect(), true)
}
