//! One scheduling cycle: filter, score, choose (`pkg/scheduler/schedule_one.go`).

use super::filters::{Counted, No, Plugin, named, verdict};
use super::nodes::{Node, Nodes};
use super::scores;
use super::words::unavailable;
use crate::api::Object;
use std::collections::{BTreeMap, BTreeSet};

/// What came of a cycle.
pub(super) enum Outcome {
    Fits {
        node: String,
    },
    /// No node will do: why not, each.
    Nowhere {
        message: String,
        by: BTreeSet<Plugin>,
        /// The nodes on which it might help that others go.
        may_preempt: Vec<String>,
    },
}

/// How many nodes are told of in an explanation.
const EXPLAINED: usize = 10;
/// Fewer nodes than this are all looked at.
const FEW: usize = 100;

/// Looks for a node. Gives what came of it and an explanation. `first` is where the search begins, when there are more
/// nodes than are looked at.
pub(super) fn find(pod: &Object, nodes: &Nodes, first: &mut usize, chance: u64) -> (Outcome, String) {
    let counted = Counted::of(pod, nodes);
    let count = nodes.len();
    let enough = enough(count);
    let (mut possible, mut refused): (Vec<&Node>, BTreeMap<&str, No>) = (Vec::new(), BTreeMap::new());
    let mut looked_at = 0;
    let start = if enough < count { *first % count } else { 0 };
    if count > FEW {
        // A pod that names its nodes, as those of DaemonSets do, is not tried on the thousands of others
        // (`nodeaffinity`, `PreFilter`). Where none of them will do, all have to be told of.
        let known = named(pod).into_iter().filter_map(|name| nodes.get(name));
        possible.extend(known.filter(|node| verdict(pod, node, &counted).is_ok()));
        looked_at = possible.len();
    }
    let all = possible.is_empty();
    for node in nodes.from(start).filter(|_| all) {
        looked_at += 1;
        match verdict(pod, node, &counted) {
            Ok(()) => possible.push(node),
            Err(no) => drop(refused.insert(node.name(), no)),
        }
        if possible.len() >= enough {
            break;
        }
    }
    *first = (start + looked_at) % count.max(1);
    let mut explained: Vec<String> = refused
        .iter()
        .take(EXPLAINED)
        .map(|(name, no)| format!("{name}: {:?}: {}", no.plugin, no.reasons.join(", ")))
        .collect();
    if possible.is_empty() {
        // A cluster without nodes has words of its own.
        let message = match count {
            0 => "no nodes available to schedule pods".to_owned(),
            _ => unavailable(count, refused.values().flat_map(|no| no.reasons.clone())),
        };
        let by = refused.values().map(|no| no.plugin).collect();
        let may_preempt = refused.iter().filter(|(_, no)| no.may_preempt).map(|(name, _)| (*name).to_owned()).collect();
        return (Outcome::Nowhere { message, by, may_preempt }, explained.join("; "));
    }
    let best = if possible.len() == 1 { 0 } else { best(pod, &possible, nodes, chance, &mut explained) };
    let node = possible[best].name().to_owned();
    explained.push(format!("chosen: {node}"));
    (Outcome::Fits { node }, explained.join("; "))
}

fn best(pod: &Object, possible: &[&Node], nodes: &Nodes, chance: u64, explained: &mut Vec<String>) -> usize {
    let scores = scores::all(pod, possible, nodes);
    let total = |index: usize| scores.iter().map(|scores| scores.of_nodes[index]).sum::<i64>();
    for (index, node) in possible.iter().enumerate().take(EXPLAINED) {
        let each: Vec<String> = scores.iter().map(|one| format!("{} {}", one.plugin, one.of_nodes[index])).collect();
        explained.push(format!("{}: {} ({})", node.name(), total(index), each.join(", ")));
    }
    let most = (0..possible.len()).map(total).max().unwrap_or(0);
    let best: Vec<usize> = (0..possible.len()).filter(|index| total(*index) == most).collect();
    best[(chance % best.len() as u64) as usize]
}

/// How many possible nodes are enough to choose from: half, and a percentage that falls with the size of the cluster
/// (`numFeasibleNodesToFind`).
fn enough(nodes: usize) -> usize {
    if nodes < FEW {
        return nodes;
    }
    let percent = 50_usize.saturating_sub(nodes / 125).max(5);
    (nodes * percent / 100).max(FEW)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// How many nodes are looked at for a pod that fits on each of so many.
    fn check(count: usize, expected: usize) {
        let mut nodes = Nodes::default();
        for number in 0..count {
            let name = format!("n{number:04}");
            let node =
                json!({ "kind": "Node", "metadata": { "name": name }, "status": { "allocatable": { "pods": "110" } } });
            nodes.put_node(&node.into());
        }
        let pod: Object = json!({ "kind": "Pod", "metadata": { "name": "web", "namespace": "default" } }).into();
        let mut first = 0;
        assert!(matches!(find(&pod, &nodes, &mut first, 0).0, Outcome::Fits { .. }));
        // The next search begins where this one ended.
        assert_eq!(first, expected % count, "{count} nodes");
    }

    #[test]
    fn of_many_nodes_only_some_are_looked_at() {
        check(50, 50);
        check(1_000, 420);
        check(5_000, 500);
    }

    #[test]
    fn a_pod_that_names_its_node_is_tried_on_no_other() {
        let mut nodes = Nodes::default();
        for number in 0..200 {
            let name = format!("n{number:03}");
            let node =
                json!({ "kind": "Node", "metadata": { "name": name }, "status": { "allocatable": { "pods": "110" } } });
            nodes.put_node(&node.into());
        }
        let pod = |name: &str| -> Object {
            let field = json!({ "key": "metadata.name", "operator": "In", "values": [name] });
            let terms = json!({ "nodeSelectorTerms": [{ "matchFields": [field] }] });
            let affinity = json!({ "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": terms } });
            json!({ "kind": "Pod", "metadata": { "name": "proxy", "namespace": "dev" }, "spec": { "affinity": affinity } })
                .into()
        };
        let mut first = 0;
        assert!(matches!(find(&pod("n150"), &nodes, &mut first, 0).0, Outcome::Fits { node } if node == "n150"));
        assert_eq!(first, 1);
        // Where it cannot be, all are told of.
        let Outcome::Nowhere { message, .. } = find(&pod("gone"), &nodes, &mut first, 0).0 else {
            panic!("no such node")
        };
        assert!(message.contains("200 node(s) didn't match Pod's node affinity/selector"), "{message}");
    }
}
