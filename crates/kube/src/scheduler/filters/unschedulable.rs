//! A node that was cordoned (`nodeunschedulable`).

use super::{No, Plugin, tolerates};
use crate::api::Object;
use crate::scheduler::nodes::Node;
use serde_json::json;

pub(super) fn check(pod: &Object, node: &Node) -> Result<(), No> {
    if !node.unschedulable {
        return Ok(());
    }
    let taint = json!({ "key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule" });
    if tolerates(pod, &taint) {
        return Ok(());
    }
    Err(No::new(Plugin::NodeUnschedulable, "node(s) were unschedulable"))
}
