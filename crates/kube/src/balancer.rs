//! A load balancer for TCP in front of several API servers, such as `--control-plane-endpoint` names
//! (`kubernetes/kubeadm`, `docs/ha-considerations.md`). It knows nothing of Kubernetes: it takes connections, gives each to
//! the next server in turn that is well, and passes on what is said. Whether one is well it learns by asking for `/readyz`.
//! Where none is, it gives connections to all that listen, as load balancers of clouds do: then clients hear from the
//! servers themselves what is wrong.

use crate::Clock;
use crate::component::{Look, Seen};
use crate::log::Log;
use crate::{Msg, Note};
use etcd::rpc::{Code, HttpRequest, Request, Response, Status};
use etcd::server::Msg as EtcdMsg;
use sim::{Actor, Input, Micros, NodeId, Out, Time};
use std::collections::BTreeMap;

/// How often a server is looked at (`inter`), and how many looks in a row change what is thought of it (`fall`, `rise`).
const INTERVAL: Micros = Micros::secs(2);
const FALL: u8 = 3;
const RISE: u8 = 2;

/// One of the servers it gives connections to.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    /// Its line in the configuration: the node's name, and where it listens.
    pub name: String,
    pub address: String,
    pub node: NodeId,
}

/// What it thinks of a server.
#[derive(Clone, Debug)]
struct Backend {
    server: Server,
    is_up: bool,
    /// Whether somebody listens there.
    is_open: bool,
    /// Looks in a row that say otherwise.
    against: u8,
    /// The look that was not answered yet.
    look: Option<u64>,
}

/// A request under way: who has sent it under which number, and to which server it went.
#[derive(Clone, Debug)]
struct Flow {
    client: NodeId,
    id: u64,
    backend: usize,
    /// A connection of its own, as a program's is that asks once; a component has one for all it asks.
    alone: bool,
}

/// The process.
#[derive(Clone, Debug)]
pub(crate) struct Balancer {
    backends: Vec<Backend>,
    /// The server that each component is connected with.
    connections: BTreeMap<NodeId, usize>,
    /// By the number under which they were passed on, and back.
    flows: BTreeMap<u64, Flow>,
    numbers: BTreeMap<(NodeId, u64), u64>,
    last: u64,
    /// Whose turn it is.
    turn: usize,
    look_at: Time,
    log: Log,
}

/// What a message does to its request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Begins,
    GoesOn,
    Ends,
}

/// The number of a client's message, and what that does.
fn asked(msg: &mut Msg) -> Option<(&mut u64, Way)> {
    Some(match msg {
        Msg::Call { id, .. } | Msg::Etcd(EtcdMsg::Call { id, .. } | EtcdMsg::Dial { id }) => (id, Way::Begins),
        Msg::Etcd(EtcdMsg::StreamSend { id, .. }) => (id, Way::GoesOn),
        Msg::Cancel { id } | Msg::Etcd(EtcdMsg::Cancel { id }) => (id, Way::Ends),
        _ => return None,
    })
}

/// The same of a server's message.
fn answered(msg: &mut Msg) -> Option<(&mut u64, Way)> {
    Some(match msg {
        Msg::Event { id, .. } | Msg::Etcd(EtcdMsg::StreamItem { id, .. }) => (id, Way::GoesOn),
        Msg::Answer { id, .. } | Msg::End { id } => (id, Way::Ends),
        Msg::Etcd(EtcdMsg::Reply { id, .. } | EtcdMsg::StreamEnd { id, .. } | EtcdMsg::Accepted { id }) => {
            (id, Way::Ends)
        }
        _ => return None,
    })
}

impl Balancer {
    pub fn new(servers: Vec<Server>, epoch: u64) -> Self {
        // Taken for one that listens until the first look says otherwise.
        let backend = |server| Backend { server, is_up: true, is_open: true, against: FALL - 1, look: None };
        Self {
            backends: servers.into_iter().map(backend).collect(),
            connections: BTreeMap::new(),
            flows: BTreeMap::new(),
            numbers: BTreeMap::new(),
            last: 0,
            turn: 0,
            look_at: Time::ZERO,
            log: Log::new(Clock { epoch }),
        }
    }

    /// The next server in turn that is up.
    fn pick(&mut self) -> Option<usize> {
        let (count, turn) = (self.backends.len(), self.turn);
        let mut in_turn = (0..count).map(|step| (turn + step) % count);
        let mut again = in_turn.clone();
        let up = in_turn.find(|index| self.backends[*index].is_up);
        let found = up.or_else(|| again.find(|index| self.backends[*index].is_open))?;
        self.turn = (found + 1) % count;
        Some(found)
    }

    /// Passes on what a client says.
    fn pass_on(&mut self, client: NodeId, mut msg: Msg, out: &mut Out<Msg, Note>) {
        let alone = matches!(msg, Msg::Etcd(_));
        let Some((id, way)) = asked(&mut msg) else { return };
        let own = *id;
        if way != Way::Begins {
            let Some(number) = self.numbers.get(&(client, own)).copied() else { return };
            *id = number;
            if let Some(flow) = self.flows.get(&number) {
                out.send(self.backends[flow.backend].server.node, msg);
            }
            if way == Way::Ends {
                self.close(number);
            }
            return;
        }
        let known = self.connections.get(&client).copied().filter(|_| !alone);
        let Some(backend) = known.or_else(|| self.pick()) else {
            return Self::refuse(client, own, alone, out);
        };
        if !alone {
            self.connections.insert(client, backend);
        }
        self.last += 1;
        *id = self.last;
        self.flows.insert(self.last, Flow { client, id: own, backend, alone });
        self.numbers.insert((client, own), self.last);
        out.send(self.backends[backend].server.node, msg);
    }

    /// Nobody listens: the connection is closed as soon as it was made.
    fn refuse(client: NodeId, id: u64, alone: bool, out: &mut Out<Msg, Note>) {
        match alone {
            true => {
                let status = Status::new(Code::Unavailable, "EOF");
                out.send(client, Msg::Etcd(EtcdMsg::StreamEnd { id, status }));
            }
            false => out.hang_up(client),
        }
    }

    /// Passes on what a server says.
    fn bring_back(&mut self, mut msg: Msg, out: &mut Out<Msg, Note>) {
        let Some((id, way)) = answered(&mut msg) else { return };
        let number = *id;
        let Some(flow) = self.flows.get(&number) else { return };
        *id = flow.id;
        out.send(flow.client, msg);
        if way == Way::Ends {
            self.close(number);
        }
    }

    fn close(&mut self, number: u64) {
        if let Some(flow) = self.flows.remove(&number) {
            self.numbers.remove(&(flow.client, flow.id));
        }
    }

    /// The connections with a server are broken, and so are those of its clients.
    fn lose(&mut self, backend: usize, out: &mut Out<Msg, Note>) {
        let numbers: Vec<u64> =
            self.flows.iter().filter(|(_, flow)| flow.backend == backend).map(|(number, _)| *number).collect();
        for number in numbers {
            if let Some(flow) = self.flows.get(&number).filter(|flow| flow.alone) {
                Self::refuse(flow.client, flow.id, true, out);
            }
            // One that was only slow to answer need not go on.
            out.send(self.backends[backend].server.node, Msg::Cancel { id: number });
            self.close(number);
        }
        let clients: Vec<NodeId> =
            self.connections.iter().filter(|(_, of)| **of == backend).map(|(client, _)| *client).collect();
        for client in clients {
            self.connections.remove(&client);
            out.hang_up(client);
        }
    }

    /// A client has gone with all it asked for.
    fn forget(&mut self, client: NodeId, out: &mut Out<Msg, Note>) {
        self.connections.remove(&client);
        let numbers: Vec<u64> =
            self.numbers.range((client, 0)..=(client, u64::MAX)).map(|(_, number)| *number).collect();
        for number in numbers {
            if let Some(flow) = self.flows.get(&number) {
                out.send(self.backends[flow.backend].server.node, Msg::Cancel { id: number });
            }
            self.close(number);
        }
    }

    /// Asks the servers whether they are well. One that has not answered the last time is not.
    fn look(&mut self, now: Time, out: &mut Out<Msg, Note>) {
        self.look_at = now + INTERVAL;
        for index in 0..self.backends.len() {
            if self.backends[index].look.is_some() {
                self.judge(now, index, false, "timeout", out);
            }
            self.last += 1;
            self.backends[index].look = Some(self.last);
            let request = HttpRequest {
                method: "GET".into(),
                target: "/readyz".into(),
                headers: Vec::new(),
                body: etcd::Bytes::default(),
                at_peer_port: false,
            };
            let ask = EtcdMsg::Call { id: self.last, token: None, request: Request::Http(request) };
            out.send(self.backends[index].server.node, Msg::Etcd(ask));
        }
    }

    /// What a look has found.
    fn judge(&mut self, now: Time, index: usize, is_well: bool, why: &str, out: &mut Out<Msg, Note>) {
        let backend = &mut self.backends[index];
        backend.look = None;
        if backend.is_up == is_well {
            backend.against = 0;
            return;
        }
        backend.against += 1;
        if backend.against < if is_well { RISE } else { FALL } {
            return;
        }
        (backend.is_up, backend.against) = (is_well, 0);
        let name = backend.server.name.clone();
        let up = self.backends.iter().filter(|backend| backend.is_up).count();
        if is_well {
            let text =
                format!("server {name} is UP: /readyz answers 200; {up} of {} servers are up", self.backends.len());
            return self.log.info(now, "health", &text);
        }
        let text = format!("server {name} is DOWN: {why}; {up} of {} servers are up", self.backends.len());
        self.log.warn(now, "health", &text);
        if up == 0 {
            self.log.error(now, "health", "no server is up: connections go to all that listen");
        }
        self.lose(index, out);
    }

    /// The look at a server with this number.
    fn looked(&self, number: u64) -> Option<usize> {
        self.backends.iter().position(|backend| backend.look == Some(number))
    }

    fn backend(&self, node: NodeId) -> Option<usize> {
        self.backends.iter().position(|backend| backend.server.node == node)
    }
}

impl Actor for Balancer {
    type Msg = Msg;
    type Note = Note;

    fn handle(&mut self, now: Time, input: Input<Msg>, out: &mut Out<Msg, Note>) {
        match input {
            Input::Start => {
                self.log.info(now, "proxy", "takes connections on port 6443");
                self.look(now, out);
            }
            Input::Stop => out.exit(0),
            Input::Wakeup if self.look_at <= now => self.look(now, out),
            Input::Message { msg: Msg::Etcd(EtcdMsg::Reply { id, ref result }), .. } if self.looked(id).is_some() => {
                let Some(index) = self.looked(id) else { return };
                let code = match result {
                    Ok(Response::Http(answer)) => answer.status,
                    _ => 0,
                };
                self.backends[index].is_open = true;
                self.judge(now, index, code == 200, &format!("/readyz answers {code}"), out);
            }
            Input::Message { from, msg } => match self.backend(from) {
                Some(_) => self.bring_back(msg, out),
                None => self.pass_on(from, msg, out),
            },
            Input::Refused { peer, mut msg } => {
                let number = asked(&mut msg).map(|(id, _)| *id);
                let Some(index) = self.backend(peer) else { return };
                self.backends[index].is_open = false;
                match number.and_then(|number| self.looked(number)) {
                    Some(index) => self.judge(now, index, false, "connection refused", out),
                    None => self.lose(index, out),
                }
            }
            Input::Disconnected { peer } => match self.backend(peer) {
                Some(index) => self.lose(index, out),
                None => self.forget(peer, out),
            },
            _ => {}
        }
    }

    fn next_wakeup(&self) -> Option<Time> {
        Some(self.look_at)
    }

    fn crash(&mut self, _lose_unsynced: bool) {
        let servers = self.backends.iter().map(|backend| backend.server.clone()).collect();
        let log = std::mem::replace(&mut self.log, Log::new(Clock { epoch: 0 }));
        // Numbers are not used again, so late answers find nobody.
        let last = self.last;
        *self = Self { log, last, ..Self::new(servers, 0) };
    }

    fn wipe(&mut self) {}
}

impl Seen for Balancer {
    fn look(&self) -> Look {
        let backends = self.backends.iter().enumerate();
        backends.fold(Look::of(&self.log), |look, (index, backend)| {
            let clients = self.connections.values().filter(|of| **of == index).count();
            let alone = self.flows.values().filter(|flow| flow.alone && flow.backend == index).count();
            let word = if backend.is_up { "UP" } else { "DOWN" };
            let Server { name, address, .. } = &backend.server;
            look.with(name, format!("{word}, {address}:6443, {} connections", clients + alone))
        })
    }

    fn log(&mut self) -> Option<&mut Log> {
        Some(&mut self.log)
    }
}
