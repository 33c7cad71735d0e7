//! kube-apiserver: the only one who talks to etcd, and whom everybody else talks to.
//!
//! It keeps a cache of everything under `/registry/`, fed by one watch of etcd. A read asks etcd how far it is and is
//! answered from the cache as soon as that is as far; a write is a transaction that holds only if the object is still
//! the one the change was worked out for, and is worked out anew if it is not. What a request causes in etcd carries the
//! request as its cause.

mod admission;
mod authn;
mod authz;
mod backend;
mod bootstrap;
mod cache;
mod compaction;
mod components;
mod custom;
mod defaults;
mod exec;
mod feed;
mod heartbeat;
mod http;
mod json_words;
mod logs;
mod meta;
mod page;
mod patch;
mod quantity;
mod read;
mod schema;
mod selector;
mod server;
mod strategy;
mod table;
mod task;
mod tokens;
mod validate;
mod view;
mod watchers;
mod write;

#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use sim::{Actor, Input, NodeId, Out, Time};

use crate::component::{Look, Seen};
use crate::log::Log;
use crate::{Msg, Note};
use etcd::rpc::Request as Asked;
use etcd::server::Msg as EtcdMsg;
use server::Server;

/// The flags of kube-apiserver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `--etcd-servers`: the members of etcd.
    pub etcd: Vec<NodeId>,
    /// `--advertise-address`: where others reach it.
    pub address: String,
    /// The name of the machine.
    pub hostname: String,
    /// `--service-cluster-ip-range`
    pub service_cidr: String,
    /// Where the kubelet of each address is.
    pub kubelets: Arc<[(String, NodeId)]>,
    /// The second of Unix time at which the simulation begins.
    pub epoch: u64,
    /// What `/version` says: `v1.36.2`.
    pub version: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            etcd: Vec::new(),
            address: "172.18.0.10".into(),
            hostname: "controlplane".into(),
            service_cidr: "10.96.0.0/12".into(),
            kubelets: Arc::default(),
            epoch: 1_767_225_600,
            version: "v1.36.2".into(),
        }
    }
}

/// The machine's API server: its flags, and the process while it runs. It keeps nothing on a disk.
#[derive(Clone, Debug)]
pub struct ApiServer {
    config: Arc<Config>,
    server: Option<Box<Server>>,
    log: Log,
    /// What was asked since it started, by verb.
    requests: BTreeMap<String, u64>,
}

impl ApiServer {
    /// One that was not started yet.
    pub fn new(config: Config) -> Self {
        let log = Log::new(crate::Clock { epoch: config.epoch });
        Self { config: Arc::new(config), server: None, log, requests: BTreeMap::new() }
    }

    /// How it is told to run.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Whether it answers: it has read what etcd keeps.
    pub fn is_ready(&self) -> bool {
        self.server.as_ref().is_some_and(|server| server.is_ready())
    }

    /// Counts a request.
    fn count(&mut self, input: &Input<Msg>) {
        let verb = match input {
            Input::Message { msg: Msg::Call { request, .. }, .. } => request.verb.name(),
            Input::Message { msg: Msg::Etcd(EtcdMsg::Call { request: Asked::Http(request), .. }), .. } => {
                &request.method
            }
            _ => return,
        };
        match self.requests.get_mut(verb) {
            Some(count) => *count += 1,
            None => drop(self.requests.insert(verb.to_owned(), 1)),
        }
    }

    /// Tells its log when it begins to serve, and when etcd goes and comes.
    fn tell(&mut self, now: Time, (was_ready, was_watching): (bool, bool), (is_ready, is_watching): (bool, bool)) {
        if is_ready && !was_ready {
            self.log.info(now, "cacher.go:489", "cacher: initialized");
            self.log.info(now, "secure_serving.go:211", "Serving securely on [::]:6443");
        }
        if was_watching && !is_watching {
            let text = "[core] grpc: addrConn.createTransport failed to connect to {Addr: \"127.0.0.1:2379\"}. Err: \
                connection error: desc = \"transport: Error while dialing: dial tcp 127.0.0.1:2379: connect: connection \
                refused\"";
            self.log.warn(now, "logging.go:55", text);
        }
    }

    /// How many watches clients have open.
    pub fn watches(&self) -> usize {
        self.server.as_ref().map_or(0, |server| server.watches())
    }
}

impl Actor for ApiServer {
    type Msg = Msg;
    type Note = Note;

    fn handle(&mut self, now: Time, input: Input<Msg>, out: &mut Out<Msg, Note>) {
        match input {
            Input::Start => {
                let text = format!("Version: {}", self.config.version);
                self.log.info(now, "server.go:150", &text);
                let mut server = Box::new(Server::new(Arc::clone(&self.config)));
                server.start(now, out);
                self.server = Some(server);
            }
            Input::Stop => out.exit(0),
            input => {
                self.count(&input);
                let Some(server) = &mut self.server else { return };
                let before = (server.is_ready(), server.has_watch());
                server.input(now, input, out);
                let after = (server.is_ready(), server.has_watch());
                self.tell(now, before, after);
            }
        }
    }

    fn next_wakeup(&self) -> Option<Time> {
        self.server.as_ref().and_then(|server| server.next_wakeup())
    }

    fn crash(&mut self, _lose_unsynced: bool) {
        self.server = None;
        self.requests.clear();
    }

    fn wipe(&mut self) {}
}

impl Seen for ApiServer {
    fn look(&self) -> Look {
        let look = Look::of(&self.log).with("Address", format!("https://{}:6443", self.config.address));
        let Some(server) = &self.server else { return look };
        let requests: Vec<String> = self.requests.iter().map(|(verb, count)| format!("{verb} {count}")).collect();
        let serves = if server.is_ready() { "requests" } else { "nobody yet: it reads what etcd keeps" };
        look.with("Serves", serves)
            .with("Objects in its cache", server.cache.len())
            .with("As of revision", server.cache.revision())
            .with("Watches of clients", server.watches())
            .with("Requests under way", server.tasks.len())
            .with("Requests by verb", requests.join(", "))
            .with("etcd", if server.has_watch() { "connected" } else { "not reached" })
    }

    fn log(&mut self) -> Option<&mut Log> {
        Some(&mut self.log)
    }
}
