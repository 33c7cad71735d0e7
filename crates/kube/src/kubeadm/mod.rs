//! A cluster as `kubeadm init` and `kubeadm join` lay it out: one control plane node with one member of etcd, and two
//! workers.

mod phases;

#[cfg(test)]
pub(crate) use phases::objects;

use crate::node::{Containerd, Process, Systemd};
use crate::{Placed, apiserver, component::Component, controllers, host, kubelet, proxy, scheduler};
use serde_json::json;
use sim::NodeId;
use std::sync::Arc;

/// Where the components of Kubernetes are on the simulated network: etcd's members have the low numbers, the learner's
/// machine has 1000.
const API_SERVER: NodeId = NodeId(100);
const CONTROLLER_MANAGER: NodeId = NodeId(101);
const SCHEDULER: NodeId = NodeId(102);
/// `kubeadm init`, as long as it runs.
const KUBEADM: NodeId = NodeId(103);
/// The learner's machine, which is the control plane node's.
const HOST: NodeId = NodeId(1_000);
/// The first node's kubelet; the others follow.
const KUBELET: u32 = 2_000;
/// The first node's service manager, and its containerd; the others follow.
const SYSTEMD: u32 = 20_000;
const CONTAINERD: u32 = 40_000;

/// The first node's kube-proxy, and its operating system; the others follow.
const PROXY: u32 = 60_000;
const SYSTEM: u32 = 80_000;

/// The control plane node, and its address.
const CONTROL_PLANE: (&str, &str) = ("controlplane", "172.18.0.10");
/// The workers of a cluster, unless more are asked for.
const WORKERS: u32 = 2;

/// What the operating system of a node is called, before the node's name. It is no process that somebody could stop.
pub const MACHINE: &str = "machine ";
/// What a node's containerd is called, before the node's name.
pub const RUNTIME: &str = "container runtime ";
/// Whoever sends to an address at which nobody listens sends it to this machine, as to a gateway.
const GATEWAY: (&str, u16) = ("*", 0);

/// The API server's port (`--secure-port`).
const SECURE_PORT: u16 = 6443;

/// Where the others of a control plane, and a kubelet, say that they are well.
const MANAGER_PORT: u16 = 10_257;
const SCHEDULER_PORT: u16 = 10_259;
const KUBELET_PORTS: [u16; 2] = [10_250, 10_248];

/// The components, for a world that began at `epoch`, in seconds since 1970, and whose members of etcd are these.
pub fn kubeadm(etcd: &[NodeId], epoch: u64) -> Vec<Placed> {
    kubeadm_with(etcd, epoch, WORKERS)
}

/// The same with so many workers, which join while the control plane sets itself up.
pub fn kubeadm_with(etcd: &[NodeId], epoch: u64, workers: u32) -> Vec<Placed> {
    kubeadm_at(etcd, epoch, workers, Rates::Usual)
}

/// How many requests the controller manager and the scheduler allow themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rates {
    /// 20 and 50 a second (`--kube-api-qps`).
    Usual,
    /// As many as they like, as where Kubernetes itself is tested with thousands of nodes.
    Lifted,
}

/// The same with these rates.
pub fn kubeadm_at(etcd: &[NodeId], epoch: u64, workers: u32, rates: Rates) -> Vec<Placed> {
    placed_on(etcd, epoch, workers, rates, true)
}

/// The nodes of such a cluster before anybody has set it up: a kubelet on each that ends for want of a configuration,
/// and programs that nobody has started.
pub fn bare_nodes(etcd: &[NodeId], epoch: u64) -> Vec<Placed> {
    placed_on(etcd, epoch, WORKERS, Rates::Usual, false)
}

fn placed_on(etcd: &[NodeId], epoch: u64, workers: u32, rates: Rates, set_up: bool) -> Vec<Placed> {
    let (host_name, address) = CONTROL_PLANE;
    let server = apiserver::Config { etcd: etcd.to_vec(), address: address.into(), epoch, ..Default::default() };
    let listens = [address, "127.0.0.1"].map(|address| (address.to_owned(), SECURE_PORT)).to_vec();
    let mut manager = controllers::Config::new(API_SERVER, epoch, host_name);
    let mut scheduler = scheduler::Config::new(API_SERVER, epoch, host_name);
    if rates == Rates::Lifted {
        (manager.rate, scheduler.rate) = (None, None);
    }
    let programs: [(&str, NodeId, Box<dyn Component>); 3] = [
        ("kube-apiserver", API_SERVER, Box::new(apiserver::ApiServer::new(server))),
        ("kube-controller-manager", CONTROLLER_MANAGER, Box::new(controllers::ControllerManager::new(manager))),
        ("kube-scheduler", SCHEDULER, Box::new(scheduler::Scheduler::new(scheduler))),
    ];
    // The kubelet starts them, from their manifests.
    let static_pods = programs.into_iter().filter_map(|(name, node, component)| {
        let health = |port: u16| vec![("127.0.0.1".to_owned(), port)];
        let listens = match node {
            API_SERVER => listens.clone(),
            CONTROLLER_MANAGER => health(MANAGER_PORT),
            _ => health(SCHEDULER_PORT),
        };
        let component = Box::new(Process::of(name, component)?);
        Some(Placed { name: name.into(), node, component, listens, starts: false, files: Vec::new() })
    });
    let kubeadm = Box::new(phases::Phases::new(API_SERVER, epoch, host_name));
    // Where nothing is set up, the learner calls the program.
    let kubeadm = set_up.then(|| placed("kubeadm", KUBEADM, kubeadm));
    let control_plane: Vec<Placed> = static_pods.chain(kubeadm).collect();
    // Addresses go on from the control plane's, and each node's pods have a network of 256 addresses.
    let route = |node: u32| {
        let (low, network) = (10 + node, 244 * 256 + node);
        let ip = format!("172.18.{}.{}", low / 256, low % 256);
        host::Route {
            ip,
            network: format!("10.{}.{}.", network / 256 % 256, network % 256),
            host: NodeId(SYSTEM + node),
        }
    };
    let routes: Arc<[host::Route]> = (0..=workers).map(route).collect();
    let nodes = (0..=workers).flat_map(|node| {
        let name = if node == 0 { host_name.to_owned() } else { format!("worker{node}") };
        let host::Route { ip: address, network, host: system } = route(node);
        let proxied = proxy::Config { server: API_SERVER, epoch, node: name.clone(), host: system };
        let kernel = host::Config {
            name: name.clone(),
            ip: address.clone(),
            network: network.clone(),
            server: API_SERVER,
            server_ip: CONTROL_PLANE.1.into(),
            kubelet: NodeId(KUBELET + node),
            proxy: NodeId(PROXY + node),
            routes: Arc::clone(&routes),
            epoch,
        };
        let mut config = kubelet::Config::new(API_SERVER, epoch, &name, &address, &network);
        config.containerd = Some(NodeId(CONTAINERD + node));
        if node == 0 {
            if set_up {
                config.manifests = MANIFESTS.map(|(file, content)| (file.to_owned(), content.into())).into();
            }
            config.processes = processes(etcd);
            // `kubeadm init` pulls them before it does anything else.
            let image = |(_, manifest): (&str, &str)| {
                let lines = manifest.lines().filter_map(|line| line.trim().strip_prefix("image: "));
                lines.map(str::to_owned).collect::<Vec<_>>()
            };
            if set_up {
                config.images = MANIFESTS.into_iter().flat_map(image).collect();
            }
            config.taints.push(json!({ "effect": "NoSchedule", "key": "node-role.kubernetes.io/control-plane" }));
        }
        config.host = Some(system);
        let kubelet = NodeId(KUBELET + node);
        let kernel = placed(&format!("{MACHINE}{name}"), system, Box::new(host::Host::new(kernel)));
        let gateway = (node == 0).then(|| (GATEWAY.0.to_owned(), GATEWAY.1)).into_iter().collect();
        (config.is_set_up, config.has_network) = (set_up, set_up);
        // Of thousands of workers nobody asks whether they are well.
        let hosts = match (node, set_up) {
            (0, _) => vec![address, "127.0.0.1".to_owned()],
            (_, true) => Vec::new(),
            (_, false) => vec![address],
        };
        let listens = hosts.iter().flat_map(|host| KUBELET_PORTS.map(|port| (host.clone(), port))).collect();
        let service = placed(&format!("kubelet {name}"), kubelet, Box::new(kubelet::Kubelet::new(config)));
        let runtime = NodeId(CONTAINERD + node);
        let containerd = placed(&format!("{RUNTIME}{name}"), runtime, Box::new(Containerd));
        let systemd = Box::new(Systemd::new(kubelet, runtime));
        let systemd = placed(&format!("systemd {name}"), NodeId(SYSTEMD + node), systemd);
        let proxy = placed(&format!("kube-proxy {name}"), NodeId(PROXY + node), Box::new(proxy::Proxy::new(proxied)));
        let files = if node == 0 && set_up { files() } else { Vec::new() };
        [
            Placed { listens: gateway, ..kernel },
            Placed { starts: false, files, listens, ..service },
            Placed { starts: false, ..containerd },
            systemd,
            proxy,
        ]
    });
    control_plane.into_iter().chain(nodes).collect()
}

/// The programs of the control plane's static pods.
fn processes(etcd: &[NodeId]) -> Vec<kubelet::Program> {
    let known = [
        ("kube-apiserver", API_SERVER),
        ("kube-controller-manager", CONTROLLER_MANAGER),
        ("kube-scheduler", SCHEDULER),
    ];
    let program = |(name, process): (&str, NodeId)| kubelet::Program { name: name.into(), process, host: None };
    // etcd's data directory is among the files of the machine, whose host it needs for that.
    let etcd =
        etcd.first().map(|process| kubelet::Program { name: "etcd".into(), process: *process, host: Some(HOST) });
    known.map(program).into_iter().chain(etcd).collect()
}

fn placed(name: &str, node: NodeId, component: Box<dyn Component>) -> Placed {
    Placed { name: name.into(), node, component, listens: Vec::new(), starts: true, files: Vec::new() }
}

/// What lies on the control plane's disk for its kubelet.
fn files() -> Vec<(String, String)> {
    let manifests = MANIFESTS.map(|(file, content)| (format!("/etc/kubernetes/manifests/{file}"), content.to_owned()));
    let others = FILES.map(|(path, content)| (path.to_owned(), content.to_owned()));
    manifests.into_iter().chain(others).collect()
}

/// The units of a node's services and the kubelet's configuration, as packages and kubeadm install them.
const FILES: [(&str, &str); 5] = [
    ("/lib/systemd/system/kubelet.service", include_str!("files/kubelet.service")),
    ("/lib/systemd/system/kubelet.service.d/10-kubeadm.conf", include_str!("files/10-kubeadm.conf")),
    ("/lib/systemd/system/containerd.service", include_str!("files/containerd.service")),
    ("/var/lib/kubelet/config.yaml", include_str!("files/config.yaml")),
    ("/var/lib/kubelet/kubeadm-flags.env", include_str!("files/kubeadm-flags.env")),
];

/// The manifests of the control plane's static pods, as `kubeadm init` writes them.
const MANIFESTS: [(&str, &str); 4] = [
    ("etcd.yaml", include_str!("manifests/etcd.yaml")),
    ("kube-apiserver.yaml", include_str!("manifests/kube-apiserver.yaml")),
    ("kube-controller-manager.yaml", include_str!("manifests/kube-controller-manager.yaml")),
    ("kube-scheduler.yaml", include_str!("manifests/kube-scheduler.yaml")),
];
