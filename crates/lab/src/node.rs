//! What runs at one address of the simulation.

use etcd::server::{Msg, Note, Server};
use sim::{Actor, Input, Out, Time};

/// A process of the cluster. Today every one is an etcd member; the components of Kubernetes join them here.
#[derive(Clone, Debug)]
pub(crate) struct Node(pub Server);

impl Actor for Node {
    type Msg = Msg;
    type Note = Note;

    fn handle(&mut self, now: Time, input: Input<Msg>, out: &mut Out<Msg, Note>) {
        self.0.handle(now, input, out);
    }

    fn next_wakeup(&self) -> Option<Time> {
        self.0.next_wakeup()
    }

    fn crash(&mut self, lose_unsynced: bool) {
        self.0.crash(lose_unsynced);
    }

    fn wipe(&mut self) {
        self.0.wipe();
    }
}
