//! What every client of a storm shares: the world, the history, and what they have heard from each other.

use etcd::rpc::Request;
use etcd::server::{Msg, Server};
use sim::{Cause, Micros, NodeId, Random, Sim, Time};

use crate::history::{Call, History, Moment, Outcome};
use crate::model::{Lease, Op, Revision};

/// The address of a client outside of the simulation.
pub(crate) fn address(client: u32) -> NodeId {
    NodeId(1_000 + client)
}

pub(crate) struct Scene {
    pub(crate) sim: Sim<Server>,
    pub(crate) history: History,
    /// The machines that were ever started.
    pub(crate) machines: u32,
    /// Leases that somebody was granted lately.
    pub(crate) leases: Vec<Lease>,
    /// The highest revision anybody has heard of.
    pub(crate) revision: Revision,
    /// When two members last believed at the same time that they lead.
    pub(crate) rivals_at: Option<Time>,
    /// Whether the troubles are over.
    pub(crate) calm: bool,
    last_message: u64,
    last_value: u32,
}

impl Scene {
    pub(crate) fn new(sim: Sim<Server>, machines: u32) -> Scene {
        Scene {
            sim,
            history: History::default(),
            machines,
            leases: Vec::new(),
            revision: 1,
            rivals_at: None,
            calm: false,
            last_message: 0,
            last_value: 0,
        }
    }

    pub(crate) fn now(&self) -> Time {
        self.sim.now()
    }

    pub(crate) fn moment(&mut self) -> Moment {
        self.history.moment(self.sim.now())
    }

    /// A machine by chance, dead or alive.
    pub(crate) fn any_machine(&self, random: &mut Random) -> NodeId {
        NodeId(random.below(u64::from(self.machines)) as u32)
    }

    /// A value that nobody has written.
    pub(crate) fn fresh_value(&mut self) -> u32 {
        self.last_value += 1;
        self.last_value
    }

    /// A number for a message or stream that nobody has used.
    pub(crate) fn fresh_message(&mut self) -> u64 {
        self.last_message += 1;
        self.last_message
    }

    pub(crate) fn send(&mut self, client: u32, to: NodeId, msg: Msg) {
        self.sim.inject(address(client), to, msg, Cause::default());
    }

    /// Sends a request and gives the number its answer will name.
    pub(crate) fn ask(&mut self, client: u32, to: NodeId, request: Request) -> u64 {
        let id = self.fresh_message();
        self.send(client, to, Msg::Call { id, token: None, request });
        id
    }

    /// Notes in the history that a call is made.
    pub(crate) fn begin(&mut self, client: u32, member: NodeId, op: Op) -> usize {
        let called = self.moment();
        let outcome = crate::wire::unanswered(&op);
        self.history.calls.push(Call { client, member: member.0, called, back: None, op, outcome });
        self.history.calls.len() - 1
    }

    /// Notes in the history what became of a call.
    pub(crate) fn end(&mut self, call: usize, outcome: Outcome) {
        let back = self.moment();
        if let Outcome::Answered { revision: Some(revision), .. } = &outcome {
            self.revision = self.revision.max(*revision);
        }
        let call = &mut self.history.calls[call];
        call.back = Some(back);
        call.outcome = outcome;
    }

    /// Whether nobody else believed to lead at any time since then.
    pub(crate) fn had_one_leader_since(&self, then: Time) -> bool {
        self.rivals_at.is_none_or(|rivals| rivals < then)
    }
}

/// A length of time by chance.
pub(crate) fn some_millis(random: &mut Random, most: u64) -> Micros {
    Micros(random.below(most * 1_000) + 1_000)
}
