//! A cluster as `kubeadm init` and `kubeadm join` lay it out: control plane nodes with a member of etcd each, and workers.

mod files;
mod phases;

#[cfg(test)]
pub(crate) use phases::objects;

use crate::balancer::{Balancer, Server};
use crate::node::{Containerd, Process, Systemd};
use crate::{Placed, apiserver, component::Component, controllers, host, kubelet, proxy, scheduler};
use protocol::Nodes;
use serde_json::json;
use sim::NodeId;
use std::sync::Arc;

/// Where the components of Kubernetes are on the simulated network: etcd's members have the low numbers, the learner's
/// machine has 1000. Those of further control plane nodes follow the first one's.
const API_SERVER: u32 = 100;
const CONTROLLER_MANAGER: u32 = 110;
const SCHEDULER: u32 = 120;
/// `kubeadm init`, as long as it runs.
const KUBEADM: NodeId = NodeId(130);
/// What stands in front of several API servers.
const IN_FRONT: NodeId = NodeId(140);
/// The learner's machine, which is the first control plane node's.
const HOST: NodeId = NodeId(1_000);
/// The first node's kubelet; the others follow.
const KUBELET: u32 = 2_000;
/// The first node's service manager, and its containerd; the others follow.
const SYSTEMD: u32 = 20_000;
const CONTAINERD: u32 = 40_000;

/// The first node's kube-proxy, and its operating system; the others follow.
const PROXY: u32 = 60_000;
const SYSTEM: u32 = 80_000;

/// What the operating system of a node is called, before the node's name. It is no process that somebody could stop.
pub const MACHINE: &str = "machine ";
/// What a node's containerd is called, before the node's name.
pub const RUNTIME: &str = "container runtime ";
/// What the load balancer is called.
pub const BALANCER: &str = "load balancer";
/// Whoever sends to an address at which nobody listens sends it to this machine, as to a gateway.
const GATEWAY: (&str, u16) = ("*", 0);

/// The API server's port (`--secure-port`).
const SECURE_PORT: u16 = 6443;

/// Where the others of a control plane, and a kubelet, say that they are well.
const MANAGER_PORT: u16 = 10_257;
const SCHEDULER_PORT: u16 = 10_259;
const KUBELET_PORTS: [u16; 2] = [10_250, 10_248];

/// How many requests the controller manager and the scheduler allow themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rates {
    /// 20 and 50 a second (`--kube-api-qps`).
    Usual,
    /// As many as they like, as where Kubernetes itself is tested with thousands of nodes.
    Lifted,
}

/// Which cluster to lay out.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Control plane nodes, of which each has a member of etcd.
    pub control_planes: u32,
    /// They join while the control plane sets itself up.
    pub workers: u32,
    pub rates: Rates,
    /// Otherwise a kubelet on each node ends for want of a configuration, and the programs of a control plane were
    /// started by nobody.
    pub set_up: bool,
}

impl Layout {
    /// Such nodes with kubeadm's cluster on them.
    pub fn of(nodes: Nodes) -> Self {
        let (control_planes, workers) = (u32::from(nodes.control_planes), u32::from(nodes.workers));
        Self { control_planes, workers, rates: Rates::Usual, set_up: true }
    }

    fn nodes(self) -> u32 {
        self.control_planes + self.workers
    }

    /// What names nodes. Of workers there may be more than a session can ask for.
    fn named(self) -> Nodes {
        let control_planes = u8::try_from(self.control_planes).unwrap_or(u8::MAX);
        Nodes { control_planes, workers: u16::try_from(self.workers).unwrap_or(u16::MAX) }
    }

    fn is_control_plane(self, node: u32) -> bool {
        node < self.control_planes
    }

    /// Where a node's kubelet and kube-proxy ask: kubelets of the control plane their own API server
    /// (`ControlPlaneKubeletLocalMode`), all others the endpoint of the cluster.
    fn endpoint(self) -> (NodeId, String) {
        let node = if self.control_planes > 1 { IN_FRONT } else { NodeId(API_SERVER) };
        (node, format!("{}:{SECURE_PORT}", self.named().endpoint()))
    }

    fn local(self, node: u32) -> (NodeId, String) {
        (NodeId(API_SERVER + node), format!("{}:{SECURE_PORT}", Nodes::address(node)))
    }
}

/// The components of such a cluster, for a world that began at `epoch`, in seconds since 1970, and whose members of etcd are
/// these, one for each control plane node.
pub fn placed(etcd: &[NodeId], epoch: u64, layout: Layout) -> Vec<Placed> {
    // Each node's pods have a network of 256 addresses.
    let route = |node: u32| {
        let network = 244 * 256 + node;
        let network = format!("10.{}.{}.", network / 256 % 256, network % 256);
        host::Route { ip: Nodes::address(node), network, host: NodeId(SYSTEM + node) }
    };
    let routes: Arc<[host::Route]> = (0..layout.nodes()).map(route).collect();
    let kubelets = (0..layout.nodes()).map(|node| (Nodes::address(node), NodeId(KUBELET + node))).collect();
    let around = Around { etcd, epoch, layout, routes, kubelets };
    let mut all: Vec<Placed> = (0..layout.control_planes).flat_map(|node| around.control_plane(node)).collect();
    all.extend(around.balancer());
    // Where nothing is set up, the learner calls the program.
    if layout.set_up {
        let phases = phases::Phases::new(NodeId(API_SERVER), epoch, layout.named());
        all.push(placed_at("kubeadm", KUBEADM, Box::new(phases)));
    }
    all.extend((0..layout.nodes()).flat_map(|node| around.node(node)));
    all
}

fn placed_at(name: &str, node: NodeId, component: Box<dyn Component>) -> Placed {
    Placed { name: name.into(), node, component, listens: Vec::new(), starts: true, files: Vec::new() }
}

/// What the components of a cluster have to know of each other.
struct Around<'a> {
    etcd: &'a [NodeId],
    epoch: u64,
    layout: Layout,
    routes: Arc<[host::Route]>,
    kubelets: Arc<[(String, NodeId)]>,
}

impl Around<'_> {
    /// The programs of a control plane's static pods. The kubelet starts them, from their manifests.
    fn control_plane(&self, node: u32) -> Vec<Placed> {
        let Self { epoch, layout, .. } = *self;
        let (name, address) = (layout.named().name(node), Nodes::address(node));
        let (local, server) = layout.local(node);
        let config = apiserver::Config {
            // Each asks the member on its own node.
            etcd: self.etcd.get(node as usize).copied().into_iter().collect(),
            address: address.clone(),
            hostname: name.clone(),
            kubelets: Arc::clone(&self.kubelets),
            epoch,
            ..Default::default()
        };
        let mut manager = controllers::Config::new(local, epoch, &name);
        let mut scheduler = scheduler::Config::new(local, epoch, &name);
        (manager.address, scheduler.address) = (server.clone(), server);
        if layout.rates == Rates::Lifted {
            (manager.rate, scheduler.rate) = (None, None);
        }
        let programs: [(&str, u32, u16, Box<dyn Component>); 3] = [
            ("kube-apiserver", API_SERVER, SECURE_PORT, Box::new(apiserver::ApiServer::new(config))),
            (
                "kube-controller-manager",
                CONTROLLER_MANAGER,
                MANAGER_PORT,
                Box::new(controllers::ControllerManager::new(manager)),
            ),
            ("kube-scheduler", SCHEDULER, SCHEDULER_PORT, Box::new(scheduler::Scheduler::new(scheduler))),
        ];
        let place = |(program, id, port, component): (&str, u32, u16, Box<dyn Component>)| {
            let component = Box::new(Process::of(program, component)?);
            let hosts = match (node, port) {
                (0, SECURE_PORT) => vec![address.clone(), "127.0.0.1".to_owned()],
                (0, _) => vec!["127.0.0.1".to_owned()],
                // What another node calls itself is its address.
                _ => vec![address.clone()],
            };
            let listens = hosts.into_iter().map(|host| (host, port)).collect();
            let name = layout.named().process(program, &name);
            Some(Placed { listens, starts: false, ..placed_at(&name, NodeId(id + node), component) })
        };
        programs.into_iter().filter_map(place).collect()
    }

    /// What stands in front of the API servers, where there are several.
    fn balancer(&self) -> Option<Placed> {
        let layout = self.layout;
        let server = |node| Server {
            name: layout.named().name(node),
            address: Nodes::address(node),
            node: NodeId(API_SERVER + node),
        };
        let balancer = Balancer::new((0..layout.control_planes).map(server).collect(), self.epoch);
        let listens = vec![(Nodes::BALANCER.to_owned(), SECURE_PORT)];
        let placed = Placed { listens, ..placed_at(BALANCER, IN_FRONT, Box::new(balancer)) };
        (layout.control_planes > 1).then_some(placed)
    }

    /// What every node has.
    fn node(&self, node: u32) -> Vec<Placed> {
        let Self { epoch, layout, .. } = *self;
        let name = layout.named().name(node);
        let host::Route { ip: address, network, host: system } = self.routes[node as usize].clone();
        let is_control_plane = layout.is_control_plane(node);
        let (server, endpoint) = layout.endpoint();
        let proxied = proxy::Config { server, address: endpoint.clone(), epoch, node: name.clone(), host: system };
        let kernel = host::Config {
            name: name.clone(),
            ip: address.clone(),
            network: network.clone(),
            server,
            servers: (0..layout.control_planes).map(|node| (Nodes::address(node), layout.local(node).0)).collect(),
            kubelet: NodeId(KUBELET + node),
            proxy: NodeId(PROXY + node),
            routes: Arc::clone(&self.routes),
            epoch,
        };
        let (server, endpoint) = if is_control_plane { layout.local(node) } else { (server, endpoint) };
        let mut config = kubelet::Config::new(server, epoch, &name, &address, &network);
        config.address = endpoint;
        let servers = (0..layout.control_planes).map(|node| (Nodes::address(node), layout.local(node).0));
        let in_front = (layout.control_planes > 1).then(|| (Nodes::BALANCER.to_owned(), IN_FRONT));
        config.servers = servers.chain(in_front).collect();
        if is_control_plane {
            config.processes = self.processes(node);
        }
        let (of_daemon, process) = ("kube-proxy".to_owned(), NodeId(PROXY + node));
        config.processes.push(kubelet::Program { name: of_daemon, process, is_static: false, host: None });
        if is_control_plane {
            config.taints.push(json!({ "effect": "NoSchedule", "key": "node-role.kubernetes.io/control-plane" }));
        }
        if is_control_plane && layout.set_up {
            let manifests = files::manifests(layout.named(), node);
            // `kubeadm init` pulls them before it does anything else.
            let images = manifests.iter().flat_map(|(_, text)| text.lines());
            let images = images.filter_map(|line| line.trim().strip_prefix("image: "));
            config.images = images.map(str::to_owned).collect();
            config.manifests = manifests.into_iter().map(|(file, text)| (file.to_owned(), text.into())).collect();
        }
        config.host = Some(system);
        let (kubelet, runtime) = (NodeId(KUBELET + node), NodeId(CONTAINERD + node));
        config.containerd = Some(runtime);
        (config.is_set_up, config.has_network) = (layout.set_up, layout.set_up);
        // Of thousands of workers nobody asks whether they are well.
        let hosts = match (node, layout.set_up) {
            (0, _) => vec![address, "127.0.0.1".to_owned()],
            (_, true) => Vec::new(),
            (_, false) => vec![address],
        };
        let listens = hosts.iter().flat_map(|host| KUBELET_PORTS.map(|port| (host.clone(), port))).collect();
        let service = placed_at(&format!("kubelet {name}"), kubelet, Box::new(kubelet::Kubelet::new(config)));
        let containerd = placed_at(&format!("{RUNTIME}{name}"), runtime, Box::new(Containerd));
        let kernel = placed_at(&format!("{MACHINE}{name}"), system, Box::new(host::Host::new(kernel)));
        let gateway = (node == 0).then(|| (GATEWAY.0.to_owned(), GATEWAY.1)).into_iter().collect();
        let systemd = Box::new(Systemd::new(kubelet, runtime));
        // The kubelet starts it with its pod.
        let proxy = Box::new(proxy::Proxy::new(proxied));
        let proxy = placed_at(&format!("kube-proxy {name}"), NodeId(PROXY + node), proxy);
        let files = if is_control_plane && layout.set_up { files::of(layout.named(), node) } else { Vec::new() };
        vec![
            Placed { listens: gateway, ..kernel },
            Placed { starts: false, files, listens, ..service },
            Placed { starts: false, ..containerd },
            placed_at(&format!("systemd {name}"), NodeId(SYSTEMD + node), systemd),
            Placed { starts: false, ..proxy },
        ]
    }

    /// The programs of a control plane node's static pods.
    fn processes(&self, node: u32) -> Vec<kubelet::Program> {
        let known = [
            ("kube-apiserver", API_SERVER),
            ("kube-controller-manager", CONTROLLER_MANAGER),
            ("kube-scheduler", SCHEDULER),
        ];
        let program = |(name, process): (&str, u32)| kubelet::Program {
            name: name.into(),
            process: NodeId(process + node),
            is_static: true,
            host: None,
        };
        // etcd's data directory is among the files of the machine, whose host it needs for that.
        let etcd = self.etcd.get(node as usize);
        let etcd = etcd.map(|process| kubelet::Program {
            name: "etcd".into(),
            process: *process,
            is_static: true,
            host: Some(HOST),
        });
        known.map(program).into_iter().chain(etcd).collect()
    }
}
