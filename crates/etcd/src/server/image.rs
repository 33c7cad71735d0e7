//! The state of a member at one index of the log: what a snapshot holds.

use raft::{ConfState, EntryId, Snapshot, SnapshotMetadata};
use serde::{Deserialize, Serialize};

use super::members::Members;
use crate::apply;

/// Everything that applying the log up to an entry leads to. Cloning is cheap: it shares the store's records.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Image {
    pub(crate) applied: EntryId,
    pub(crate) conf_state: ConfState,
    pub(crate) members: Members,
    pub(crate) state: apply::Snapshot,
}

impl Image {
    /// Bytes it takes to send: those of the database.
    pub(crate) fn size(&self) -> u64 {
        self.state.size()
    }

    /// What raft knows of it. The state itself travels beside raft's message.
    pub(crate) fn raft_snapshot(&self) -> Snapshot {
        let EntryId { term, index } = self.applied;
        let metadata = SnapshotMetadata { conf_state: self.conf_state.clone(), index, term };
        Snapshot { data: raft::Bytes::EMPTY, metadata }
    }
}
