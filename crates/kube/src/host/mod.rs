//! A node's operating system: its network with the rules that kube-proxy has set, the containers that run, and the
//! programs in them. It goes on whether kubelet and kube-proxy live or not.
//!
//! A connection with its only request is one packet. It goes through the node's rules, to the node that has the address,
//! and to the container there whose process listens on the port; what nobody answers is silence, and it is the sender
//! who gives up. What the server of a well-known image answers is [`images`]'.

mod dns;
mod files;
mod images;
mod msg;
mod programs;
mod run;
mod sessions;
mod shell;
mod syntax;
mod traffic;
mod wire;

pub use images::serves;
pub use msg::{Channel, Container, Exec, HostMsg, Spoken};
pub use sessions::runs_here;

use crate::client::Out;
use crate::component::{Look, Seen};
use crate::proxy::Ruleset;
use crate::{Msg, Note};
use dns::Dns;
use sessions::Session;
use sim::{Actor, Input, NodeId, Time};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use traffic::Flow;

/// As many lines wait for a kubelet that is away.
const BACKLOG: usize = 1_000;
/// Numbers of calls: a flow's begin here, beside those of processes that are clients of the API server.
const FLOWS: u64 = 1 << 48;

/// Where the addresses of a node and of its pods lead.
#[derive(Clone, Debug)]
pub struct Route {
    pub ip: String,
    /// The first three numbers of its pods' addresses, with the dot: `10.244.1.`
    pub network: String,
    pub host: NodeId,
}

/// What a host has to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// The node's name.
    pub name: String,
    pub ip: String,
    pub network: String,
    /// Whom the cluster's name server asks.
    pub server: NodeId,
    /// The API servers by their addresses.
    pub servers: Arc<[(String, NodeId)]>,
    pub kubelet: NodeId,
    pub proxy: NodeId,
    /// All nodes.
    pub routes: Arc<[Route]>,
    /// Seconds since 1970 at the simulation's start.
    pub epoch: u64,
}

/// A container and what is with it.
#[derive(Clone, Debug)]
struct Running {
    spec: Arc<Container>,
    end: Option<Time>,
    /// Its process, if it is a name server.
    dns: Option<Dns>,
    /// Its process, if the host runs it.
    session: Option<u64>,
    /// Those who are attached to a process that nobody here runs: they hear of its end.
    attached: Vec<(NodeId, u64)>,
    /// Its end was dealt with.
    is_over: bool,
}

impl Running {
    fn runs(&self, now: Time) -> bool {
        !self.is_over && self.end.is_none_or(|end| end > now)
    }
}

/// A node's operating system.
#[derive(Clone, Debug)]
pub struct Host {
    config: Config,
    now: Time,
    /// By their ids.
    containers: BTreeMap<String, Running>,
    rules: Arc<Ruleset>,
    /// When senders were entered in lists of rules.
    recent: BTreeMap<(String, String), Time>,
    flows: BTreeMap<u64, Flow>,
    /// Answers that take their time.
    later: BTreeMap<(Time, u64), msg::Told>,
    sessions: BTreeMap<u64, Session>,
    last: u64,
    /// What was written in containers, by container or volume, and path; `None` is what was removed.
    files: BTreeMap<(String, String), Option<String>>,
    /// What the kubelet was not there for.
    backlog: VecDeque<HostMsg>,
}

impl Host {
    pub fn new(config: Config) -> Self {
        Self {
            config,
            now: Time::ZERO,
            containers: BTreeMap::new(),
            rules: Arc::default(),
            recent: BTreeMap::new(),
            flows: BTreeMap::new(),
            later: BTreeMap::new(),
            sessions: BTreeMap::new(),
            last: 0,
            files: BTreeMap::new(),
            backlog: VecDeque::new(),
        }
    }

    fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    fn said(&mut self, from: NodeId, msg: HostMsg, out: &mut Out) {
        if from == self.config.kubelet {
            std::mem::take(&mut self.backlog).into_iter().for_each(|msg| out.send(from, Msg::from(msg)));
        }
        match msg {
            HostMsg::Run(container) => self.started(container, out),
            HostMsg::Ends { id, at } => {
                if let Some(running) = self.containers.get_mut(&id) {
                    running.end = Some(at);
                }
            }
            HostMsg::Down { uid } => {
                self.containers.values_mut().filter(|one| one.spec.uid == uid).for_each(|one| {
                    one.end = Some(one.end.map_or(self.now, |end| end.min(self.now)));
                });
                self.end_containers(out);
                self.containers.retain(|_, one| one.spec.uid != uid);
                self.files.retain(|(scope, _), _| !scope.starts_with(&uid));
            }
            HostMsg::Put { id, path, text } => {
                if let Some(spec) = self.containers.get(&id).map(|one| Arc::clone(&one.spec)) {
                    self.write(&spec, &path, &text, false);
                }
            }
            HostMsg::Restore(rules) => self.rules = rules,
            HostMsg::Begun if from == self.config.proxy => self.tell_proxy(out),
            HostMsg::Begun => {}
            HostMsg::Exec { id, exec } => self.exec(from, id, &exec, out),
            HostMsg::Input { id, text } => self.typed(from, id, text, out),
            HostMsg::HangUp { id } => self.hung_up(from, id),
            HostMsg::Packet(packet) => self.arrived(from, packet, out),
            HostMsg::Told { flow, told } => self.answered(flow, told, out),
            // What a host says itself.
            HostMsg::Process { .. }
            | HostMsg::Output { .. }
            | HostMsg::Exited { .. }
            | HostMsg::Refused { .. }
            | HostMsg::Printed { .. }
            | HostMsg::Ended { .. } => {}
        }
    }

    fn started(&mut self, spec: Arc<Container>, out: &mut Out) {
        if self.containers.contains_key(&spec.id) {
            return;
        }
        let number = self.number();
        let is_dns = images::find(&spec.image).speaks == images::Speaks::Dns;
        let first = number << 20;
        let dns = is_dns.then(|| Dns::start(self.now, self.config.server, self.config.epoch, &spec.pod, first, out));
        let id = spec.id.clone();
        let runs_here = spec.runs_here;
        self.containers.insert(
            id.clone(),
            Running { end: spec.end, spec, dns, session: None, attached: Vec::new(), is_over: false },
        );
        if runs_here {
            self.run_process(&id, out);
        }
        self.tell_proxy(out);
    }

    /// Whether kube-proxy's container runs is what its process goes by.
    fn tell_proxy(&mut self, out: &mut Out) {
        let is_proxy = |one: &&Running| one.runs(self.now) && images::short(&one.spec.image) == "kube-proxy";
        let runs = self.containers.values().find(is_proxy).is_some();
        let concerns = self.containers.values().any(|one| images::short(&one.spec.image) == "kube-proxy");
        if concerns {
            out.send(self.config.proxy, Msg::from(HostMsg::Process { runs }));
        }
    }

    /// Deals with containers whose end has come.
    fn end_containers(&mut self, out: &mut Out) {
        let now = self.now;
        let ended = |one: &Running| !one.is_over && !one.runs(now);
        let over: Vec<String> =
            self.containers.iter().filter(|(_, one)| ended(one)).map(|(id, _)| id.clone()).collect();
        for id in over {
            let Some(one) = self.containers.get_mut(&id) else { continue };
            one.is_over = true;
            for (from, id) in std::mem::take(&mut one.attached) {
                out.send(from, Msg::from(HostMsg::Exited { id, ending: Ok(0) }));
            }
            if let Some(dns) = one.dns.take() {
                dns.end(out);
            }
            let was_proxy = images::short(&one.spec.image) == "kube-proxy";
            self.kill_sessions(&id, out);
            if was_proxy {
                self.tell_proxy(out);
            }
        }
    }

    fn tell_kubelet(&self, msg: HostMsg, out: &mut Out) {
        out.send(self.config.kubelet, Msg::from(msg));
    }
}

impl Actor for Host {
    type Msg = Msg;
    type Note = Note;

    fn handle(&mut self, now: Time, input: Input<Msg>, out: &mut Out) {
        self.now = now;
        for one in self.containers.values_mut() {
            if let Some(dns) = &mut one.dns {
                dns.input(now, &input, out);
            }
        }
        match input {
            Input::Message { from, msg: Msg::Host(msg) } => self.said(from, msg.said().clone(), out),
            Input::Message { from, msg: Msg::Etcd(msg) } => self.of_server(from, msg, out),
            Input::Refused { peer, msg: Msg::Host(msg) }
                if peer == self.config.kubelet
                    && matches!(msg.said(), HostMsg::Printed { .. } | HostMsg::Ended { .. })
                    && self.backlog.len() < BACKLOG =>
            {
                self.backlog.push_back(msg.said().clone());
            }
            Input::Refused { msg: Msg::Etcd(msg), .. } => self.server_refused(&msg, out),
            _ => {}
        }
        self.end_containers(out);
        self.time(out);
        self.wake_followers(out);
    }

    fn next_wakeup(&self) -> Option<Time> {
        let ends = self.containers.values().filter(|one| !one.is_over).filter_map(|one| one.end);
        let names = self.containers.values().filter_map(|one| one.dns.as_ref()?.next_wakeup());
        let flows = self.flows.values().map(|flow| flow.deadline);
        let later = self.later.keys().map(|(at, _)| *at);
        let sessions = self.sessions.values().filter_map(|session| session.until);
        ends.chain(names).chain(flows).chain(later).chain(sessions).min()
    }

    fn crash(&mut self, _lose_unsynced: bool) {
        // The machine is off: its memory and its processes are gone.
        *self = Self { files: std::mem::take(&mut self.files), ..Self::new(self.config.clone()) };
    }

    fn wipe(&mut self) {
        self.files.clear();
    }
}

impl Seen for Host {
    fn look(&self) -> Look {
        let runs = self.containers.values().filter(|one| one.runs(self.now)).count();
        Look::default()
            .with("Node", &self.config.name)
            .with("Containers that run", runs)
            .with("Rules in its kernel", self.rules.count())
            .with("Connections that wait", self.flows.len())
            .with("Programs that wait", self.sessions.len())
    }
}
