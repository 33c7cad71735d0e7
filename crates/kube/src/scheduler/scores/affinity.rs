//! Nodes with the company that the pod, or those there, would like (`interpodaffinity/scoring.go`).

use crate::api::Object;
use crate::scheduler::nodes::{Node, Nodes, is_choosy};
use crate::scheduler::terms::{domain, preferred, required, speaks_of};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a required affinity of a pod that is there counts for.
const REQUIRED: i64 = 1;

pub(super) fn score(pod: &Object, nodes: &[&Node], world: &Nodes) -> Vec<i64> {
    let mut domains: BTreeMap<(String, String), i64> = BTreeMap::new();
    let mut add = |term: &Value, node: &Object, weight: i64| {
        if let Some(value) = domain(term, node) {
            let key = term["topologyKey"].as_str().unwrap_or_default().to_owned();
            *domains.entry((key, value.to_owned())).or_default() += weight;
        }
    };
    let all = is_choosy(pod);
    for node in world.with_company_for(pod) {
        for other in node.company(all) {
            for (which, sign) in [("podAffinity", 1), ("podAntiAffinity", -1)] {
                for (term, weight) in preferred(pod, which).filter(|(term, _)| speaks_of(term, pod, other)) {
                    add(term, &node.object, sign * weight);
                }
                for (term, weight) in preferred(other, which).filter(|(term, _)| speaks_of(term, other, pod)) {
                    add(term, &node.object, sign * weight);
                }
            }
            for term in required(other, "podAffinity").iter().filter(|term| speaks_of(term, other, pod)) {
                add(term, &node.object, REQUIRED);
            }
        }
    }
    if domains.is_empty() {
        return vec![0; nodes.len()];
    }
    let of_node = |node: &&Node| {
        let here = |((key, value), _): &(&(String, String), &i64)| node.label(key) == Some(value);
        domains.iter().filter(here).map(|(_, weight)| *weight).sum::<i64>()
    };
    let raw: Vec<i64> = nodes.iter().map(of_node).collect();
    let (least, most) = (raw.iter().copied().min().unwrap_or(0), raw.iter().copied().max().unwrap_or(0));
    raw.into_iter().map(|one| if most == least { 0 } else { 100 * (one - least) / (most - least) }).collect()
}
