//! A cluster in a simulation, and a client outside of it.
#![allow(dead_code)]

use kubarium_etcd::rpc::*;
use kubarium_etcd::server::{Config, Msg, Server};
use sim::{Cause, EventId, Fault, Input, Micros, NodeId, Sim, Time};

pub const CLIENT: NodeId = NodeId(1_000);

#[derive(Clone)]
pub struct Cluster {
    pub sim: Sim<Server>,
    last_call: u64,
    /// Everything that arrived and was not asked for yet.
    pub mail: Vec<Input<Msg>>,
}

/// A cluster of `members`, started, with its first leader elected and everything published.
pub fn cluster(members: u32, seed: u64) -> Cluster {
    cluster_with(Config::local_cluster(members, seed), seed)
}

pub fn cluster_with(configs: Vec<Config>, seed: u64) -> Cluster {
    let mut sim = Sim::new(seed);
    sim.add_outside(CLIENT);
    let nodes: Vec<_> = (0..).map(NodeId).zip(configs).collect();
    for (node, config) in nodes {
        sim.add_node(node, Server::new(config));
    }
    let mut cluster = Cluster { sim, last_call: 0, mail: Vec::new() };
    for node in cluster.sim.nodes().collect::<Vec<_>>() {
        cluster.fault(Fault::Restart { node, wipe: false });
    }
    cluster.run(Micros::secs(1));
    cluster
}

pub fn kill(node: u32) -> Fault {
    Fault::Crash { node: NodeId(node), lose_unsynced: false }
}

pub fn start(node: u32) -> Fault {
    Fault::Restart { node: NodeId(node), wipe: false }
}

impl Cluster {
    pub fn fault(&mut self, fault: Fault) {
        self.sim.apply(fault).expect("the node exists");
    }

    pub fn run(&mut self, length: Micros) {
        self.sim.run_for(length);
        self.collect();
    }

    fn collect(&mut self) {
        self.mail.extend(self.sim.take_mail().into_iter().map(|mail| mail.input));
    }

    pub fn now(&self) -> Time {
        self.sim.now()
    }

    pub fn server(&self, node: u32) -> &Server {
        self.sim.actor(NodeId(node)).expect("the node exists")
    }

    pub fn send(&mut self, node: u32, request: impl Into<Request>) -> u64 {
        self.send_as(node, None, request)
    }

    pub fn send_as(&mut self, node: u32, token: Option<&str>, request: impl Into<Request>) -> u64 {
        self.last_call += 1;
        let id = self.last_call;
        let msg = Msg::Call { id, token: token.map(str::to_owned), request: request.into() };
        self.sim.inject(CLIENT, NodeId(node), msg, Cause { event: EventId::NONE, root: id });
        id
    }

    pub fn stream_send(&mut self, node: u32, id: u64, request: impl Into<Request>) {
        let msg = Msg::StreamSend { id, request: request.into() };
        self.sim.inject(CLIENT, NodeId(node), msg, Cause { event: EventId::NONE, root: id });
    }

    /// The answer to a call, if it has arrived.
    pub fn take_reply(&mut self, id: u64) -> Option<Result<Response, String>> {
        self.collect();
        let at = self.mail.iter().position(|input| match input {
            Input::Message { msg: Msg::Reply { id: of, .. }, .. } => *of == id,
            Input::Refused { msg: Msg::Call { id: of, .. }, .. } => *of == id,
            _ => false,
        })?;
        Some(match self.mail.remove(at) {
            Input::Message { msg: Msg::Reply { result, .. }, .. } => result.map_err(|status| status.message),
            _ => Err("refused".into()),
        })
    }

    /// Waits for an answer for at most `patience`.
    pub fn wait(&mut self, id: u64, patience: Micros) -> Result<Response, String> {
        let end = self.now() + patience;
        loop {
            if let Some(reply) = self.take_reply(id) {
                return reply;
            }
            match self.sim.next_event_time() {
                Some(next) if next <= end => self.sim.step(),
                _ => {
                    self.sim.run_until(end);
                    return self.take_reply(id).unwrap_or_else(|| Err("no answer".into()));
                }
            };
        }
    }

    pub fn call(&mut self, node: u32, request: impl Into<Request>) -> Result<Response, String> {
        let id = self.send(node, request);
        self.wait(id, Micros::secs(20))
    }

    pub fn put(&mut self, node: u32, key: &str, value: &str) -> Result<Response, String> {
        self.call(node, PutRequest { key: key.into(), value: value.into(), ..Default::default() })
    }

    pub fn get(&mut self, node: u32, key: &str) -> Result<Option<String>, String> {
        self.range(node, key, false)
    }

    pub fn get_serializable(&mut self, node: u32, key: &str) -> Result<Option<String>, String> {
        self.range(node, key, true)
    }

    fn range(&mut self, node: u32, key: &str, serializable: bool) -> Result<Option<String>, String> {
        match self.call(node, RangeRequest { key: key.into(), serializable, ..Default::default() })? {
            Response::Range(range) => Ok(range.kvs.first().map(|kv| kv.value.to_lossy())),
            other => panic!("a range is answered by {other:?}"),
        }
    }

    pub fn status(&mut self, node: u32) -> StatusResponse {
        match self.call(node, StatusRequest {}) {
            Ok(Response::Status(status)) => status,
            other => panic!("status is answered by {other:?}"),
        }
    }

    /// (leads, term, commit index, applied index) as `endpoint status` shows them.
    pub fn raft(&mut self, node: u32) -> (bool, u64, u64, u64) {
        let status = self.status(node);
        (status.leader == status.header.member_id, status.raft_term, status.raft_index, status.raft_applied_index)
    }

    /// Lets time pass until one of the running members leads and the others follow it.
    pub fn wait_leader(&mut self) -> u32 {
        for _ in 0..200 {
            self.run(Micros::millis(100));
            let views: Vec<_> = self.sim.nodes().map(|node| (node, self.server(node.0).view())).collect();
            let running: Vec<_> = views.iter().filter(|(_, view)| view.running).collect();
            if let Some((node, leader)) = running.iter().find(|(_, view)| view.role == "leader")
                && running.iter().all(|(_, view)| view.leader == leader.id && view.term == leader.term)
            {
                return node.0;
            }
        }
        panic!("no leader after 20 s");
    }

    /// Items of a stream that have arrived, taken out.
    pub fn take_stream(&mut self, id: u64) -> Vec<Result<Response, String>> {
        self.collect();
        let mut items = Vec::new();
        let mut rest = Vec::new();
        for input in self.mail.drain(..) {
            match input {
                Input::Message { msg: Msg::StreamItem { id: of, response }, .. } if of == id => {
                    items.push(Ok(response))
                }
                Input::Message { msg: Msg::StreamEnd { id: of, status }, .. } if of == id => {
                    items.push(Err(status.message));
                }
                other => rest.push(other),
            }
        }
        self.mail = rest;
        items
    }
}
