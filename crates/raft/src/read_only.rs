//! Reads that wait for a quorum to confirm the leader.

use sorted::SortedMap;
use std::collections::VecDeque;

use crate::quorum::JointConfig;
use crate::{Bytes, Message};

/// A read request and the commit index at which it came.
#[derive(Clone, Debug)]
pub(crate) struct PendingRead {
    pub request: Message,
    pub index: u64,
}

/// Reads not confirmed yet (etcd: raft/read_only.go).
///
/// Reads are counted. A heartbeat carries the count of all reads so far, and its answer confirms, for one member, every
/// read up to that count; so one round confirms all reads that came before it.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReadOnly {
    /// The count each member confirmed.
    acks: SortedMap<u64, u64>,
    unconfirmed: VecDeque<PendingRead>,
    /// How many reads were confirmed and are gone from `unconfirmed`.
    confirmed: u64,
}

impl ReadOnly {
    pub fn add(&mut self, index: u64, request: Message) {
        self.unconfirmed.push_back(PendingRead { request, index });
    }

    /// The count of all reads so far.
    pub fn count(&self) -> u64 {
        self.confirmed + self.unconfirmed.len() as u64
    }

    /// What a heartbeat has to carry to confirm all reads so far; nothing if none waits.
    pub fn heartbeat_context(&self) -> Bytes {
        if self.unconfirmed.is_empty() { Bytes::EMPTY } else { Bytes::from(&self.count().to_le_bytes()) }
    }

    /// Records that `from` returned a heartbeat's context.
    pub fn acknowledge(&mut self, from: u64, context: &[u8]) {
        // Anything else than a count did not come from a heartbeat of this leader.
        if let Ok(count) = context.try_into().map(u64::from_le_bytes) {
            let acked = self.acks.entry(from).or_default();
            *acked = count.max(*acked);
        }
    }

    /// The reads that a quorum of `voters` has confirmed by now.
    pub fn advance(&mut self, voters: &JointConfig) -> impl Iterator<Item = PendingRead> + use<> {
        // A count beyond the reads there are comes from an earlier candidacy of this same leader.
        let confirmed = voters.committed_index(&self.acks).0.min(self.count());
        let new = confirmed.saturating_sub(self.confirmed);
        self.confirmed += new;
        self.unconfirmed.drain(..new as usize).collect::<Vec<_>>().into_iter()
    }
}
