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
mod components;
mod custom;
mod defaults;
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

use std::sync::Arc;

use sim::{Actor, Input, NodeId, Out, Time};

use crate::component::{Look, Seen};
use crate::{Msg, Note};
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
}

impl ApiServer {
    /// One that was not started yet.
    pub fn new(config: Config) -> Self {
        Self { config: Arc::new(config), server: None }
    }

    /// How it is told to run.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Whether it answers: it has read what etcd keeps.
    pub fn is_ready(&self) -> bool {
        self.server.as_ref().is_some_and(|server| server.is_ready())
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
                let mut server = Box::new(Server::new(Arc::clone(&self.config)));
                server.start(now, out);
                self.server = Some(server);
            }
            Input::Stop => out.exit(0),
            input => {
                if let Some(server) = &mut self.server {
                    server.input(now, input, out);
                }
            }
        }
    }

    fn next_wakeup(&self) -> Option<Time> {
        self.server.as_ref().and_then(|server| server.next_wakeup())
    }

    fn crash(&mut self, _lose_unsynced: bool) {
        self.server = None;
    }

    fn wipe(&mut self) {}
}

impl Seen for ApiServer {
    fn look(&self) -> Look {
        let look = Look::default().with("Address", format!("https://{}:6443", self.config.address));
        let Some(server) = &self.server else { return look };
        let serves = if server.is_ready() { "requests" } else { "nobody yet: it reads what etcd keeps" };
        look.with("Serves", serves)
            .with("Objects in its cache", server.cache.len())
            .with("As of revision", server.cache.revision())
            .with("Watches of clients", server.watches())
            .with("Requests under way", server.tasks.len())
    }
}
