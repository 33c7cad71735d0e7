//! A cluster as `kubeadm init` and `kubeadm join` lay it out: one control plane node with one member of etcd, and two
//! workers.

use crate::{
    Placed, apiserver,
    component::{Component, Seen},
    controllers, scheduler,
};
use sim::NodeId;

/// Where the components of Kubernetes are on the simulated network: etcd's members have the low numbers, the learner's
/// machine 1000.
const API_SERVER: NodeId = NodeId(100);
const CONTROLLER_MANAGER: NodeId = NodeId(101);
const SCHEDULER: NodeId = NodeId(102);

/// The API server's port (`--secure-port`).
const SECURE_PORT: u16 = 6443;
/// The control plane node, and its address.
const CONTROL_PLANE: (&str, &str) = ("controlplane", "172.18.0.10");

/// The components, for a world that began at `epoch`, in seconds since 1970, and whose members of etcd are these.
pub fn kubeadm(etcd: &[NodeId], epoch: u64) -> Vec<Placed> {
    let (host, address) = CONTROL_PLANE;
    let server = apiserver::Config { etcd: etcd.to_vec(), address: address.into(), epoch, ..Default::default() };
    let listens = [address, "127.0.0.1"].map(|address| (address.to_owned(), SECURE_PORT)).to_vec();
    let manager = controllers::Config::new(API_SERVER, epoch, host);
    let scheduler = scheduler::Config::new(API_SERVER, epoch, host);
    vec![
        placed("kube-apiserver", API_SERVER, Box::new(apiserver::ApiServer::new(server)), listens),
        placed(
            "kube-controller-manager",
            CONTROLLER_MANAGER,
            Box::new(controllers::ControllerManager::new(manager)),
            Vec::new(),
        ),
        placed("kube-scheduler", SCHEDULER, Box::new(scheduler::Scheduler::new(scheduler)), Vec::new()),
    ]
}

fn placed(name: &str, node: NodeId, component: Box<dyn Component>, listens: Vec<(String, u16)>) -> Placed {
    Placed { name: name.into(), node, component, listens }
}

impl Seen for apiserver::ApiServer {}
impl Seen for controllers::ControllerManager {}
impl Seen for scheduler::Scheduler {}
