//! A load of puts straight at the members, without shell and programs: what the cluster itself can take.

use crate::{WorldSetup, cluster::Cluster};
use border::{LEARNER, Listener, Message, Sending};
use etcd::{
    Bytes,
    rpc::{PutRequest, Request},
    server::Msg as EtcdMsg,
};
use kube::Msg;
use sim::{Input, NodeId};

/// Clients that put one key after the other, each waiting for its answer.
pub struct PutLoad {
    cluster: Cluster,
    target: NodeId,
    value: Bytes,
    sent: u64,
    answered: u64,
    failed: u64,
}

impl PutLoad {
    /// A settled cluster and so many clients, connected to the first member.
    pub fn new(members: u8, clients: u32, value_size: usize, seed: u64) -> Self {
        let mut cluster = Cluster::new(seed, &WorldSetup::of_members(members));
        for tenth in 1..=300 {
            cluster.run_until(tenth * 100_000);
            if cluster.is_settled() {
                break;
            }
        }
        // What is measured is the cluster; nobody looks at the trace.
        cluster.sim.set_trace_capacity(0);
        let target = match cluster.names().find("127.0.0.1", 2379) {
            Some(Listener::Client(node)) => node,
            _ => NodeId(0),
        };
        let mut load = Self { cluster, target, value: vec![b'x'; value_size].into(), sent: 0, answered: 0, failed: 0 };
        for _ in 0..clients {
            load.put();
        }
        load
    }

    fn put(&mut self) {
        self.sent += 1;
        let key = format!("key-{:08}", self.sent % 100_000);
        let request =
            Request::Put(PutRequest { key: key.as_str().into(), value: self.value.clone(), ..Default::default() });
        let message = Message::Call { id: self.sent, token: None, request };
        self.cluster.inject(Sending { to: self.target, message, command: 0 });
    }

    /// Runs until so many puts were answered; the clients go on putting meanwhile.
    pub fn run(&mut self, answers: u64) {
        let until = self.answered + answers;
        while self.answered < until && self.cluster.next_event().is_some() {
            self.cluster.step();
            for mail in self.cluster.take_mail() {
                if let Input::Message { msg: Msg::Etcd(EtcdMsg::Reply { result, .. }), .. } = mail.input {
                    debug_assert_eq!(mail.to, LEARNER);
                    self.answered += 1;
                    self.failed += u64::from(result.is_err());
                    self.put();
                }
            }
        }
    }

    /// Puts that were answered with an error.
    pub fn failed(&self) -> u64 {
        self.failed
    }
}
