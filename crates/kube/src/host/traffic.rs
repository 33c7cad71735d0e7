//! Where packets go.

use super::msg::{Ask, HostMsg, Packet, Told};
use super::{FLOWS, Host, images};
use crate::Clock;
use crate::Msg;
use crate::client::Out;
use crate::proxy::{Header, Surroundings, Verdict};
use calendar::Moment;
use etcd::rpc::{Request, Response};
use etcd::server::Msg as EtcdMsg;
use sim::{Micros, NodeId, Time};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long a host asks for who has an address of its own network before it says that nobody has.
const NO_ROUTE: Micros = Micros::millis(3_060);
/// How long it remembers what it passed on.
const REMEMBERED: Micros = Micros::secs(140);
/// What the way inside a node takes.
const LOCAL: Micros = Micros(60);
const SECURE_PORT: u16 = 6443;

/// Who waits for the answer to a packet.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// A program.
    Session(u64),
    /// Another host.
    Relay { host: NodeId, flow: u64 },
    /// Somebody outside of the cluster, who speaks HTTP.
    Outside { node: NodeId, id: u64 },
}

/// A packet on its way.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    pub(super) origin: Origin,
    pub(super) deadline: Time,
}

/// What rules look at beside the packet.
struct Around<'a, 'b> {
    now: Time,
    recent: &'a mut BTreeMap<(String, String), Time>,
    out: &'b mut Out,
}

impl Surroundings for Around<'_, '_> {
    fn chance(&mut self) -> u64 {
        self.out.random()
    }

    fn was_recent(&self, list: &str, source: &str, seconds: i64) -> bool {
        let at = self.recent.get(&(list.to_owned(), source.to_owned()));
        at.is_some_and(|at| *at + Micros::secs(seconds.max(0).unsigned_abs()) >= self.now)
    }

    fn enter(&mut self, list: &str, source: &str) {
        self.recent.insert((list.to_owned(), source.to_owned()), self.now);
    }
}

impl Host {
    /// Sends a packet; gives the number of its flow.
    pub(super) fn launch(&mut self, origin: Origin, patience: Micros, mut packet: Packet, out: &mut Out) -> u64 {
        let flow = FLOWS + self.number();
        self.flows.insert(flow, Flow { origin, deadline: self.now + patience });
        packet.flow = flow;
        self.route(packet, out);
        flow
    }

    /// A packet of another host's.
    pub(super) fn arrived(&mut self, from: NodeId, packet: Packet, out: &mut Out) {
        let origin = Origin::Relay { host: from, flow: packet.flow };
        self.launch(origin, REMEMBERED, packet, out);
    }

    /// Passes a packet through the rules, and on to where it shall go.
    fn route(&mut self, mut packet: Packet, out: &mut Out) {
        let stays = packet.to.starts_with("127.") || packet.to == packet.source;
        if stays {
            let to = packet.source.clone();
            return self.deliver(&to, packet, out);
        }
        let verdict = self.judge(&packet, out);
        if verdict.is_rejected {
            return self.answer_soon(packet.flow, Told::Refused);
        }
        if verdict.is_dropped {
            return;
        }
        if let Some((to, port)) = verdict.to {
            (packet.to, packet.port) = (to, port);
        }
        if verdict.is_masqueraded {
            packet.source.clone_from(&self.config.ip);
        }
        let mut servers = self.config.servers.iter().filter(|_| packet.port == SECURE_PORT);
        if let Some(server) = servers.find(|(address, _)| *address == packet.to).map(|(_, server)| *server) {
            return Self::ask_server(server, packet, out);
        }
        let is_here = packet.to == self.config.ip || packet.to.starts_with(&self.config.network);
        if is_here {
            let to = packet.to.clone();
            return self.deliver(&to, packet, out);
        }
        let route =
            self.config.routes.iter().find(|route| route.ip == packet.to || packet.to.starts_with(&route.network));
        if let Some(route) = route {
            out.send(route.host, Msg::from(HostMsg::Packet(packet)));
        }
        // Anything else leaves the cluster and is heard of no more.
    }

    /// What the rules say: those for addresses, and if they leave it as it is, those that filter.
    fn judge(&mut self, packet: &Packet, out: &mut Out) -> Verdict {
        let header = Header {
            source: &packet.source,
            to: &packet.to,
            port: packet.port,
            udp: packet.udp,
            from_local: packet.source == self.config.ip,
            to_local: packet.to == self.config.ip,
        };
        let rules = Arc::clone(&self.rules);
        let mut around = Around { now: self.now, recent: &mut self.recent, out };
        let mut verdict = rules.nat.pass("KUBE-SERVICES", &header, &mut around);
        if verdict.to.is_none() {
            for chain in ["KUBE-SERVICES", "KUBE-EXTERNAL-SERVICES"] {
                let filtered = rules.filter.pass(chain, &header, &mut around);
                verdict.is_rejected |= filtered.is_rejected;
                verdict.is_dropped |= filtered.is_dropped;
            }
        }
        verdict
    }

    /// Hands a packet to who has this address on the node.
    fn deliver(&mut self, address: &str, packet: Packet, out: &mut Out) {
        let flow = packet.flow;
        let on_node = address == self.config.ip;
        let is_at = |one: &super::Running| if on_node { one.spec.ip.is_empty() } else { one.spec.ip == address };
        if !on_node && !self.containers.values().any(is_at) {
            self.later.insert((self.now + NO_ROUTE, flow), Told::Unreachable);
            return;
        }
        let now = self.now;
        let listens = |one: &&super::Running| is_at(one) && one.runs(now) && images::listens(&one.spec, packet.port);
        let Some(id) = self.containers.values().find(listens).map(|one| one.spec.id.clone()) else {
            return self.answer_soon(flow, Told::Refused);
        };
        if let Some(told) = self.serve(&id, &packet, out) {
            self.answer_soon(flow, told);
        }
    }

    /// Answers a packet from this node, in a moment.
    fn answer_soon(&mut self, flow: u64, told: Told) {
        self.later.insert((self.now + LOCAL, flow), told);
    }

    /// What a container's process answers.
    pub(super) fn serve(&mut self, id: &str, packet: &Packet, out: &mut Out) -> Option<Told> {
        let one = self.containers.get(id)?;
        let spec = Arc::clone(&one.spec);
        match &packet.ask {
            Ask::Connect => Some(Told::Connected),
            Ask::Query(query) => match &one.dns {
                Some(dns) if packet.port == 53 => Some(Told::Names(dns.answer(query))),
                _ => None,
            },
            Ask::Http(request) => {
                let clock = written(Clock { epoch: self.config.epoch }.seconds(self.now));
                let page = |path: &str| self.file(&spec, path);
                let (response, line) = images::answer(&spec, request, &packet.source, &page, &clock);
                if let Some(line) = line {
                    self.tell_kubelet(HostMsg::Printed { id: id.to_owned(), at: self.now, line }, out);
                }
                Some(response.map_or(Told::Connected, |response| Told::Http(response.into())))
            }
        }
    }

    /// The answer to a packet has come.
    pub(super) fn answered(&mut self, flow: u64, told: Told, out: &mut Out) {
        // Who has given up does not hear it any more.
        let Some(Flow { origin, .. }) = self.flows.remove(&flow) else { return };
        match origin {
            Origin::Session(session) => self.got_answer(session, Some(told), out),
            Origin::Relay { host, flow } => out.send(host, Msg::from(HostMsg::Told { flow, told })),
            Origin::Outside { node, id } => tell_outside(node, id, &told, out),
        }
    }

    /// Time has passed: answers that took it, and packets that nobody answered.
    pub(super) fn time(&mut self, out: &mut Out) {
        while let Some(key) = self.later.keys().next().copied().filter(|(at, _)| *at <= self.now) {
            if let Some(told) = self.later.remove(&key) {
                self.answered(key.1, told, out);
            }
        }
        let now = self.now;
        let over: Vec<u64> =
            self.flows.iter().filter(|(_, flow)| flow.deadline <= now).map(|(number, _)| *number).collect();
        for number in over {
            if let Some(Flow { origin: Origin::Session(session), .. }) = self.flows.remove(&number) {
                self.got_answer(session, None, out);
            }
        }
        self.wake_sessions(out);
    }

    // The API server, which is reached like any other but speaks in its own messages.

    fn ask_server(server: NodeId, packet: Packet, out: &mut Out) {
        let id = packet.flow;
        let msg = match packet.ask {
            Ask::Http(request) => {
                EtcdMsg::Call { id, token: None, request: Request::Http(Arc::unwrap_or_clone(request)) }
            }
            Ask::Connect | Ask::Query(_) => EtcdMsg::Dial { id },
        };
        out.send(server, Msg::Etcd(msg));
    }

    pub(super) fn of_server(&mut self, from: NodeId, msg: EtcdMsg, out: &mut Out) {
        match msg {
            EtcdMsg::Reply { id, result: Ok(Response::Http(response)) } => {
                self.answered(id, Told::Http(response.into()), out);
            }
            EtcdMsg::StreamItem { id, response: Response::Http(mut response) } if self.flows.contains_key(&id) => {
                // One look at what does not end.
                response.more = false;
                self.answered(id, Told::Http(response.into()), out);
                out.send(from, Msg::Etcd(EtcdMsg::Cancel { id }));
            }
            EtcdMsg::Accepted { id } => self.answered(id, Told::Connected, out),
            EtcdMsg::Call { id, request: Request::Http(request), .. } => self.outsider(from, id, request, out),
            EtcdMsg::Dial { id } => out.send(from, Msg::Etcd(EtcdMsg::Accepted { id })),
            _ => {}
        }
    }

    pub(super) fn server_refused(&mut self, msg: &EtcdMsg, out: &mut Out) {
        if let EtcdMsg::Call { id, .. } | EtcdMsg::Dial { id } = msg {
            self.answered(*id, Told::Refused, out);
        }
    }

    /// Somebody outside of the cluster asks at a port of the node, which the request's `Host` names.
    fn outsider(&mut self, node: NodeId, id: u64, request: etcd::rpc::HttpRequest, out: &mut Out) {
        let authority = request.header("host").unwrap_or_default();
        let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "80"));
        let packet = Packet {
            flow: 0,
            source: OUTSIDE.into(),
            to: if crate::proxy::number(host).is_some() { host.to_owned() } else { self.config.ip.clone() },
            port: port.parse().unwrap_or(80),
            udp: false,
            ask: Ask::Http(request.into()),
        };
        self.launch(Origin::Outside { node, id }, REMEMBERED, packet, out);
    }
}

/// The address of somebody outside of the cluster, as servers see it.
const OUTSIDE: &str = "172.18.0.1";

fn tell_outside(node: NodeId, id: u64, told: &Told, out: &mut Out) {
    let msg = match told {
        Told::Http(response) => EtcdMsg::Reply { id, result: Ok(Response::Http((**response).clone())) },
        _ => {
            let status = etcd::rpc::Status::new(etcd::rpc::Code::Unavailable, "connection refused");
            EtcdMsg::Reply { id, result: Err(status) }
        }
    };
    out.send(node, Msg::Etcd(msg));
}

/// `01/Jan/2026:00:00:05 +0000`
fn written(seconds: i64) -> String {
    let moment = Moment::of(seconds);
    format!("{:02}/{}/{}:{} +0000", moment.day, moment.month_name(), moment.year, moment.time())
}
