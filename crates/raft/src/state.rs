//! What a member keeps on disk, and what it is at the moment.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Bytes;

/// A member's role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// Follows a leader or waits for one.
    #[default]
    Follower,
    /// Asks for votes in a new term.
    Candidate,
    /// Orders the log of its term.
    Leader,
    /// Asks whether an election could be won, without raising the term yet.
    PreCandidate,
}

impl Role {
    /// The role's name as upstream prints it.
    pub fn name(self) -> &'static str {
        match self {
            Role::Follower => "StateFollower",
            Role::Candidate => "StateCandidate",
            Role::Leader => "StateLeader",
            Role::PreCandidate => "StatePreCandidate",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// State that need not survive a restart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SoftState {
    /// The leader this member knows of, 0 if none.
    pub lead: u64,
    /// The member's role.
    pub role: Role,
}

/// State that must be on disk before messages that depend on it are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HardState {
    /// The current term.
    pub term: u64,
    /// Who got this member's vote in `term`, 0 if nobody.
    pub vote: u64,
    /// The highest index known to be committed.
    pub commit: u64,
}

impl HardState {
    /// Whether nothing was ever recorded.
    pub fn is_empty(&self) -> bool {
        *self == HardState::default()
    }
}

/// A group's membership, in the form kept in snapshots. While `voters_outgoing` is not empty the configuration is joint:
/// both majorities must agree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ConfState {
    /// The voters of the incoming configuration.
    pub voters: Vec<u64>,
    /// Members that receive the log but do not vote.
    pub learners: Vec<u64>,
    /// The voters of the configuration being left, empty unless joint.
    pub voters_outgoing: Vec<u64>,
    /// Voters that become learners once the joint configuration is left.
    pub learners_next: Vec<u64>,
    /// Whether the leader leaves the joint configuration by itself.
    pub auto_leave: bool,
}

impl ConfState {
    /// A plain configuration of `voters` and `learners`.
    pub fn new(voters: Vec<u64>, learners: Vec<u64>) -> ConfState {
        ConfState { voters, learners, ..ConfState::default() }
    }

    /// Whether both describe the same membership, whatever the order of the ids.
    pub fn is_equivalent(&self, other: &ConfState) -> bool {
        fn same(a: &[u64], b: &[u64]) -> bool {
            let sorted = |ids: &[u64]| {
                let mut ids = ids.to_vec();
                ids.sort_unstable();
                ids
            };
            a == b || sorted(a) == sorted(b)
        }
        same(&self.voters, &other.voters)
            && same(&self.learners, &other.learners)
            && same(&self.voters_outgoing, &other.voters_outgoing)
            && same(&self.learners_next, &other.learners_next)
            && self.auto_leave == other.auto_leave
    }
}

/// Where a snapshot stands in the log, and who belonged to the group there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SnapshotMetadata {
    /// The membership at `index`.
    pub conf_state: ConfState,
    /// The last index the snapshot covers.
    pub index: u64,
    /// The term of the entry at `index`.
    pub term: u64,
}

/// The application's state at an index, in place of the log up to there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Snapshot {
    /// The application's state, opaque to raft.
    pub data: Bytes,
    /// Where it stands.
    pub metadata: SnapshotMetadata,
}

impl Snapshot {
    /// Whether there is no snapshot: index 0 comes before every entry.
    pub fn is_empty(&self) -> bool {
        self.metadata.index == 0
    }
}
