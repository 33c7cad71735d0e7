//! Making room: pods of lower priority go (`pkg/scheduler/framework/preemption`).

use super::filters::{Counted, verdict};
use super::nodes::{Node, Nodes, Sorts};
use super::words::unavailable;
use crate::api::Object;
use crate::client::key;

/// What can be done for a pod that fits nowhere.
pub(super) enum Room {
    /// These would have to go from this node.
    Made { node: String, victims: Vec<Object> },
    /// Nothing; why, as the pod's event says it.
    None(String),
}

fn priority(pod: &Object) -> i64 {
    pod.number("/spec/priority").unwrap_or(0)
}

/// Looks for the node on which fewest and least important pods would have to go.
pub(super) fn make_room(pod: &Object, nodes: &Nodes, candidates: &[String]) -> Room {
    if pod.text("/spec/preemptionPolicy") == "Never" {
        return Room::None("not eligible due to preemptionPolicy=Never.".into());
    }
    let nominated = pod.text("/status/nominatedNodeName");
    if let Some(node) = nodes.get(nominated)
        && node.pods().any(|other| other.is_terminating() && priority(other) < priority(pod))
    {
        return Room::None("not eligible due to a terminating pod on the nominated node.".into());
    }
    let mut made: Vec<(&Node, Vec<Object>)> = Vec::new();
    let mut reasons = Vec::new();
    for node in nodes.all() {
        if !candidates.iter().any(|name| name == node.name()) {
            reasons.push("Preemption is not helpful for scheduling".to_owned());
            continue;
        }
        match victims(pod, node, nodes) {
            Some(victims) if !victims.is_empty() => made.push((node, victims)),
            _ => reasons.push("No preemption victims found for incoming pod".to_owned()),
        }
    }
    let cost = |(_, victims): &&(&Node, Vec<Object>)| {
        let most = victims.iter().map(priority).max().unwrap_or(0);
        let total: i64 = victims.iter().map(|victim| priority(victim) + i64::from(i32::MAX) + 1).sum();
        (most, total, victims.len())
    };
    match made.iter().min_by_key(cost) {
        Some((node, victims)) => Room::Made { node: node.name().to_owned(), victims: victims.clone() },
        None => Room::None(unavailable(nodes.len(), reasons.into_iter())),
    }
}

/// Who would have to go from a node: first all of lower priority, then as many as possible stay, the most important
/// first.
fn victims(pod: &Object, node: &Node, nodes: &Nodes) -> Option<Vec<Object>> {
    let mut without = node.clone();
    let mut lower: Vec<Object> = node.pods().filter(|other| priority(other) < priority(pod)).cloned().collect();
    if lower.is_empty() {
        return None;
    }
    lower.iter().for_each(|other| without.take(&key(other)));
    let fits = |without: &Node| verdict(pod, without, &Counted::without(pod, nodes, without)).is_ok();
    if !fits(&without) {
        return None;
    }
    lower.sort_by_cached_key(|other| (-priority(other), other.text("/status/startTime").to_owned(), key(other)));
    let mut victims = Vec::new();
    for other in lower {
        without.put(&other, &mut Sorts::default());
        if !fits(&without) {
            without.take(&key(&other));
            victims.push(other);
        }
    }
    Some(victims)
}
