//! A pod that wants to be with others, or away from them, and others that want to be away from it (`interpodaffinity`).

use super::{No, Plugin};
use crate::api::Object;
use crate::scheduler::nodes::{Node, Nodes, is_choosy};
use crate::scheduler::terms::{domain, required, speaks_of};
use std::collections::BTreeMap;

/// How many pods count for each domain: by topology key and value.
type Domains = BTreeMap<(String, String), usize>;

#[derive(Default)]
pub(in super::super) struct Counts {
    wanted: Domains,
    avoided: Domains,
    /// Where others do not want this one.
    avoiding: Domains,
    is_first_of_its_kind: bool,
    /// Whether the pod chooses its company.
    chooses: bool,
}

impl Counts {
    pub(in super::super) fn of(pod: &Object, nodes: &Nodes) -> Self {
        Self::with(pod, nodes.with_company_for(pod))
    }

    pub(in super::super) fn with<'a>(pod: &Object, nodes: impl Iterator<Item = &'a Node>) -> Self {
        let mut counts = Self { chooses: is_choosy(pod), ..Self::default() };
        let (wants, avoids) = (required(pod, "podAffinity"), required(pod, "podAntiAffinity"));
        let all = counts.chooses;
        for node in nodes {
            for other in node.company(all) {
                if !wants.is_empty() && wants.iter().all(|term| speaks_of(term, pod, other)) {
                    wants.iter().for_each(|term| add(&mut counts.wanted, term, &node.object));
                }
                for term in avoids.iter().filter(|term| speaks_of(term, pod, other)) {
                    add(&mut counts.avoided, term, &node.object);
                }
                for term in required(other, "podAntiAffinity").iter().filter(|term| speaks_of(term, other, pod)) {
                    add(&mut counts.avoiding, term, &node.object);
                }
            }
        }
        // The first of a group may go anywhere: it would never find the others otherwise.
        counts.is_first_of_its_kind = counts.wanted.is_empty() && wants.iter().all(|term| speaks_of(term, pod, pod));
        counts
    }

    pub(super) fn check(&self, pod: &Object, node: &Node) -> Result<(), No> {
        if !self.chooses && self.avoiding.is_empty() {
            return Ok(());
        }
        let is_in = |domains: &Domains, key: &str| {
            node.label(key).is_some_and(|value| domains.contains_key(&(key.to_owned(), value.to_owned())))
        };
        let key = |term: &serde_json::Value| term["topologyKey"].as_str().unwrap_or_default().to_owned();
        for term in required(pod, "podAffinity") {
            let has_domain = domain(term, &node.object).is_some();
            if !has_domain || !(is_in(&self.wanted, &key(term)) || self.is_first_of_its_kind) {
                return Err(No::new(Plugin::InterPodAffinity, "node(s) didn't match pod affinity rules"));
            }
        }
        if required(pod, "podAntiAffinity").iter().any(|term| is_in(&self.avoided, &key(term))) {
            let reason = "node(s) didn't match pod anti-affinity rules";
            return Err(No::unless_preempted(Plugin::InterPodAffinity, reason));
        }
        if self.avoiding.keys().any(|(key, value)| node.label(key) == Some(value)) {
            let reason = "node(s) didn't satisfy existing pods anti-affinity rules";
            return Err(No::unless_preempted(Plugin::InterPodAffinity, reason));
        }
        Ok(())
    }
}

fn add(domains: &mut Domains, term: &serde_json::Value, node: &Object) {
    if let Some(value) = domain(term, node) {
        let key = term["topologyKey"].as_str().unwrap_or_default().to_owned();
        *domains.entry((key, value.to_owned())).or_default() += 1;
    }
}
