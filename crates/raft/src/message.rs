//! Messages between members, and between a member and its own storage.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Bytes, Entry, Snapshot};

/// No member: the leader nobody knows, the vote not given.
pub const NONE: u64 = 0;
/// The address of a member's own log writer, when storage writes are asynchronous.
pub const LOCAL_APPEND_THREAD: u64 = u64::MAX;
/// The address of a member's own state machine, when storage writes are asynchronous.
pub const LOCAL_APPLY_THREAD: u64 = u64::MAX - 1;

/// Whether `id` addresses a member's own storage instead of a member.
pub fn is_local_target(id: u64) -> bool {
    id == LOCAL_APPEND_THREAD || id == LOCAL_APPLY_THREAD
}

/// What a message asks or tells. The names are upstream's without the prefix `Msg`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MessageKind {
    /// Local: start an election.
    #[default]
    Hup,
    /// Local: the leader sends heartbeats.
    Beat,
    /// Append these entries to the log; followers forward it to the leader.
    Prop,
    /// The leader's entries, or an empty probe.
    App,
    /// The answer to `App` and `Snap`.
    AppResp,
    /// A candidate asks for a vote.
    Vote,
    /// The answer to `Vote`.
    VoteResp,
    /// The leader's snapshot, for a follower whose entries are compacted away.
    Snap,
    /// The leader is alive.
    Heartbeat,
    /// The answer to `Heartbeat`.
    HeartbeatResp,
    /// Local: a member could not be reached.
    Unreachable,
    /// Local: how sending a snapshot ended.
    SnapStatus,
    /// Local: the leader checks that a quorum was heard lately.
    CheckQuorum,
    /// Hand leadership to the sender.
    TransferLeader,
    /// The leader tells its successor to campaign at once.
    TimeoutNow,
    /// Ask for the index a linearizable read has to wait for.
    ReadIndex,
    /// The answer to `ReadIndex`.
    ReadIndexResp,
    /// A pre-candidate asks whether it would get a vote.
    PreVote,
    /// The answer to `PreVote`.
    PreVoteResp,
    /// To the member's own log writer.
    StorageAppend,
    /// The log writer is done.
    StorageAppendResp,
    /// To the member's own state machine.
    StorageApply,
    /// The state machine is done.
    StorageApplyResp,
    /// Local: forget the leader, without a new term.
    ForgetLeader,
}

impl MessageKind {
    /// Every kind.
    pub const ALL: [MessageKind; 24] = {
        use MessageKind::*;
        [
            Hup,
            Beat,
            Prop,
            App,
            AppResp,
            Vote,
            VoteResp,
            Snap,
            Heartbeat,
            HeartbeatResp,
            Unreachable,
            SnapStatus,
            CheckQuorum,
            TransferLeader,
            TimeoutNow,
            ReadIndex,
            ReadIndexResp,
            PreVote,
            PreVoteResp,
            StorageAppend,
            StorageAppendResp,
            StorageApply,
            StorageApplyResp,
            ForgetLeader,
        ]
    };

    /// The kind's name as upstream prints it.
    pub fn name(self) -> &'static str {
        use MessageKind::*;
        match self {
            Hup => "MsgHup",
            Beat => "MsgBeat",
            Prop => "MsgProp",
            App => "MsgApp",
            AppResp => "MsgAppResp",
            Vote => "MsgVote",
            VoteResp => "MsgVoteResp",
            Snap => "MsgSnap",
            Heartbeat => "MsgHeartbeat",
            HeartbeatResp => "MsgHeartbeatResp",
            Unreachable => "MsgUnreachable",
            SnapStatus => "MsgSnapStatus",
            CheckQuorum => "MsgCheckQuorum",
            TransferLeader => "MsgTransferLeader",
            TimeoutNow => "MsgTimeoutNow",
            ReadIndex => "MsgReadIndex",
            ReadIndexResp => "MsgReadIndexResp",
            PreVote => "MsgPreVote",
            PreVoteResp => "MsgPreVoteResp",
            StorageAppend => "MsgStorageAppend",
            StorageAppendResp => "MsgStorageAppendResp",
            StorageApply => "MsgStorageApply",
            StorageApplyResp => "MsgStorageApplyResp",
            ForgetLeader => "MsgForgetLeader",
        }
    }

    /// Whether the message never travels on a network.
    pub fn is_local(self) -> bool {
        use MessageKind::*;
        matches!(
            self,
            Hup | Beat
                | Unreachable
                | SnapStatus
                | CheckQuorum
                | StorageAppend
                | StorageAppendResp
                | StorageApply
                | StorageApplyResp
        )
    }

    /// Whether the message answers another, so that its sender has to be a known member.
    pub fn is_response(self) -> bool {
        use MessageKind::*;
        matches!(
            self,
            AppResp
                | VoteResp
                | HeartbeatResp
                | Unreachable
                | ReadIndexResp
                | PreVoteResp
                | StorageAppendResp
                | StorageApplyResp
        )
    }

    /// Whether the message belongs to an election and so carries a term of its own.
    pub(crate) fn is_election(self) -> bool {
        use MessageKind::*;
        matches!(self, Vote | VoteResp | PreVote | PreVoteResp)
    }

    /// Whether only a leader sends it.
    pub(crate) fn is_from_leader(self) -> bool {
        use MessageKind::*;
        matches!(self, App | Heartbeat | Snap)
    }
}

impl fmt::Display for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A message. Which fields mean something depends on `kind`; the others are zero or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Message {
    /// What the message asks or tells.
    pub kind: MessageKind,
    /// The receiving member, or a local storage target.
    pub to: u64,
    /// The sending member, or a local storage target.
    pub from: u64,
    /// The sender's term; 0 marks a local message.
    pub term: u64,
    /// The term of the entry at `index`.
    pub log_term: u64,
    /// `App`: the entry before `entries`. Votes: the candidate's last entry. Answers: what is acknowledged or rejected.
    pub index: u64,
    /// The entries carried.
    pub entries: Vec<Entry>,
    /// The sender's commit index.
    pub commit: u64,
    /// `StorageAppend` only: the vote to record.
    pub vote: u64,
    /// `Snap` and `StorageAppend`: the snapshot to restore.
    pub snapshot: Option<Arc<Snapshot>>,
    /// Whether an answer refuses.
    pub reject: bool,
    /// A rejected `App`: the index from which the logs could match.
    pub reject_hint: u64,
    /// Travels to the receiver and back: campaign types and read-index rounds.
    pub context: Bytes,
    /// What a storage target has to deliver once it is done.
    pub responses: Vec<Message>,
}

impl Message {
    /// An empty message of `kind` to `to`.
    pub fn new(kind: MessageKind, to: u64) -> Message {
        Message { kind, to, ..Message::default() }
    }
}
