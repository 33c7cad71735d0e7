//! Nodes in domains with fewer pods of the same sort (`podtopologyspread/scoring.go`).

use crate::api::Object;
use crate::scheduler::filters::{by_default, selector};
use crate::scheduler::nodes::{Counter, Node, Nodes};
use serde_json::Value;
use std::collections::BTreeMap;

const HOSTNAME: &str = "kubernetes.io/hostname";

pub(super) fn score(pod: &Object, nodes: &[&Node], world: &Nodes) -> Vec<i64> {
    let own = pod.list("/spec/topologySpreadConstraints");
    let mut constraints: Vec<Value> =
        own.iter().filter(|one| one["whenUnsatisfiable"] == "ScheduleAnyway").cloned().collect();
    let is_default = own.is_empty();
    if let Some(labels) = pod.pointer("/metadata/labels").filter(|_| is_default && pod.controller().is_some()) {
        constraints = by_default(labels);
    }
    if constraints.is_empty() {
        return vec![0; nodes.len()];
    }
    let mut totals = vec![0_i64; nodes.len()];
    for constraint in &constraints {
        let key = constraint["topologyKey"].as_str().unwrap_or_default();
        let selector = selector(pod, constraint);
        let mut counter = Counter::new(pod.namespace(), &selector);
        // The domain of each node that has one, and how many pods there are in it.
        let places: Vec<Option<&str>> = nodes.iter().map(|node| node.label(key)).collect();
        let mut domains: BTreeMap<&str, i64> = BTreeMap::new();
        let mut number = places.iter().flatten().count();
        if key != HOSTNAME && number > 0 {
            domains.extend(places.iter().flatten().map(|value| (*value, 0)));
            number = domains.len();
            for node in world.all() {
                if let Some(there) = node.label(key).and_then(|value| domains.get_mut(value)) {
                    *there += counter.count(node);
                }
            }
        }
        let weight = logarithm(number as i64 + 2);
        let skew = constraint["maxSkew"].as_i64().unwrap_or(1) - 1;
        for ((total, node), place) in totals.iter_mut().zip(nodes).zip(places) {
            if let Some(value) = place {
                // Each node is a host of its own, and those that are no choice need not be counted.
                let there =
                    if key == HOSTNAME { counter.count(node) } else { domains.get(value).copied().unwrap_or(0) };
                *total += there * weight + skew * 1_000;
            }
        }
    }
    let (least, most) = (totals.iter().copied().min().unwrap_or(0), totals.iter().copied().max().unwrap_or(0));
    totals.into_iter().map(|total| if most == 0 { 100 } else { 100 * (most + least - total) / most }).collect()
}

/// The natural logarithm in thousandths, by the binary one with a straight line between powers of two, so that it is
/// the same on every machine.
fn logarithm(number: i64) -> i64 {
    let power = i64::from(number.max(1).ilog2());
    let rest = (number - (1 << power)) * 1_000 / (1 << power);
    (power * 1_000 + rest) * 693 / 1_000
}
