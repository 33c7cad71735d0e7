//! A pod that needs ports of its node (`nodeports`).

use super::{No, Plugin};
use crate::api::Object;
use crate::scheduler::nodes::Node;

/// Whether a pod needs any.
pub(super) fn are_asked_for(pod: &Object) -> bool {
    !ports(pod).is_empty()
}

pub(super) fn check(pod: &Object, node: &Node) -> Result<(), No> {
    let wanted = ports(pod);
    let clash = |one: &Port, other: &Port| {
        one.0 == other.0 && one.1 == other.1 && (one.2 == other.2 || one.2 == "0.0.0.0" || other.2 == "0.0.0.0")
    };
    let is_taken = node.pods().flat_map(ports).any(|taken| wanted.iter().any(|one| clash(one, &taken)));
    if is_taken {
        return Err(No::unless_preempted(
            Plugin::NodePorts,
            "node(s) didn't have free ports for the requested pod ports",
        ));
    }
    Ok(())
}

type Port<'a> = (i64, &'a str, &'a str);

fn ports(pod: &Object) -> Vec<Port<'_>> {
    let sidecars = pod.list("/spec/initContainers").iter().filter(|container| container["restartPolicy"] == "Always");
    let ports =
        pod.list("/spec/containers").iter().chain(sidecars).filter_map(|container| container["ports"].as_array());
    ports
        .flatten()
        .filter_map(|port| {
            let number = port["hostPort"].as_i64().filter(|number| *number > 0)?;
            let protocol = port["protocol"].as_str().unwrap_or("TCP");
            let ip = port["hostIP"].as_str().filter(|ip| !ip.is_empty()).unwrap_or("0.0.0.0");
            Some((number, protocol, ip))
        })
        .collect()
}
