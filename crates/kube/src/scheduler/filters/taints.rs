//! A node that repels pods (`tainttoleration`).

use super::{No, Plugin};
use crate::api::Object;
use crate::scheduler::nodes::Node;
use serde_json::Value;

pub(super) fn check(pod: &Object, node: &Node) -> Result<(), No> {
    if !node.has_taints {
        return Ok(());
    }
    let repels = |taint: &&Value| taint["effect"] != "PreferNoSchedule" && !tolerates(pod, taint);
    match node.object.list("/spec/taints").iter().find(repels) {
        Some(_) => Err(No::new(Plugin::TaintToleration, "node(s) had untolerated taint(s)")),
        None => Ok(()),
    }
}

/// Whether a pod does not mind a taint (`ToleratesTaint`).
pub(in super::super) fn tolerates(pod: &Object, taint: &Value) -> bool {
    pod.list("/spec/tolerations").iter().any(|toleration| {
        let field = |name: &str| toleration[name].as_str().unwrap_or_default();
        let effect = field("effect");
        let key = field("key");
        (effect.is_empty() || taint["effect"] == effect)
            && (key.is_empty() || taint["key"] == key)
            && match field("operator") {
                "Exists" => true,
                "" | "Equal" => !key.is_empty() && taint["value"].as_str().unwrap_or_default() == field("value"),
                _ => false,
            }
    })
}
