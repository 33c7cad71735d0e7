//! The arithmetic of majorities.

mod joint;
mod majority;

use sorted::SortedMap;
use std::fmt;

pub use joint::JointConfig;
pub use majority::MajorityConfig;

/// An index of the log, or infinity: what a quorum of nobody has acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Index(pub u64);

impl Index {
    /// Beyond every index.
    pub const INFINITY: Index = Index(u64::MAX);
}

impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Index::INFINITY { f.pad("∞") } else { self.0.fmt(f) }
    }
}

/// How far each voter has acknowledged the log.
pub trait AckedIndexer {
    /// The index `voter` has acknowledged, if it has reported at all.
    fn acked_index(&self, voter: u64) -> Option<u64>;
}

impl AckedIndexer for SortedMap<u64, u64> {
    fn acked_index(&self, voter: u64) -> Option<u64> {
        self.get(&voter).copied()
    }
}

/// Where an election stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VoteResult {
    /// It depends on votes still to come.
    Pending,
    /// A quorum can no longer be had.
    Lost,
    /// A quorum said yes.
    Won,
}

impl fmt::Display for VoteResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            VoteResult::Pending => "VotePending",
            VoteResult::Lost => "VoteLost",
            VoteResult::Won => "VoteWon",
        })
    }
}
