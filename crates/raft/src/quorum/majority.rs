//! A set of voters of whom more than half decide.

use sorted::{SortedMap, SortedSet};
use std::fmt::{self, Write};

use super::{AckedIndexer, Index, VoteResult};

/// Voters of whom more than half decide (etcd: raft/quorum/majority.go).
///
/// Nobody at all agrees with everything. That makes a joint configuration with one empty half behave as the other half.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct MajorityConfig(pub SortedSet<u64>);

/// Up to so many voters, indexes are sorted without touching the heap.
const FEW: usize = 7;

impl MajorityConfig {
    /// How many voters decide.
    fn quorum(&self) -> usize {
        self.0.len() / 2 + 1
    }

    /// The highest index that a majority has acknowledged.
    pub fn committed_index(&self, acked: &impl AckedIndexer) -> Index {
        let voters = self.0.len();
        if voters == 0 {
            return Index::INFINITY;
        }
        let mut few = [0; FEW];
        let mut many = Vec::new();
        let indexes = if voters <= FEW {
            &mut few[..voters]
        } else {
            many.resize(voters, 0);
            &mut many[..]
        };
        for (slot, &id) in indexes.iter_mut().zip(&self.0) {
            *slot = acked.acked_index(id).unwrap_or(0);
        }
        indexes.sort_unstable();
        Index(indexes[voters - self.quorum()])
    }

    /// Where an election stands, given who voted yes or no so far.
    pub fn vote_result(&self, votes: &SortedMap<u64, bool>) -> VoteResult {
        self.vote_result_by(|id| votes.get(&id).copied())
    }

    /// As [`vote_result`](Self::vote_result), with the votes looked up by `vote`.
    pub(crate) fn vote_result_by(&self, vote: impl Fn(u64) -> Option<bool>) -> VoteResult {
        if self.0.is_empty() {
            return VoteResult::Won;
        }
        let (mut yes, mut missing) = (0, 0);
        for &id in &self.0 {
            match vote(id) {
                Some(true) => yes += 1,
                Some(false) => {}
                None => missing += 1,
            }
        }
        if yes >= self.quorum() {
            VoteResult::Won
        } else if yes + missing >= self.quorum() {
            VoteResult::Pending
        } else {
            VoteResult::Lost
        }
    }

    /// A picture of how far each voter is, one a line, with a longer bar for a higher place.
    pub fn describe(&self, acked: &impl AckedIndexer) -> String {
        if self.0.is_empty() {
            return "<empty majority quorum>".to_owned();
        }
        let width = self.0.len();
        let index_of = |id: u64| acked.acked_index(id);
        let mut out = format!("{:width$}    idx\n", "");
        for &id in &self.0 {
            let index = index_of(id);
            match index {
                None => write!(out, "?{:width$}", ""),
                Some(index) => {
                    // Equal indexes get equal bars: as many as there are voters behind.
                    let bar = self.0.iter().filter(|&&other| index_of(other).unwrap_or(0) < index).count();
                    write!(out, "{}>{:rest$}", "x".repeat(bar), "", rest = width - bar)
                }
            }
            .and_then(|()| writeln!(out, " {:>5}    (id={id:x})", Index(index.unwrap_or(0))))
            .unwrap_or_default();
        }
        out
    }
}

impl FromIterator<u64> for MajorityConfig {
    fn from_iter<I: IntoIterator<Item = u64>>(ids: I) -> MajorityConfig {
        MajorityConfig(ids.into_iter().collect())
    }
}

impl fmt::Display for MajorityConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display_ids(&self.0, f)
    }
}

/// Ids in hexadecimal between parentheses.
pub(crate) fn display_ids(ids: &SortedSet<u64>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_char('(')?;
    for (at, id) in ids.iter().enumerate() {
        if at > 0 {
            f.write_char(' ')?;
        }
        write!(f, "{id:x}")?;
    }
    f.write_char(')')
}
