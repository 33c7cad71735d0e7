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
            "learner" | "machine" | "kubectl" | "etcdctl" => Self::Learner,
            "node" | "nodes" | "worker" | "workers" | "worker-node" | "control-plane" | "pods" | "coredns" => {
                Self::Node
            }
            first if first.starts_with("kubelet-") => Self::Kubelet,
            first if first.starts_with("kube-proxy-") => Self::KubeProxy,
            first if first.starts_with("container-runtime-") => Self::Runtime,
            // Only an etcd member has a name that a learner gave it.
            _ => Self::Etcd,
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

/// What sets a node's name apart from that of a member, which kubeadm calls like its node.
const NODE: &str = "node ";

/// The name on the diagram of a component that notes know by `id`.
pub fn named(id: &str) -> String {
    if NODES.contains(&id) { format!("{NODE}{id}") } else { id.to_owned() }
}

/// The name as a person reads it.
pub fn title(name: &str) -> String {
    match name.strip_prefix(NODE) {
        Some(node) => node.to_owned(),
        None if name == LEARNER => "your machine".to_owned(),
        None if Family::of(name) == Family::Etcd && !name.starts_with("etcd") => format!("etcd {name}"),
        None => name.to_owned(),
    }
}

/// Whether the diagram's component `name` is meant by `id`: a name of the diagram, or what notes write ([`named`]), with
/// hyphens, which may mean several: `kubelet` is the kubelet of every node, `etcd` every member.
pub fn is_meant(id: &str, name: &str) -> bool {
    let hyphened = name.replace(' ', "-");
    if id.replace(' ', "-") == hyphened {
        return true;
    }
    match id {
        "etcd" => Family::of(name) == Family::Etcd,
        "kubelet" | "kube-proxy" | "container-runtime" => hyphened.starts_with(&format!("{id}-")),
        "worker" | "workers" | "worker-node" => name.starts_with("node worker"),
        "control-plane" => name == "node controlplane",
        "node" | "nodes" => name.starts_with(NODE),
        "machine" | "kubectl" | "etcdctl" => name == LEARNER,
        _ => false,
    }
}

/// What content says about the component, in the order in which to look: its own words, then its kind's.
pub fn content_ids(name: &str) -> [String; 2] {
    let node = name.strip_prefix(NODE);
    let own = node.unwrap_or(name).replace(' ', "-");
    let kind = match Family::of(name) {
        Family::Etcd => "etcd",
        Family::ApiServer => "kube-apiserver",
        Family::Scheduler => "kube-scheduler",
        Family::ControllerManager => "kube-controller-manager",
        Family::Kubelet => "kubelet",
        Family::KubeProxy => "kube-proxy",
        Family::Runtime => "container-runtime",
        Family::Learner => "machine",
        Family::Node if own.starts_with("worker") => "worker",
        Family::Node => "node",
    };
    // A member may be called like anything else.
    [if kind == "etcd" && !own.starts_with(kind) { kind.to_owned() } else { own }, kind.to_owned()]
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
            ("node worker1", Family::Node),
            ("node controlplane", Family::Node),
            ("learner", Family::Learner),
            ("default", Family::Etcd),
            ("controlplane", Family::Etcd),
            ("node1", Family::Etcd),
        ] {
            assert_eq!(Family::of(name), family, "{name}");
        }
    }

    #[test]
    fn a_member_that_is_called_like_its_node_is_not_its_node() {
        assert_eq!(named("controlplane"), "node controlplane");
        assert_eq!(title("node controlplane"), "controlplane");
        assert_eq!(title("controlplane"), "etcd controlplane");
        assert_eq!((title("etcd-0"), title("learner")), ("etcd-0".into(), "your machine".into()));
        assert!(is_meant(&named("controlplane"), "node controlplane"));
        assert!(!is_meant(&named("controlplane"), "controlplane"));
        assert!(is_meant("controlplane", "controlplane"));
        assert!(is_meant("etcd", "controlplane"));
        assert_eq!(content_ids("node controlplane"), ["controlplane", "node"]);
        assert_eq!(content_ids("controlplane"), ["etcd", "etcd"]);
        assert_eq!(content_ids("etcd-1"), ["etcd-1", "etcd"]);
    }

    #[test]
    fn an_id_of_the_notes_may_mean_several_components() {
        assert!(is_meant("etcd", "etcd-2"));
        assert!(is_meant("kubelet", "kubelet worker1"));
        assert!(is_meant("container-runtime", "container runtime worker1"));
        assert!(is_meant("kubelet-worker1", "kubelet worker1"));
        assert!(!is_meant("kubelet-worker1", "kubelet worker2"));
        assert!(is_meant("worker", "node worker2"));
        assert!(is_meant("machine", "learner"));
        assert!(!is_meant("kubelet", "node controlplane"));
        assert!(!is_meant("", "node controlplane"));
    }
}
