//! What the site sees of Kubernetes: its components, its nodes, its pods.

use crate::Power;
use serde::{Deserialize, Serialize};

/// What changed since it was told last; everything at first. Told only in a world that holds Kubernetes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KubernetesNews {
    pub components: Vec<ComponentView>,
    pub nodes: Vec<NodeView>,
    pub pods: Vec<PodView>,
    /// What is no longer told of, by the names that the diagram gives it ([`NodeView::part`], [`PodView::part`]).
    pub gone: Vec<String>,
    /// Pods beyond those that are told of.
    pub more: u64,
}

/// A process of Kubernetes at a glance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentView {
    /// `kube-apiserver`, `kubelet worker1`.
    pub name: String,
    pub power: Power,
    /// The network carries nothing to it, or nothing from it.
    pub cut_off: bool,
}

/// A node as the API server knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeView {
    pub name: String,
    /// As `kubectl get nodes` words it: `Ready`, `NotReady`, `Ready,SchedulingDisabled`.
    pub status: String,
}

/// A pod as the API server knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodView {
    pub namespace: String,
    pub name: String,
    /// The node it is bound to; empty before it is.
    pub node: String,
    pub phase: PodPhase,
    /// As `kubectl get pods` words it: `ContainerCreating`, `CrashLoopBackOff`.
    pub status: String,
    /// Containers that are ready, of how many.
    pub ready: (u16, u16),
}

/// Where a pod is in its life (`status.phase`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PodPhase {
    Pending,
    Running,
    Succeeded,
    Failed,
    #[default]
    Unknown,
}

impl NodeView {
    /// What the diagram calls it; a node alone may be called like etcd's member on it.
    pub fn part(&self) -> String {
        format!("node {}", self.name)
    }
}

impl PodView {
    /// What the diagram calls it: `pod default/web`.
    pub fn part(&self) -> String {
        format!("pod {}/{}", self.namespace, self.name)
    }
}

impl PodPhase {
    /// As the API writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Unknown => "Unknown",
        }
    }

    /// The phase that the API writes so; anything else is unknown.
    pub fn of(word: &str) -> Self {
        let all = [Self::Pending, Self::Running, Self::Succeeded, Self::Failed];
        all.into_iter().find(|phase| phase.word() == word).unwrap_or_default()
    }
}
