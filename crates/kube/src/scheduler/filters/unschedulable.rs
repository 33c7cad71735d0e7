//! A node that was cordoned (`nodeunschedulable`).

use super::{No, Plugin, tolerates};
use crate::api::Object;
use crate::scheduler::nodes::Node;
use serde_json::json;

pub(super) fn check(pod: &Object, node: &Node) -> Result<(), No> {
    let taint = json!({ "key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule" });
    if node.object.flag("/spec/unschedulable") && !tolerates(pod, &taint) {
        return Err(No::new(Plugin::NodeUnschedulable, "node(s) were unschedulable"));
    }
    Ok(())
}
