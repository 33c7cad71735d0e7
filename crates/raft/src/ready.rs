//! What a member wants done.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Bytes, Entry, HardState, Message, Snapshot, SoftState};

/// A linearizable read may be served once the application has applied `index`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReadState {
    /// The commit index when the request reached the leader.
    pub index: u64,
    /// The context given to [`read_index`](crate::RawNode::read_index), to know which request this answers.
    pub context: Bytes,
}

/// What is to be stored, sent and applied (etcd: raft/node.go, `Ready`).
///
/// In this order: write `entries`, `hard_state` and `snapshot`, and wait for the disk if `must_sync`; send `messages`;
/// apply `snapshot` and `committed_entries`; call [`advance`](crate::RawNode::advance). With asynchronous storage writes,
/// only the messages matter: those to local targets carry everything else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// The role and leader, if they changed.
    pub soft_state: Option<SoftState>,
    /// The term, vote and commit index, if they changed.
    pub hard_state: Option<HardState>,
    /// Reads that can be served.
    pub read_states: Vec<ReadState>,
    /// Entries to append to the log before `messages` are sent.
    pub entries: Vec<Entry>,
    /// A snapshot that replaces the log.
    pub snapshot: Option<Arc<Snapshot>>,
    /// Entries to apply to the application's state.
    pub committed_entries: Vec<Entry>,
    /// Messages to send.
    pub messages: Vec<Message>,
    /// Whether the writes have to reach the disk before `messages` are sent.
    pub must_sync: bool,
}
