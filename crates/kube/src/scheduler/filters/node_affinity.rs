//! A pod that asks for labels of its node (`nodeaffinity`).

use super::{No, Plugin};
use crate::api::Object;
use crate::client::{expression, matches};
use crate::scheduler::nodes::Node;
use serde_json::{Map, Value};

pub(super) fn check(pod: &Object, node: &Node) -> Result<(), No> {
    if is_wanted(pod, &node.object) {
        return Ok(());
    }
    Err(No::new(Plugin::NodeAffinity, "node(s) didn't match Pod's node affinity/selector"))
}

/// The names of the nodes that a pod asks for by their names; none for one that asks otherwise, or not at all.
pub(in super::super) fn named(pod: &Object) -> Vec<&str> {
    let by_name = |term: &'_ Value| {
        let fields = term["matchFields"].as_array().map_or(&[][..], Vec::as_slice);
        fields.iter().any(|one| one["key"] == "metadata.name" && one["operator"] == "In")
    };
    let terms = pod.list(TERMS);
    if !terms.iter().all(by_name) {
        return Vec::new();
    }
    let fields = terms.iter().filter_map(|term| term["matchFields"].as_array()).flatten();
    fields.filter_map(|one| one["values"].as_array()).flatten().filter_map(Value::as_str).collect()
}

const TERMS: &str = "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";

/// Whether a pod asks for anything of its node.
pub(super) fn is_asked_for(pod: &Object) -> bool {
    ["/spec/nodeSelector", "/spec/affinity/nodeAffinity"].iter().any(|pointer| pod.pointer(pointer).is_some())
}

/// Whether a node is one of those that the pod asks for.
pub(super) fn is_wanted(pod: &Object, node: &Object) -> bool {
    let selector = pod.pointer("/spec/nodeSelector").unwrap_or(&Value::Null);
    if !matches(selector, node.map("/metadata/labels")) {
        return false;
    }
    let required = "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution";
    let Some(required) = pod.pointer(required).filter(|required| !required.is_null()) else { return true };
    required["nodeSelectorTerms"].as_array().into_iter().flatten().any(|term| term_matches(term, node))
}

/// Whether a node fits a term; one that asks for nothing fits none.
pub(in super::super) fn term_matches(term: &Value, node: &Object) -> bool {
    let labels = term["matchExpressions"].as_array().map_or(&[][..], Vec::as_slice);
    let fields = term["matchFields"].as_array().map_or(&[][..], Vec::as_slice);
    let name: Map<String, Value> = [("metadata.name".to_owned(), node.name().into())].into_iter().collect();
    !(labels.is_empty() && fields.is_empty())
        && labels.iter().all(|one| expression(one, node.map("/metadata/labels")))
        && fields.iter().all(|one| expression(one, Some(&name)))
}
