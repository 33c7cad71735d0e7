//! What lies on a control plane node's disk for its kubelet.

use protocol::Nodes;

/// The manifests of a node's static pods, by their files' names.
pub(super) fn manifests(nodes: Nodes, node: u32) -> [(&'static str, String); 4] {
    let (first, address, name) = (Nodes::address(0), Nodes::address(node), nodes.name(node));
    MANIFESTS.map(|(file, text)| {
        let text = text.replace(&first, &address).replace("--name=controlplane", &format!("--name={name}"));
        let cluster = format!("--initial-cluster=controlplane=https://{address}:2380");
        (file, text.replace(&cluster, &initial_cluster(nodes, node)))
    })
}

/// The flags by which a member of etcd finds the others when it starts for the first time: the first one is the whole
/// cluster, and each that joins knows those before it (`cmd/kubeadm/app/phases/etcd/local.go`).
fn initial_cluster(nodes: Nodes, node: u32) -> String {
    let member = |index: u32| format!("{}=https://{}:2380", nodes.name(index), Nodes::address(index));
    let members: Vec<String> = (0..=node).map(member).collect();
    let joins = if node > 0 { "\n    - --initial-cluster-state=existing" } else { "" };
    format!("--initial-cluster={}{joins}", members.join(","))
}

/// All files of a node: path and content. Those of other nodes than the learner's machine have the node's name before the
/// path, as `scp` writes it.
pub(super) fn of(nodes: Nodes, node: u32) -> Vec<(String, String)> {
    let machine = if node == 0 { String::new() } else { format!("{}:", nodes.name(node)) };
    let manifests = manifests(nodes, node).map(|(file, text)| (format!("/etc/kubernetes/manifests/{file}"), text));
    let others = FILES.map(|(path, content)| (path.to_owned(), content.to_owned()));
    manifests.into_iter().chain(others).map(|(path, text)| (format!("{machine}{path}"), text)).collect()
}

/// The units of a node's services and the kubelet's configuration, as packages and kubeadm install them.
const FILES: [(&str, &str); 5] = [
    ("/lib/systemd/system/kubelet.service", include_str!("files/kubelet.service")),
    ("/lib/systemd/system/kubelet.service.d/10-kubeadm.conf", include_str!("files/10-kubeadm.conf")),
    ("/lib/systemd/system/containerd.service", include_str!("files/containerd.service")),
    ("/var/lib/kubelet/config.yaml", include_str!("files/config.yaml")),
    ("/var/lib/kubelet/kubeadm-flags.env", include_str!("files/kubeadm-flags.env")),
];

/// The manifests of the first node, as `kubeadm init` writes them.
const MANIFESTS: [(&str, &str); 4] = [
    ("etcd.yaml", include_str!("manifests/etcd.yaml")),
    ("kube-apiserver.yaml", include_str!("manifests/kube-apiserver.yaml")),
    ("kube-controller-manager.yaml", include_str!("manifests/kube-controller-manager.yaml")),
    ("kube-scheduler.yaml", include_str!("manifests/kube-scheduler.yaml")),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(node: u32, expected: &[&str]) {
        let [(_, etcd), (_, server), ..] = manifests(Nodes::HIGHLY_AVAILABLE, node);
        for flag in expected {
            assert!(etcd.contains(flag) || server.contains(flag), "{flag} is not in\n{etcd}{server}");
        }
    }

    #[test]
    fn each_control_plane_node_has_manifests_of_its_own() {
        let first = "--initial-cluster=controlplane=https://172.18.0.10:2380\n";
        check(0, &["--name=controlplane\n", first, "--advertise-address=172.18.0.10"]);
        let joined = "--initial-cluster=controlplane=https://172.18.0.10:2380,controlplane2=https://172.18.0.11:2380\n";
        check(
            1,
            &["--name=controlplane2\n", joined, "--initial-cluster-state=existing", "--advertise-address=172.18.0.11"],
        );
    }
}
