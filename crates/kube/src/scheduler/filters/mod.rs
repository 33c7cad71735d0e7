//! What makes a node impossible for a pod: one file a plugin, asked in this order until one says no
//! (`pkg/scheduler/framework/plugins`).

mod affinity;
mod node_affinity;
mod node_name;
mod ports;
mod resources;
mod spread;
mod taints;
mod unschedulable;

use super::nodes::{Node, Nodes};
use super::resources::{Amounts, requests};
use crate::api::Object;

pub(super) use affinity::Counts as AffinityCounts;
pub(super) use node_affinity::{named, term_matches};
pub(super) use spread::{Counts as SpreadCounts, by_default, selector};
pub(super) use taints::tolerates;

/// A plugin that filters nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Plugin {
    NodeUnschedulable,
    NodeName,
    TaintToleration,
    NodeAffinity,
    NodePorts,
    NodeResourcesFit,
    PodTopologySpread,
    InterPodAffinity,
    VolumeBinding,
}

/// What has changed in the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    NodeAdded,
    NodeLabels,
    NodeTaints,
    NodeResources,
    /// A pod that had a node is gone or done.
    PodGone,
    /// A pod got a node.
    PodPlaced,
    Claim,
}

impl Plugin {
    /// Whether a pod that it turned away may fit after a change.
    pub(super) fn may_be_helped_by(self, hint: Hint) -> bool {
        match hint {
            Hint::NodeAdded => true,
            Hint::NodeLabels => matches!(self, Self::NodeAffinity | Self::PodTopologySpread | Self::InterPodAffinity),
            Hint::NodeTaints => {
                matches!(self, Self::TaintToleration | Self::NodeUnschedulable | Self::PodTopologySpread)
            }
            Hint::NodeResources => self == Self::NodeResourcesFit,
            Hint::PodGone => matches!(
                self,
                Self::NodePorts | Self::NodeResourcesFit | Self::PodTopologySpread | Self::InterPodAffinity
            ),
            Hint::PodPlaced => matches!(self, Self::PodTopologySpread | Self::InterPodAffinity),
            Hint::Claim => self == Self::VolumeBinding,
        }
    }
}

/// Why a node is impossible.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct No {
    pub(super) plugin: Plugin,
    /// As the pod's event counts them; several when several resources are short.
    pub(super) reasons: Vec<String>,
    /// Whether removing pods from the node could help.
    pub(super) may_preempt: bool,
}

impl No {
    fn new(plugin: Plugin, reason: impl Into<String>) -> Self {
        Self { plugin, reasons: vec![reason.into()], may_preempt: false }
    }

    fn unless_preempted(plugin: Plugin, reason: impl Into<String>) -> Self {
        Self { may_preempt: true, ..Self::new(plugin, reason) }
    }
}

/// What is counted over all nodes before a pod is tried on each.
pub(super) struct Counted {
    requests: Amounts,
    /// Whether it asks for labels of its node.
    chooses_node: bool,
    has_ports: bool,
    affinity: AffinityCounts,
    spread: SpreadCounts,
}

impl Counted {
    pub(super) fn of(pod: &Object, nodes: &Nodes) -> Self {
        let (affinity, spread) = (AffinityCounts::of(pod, nodes), SpreadCounts::of(pod, nodes));
        Self::new(pod, affinity, spread)
    }

    fn new(pod: &Object, affinity: AffinityCounts, spread: SpreadCounts) -> Self {
        let chooses_node = node_affinity::is_asked_for(pod);
        Self { requests: requests(pod), chooses_node, has_ports: ports::are_asked_for(pod), affinity, spread }
    }

    /// The same without some pods of a node, which would have to go.
    pub(super) fn without(pod: &Object, nodes: &Nodes, node: &Node) -> Self {
        let affinity =
            AffinityCounts::with(pod, nodes.all().map(|one| if one.name() == node.name() { node } else { one }));
        let spread = SpreadCounts::with(pod, nodes.all().map(|one| if one.name() == node.name() { node } else { one }));
        Self::new(pod, affinity, spread)
    }
}

/// Whether a pod may be on a node.
pub(super) fn verdict(pod: &Object, node: &Node, counted: &Counted) -> Result<(), No> {
    unschedulable::check(pod, node)?;
    node_name::check(pod, node)?;
    taints::check(pod, node)?;
    if counted.chooses_node {
        node_affinity::check(pod, node)?;
    }
    if counted.has_ports {
        ports::check(pod, node)?;
    }
    resources::check(&counted.requests, node)?;
    counted.spread.check(pod, node)?;
    counted.affinity.check(pod, node)
}
