//! Two majorities that must agree.

use sorted::{SortedMap, SortedSet};
use std::fmt;

use super::{AckedIndexer, Index, MajorityConfig, VoteResult};

/// Two majorities that must both agree, as while a membership is being changed (etcd: raft/quorum/joint.go). Unless a
/// change is under way the outgoing half is empty, which agrees with everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct JointConfig {
    /// The voters that are to be.
    pub incoming: MajorityConfig,
    /// The voters being left.
    pub outgoing: MajorityConfig,
}

impl JointConfig {
    /// Whether two majorities must agree.
    pub fn is_joint(&self) -> bool {
        !self.outgoing.0.is_empty()
    }

    /// Whether one voter decides alone.
    pub fn is_singleton(&self) -> bool {
        self.incoming.0.len() == 1 && !self.is_joint()
    }

    /// Whether `id` votes in either half.
    pub fn contains(&self, id: u64) -> bool {
        self.incoming.0.contains(&id) || self.outgoing.0.contains(&id)
    }

    /// The voters of both halves.
    pub fn ids(&self) -> SortedSet<u64> {
        self.incoming.0.union(&self.outgoing.0).copied().collect()
    }

    /// The highest index committed in both halves.
    pub fn committed_index(&self, acked: &impl AckedIndexer) -> Index {
        self.incoming.committed_index(acked).min(self.outgoing.committed_index(acked))
    }

    /// Where an election stands: one half lost loses it, and it takes both to win.
    pub fn vote_result(&self, votes: &SortedMap<u64, bool>) -> VoteResult {
        self.vote_result_by(|id| votes.get(&id).copied())
    }

    /// As [`vote_result`](Self::vote_result), with the votes looked up by `vote`.
    pub(crate) fn vote_result_by(&self, vote: impl Fn(u64) -> Option<bool>) -> VoteResult {
        match (self.incoming.vote_result_by(&vote), self.outgoing.vote_result_by(&vote)) {
            (one, other) if one == other => one,
            (VoteResult::Lost, _) | (_, VoteResult::Lost) => VoteResult::Lost,
            _ => VoteResult::Pending,
        }
    }

    /// A picture of how far each voter of either half is.
    pub fn describe(&self, acked: &impl AckedIndexer) -> String {
        MajorityConfig(self.ids()).describe(acked)
    }
}

impl fmt::Display for JointConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.incoming.fmt(f)?;
        if self.is_joint() {
            write!(f, "&&{}", self.outgoing)?;
        }
        Ok(())
    }
}
