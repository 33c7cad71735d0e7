//! A node with too little left (`noderesources/fit.go`).

use super::{No, Plugin};
use crate::scheduler::nodes::Node;
use crate::scheduler::resources::Amounts;

pub(super) fn check(requests: &Amounts, node: &Node) -> Result<(), No> {
    let mut reasons = Vec::new();
    let mut may_preempt = true;
    if node.pods.len() as i64 + 1 > node.allocatable.of("pods") {
        reasons.push("Too many pods".to_owned());
    }
    for (name, amount) in &requests.0 {
        if *amount > 0 && *amount > node.allocatable.of(name) - node.requested.of(name) {
            reasons.push(format!("Insufficient {name}"));
            // More than the node has in all: it does not help that others go.
            may_preempt &= *amount <= node.allocatable.of(name);
        }
    }
    if reasons.is_empty() {
        return Ok(());
    }
    Err(No { plugin: Plugin::NodeResourcesFit, reasons, may_preempt })
}
