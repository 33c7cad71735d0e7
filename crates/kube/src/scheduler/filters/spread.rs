//! Pods that shall be spread evenly (`podtopologyspread`, `DoNotSchedule`).

use super::{No, Plugin, node_affinity, tolerates};
use crate::api::Object;
use crate::client::selects;
use crate::scheduler::nodes::{Counter, Node, Nodes};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One constraint, with the number of matching pods in each domain.
struct Constraint {
    key: String,
    max_skew: i64,
    min_domains: usize,
    selector: Value,
    domains: BTreeMap<String, i64>,
}

#[derive(Default)]
pub(in super::super) struct Counts(Vec<Constraint>);

/// A constraint's selector, with what `matchLabelKeys` adds.
pub(in super::super) fn selector(pod: &Object, constraint: &Value) -> Value {
    let mut selector = constraint["labelSelector"].clone();
    for key in constraint["matchLabelKeys"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if let Some(value) = pod.label(key) {
            selector["matchLabels"][key] = value.into();
        }
    }
    selector
}

impl Counts {
    pub(in super::super) fn of(pod: &Object, nodes: &Nodes) -> Self {
        Self::with(pod, nodes.all())
    }

    pub(in super::super) fn with<'a>(pod: &Object, nodes: impl Iterator<Item = &'a Node>) -> Self {
        let hard = |one: &&Value| one["whenUnsatisfiable"] == "DoNotSchedule";
        let wanted = pod.list("/spec/topologySpreadConstraints").iter().filter(hard);
        let mut constraints: Vec<(Constraint, &Value)> = wanted
            .map(|one| {
                let key = one["topologyKey"].as_str().unwrap_or_default().to_owned();
                let constraint = Constraint {
                    key,
                    max_skew: one["maxSkew"].as_i64().unwrap_or(1),
                    min_domains: one["minDomains"].as_u64().unwrap_or(1) as usize,
                    selector: selector(pod, one),
                    domains: BTreeMap::new(),
                };
                (constraint, one)
            })
            .collect();
        if constraints.is_empty() {
            return Self::default();
        }
        for node in nodes {
            for (constraint, source) in &mut constraints {
                let Some(value) = node.label(&constraint.key) else { continue };
                // By default the pod's own node affinity counts, taints do not.
                let by_affinity =
                    source["nodeAffinityPolicy"] == "Ignore" || node_affinity::is_wanted(pod, &node.object);
                let repels = |taint: &Value| taint["effect"] != "PreferNoSchedule" && !tolerates(pod, taint);
                let by_taints =
                    source["nodeTaintsPolicy"] != "Honor" || !node.object.list("/spec/taints").iter().any(repels);
                if !by_affinity || !by_taints {
                    continue;
                }
                let count = Counter::new(pod.namespace(), &constraint.selector).count(node);
                *constraint.domains.entry(value.to_owned()).or_default() += count;
            }
        }
        Self(constraints.into_iter().map(|(constraint, _)| constraint).collect())
    }

    pub(super) fn check(&self, pod: &Object, node: &Node) -> Result<(), No> {
        for constraint in &self.0 {
            let Some(value) = node.label(&constraint.key) else {
                let reason = "node(s) didn't match pod topology spread constraints (missing required label)";
                return Err(No::new(Plugin::PodTopologySpread, reason));
            };
            let fewest = match constraint.domains.len() < constraint.min_domains {
                true => 0,
                false => constraint.domains.values().copied().min().unwrap_or(0),
            };
            let own = i64::from(selects(&constraint.selector, pod.map("/metadata/labels")));
            let there = constraint.domains.get(value).copied().unwrap_or(0);
            if there + own - fewest > constraint.max_skew {
                let reason = "node(s) didn't match pod topology spread constraints";
                return Err(No::unless_preempted(Plugin::PodTopologySpread, reason));
            }
        }
        Ok(())
    }
}

/// The constraints a pod without any gets: spread over nodes and zones as far as it costs nothing.
pub(in super::super) fn by_default(labels: &Value) -> Vec<Value> {
    let one = |key: &str, skew: i64| {
        json!({ "topologyKey": key, "maxSkew": skew, "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": { "matchLabels": labels } })
    };
    vec![one("kubernetes.io/hostname", 3), one("topology.kubernetes.io/zone", 5)]
}
