//! Nodes with the labels that the pod would like (`nodeaffinity`).

use super::normalize;
use crate::api::Object;
use crate::scheduler::filters::term_matches;
use crate::scheduler::nodes::{Node, Nodes};

pub(super) fn score(pod: &Object, nodes: &[&Node], _: &Nodes) -> Vec<i64> {
    let terms = pod.list("/spec/affinity/nodeAffinity/preferredDuringSchedulingIgnoredDuringExecution");
    if terms.is_empty() {
        return vec![0; nodes.len()];
    }
    let liked = |node: &&Node| {
        let fits = terms.iter().filter(|term| term_matches(&term["preference"], &node.object));
        fits.filter_map(|term| term["weight"].as_i64()).sum()
    };
    normalize(nodes.iter().map(liked).collect(), false)
}
