//! A pod that names its node (`nodename`).

use super::{No, Plugin};
use crate::api::Object;
use crate::scheduler::nodes::Node;

pub(super) fn check(pod: &Object, node: &Node) -> Result<(), No> {
    let wanted = pod.text("/spec/nodeName");
    if wanted.is_empty() || wanted == node.name() {
        return Ok(());
    }
    Err(No::new(Plugin::NodeName, "node(s) didn't match the requested node name"))
}
