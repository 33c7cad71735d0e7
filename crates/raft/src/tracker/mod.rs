//! What a leader knows of its group.

mod inflights;
mod progress;

use sorted::{SortedMap, SortedSet};
use std::fmt;

pub use inflights::Inflights;
pub use progress::{Progress, ProgressState};

use crate::ConfState;
use crate::quorum::{AckedIndexer, JointConfig, MajorityConfig, VoteResult};

/// A group's membership (etcd: raft/tracker/tracker.go, `Config`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Membership {
    /// Who votes.
    pub voters: JointConfig,
    /// Whether the leader leaves a joint configuration by itself.
    pub auto_leave: bool,
    /// Who receives the log without voting. Never a voter of either half at the same time.
    pub learners: SortedSet<u64>,
    /// Voters of the outgoing half who become learners once it is left. They cannot be learners before that, since they
    /// still vote.
    pub learners_next: SortedSet<u64>,
}

impl Membership {
    /// The membership as it is kept in snapshots.
    pub fn conf_state(&self) -> ConfState {
        let list = |ids: &SortedSet<u64>| ids.iter().copied().collect();
        ConfState {
            voters: list(&self.voters.incoming.0),
            learners: list(&self.learners),
            voters_outgoing: list(&self.voters.outgoing.0),
            learners_next: list(&self.learners_next),
            auto_leave: self.auto_leave,
        }
    }
}

impl fmt::Display for Membership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "voters={}", self.voters)?;
        for (name, ids) in [("learners", &self.learners), ("learners_next", &self.learners_next)] {
            if !ids.is_empty() {
                write!(f, " {name}={}", MajorityConfig(ids.clone()))?;
            }
        }
        if self.auto_leave {
            f.write_str(" autoleave")?;
        }
        Ok(())
    }
}

/// Every member's progress, by id.
pub type ProgressMap = SortedMap<u64, Progress>;

impl AckedIndexer for ProgressMap {
    fn acked_index(&self, voter: u64) -> Option<u64> {
        self.get(&voter).map(|progress| progress.match_index)
    }
}

/// The membership together with every member's progress and the votes of the election under way.
#[derive(Clone, Debug)]
pub struct Tracker {
    /// Who belongs to the group.
    pub membership: Membership,
    /// How far each member is.
    pub progress: ProgressMap,
    pub(crate) votes: SortedMap<u64, bool>,
    max_inflight_msgs: usize,
    max_inflight_bytes: u64,
}

impl Tracker {
    /// Nobody yet. The limits hold for every member's window of messages on their way.
    pub fn new(max_inflight_msgs: usize, max_inflight_bytes: u64) -> Tracker {
        Tracker {
            membership: Membership::default(),
            progress: ProgressMap::new(),
            votes: SortedMap::new(),
            max_inflight_msgs,
            max_inflight_bytes,
        }
    }

    pub(crate) fn inflights(&self) -> Inflights {
        Inflights::new(self.max_inflight_msgs, self.max_inflight_bytes)
    }

    /// The highest index a quorum has acknowledged.
    pub(crate) fn committed(&self) -> u64 {
        self.membership.voters.committed_index(&self.progress).0
    }

    /// The member after `id` in order of ids: a walk over all members that leaves the tracker free to be changed.
    pub(crate) fn next_after(&self, id: u64) -> Option<u64> {
        self.progress.range(id + 1..).next().map(|(&next, _)| next)
    }

    /// Whether a quorum was heard within the last election timeout.
    pub(crate) fn quorum_active(&self) -> bool {
        let active = |id| self.progress.get(&id).filter(|progress| !progress.is_learner).map(|p| p.recent_active);
        self.membership.voters.vote_result_by(active) == VoteResult::Won
    }

    pub(crate) fn reset_votes(&mut self) {
        self.votes.clear();
    }

    /// Records a vote; the first one of each member counts.
    pub(crate) fn record_vote(&mut self, id: u64, granted: bool) {
        self.votes.entry(id).or_insert(granted);
    }

    /// How many voters granted and rejected, and where that leaves the election.
    pub(crate) fn tally_votes(&self) -> (usize, usize, VoteResult) {
        let voter = |id: &u64| self.progress.get(id).is_some_and(|progress| !progress.is_learner);
        let count = |what| self.votes.iter().filter(|&(id, &granted)| granted == what && voter(id)).count();
        (count(true), count(false), self.membership.voters.vote_result(&self.votes))
    }
}
