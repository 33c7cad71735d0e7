//! The nodes of a Kubernetes cluster: how many there are, what they are called, where they are.

use serde::{Deserialize, Serialize};

/// How many nodes of each kind a cluster has. Those of the control plane come first in the order of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nodes {
    /// Nodes of the control plane, each with a member of etcd: 1 or 3.
    pub control_planes: u8,
    pub workers: u16,
}

/// Workers that a session may ask for: more than anybody can look at, and no more than a tab bears.
pub const WORKERS_MAX: u16 = 100;

impl Nodes {
    /// A control plane node and two workers, of which the notes tell.
    pub const FEW: Self = Self { control_planes: 1, workers: 2 };
    /// Three control plane nodes with stacked etcd, and two workers.
    pub const HIGHLY_AVAILABLE: Self = Self { control_planes: 3, workers: 2 };

    /// Nodes of both kinds.
    pub fn count(self) -> u32 {
        u32::from(self.control_planes) + u32::from(self.workers)
    }

    /// Whether there is more than one API server, and so something in front of them.
    pub fn is_highly_available(self) -> bool {
        self.control_planes > 1
    }

    /// What a node is called: `controlplane`, `controlplane2`, `worker1`.
    pub fn name(self, index: u32) -> String {
        let control_planes = u32::from(self.control_planes);
        match index {
            0 => "controlplane".to_owned(),
            index if index < control_planes => format!("controlplane{}", index + 1),
            index => format!("worker{}", index + 1 - control_planes),
        }
    }

    /// A node's address: they go on from the first one's.
    pub fn address(index: u32) -> String {
        let low = 10 + index;
        format!("172.18.{}.{}", low / 256, low % 256)
    }

    /// The node with this name.
    pub fn index(self, name: &str) -> Option<u32> {
        (0..self.count()).find(|index| self.name(*index) == name)
    }

    /// What one of the control plane's programs is called on a node: where there is one such node, like the program.
    pub fn process(self, program: &str, node: &str) -> String {
        if self.is_highly_available() { format!("{program} {node}") } else { program.to_owned() }
    }

    /// Where clients that are not of the control plane reach an API server (`--control-plane-endpoint`), without the port.
    pub fn endpoint(self) -> String {
        if self.is_highly_available() { Self::BALANCER.to_owned() } else { Self::address(0) }
    }

    /// The load balancer's address.
    pub const BALANCER: &str = "172.18.0.9";

    /// Whether the lab can build it.
    ///
    /// # Errors
    /// Says in words what is wrong.
    pub fn check(self) -> Result<(), String> {
        if !matches!(self.control_planes, 1 | 3) {
            return Err(format!("a cluster of {} control plane nodes is not one of 1 or 3", self.control_planes));
        }
        if !(1..=WORKERS_MAX).contains(&self.workers) {
            return Err(format!("a cluster has 1 to {WORKERS_MAX} workers, not {}", self.workers));
        }
        Ok(())
    }
}

impl Default for Nodes {
    fn default() -> Self {
        Self::FEW
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(nodes: Nodes, expected: &[(&str, &str)]) {
        let found: Vec<_> = (0..nodes.count()).map(|index| (nodes.name(index), Nodes::address(index))).collect();
        let found: Vec<_> = found.iter().map(|(name, address)| (name.as_str(), address.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn workers_follow_the_control_plane_in_names_and_addresses() {
        check(Nodes::FEW, &[("controlplane", "172.18.0.10"), ("worker1", "172.18.0.11"), ("worker2", "172.18.0.12")]);
        check(
            Nodes { workers: 1, ..Nodes::HIGHLY_AVAILABLE },
            &[
                ("controlplane", "172.18.0.10"),
                ("controlplane2", "172.18.0.11"),
                ("controlplane3", "172.18.0.12"),
                ("worker1", "172.18.0.13"),
            ],
        );
    }

    #[test]
    fn a_program_is_called_after_its_node_where_there_are_several() {
        let name = |nodes: Nodes| nodes.process("kube-scheduler", "controlplane");
        assert_eq!(name(Nodes::FEW), "kube-scheduler");
        assert_eq!(name(Nodes::HIGHLY_AVAILABLE), "kube-scheduler controlplane");
        assert_eq!(Nodes::HIGHLY_AVAILABLE.index("worker2"), Some(4));
    }
}
