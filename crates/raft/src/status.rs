//! A member's view of itself and its group.

use sorted::SortedMap;

use crate::{HardState, Membership, ProgressMap, SoftState};

/// A member's view of itself (etcd: raft/status.go, `BasicStatus`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicStatus {
    /// The member's id.
    pub id: u64,
    /// Term, vote and commit index.
    pub hard_state: HardState,
    /// Role and leader.
    pub soft_state: SoftState,
    /// The last index that was applied.
    pub applied: u64,
    /// The first index in the log, after what a snapshot covers.
    pub first_index: u64,
    /// The last index in the log.
    pub last_index: u64,
    /// Who is to become leader, 0 if nobody.
    pub lead_transferee: u64,
    /// Whether the member does not vote.
    pub is_learner: bool,
    /// Ticks since the last sign of the leader; for a leader, since it last checked its quorum.
    pub election_elapsed: u32,
    /// The ticks after which a follower campaigns, or a leader checks its quorum.
    pub election_timeout: u32,
}

/// A member's view of itself and its group (etcd: raft/status.go, `Status`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The member itself.
    pub basic: BasicStatus,
    /// Who belongs to the group.
    pub membership: Membership,
    /// How far each member is. Only a leader knows; for others it is empty.
    pub progress: ProgressMap,
    /// Who voted for or against the member in its candidacy, if it is a candidate or has just won.
    pub votes: SortedMap<u64, bool>,
}
