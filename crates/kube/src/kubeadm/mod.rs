//! A cluster as `kubeadm init` and `kubeadm join` lay it out: one control plane node with one member of etcd, and two
//! workers.

mod phases;

use crate::{Placed, apiserver, component::Component, controllers, kubelet, scheduler};
use serde_json::json;
use sim::NodeId;

/// Where the components of Kubernetes are on the simulated network: etcd's members have the low numbers, the learner's
/// machine 1000.
const API_SERVER: NodeId = NodeId(100);
const CONTROLLER_MANAGER: NodeId = NodeId(101);
const SCHEDULER: NodeId = NodeId(102);
/// `kubeadm init`, as long as it runs.
const KUBEADM: NodeId = NodeId(103);
/// The first node's kubelet; the others follow.
const KUBELET: u32 = 2000;

/// The control plane node, and its address.
const CONTROL_PLANE: (&str, &str) = ("controlplane", "172.18.0.10");
/// The workers of a cluster, unless more are asked for.
const WORKERS: u32 = 2;

/// The API server's port (`--secure-port`).
const SECURE_PORT: u16 = 6443;

/// The components, for a world that began at `epoch`, in seconds since 1970, and whose members of etcd are these.
pub fn kubeadm(etcd: &[NodeId], epoch: u64) -> Vec<Placed> {
    kubeadm_with(etcd, epoch, WORKERS)
}

/// The same with so many workers, which join while the control plane sets itself up.
pub fn kubeadm_with(etcd: &[NodeId], epoch: u64, workers: u32) -> Vec<Placed> {
    let (host, address) = CONTROL_PLANE;
    let server = apiserver::Config { etcd: etcd.to_vec(), address: address.into(), epoch, ..Default::default() };
    let listens = [address, "127.0.0.1"].map(|address| (address.to_owned(), SECURE_PORT)).to_vec();
    let manager = controllers::Config::new(API_SERVER, epoch, host);
    let scheduler = scheduler::Config::new(API_SERVER, epoch, host);
    let control_plane = vec![
        placed("kube-apiserver", API_SERVER, Box::new(apiserver::ApiServer::new(server)), listens),
        placed(
            "kube-controller-manager",
            CONTROLLER_MANAGER,
            Box::new(controllers::ControllerManager::new(manager)),
            Vec::new(),
        ),
        placed("kube-scheduler", SCHEDULER, Box::new(scheduler::Scheduler::new(scheduler)), Vec::new()),
        placed("kubeadm", KUBEADM, Box::new(phases::Phases::new(API_SERVER, epoch, host)), Vec::new()),
    ];
    let kubelets = (0..=workers).map(|node| {
        let name = if node == 0 { host.to_owned() } else { format!("worker{node}") };
        // Addresses go on from the control plane's, and each node's pods have a network of 256 addresses.
        let (low, network) = (10 + node, 244 * 256 + node);
        let address = format!("172.18.{}.{}", low / 256, low % 256);
        let network = format!("10.{}.{}.", network / 256, network % 256);
        let mut config = kubelet::Config::new(API_SERVER, epoch, &name, &address, &network);
        if node == 0 {
            config.manifests = phases::manifests();
            config.taints.push(json!({ "effect": "NoSchedule", "key": "node-role.kubernetes.io/control-plane" }));
        }
        placed(&format!("kubelet {name}"), NodeId(KUBELET + node), Box::new(kubelet::Kubelet::new(config)), Vec::new())
    });
    control_plane.into_iter().chain(kubelets).collect()
}

fn placed(name: &str, node: NodeId, component: Box<dyn Component>, listens: Vec<(String, u16)>) -> Placed {
    Placed { name: name.into(), node, component, listens }
}
