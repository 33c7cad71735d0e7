//! The cluster: etcd's members in the simulation, by name.

use crate::{condition::Condition, node::Node, post};
use border::{Certificate, Event, LEARNER, Listener, Names, OWN_ADDRESSES, Sending, ServerTls};
use etcd::server::{Config, Server};
use kube::{Msg, Placed};
use protocol::{Exercise, Nodes, Session, Setup};
use sim::{Cause, EventId, Fault, Kind, Mail, NodeId, Power, Sim, Time};
use sorted::SortedMap;

/// The learner's machine on the diagram.
pub(crate) const LEARNER_NAME: &str = "learner";

/// The second cluster's only member.
const MIRROR: &str = "mirror";

/// What the machine's calendar shows when a world begins, unless its set-up says otherwise: 2026-01-01 00:00:00 UTC, in
/// seconds since 1970.
pub const EPOCH: u64 = 1_767_225_600;

/// Which world to build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldSetup {
    /// Members of the etcd cluster; 0 for a machine without any server.
    pub members: u8,
    /// The release of etcd and etcdctl.
    pub version: String,
    /// TLS with the PKI of a kubeadm control plane.
    pub tls: bool,
    /// A second cluster of one member, on port 42379.
    pub extra: bool,
    /// A control plane node as kubeadm lays it out: the kubelet runs etcd as a static pod, with TLS. There are no other
    /// members.
    pub kubelet: bool,
    /// A Kubernetes cluster on top, whose components are placed after the world has begun ([`crate::World::place`]).
    pub kubernetes: bool,
    /// The nodes of that cluster.
    pub nodes: Nodes,
    /// Nothing of that cluster is set up yet.
    pub bare: bool,
    /// Further flags of every server: names without dashes, and values.
    pub flags: Vec<(String, String)>,
    /// What the calendar shows when the world begins, in seconds since 1970.
    pub epoch: u64,
}

impl WorldSetup {
    /// A cluster of so many members as the notes describe it.
    pub fn of_members(members: u8) -> Self {
        Self {
            members,
            version: "3.5.30".into(),
            tls: false,
            extra: false,
            kubelet: false,
            kubernetes: false,
            nodes: Nodes::FEW,
            bare: false,
            flags: Vec::new(),
            epoch: EPOCH,
        }
    }

    /// The world of a session: that of its lab, where it has one.
    pub fn of_session(session: &Session) -> Self {
        match (&session.exercise, session.setup) {
            (Some(exercise), _) => Self::of_exercise(exercise),
            (None, Setup::Etcd { members }) => Self::of_members(members),
            (None, Setup::Bare) => Self::of_members(0),
            (None, Setup::ControlPlane) => Self::control_plane(),
            (None, Setup::Kubernetes(nodes)) => Self::of_nodes(nodes),
            (None, Setup::BareNodes(nodes)) => Self::bare_nodes(nodes),
        }
    }

    /// The world of a lab.
    pub fn of_exercise(exercise: &Exercise) -> Self {
        let Exercise { members, tls, mirror, kubernetes, flags, .. } = exercise;
        if let Some(nodes) = *kubernetes {
            return Self::of_nodes(nodes);
        }
        Self { tls: *tls, extra: *mirror, flags: flags.clone(), ..Self::of_members(*members) }
    }

    /// A control plane node as kubeadm lays it out.
    pub fn control_plane() -> Self {
        Self { tls: true, kubelet: true, ..Self::of_members(1) }
    }

    /// The members of etcd of a Kubernetes cluster of such nodes, before its components are placed.
    pub fn of_nodes(nodes: Nodes) -> Self {
        Self { tls: true, kubernetes: true, nodes, ..Self::of_members(nodes.control_planes) }
    }

    /// The nodes of such a cluster before anybody has set it up.
    pub fn bare_nodes(nodes: Nodes) -> Self {
        Self { bare: true, ..Self::of_nodes(nodes) }
    }

    /// The learner's machine in such a world.
    pub(crate) fn machine(&self, seed: u64) -> border::Setup {
        let Self { tls, kubelet, kubernetes, nodes, bare, epoch, .. } = *self;
        let (version, etcd) = (self.version.clone(), self.members > 0 && !bare);
        border::Setup { seed, version, tls, kubelet, etcd, kubernetes, bare, nodes, epoch }
    }
}

/// Where an etcd process listens and keeps its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub name: String,
    pub node: NodeId,
    /// The address under which others know it.
    pub host: String,
    pub client_port: u16,
    pub peer_port: u16,
    /// Addresses and ports it listens on for clients, and for other members.
    pub clients: Vec<(String, u16)>,
    pub peers: Vec<(String, u16)>,
    /// How these ports are secured.
    pub tls: Option<ServerTls>,
    pub peer_tls: Option<ServerTls>,
    pub data_dir: String,
    pub wal_dir: String,
    pub condition: Condition,
}

/// A component of Kubernetes in the cluster.
#[derive(Clone, Debug)]
pub(crate) struct Component {
    pub name: String,
    pub node: NodeId,
    /// Addresses and ports on which clients reach it.
    listens: Vec<(String, u16)>,
    tls: Option<ServerTls>,
    pub condition: Condition,
}

impl Member {
    /// Enters where it listens.
    pub fn listen(&self, names: &mut Names) {
        for (host, port) in &self.clients {
            names.listen(host, *port, Listener::Client(self.node));
        }
        for (host, port) in &self.peers {
            names.listen(host, *port, Listener::Peer(self.node));
        }
    }

    /// The URLs under which other members may know it.
    fn peer_urls(&self) -> Vec<String> {
        let scheme = if self.peer_tls.is_some() { "https" } else { "http" };
        fn names(host: &str) -> Vec<&str> {
            match host {
                "127.0.0.1" => vec!["127.0.0.1", "localhost"],
                "0.0.0.0" | "::" => [&["localhost"], OWN_ADDRESSES].concat(),
                host => vec![host],
            }
        }
        let urls = |(host, port): &(String, u16)| {
            names(host).iter().map(|host| format!("{scheme}://{host}:{port}")).collect::<Vec<_>>()
        };
        self.peers.iter().flat_map(urls).collect()
    }
}

/// The members and the network between them. Cloning it forks the cluster.
#[derive(Clone)]
pub(crate) struct Cluster {
    pub sim: Sim<Node>,
    members: Vec<Member>,
    components: Vec<Component>,
    seed: u64,
    scheme: &'static str,
    setup: WorldSetup,
}

impl Cluster {
    /// A cluster whose members have just been started.
    pub fn new(seed: u64, setup: &WorldSetup) -> Self {
        let mut sim = Sim::new(seed);
        sim.add_outside(LEARNER);
        let scheme = if setup.tls { "https" } else { "http" };
        let mut cluster = Self { sim, members: Vec::new(), components: Vec::new(), seed, scheme, setup: setup.clone() };
        let names: Vec<String> = match (setup.members, setup.tls) {
            _ if setup.kubelet => Vec::new(),
            (n, true) if setup.kubernetes || n == 1 => (0..u32::from(n)).map(|node| setup.nodes.name(node)).collect(),
            (1, false) => vec!["default".into()],
            (n, _) => (0..n).map(|member| format!("etcd-{member}")).collect(),
        };
        // Members on one machine need ports of their own.
        let apart = |member: usize| if member == 0 || setup.kubernetes { 0 } else { (member as u16 + 1) * 10_000 };
        let port = |member: usize, last: u16| apart(member) + last;
        for (index, name) in names.iter().enumerate() {
            cluster.add(name, port(index, 2379), port(index, 2380));
        }
        let token = if names.len() > 1 { "etcd-cluster-1" } else { "etcd-cluster" };
        let initial = cluster.initial_cluster(names.iter().map(String::as_str));
        for (index, name) in names.iter().enumerate() {
            let mut config = cluster.config(name, initial.clone(), token);
            config.campaign_first = index == 0;
            cluster.set_config(name, config);
        }
        if setup.extra {
            cluster.add(MIRROR, 42379, 42380);
            let config = cluster.config(MIRROR, cluster.initial_cluster([MIRROR]), MIRROR);
            cluster.set_config(MIRROR, config);
        }
        cluster.share_addresses();
        if setup.bare {
            names.iter().for_each(|name| cluster.close_ports(name));
            return cluster;
        }
        for node in cluster.nodes() {
            cluster.fault(&Fault::Restart { node, wipe: false });
        }
        cluster
    }

    /// A member that is down listens nowhere until it is started with an address.
    pub fn close_ports(&mut self, name: &str) {
        if let Some(member) = self.find_mut(name) {
            (member.clients, member.peers) = (Vec::new(), Vec::new());
        }
    }

    /// A member is about to be started with this command line.
    pub fn set_flags(&mut self, name: &str, arguments: &[String]) {
        let Some(member) = self.members.iter_mut().find(|member| member.name == name) else { return };
        let node = member.node;
        if matches!(self.sim.power(node), Some(Power::Running | Power::Paused)) {
            return;
        }
        if member.clients.is_empty() {
            member.clients = listens(&member.host, node, member.client_port);
            member.peers = listens(&member.host, node, member.peer_port);
        }
        let flags = arguments.iter().filter_map(|argument| argument.strip_prefix("--")?.split_once('='));
        let machine = member.data_dir.split_once(':').map_or(String::new(), |(machine, _)| format!("{machine}:"));
        for (flag, value) in flags {
            if flag == "data-dir" {
                member.data_dir = format!("{machine}{value}");
                member.wal_dir = border::wal_dir(&member.data_dir);
            } else if let Some(server) = self.sim.actor_mut(node).and_then(Node::member_mut) {
                let mut config = server.config().clone();
                set_flag(&mut config, flag, value);
                server.set_config(config);
            }
        }
        self.share_addresses();
    }

    /// Whether nobody has started this world's cluster yet by kubeadm.
    pub fn is_bare(&self) -> bool {
        self.setup.bare
    }

    /// Adds a machine for a member that was not started yet, or gives a known one other ports.
    pub fn add(&mut self, name: &str, client_port: u16, peer_port: u16) {
        let node = NodeId(self.members.len() as u32);
        let node = self.find(name).map_or(node, |known| known.node);
        let data_dir = match (self.setup.kubernetes, node.0) {
            // As the manifest of kubeadm says it, on the machine of each.
            (true, 0) => "/var/lib/etcd".to_owned(),
            (true, _) => format!("{name}:/var/lib/etcd"),
            (false, _) => format!("/var/lib/etcd/{name}.etcd"),
        };
        let host = if self.setup.kubernetes { Nodes::address(node.0) } else { "127.0.0.1".to_owned() };
        let tls = server_tls(&self.setup, name, &host);
        self.put(Member {
            name: name.into(),
            node,
            clients: listens(&host, node, client_port),
            peers: listens(&host, node, peer_port),
            host,
            client_port,
            peer_port,
            peer_tls: tls.clone(),
            tls,
            wal_dir: format!("{data_dir}/member/wal"),
            data_dir,
            condition: Condition::default(),
        });
    }

    /// Adds a member's machine, or replaces what is known of the one with this name. Gives its address; that in `member`
    /// is not looked at.
    pub fn put(&mut self, mut member: Member) -> NodeId {
        let known = self.members.iter_mut().find(|known| known.name == member.name);
        match known {
            Some(known) => {
                (member.node, member.condition) = (known.node, known.condition);
                *known = member.clone();
            }
            None => {
                member.node = NodeId(self.members.len() as u32);
                self.members.push(member.clone());
                self.sim.add_node(member.node, Node::Member(Server::new(Config::default())));
            }
        }
        member.node
    }

    /// Adds components of Kubernetes and starts them.
    pub fn place(&mut self, placed: Vec<Placed>) {
        for Placed { name, node, component, listens, starts, .. } in placed {
            self.sim.add_node(node, Node::Component(component));
            let own = border::of_kubeadm(&name, &name, "controlplane", OWN_ADDRESSES[1]);
            let mut certificate = Certificate { issuer: "kubernetes".into(), ..own };
            certificate.hosts.extend(listens.iter().map(|(host, _)| host.clone()));
            // A gateway passes on what it is sent, and secures nothing itself; a kubelet's ports are plain here.
            let is_secure = listens.iter().any(|(_, port)| !matches!(*port, 0 | 10_248 | 10_250));
            let tls = is_secure.then_some(ServerTls { certificate, client_authority: None });
            self.components.push(Component { name, node, listens, tls, condition: Condition::default() });
            if starts {
                self.fault(&Fault::Restart { node, wipe: false });
            }
        }
    }

    /// How the ports of running processes are secured.
    pub fn tls(&self) -> impl Iterator<Item = (NodeId, ServerTls)> {
        let members = self.members.iter().map(|member| (member.node, &member.tls));
        let components = self.components.iter().map(|component| (component.node, &component.tls));
        members.chain(components).filter_map(|(node, tls)| Some((node, tls.clone()?)))
    }

    /// How a process that is gone has ended.
    pub fn ending(&self, node: NodeId) -> Event {
        let ended = self.sim.trace().since(EventId(0)).filter(|record| record.node == node);
        let code = ended.filter_map(|record| if let Kind::Ended { code } = record.kind { Some(code) } else { None });
        code.last().flatten().map_or(Event::Killed, |code| Event::Ended { code })
    }

    /// What `--initial-cluster` says for these members.
    pub fn initial_cluster<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Vec<(String, String)> {
        let known = names.into_iter().filter_map(|name| self.find(name));
        known.map(|member| (member.name.clone(), self.url(&member.host, member.peer_port))).collect()
    }

    pub fn url(&self, host: &str, port: u16) -> String {
        format!("{}://{host}:{port}", self.scheme)
    }

    /// The configuration of a member that was added, as the flags of this world's set-up make it.
    pub fn config(&self, name: &str, initial_cluster: Vec<(String, String)>, token: &str) -> Config {
        let known = self.find(name).map(|member| (member.host.as_str(), member.client_port, member.peer_port));
        let (host, client_port, peer_port) = known.unwrap_or(("127.0.0.1", 2379, 2380));
        let mut config = Config {
            name: name.into(),
            advertise_peer_urls: vec![self.url(host, peer_port)],
            advertise_client_urls: vec![self.url(host, client_port)],
            initial_cluster,
            initial_cluster_token: token.into(),
            version: self.setup.version.clone(),
            // Release 3.4 serves version 2 of the API only when told to, which its worlds are for.
            enable_v2: self.setup.version.starts_with("3.4."),
            seed: self.seed,
            epoch: self.setup.epoch,
            ..Config::default()
        };
        for (flag, value) in &self.setup.flags {
            set_flag(&mut config, flag, value);
        }
        config
    }

    pub fn set_config(&mut self, name: &str, config: Config) {
        if let Some(server) = self.node(name).and_then(|node| self.server_mut(node)) {
            server.set_config(config);
        }
    }

    /// Tells every member at which machine each peer URL is answered.
    pub fn share_addresses(&mut self) {
        let (running, dead): (Vec<_>, Vec<_>) = self.members.iter().partition(|member| self.runs(member.node));
        let known = dead.into_iter().chain(running);
        let addresses: SortedMap<String, NodeId> =
            known.flat_map(|member| member.peer_urls().into_iter().map(|url| (url, member.node))).collect();
        for node in self.nodes() {
            if let Some(server) = self.server_mut(node) {
                let config = Config { addresses: addresses.clone(), ..server.config().clone() };
                server.set_config(config);
            }
        }
    }

    /// Who listens where. Of two members with the same port, the one that runs has it.
    pub fn names(&self) -> Names {
        let mut names = Names::default();
        let (running, dead): (Vec<_>, Vec<_>) = self.members.iter().partition(|member| self.runs(member.node));
        for member in dead.into_iter().chain(running) {
            member.listen(&mut names);
        }
        for component in &self.components {
            for (host, port) in &component.listens {
                names.listen(host, *port, Listener::Client(component.node));
            }
        }
        names
    }

    pub fn members(&self) -> &[Member] {
        &self.members
    }

    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// What the world was set up as.
    pub fn setup(&self) -> &WorldSetup {
        &self.setup
    }

    /// What the calendar showed when the world began, in seconds since 1970.
    pub fn epoch(&self) -> u64 {
        self.setup.epoch
    }

    /// What was done to the surroundings of a process.
    pub fn condition_mut(&mut self, node: NodeId) -> Option<&mut Condition> {
        let members = self.members.iter_mut().map(|member| (member.node, &mut member.condition));
        let components = self.components.iter_mut().map(|component| (component.node, &mut component.condition));
        members.chain(components).find(|(of, _)| *of == node).map(|(_, condition)| condition)
    }

    /// Every process, and what was done to its surroundings.
    pub fn conditions(&self) -> impl Iterator<Item = (NodeId, Condition)> {
        let members = self.members.iter().map(|member| (member.node, member.condition));
        members.chain(self.components.iter().map(|component| (component.node, component.condition)))
    }

    pub fn find(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }

    pub fn find_mut(&mut self, name: &str) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.name == name)
    }

    pub fn node(&self, name: &str) -> Option<NodeId> {
        let component = || self.components.iter().find(|component| component.name == name);
        self.find(name).map(|member| member.node).or_else(|| component().map(|component| component.node))
    }

    fn nodes(&self) -> Vec<NodeId> {
        self.members.iter().map(|member| member.node).collect()
    }

    /// Whether the process at a node is alive, paused or not.
    pub fn runs(&self, node: NodeId) -> bool {
        matches!(self.sim.power(node), Some(Power::Running | Power::Paused))
    }

    /// The component's name at an address.
    pub fn name_of(&self, node: NodeId) -> &str {
        if node == LEARNER {
            return LEARNER_NAME;
        }
        let component = || self.components.iter().find(|component| component.node == node).map(|found| &found.name);
        let member = self.members.iter().find(|member| member.node == node).map(|member| &member.name);
        member.or_else(component).map_or("?", String::as_str)
    }

    /// Whether the running members agree on a leader, have applied what it committed, and know of each other.
    pub fn is_settled(&self) -> bool {
        let running: Vec<_> = self
            .members
            .iter()
            .filter(|member| self.sim.power(member.node) == Some(Power::Running) && member.name != MIRROR)
            .filter_map(|member| self.server(member.node).map(Server::view))
            .collect();
        let Some(leader) = running.iter().find(|view| view.role == "leader") else { return false };
        leader
            .members
            .iter()
            .filter(|member| running.iter().any(|view| view.id == member.id))
            .all(|m| !m.name.is_empty())
            && running.iter().all(|view| view.leader == leader.id && view.applied == leader.commit)
    }

    /// A process whose disk cannot be used does not come up; its log says why.
    pub fn refuse_start(&mut self, node: NodeId, reason: &str) {
        let now = self.sim.now();
        if let Some(server) = self.server_mut(node) {
            server.refuse_start(now, reason);
        }
    }

    pub fn fault(&mut self, fault: &Fault) {
        // Only a fault of an unknown node is refused, and members are known.
        let _ = self.sim.apply(fault.clone());
    }

    /// The etcd process at a node.
    pub fn server(&self, node: NodeId) -> Option<&Server> {
        self.sim.actor(node).and_then(Node::member)
    }

    /// What a component of Kubernetes tells of itself.
    pub fn look_at(&self, node: NodeId) -> Option<kube::Look> {
        self.sim.actor(node).and_then(Node::component).map(kube::Component::look)
    }

    pub fn component_mut(&mut self, node: NodeId) -> Option<&mut dyn kube::Component> {
        self.sim.actor_mut(node).and_then(Node::component_mut)
    }

    /// Who runs a process that is down, and what that one will do about it, in words.
    pub fn looked_after(&self, node: NodeId) -> Option<String> {
        let now = self.sim.now();
        let running = self.components.iter().filter(|component| self.runs(component.node));
        let mut running = running.filter_map(|component| self.sim.actor(component.node).and_then(Node::component));
        running.find_map(|component| component.looks_after(node, now))
    }

    /// What another component tells of a process whose state it keeps.
    pub fn kept(&self, node: NodeId) -> Option<kube::Look> {
        let now = self.sim.now();
        let mut all = self.components.iter().filter_map(|one| self.sim.actor(one.node).and_then(Node::component));
        all.find_map(|component| component.keeps(node, now))
    }

    /// What a component answers a tool on its own node.
    pub fn answer(&self, name: &str, words: &[&str]) -> Option<String> {
        let component = self.node(name).and_then(|node| self.sim.actor(node)).and_then(Node::component)?;
        component.answer(words, self.sim.now())
    }

    /// Says something to a component, as its machine does.
    pub fn tell(&mut self, node: NodeId, msg: Msg) {
        self.sim.inject(LEARNER, node, msg, Cause::default());
    }

    pub fn server_mut(&mut self, node: NodeId) -> Option<&mut Server> {
        self.sim.actor_mut(node).and_then(Node::member_mut)
    }

    pub fn next_event(&mut self) -> Option<u64> {
        self.sim.next_event_time().map(Time::as_micros)
    }

    pub fn run_until(&mut self, until: u64) {
        self.sim.run_until(Time(until));
    }

    pub fn step(&mut self) {
        self.sim.step();
    }

    /// What the network has brought to the learner's machine.
    pub fn take_mail(&mut self) -> Vec<Mail<Msg>> {
        self.sim.take_mail()
    }

    /// Puts a message of the learner's machine on the wire.
    pub fn inject(&mut self, sending: Sending) {
        let cause = Cause { event: EventId::NONE, root: sending.command };
        self.sim.inject(LEARNER, sending.to, post::message(sending.message).into(), cause);
    }
}

/// How the members of such a world secure their ports.
fn server_tls(setup: &WorldSetup, name: &str, host: &str) -> Option<ServerTls> {
    let (node, address) = if setup.kubernetes { (name, host) } else { ("controlplane", OWN_ADDRESSES[1]) };
    let certificate = || border::of_kubeadm("server", node, node, address);
    setup.tls.then(|| ServerTls { certificate: certificate(), client_authority: Some("etcd-ca".into()) })
}

/// The addresses on which a member listens at this port: what the learner's machine calls itself is that machine's.
pub(crate) fn listens(host: &str, node: NodeId, port: u16) -> Vec<(String, u16)> {
    let mut hosts = vec![host.to_owned()];
    if node.0 == 0 && host != "127.0.0.1" {
        hosts.push("127.0.0.1".to_owned());
    }
    hosts.into_iter().map(|host| (host, port)).collect()
}

/// Takes a flag of `etcd` into a configuration; flags the simulation has no use for change nothing.
pub(crate) fn set_flag(config: &mut Config, flag: &str, value: &str) {
    match flag {
        "quota-backend-bytes" => config.quota_backend_bytes = value.parse().unwrap_or(0),
        "enable-v2" => config.enable_v2 = value != "false",
        "snapshot-count" => config.snapshot_count = value.parse().unwrap_or(config.snapshot_count),
        "max-request-bytes" => config.max_request_bytes = value.parse().unwrap_or(config.max_request_bytes),
        "max-txn-ops" => config.max_txn_ops = value.parse().unwrap_or(config.max_txn_ops),
        "pre-vote" => config.pre_vote = value != "false",
        "strict-reconfig-check" => config.strict_reconfig_check = value != "false",
        "force-new-cluster" => config.force_new_cluster = value != "false",
        "initial-cluster" => {
            let members = value.split(',').filter_map(|member| member.split_once('='));
            config.initial_cluster = members.map(|(name, url)| (name.to_owned(), url.to_owned())).collect();
        }
        "initial-cluster-state" => config.join_existing = value == "existing",
        "advertise-client-urls" => config.advertise_client_urls = value.split(',').map(str::to_owned).collect(),
        _ => {}
    }
}
