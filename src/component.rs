//! The components of the diagram: their names, and the family that gives each its colour everywhere.

/// What is drawn of a component, and the colour it has in notes, diagram and waterfall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    Etcd,
    ApiServer,
    Scheduler,
    ControllerManager,
    Kubelet,
    KubeProxy,
    Runtime,
    Node,
    Learner,
}

impl Family {
    /// The class that sets the colour.
    pub fn class(self) -> &'static str {
        match self {
            Self::Etcd => "c-etcd",
            Self::ApiServer => "c-apiserver",
            Self::Scheduler => "c-scheduler",
            Self::ControllerManager => "c-kcm",
            Self::Kubelet => "c-kubelet",
            Self::KubeProxy => "c-proxy",
            Self::Runtime => "c-runtime",
            Self::Node => "c-node",
            Self::Learner => "c-learner",
        }
    }

    /// The family of a component by its name on the diagram, or by the id that notes and content use.
    pub fn of(name: &str) -> Self {
        match name.split([' ', '.']).next().unwrap_or("") {
            "kube-apiserver" => Self::ApiServer,
            "kube-scheduler" => Self::Scheduler,
            "kube-controller-manager" => Self::ControllerManager,
            "kubelet" => Self::Kubelet,
            "kube-proxy" => Self::KubeProxy,
            "container" | "container-runtime" => Self::Runtime,
            "learner" | "kubectl" | "etcdctl" => Self::Learner,
            first if first.starts_with("etcd") => Self::Etcd,
            first if first.starts_with("kubelet-") => Self::Kubelet,
            first if first.starts_with("kube-proxy-") => Self::KubeProxy,
            first if first.starts_with("container-runtime-") => Self::Runtime,
            _ => Self::Node,
        }
    }
}

/// The nodes of the cluster, in the order in which they are drawn.
pub const NODES: [&str; 3] = ["controlplane", "worker1", "worker2"];

/// What runs on every node.
pub const ON_EVERY_NODE: [&str; 3] = ["kubelet", "kube-proxy", "container runtime"];

/// What runs on the control plane only, besides etcd.
pub const CONTROL_PLANE: [&str; 3] = ["kube-apiserver", "kube-scheduler", "kube-controller-manager"];

/// The learner's own machine, on which `kubectl` and `etcdctl` run.
pub const LEARNER: &str = "learner";

/// The name as a person reads it.
pub fn title(name: &str) -> &str {
    if name == LEARNER { "your machine" } else { name }
}

/// Whether the diagram's component `name` is meant by `id`, which notes write with hyphens and may mean several:
/// `kubelet` is the kubelet of every node, `etcd` every member.
pub fn is_meant(id: &str, name: &str) -> bool {
    let id = id.replace(' ', "-");
    let name = name.replace(' ', "-");
    if id == name {
        return true;
    }
    match id.as_str() {
        "etcd" => name.starts_with("etcd-"),
        "kubelet" | "kube-proxy" | "container-runtime" => name.starts_with(&format!("{id}-")),
        "worker" | "workers" | "worker-node" => name.starts_with("worker"),
        "control-plane" => name == "controlplane",
        "node" | "nodes" => NODES.contains(&name.as_str()),
        "kubectl" | "etcdctl" => name == LEARNER,
        _ => false,
    }
}

/// What content says about the component, in the order in which to look: its own words, then its kind's.
pub fn content_ids(name: &str) -> [String; 2] {
    let own = name.replace(' ', "-");
    let kind = match Family::of(name) {
        Family::Etcd => "etcd",
        Family::ApiServer => "kube-apiserver",
        Family::Scheduler => "kube-scheduler",
        Family::ControllerManager => "kube-controller-manager",
        Family::Kubelet => "kubelet",
        Family::KubeProxy => "kube-proxy",
        Family::Runtime => "container-runtime",
        Family::Learner => LEARNER,
        Family::Node if name.starts_with("worker") => "worker",
        Family::Node => "node",
    };
    [own, kind.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_component_has_the_colour_of_its_family() {
        for (name, family) in [
            ("etcd-0", Family::Etcd),
            ("etcd", Family::Etcd),
            ("kube-apiserver", Family::ApiServer),
            ("kubelet worker1", Family::Kubelet),
            ("kubelet-worker1", Family::Kubelet),
            ("kube-proxy controlplane", Family::KubeProxy),
            ("container runtime worker2", Family::Runtime),
            ("container-runtime", Family::Runtime),
            ("worker1", Family::Node),
            ("learner", Family::Learner),
        ] {
            assert_eq!(Family::of(name), family, "{name}");
        }
    }

    #[test]
    fn an_id_of_the_notes_may_mean_several_components() {
        assert!(is_meant("etcd", "etcd-2"));
        assert!(is_meant("kubelet", "kubelet worker1"));
        assert!(is_meant("container-runtime", "container runtime worker1"));
        assert!(is_meant("kubelet-worker1", "kubelet worker1"));
        assert!(!is_meant("kubelet-worker1", "kubelet worker2"));
        assert!(!is_meant("kubelet", "controlplane"));
        assert!(!is_meant("", "controlplane"));
    }
}
