//! Which of the possible nodes is best: one file a plugin, each from 0 to 100, with a weight
//! (`pkg/scheduler/apis/config/v1/default_plugins.go`).

mod affinity;
mod balanced;
mod least_allocated;
mod node_affinity;
mod spread;
mod taints;

use super::nodes::{Node, Nodes};
use crate::api::Object;

/// A plugin's name, its weight, and the scores it gives to nodes.
type Plugin = (&'static str, i64, fn(&Object, &[&Node], &Nodes) -> Vec<i64>);

const PLUGINS: &[Plugin] = &[
    ("TaintToleration", 3, taints::score),
    ("NodeAffinity", 2, node_affinity::score),
    ("NodeResourcesFit", 1, least_allocated::score),
    ("PodTopologySpread", 2, spread::score),
    ("InterPodAffinity", 2, affinity::score),
    ("NodeResourcesBalancedAllocation", 1, balanced::score),
];

/// What a plugin gave to each node, weighted.
pub(super) struct Scores {
    pub(super) plugin: &'static str,
    pub(super) of_nodes: Vec<i64>,
}

pub(super) fn all(pod: &Object, nodes: &[&Node], world: &Nodes) -> Vec<Scores> {
    let weighted = |(plugin, weight, score): &Plugin| {
        let of_nodes = score(pod, nodes, world).into_iter().map(|score| score * weight).collect();
        Scores { plugin, of_nodes }
    };
    PLUGINS.iter().map(weighted).collect()
}

/// Spreads raw scores over 0 to 100 by the largest; with `reverse` the least is best (`DefaultNormalizeScore`).
fn normalize(raw: Vec<i64>, reverse: bool) -> Vec<i64> {
    let most = raw.iter().copied().max().unwrap_or(0);
    let scaled = |score: i64| match (most, reverse) {
        (0, false) => 0,
        (0, true) => 100,
        (_, false) => score * 100 / most,
        (_, true) => 100 - score * 100 / most,
    };
    raw.into_iter().map(scaled).collect()
}
