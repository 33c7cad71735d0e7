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
    Balancer,
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
            Self::Balancer => "c-balancer",
        }
    }

    /// The family of a component by its name on the diagram, or by the id that content uses ([`named`]).
    pub fn of(name: &str) -> Self {
        match name.split([' ', '.']).next().unwrap_or("") {
            "kube-apiserver" => Self::ApiServer,
            "kube-scheduler" => Self::Scheduler,
            "kube-controller-manager" => Self::ControllerManager,
            "kubelet" => Self::Kubelet,
            "kube-proxy" => Self::KubeProxy,
            "container" | "container-runtime" => Self::Runtime,
            "load" | "load-balancer" => Self::Balancer,
            LEARNER | "machine" | "kubectl" => Self::Learner,
            "node" | "pod" | "pods" | "coredns" => Self::Node,
            // Only an etcd member has a name that a learner gave it.
            _ => Self::Etcd,
        }
    }
}

/// Whether a node of a cluster is called so: `controlplane`, `controlplane2`, `worker1`.
fn is_node(name: &str) -> bool {
    let number = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_digit());
    match (name.strip_prefix("controlplane"), name.strip_prefix("worker")) {
        (Some(rest), _) => number(rest),
        (_, Some(rest)) => !rest.is_empty() && number(rest),
        _ => false,
    }
}

/// What runs on every node.
pub const ON_EVERY_NODE: [&str; 3] = ["kubelet", "kube-proxy", "container runtime"];

/// What runs on the control plane only, besides etcd.
pub const CONTROL_PLANE: [&str; 3] = ["kube-apiserver", "kube-scheduler", "kube-controller-manager"];

/// What stands in front of several API servers.
pub const BALANCER: &str = "load balancer";

/// The learner's own machine, on which `kubectl` and `etcdctl` run.
pub const LEARNER: &str = "learner";

/// What sets a node's name apart from that of a member, which kubeadm calls like its node.
const NODE: &str = "node ";

/// The name on the diagram of a component that notes know by `id`.
pub fn named(id: &str) -> String {
    if is_node(id) { format!("{NODE}{id}") } else { id.to_owned() }
}

/// The name as a person reads it.
pub fn title(name: &str) -> String {
    match name.strip_prefix(NODE) {
        Some(node) => node.to_owned(),
        None if name == LEARNER => "your machine".to_owned(),
        // kubeadm calls a member like its node.
        None if is_node(name) => format!("etcd {name}"),
        None => name.to_owned(),
    }
}

/// Whether the diagram's component `name` is meant by `id`: a name of the diagram, or what notes write ([`named`]), which
/// may mean several: `kubelet` is the kubelet of every node, `etcd` every member.
pub fn is_meant(id: &str, name: &str) -> bool {
    const KINDS: [&str; 9] = [
        "etcd",
        "kube-apiserver",
        "kube-scheduler",
        "kube-controller-manager",
        "kubelet",
        "kube-proxy",
        "container-runtime",
        "machine",
        "kubectl",
    ];
    id == name || (KINDS.contains(&id) && Family::of(id) == Family::of(name))
}

/// What content says about the component, in the order in which to look: its own words, then its kind's.
pub fn content_ids(name: &str) -> [&str; 2] {
    let own = name.strip_prefix(NODE).unwrap_or(name);
    let kind = match Family::of(name) {
        // A member may be called like anything else.
        Family::Etcd if !name.starts_with("etcd") => return ["etcd"; 2],
        Family::Etcd => "etcd",
        Family::ApiServer => CONTROL_PLANE[0],
        Family::Scheduler => CONTROL_PLANE[1],
        Family::ControllerManager => CONTROL_PLANE[2],
        Family::Balancer => "load-balancer",
        Family::Kubelet => "kubelet",
        Family::KubeProxy => "kube-proxy",
        Family::Runtime => "container-runtime",
        Family::Learner => "machine",
        Family::Node if name.starts_with("pod ") => "pods",
        _ => own,
    };
    [own, kind]
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
            ("kube-proxy controlplane", Family::KubeProxy),
            ("container runtime worker2", Family::Runtime),
            ("container-runtime", Family::Runtime),
            ("node worker1", Family::Node),
            ("node controlplane", Family::Node),
            ("learner", Family::Learner),
            ("default", Family::Etcd),
            ("controlplane", Family::Etcd),
            ("node1", Family::Etcd),
            ("pod default/web", Family::Node),
            ("kube-scheduler controlplane2", Family::Scheduler),
            ("controlplane3", Family::Etcd),
            ("load balancer", Family::Balancer),
        ] {
            assert_eq!(Family::of(name), family, "{name}");
        }
    }

    #[test]
    fn a_member_that_is_called_like_its_node_is_not_its_node() {
        assert_eq!(named("controlplane"), "node controlplane");
        assert_eq!(title("node controlplane"), "controlplane");
        assert_eq!((title("controlplane"), title("default")), ("etcd controlplane".into(), "default".into()));
        assert_eq!((title("etcd-0"), title("learner")), ("etcd-0".into(), "your machine".into()));
        assert!(is_meant(&named("controlplane"), "node controlplane"));
        assert!(!is_meant(&named("controlplane"), "controlplane"));
        assert!(is_meant("controlplane", "controlplane"));
        assert!(is_meant("etcd", "controlplane"));
        assert_eq!(content_ids("node controlplane"), ["controlplane"; 2]);
        assert_eq!(content_ids("controlplane"), ["etcd"; 2]);
        assert_eq!(content_ids("pod default/web"), ["pod default/web", "pods"]);
        assert_eq!((named("worker17"), named("worker")), ("node worker17".into(), "worker".into()));
        assert_eq!(title("controlplane2"), "etcd controlplane2");
        assert_eq!(content_ids("kube-scheduler controlplane2")[1], "kube-scheduler");
        assert_eq!(content_ids("load balancer")[1], "load-balancer");
        assert_eq!(content_ids("etcd-1"), ["etcd-1", "etcd"]);
        assert_eq!(content_ids("kubelet worker1"), ["kubelet worker1", "kubelet"]);
    }

    #[test]
    fn an_id_of_the_notes_may_mean_several_components() {
        assert!(is_meant("etcd", "etcd-2"));
        assert!(is_meant("kubelet", "kubelet worker1"));
        assert!(is_meant("container-runtime", "container runtime worker1"));
        assert!(is_meant("kubelet worker1", "kubelet worker1"));
        assert!(!is_meant("kubelet worker1", "kubelet worker2"));
        assert!(is_meant("kube-apiserver", "kube-apiserver controlplane2"));
        assert!(is_meant("machine", "learner"));
        assert!(!is_meant("kubelet", "node controlplane"));
        assert!(!is_meant("", "node controlplane"));
    }
}
