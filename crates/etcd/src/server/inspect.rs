//! A running member's insides for invariant checkers, at no cost.

use super::Server;
use super::members::MemberId;

/// What an invariant checker looks at.
#[derive(Clone, Copy, Debug)]
pub struct Inspection<'a> {
    /// Which member.
    pub member: MemberId,
    /// The how many-th life of its process this is. The time of its start may not tell: its clock may stand still.
    pub life: u64,
    /// Whether it leads.
    pub leads: bool,
    /// Its term.
    pub term: u64,
    /// Its commit index.
    pub commit: u64,
    /// Its applied index.
    pub applied: u64,
    /// Its log; empty while a write is on its way to the disk, for what is to be overwritten is still there then.
    pub log: &'a [raft::Entry],
    /// The revision of its store.
    pub revision: i64,
    /// The revision up to which its history was compacted.
    pub compact_revision: i64,
    /// How many keys exist.
    pub keys: u64,
    /// How many leases exist.
    pub leases: u64,
}

impl Server {
    /// Why the process ended by itself, if it did.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Whether the process lives and takes itself for the leader. It may have been deposed without knowing.
    pub fn believes_to_lead(&self) -> bool {
        self.process.as_ref().is_some_and(|process| process.raft.basic_status().soft_state.role == raft::Role::Leader)
    }

    /// A look at the running process; none if it does not run.
    pub fn inspect(&self) -> Option<Inspection<'_>> {
        let process = self.process.as_ref()?;
        let basic = process.raft.basic_status();
        let store = &process.machine.store;
        Some(Inspection {
            member: process.me(),
            life: self.lives,
            leads: basic.soft_state.role == raft::Role::Leader,
            term: basic.hard_state.term,
            commit: basic.hard_state.commit,
            applied: process.applied.index,
            log: if process.is_settled() { process.raft.storage().log() } else { &[] },
            revision: store.revision(),
            compact_revision: store.compact_revision(),
            keys: store.key_count(),
            leases: process.machine.lessor.len() as u64,
        })
    }
}
