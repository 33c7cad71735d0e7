//! Terms by which pods ask for, or avoid, the company of others.

use crate::api::Object;
use crate::client::selects;
use serde_json::Value;

/// The required terms of a pod: `podAffinity` or `podAntiAffinity`.
pub(super) fn required<'a>(pod: &'a Object, which: &str) -> &'a [Value] {
    pod.list(&format!("/spec/affinity/{which}/requiredDuringSchedulingIgnoredDuringExecution"))
}

/// The preferred terms, with their weights.
pub(super) fn preferred<'a>(pod: &'a Object, which: &str) -> impl Iterator<Item = (&'a Value, i64)> {
    let terms = pod.list(&format!("/spec/affinity/{which}/preferredDuringSchedulingIgnoredDuringExecution"));
    terms.iter().map(|term| (&term["podAffinityTerm"], term["weight"].as_i64().unwrap_or(0)))
}

/// Whether a term of `owner` speaks of `pod`.
pub(super) fn speaks_of(term: &Value, owner: &Object, pod: &Object) -> bool {
    let names = term["namespaces"].as_array().map_or(&[][..], Vec::as_slice);
    let everywhere = term["namespaceSelector"].as_object().is_some_and(|selector| selector.is_empty());
    let in_namespace = everywhere
        || names.iter().any(|name| name == pod.namespace())
        || (names.is_empty() && term["namespaceSelector"].is_null() && owner.namespace() == pod.namespace());
    in_namespace && selects(&term["labelSelector"], pod.map("/metadata/labels"))
}

/// A node's place in a term's topology.
pub(super) fn domain<'a>(term: &Value, node: &'a Object) -> Option<&'a str> {
    node.label(term["topologyKey"].as_str().unwrap_or_default())
}
