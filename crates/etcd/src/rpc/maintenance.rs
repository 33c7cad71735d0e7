//! Service Maintenance.

use serde::{Deserialize, Serialize};

use super::ResponseHeader;
use crate::Bytes;

/// What can be wrong with a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AlarmType {
    /// Nothing; in a request, any.
    #[default]
    #[serde(rename = "NONE")]
    None,
    /// The database has reached its quota: reads and deletions only.
    #[serde(rename = "NOSPACE")]
    NoSpace,
    /// The members' data differ.
    #[serde(rename = "CORRUPT")]
    Corrupt,
}

impl AlarmType {
    /// The proto's name, as printed.
    pub fn name(self) -> &'static str {
        match self {
            AlarmType::None => "NONE",
            AlarmType::NoSpace => "NOSPACE",
            AlarmType::Corrupt => "CORRUPT",
        }
    }
}

/// What to do about alarms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AlarmAction {
    /// List them.
    #[default]
    #[serde(rename = "GET")]
    Get,
    /// Raise one.
    #[serde(rename = "ACTIVATE")]
    Activate,
    /// Disarm one.
    #[serde(rename = "DEACTIVATE")]
    Deactivate,
}

/// Gets, raises or disarms alarms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmRequest {
    /// Which of the three.
    pub action: AlarmAction,
    /// Whose alarm; 0 is everybody's when listing.
    #[serde(rename = "memberID")]
    pub member_id: u64,
    /// Which alarm.
    pub alarm: AlarmType,
}

/// One raised alarm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AlarmMember {
    /// Whose.
    #[serde(rename = "memberID")]
    pub member_id: u64,
    /// Which.
    pub alarm: AlarmType,
}

/// The alarms raised, listed or disarmed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// The alarms.
    pub alarms: Vec<AlarmMember>,
}

/// Asks for a member's condition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusRequest {}

/// A member's condition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// Version of the server.
    pub version: String,
    /// Size of the database file, in bytes.
    #[serde(rename = "dbSize")]
    pub db_size: i64,
    /// Id of the leader it knows; 0 for none.
    pub leader: u64,
    /// Last committed index it knows.
    #[serde(rename = "raftIndex")]
    pub raft_index: u64,
    /// Its term.
    #[serde(rename = "raftTerm")]
    pub raft_term: u64,
    /// Last applied index.
    #[serde(rename = "raftAppliedIndex")]
    pub raft_applied_index: u64,
    /// What is wrong: no leader, alarms.
    pub errors: Vec<String>,
    /// Bytes of the database in use; the rest is free pages.
    #[serde(rename = "dbSizeInUse")]
    pub db_size_in_use: i64,
    /// It is a learner.
    #[serde(rename = "isLearner")]
    pub is_learner: bool,
}

/// Gives the free pages of the database file back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefragmentRequest {}

/// Answer to a defragmentation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefragmentResponse {
    /// Who answered.
    pub header: ResponseHeader,
}

/// Asks for the hash of the whole database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashRequest {}

/// Hash of the whole database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// The hash.
    pub hash: u32,
}

/// Asks for the hash of the key-value store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashKvRequest {
    /// Up to this revision; 0 is now.
    pub revision: i64,
}

/// Hash of the key-value store: equal on members that hold the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashKvResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// The hash.
    pub hash: u32,
    /// Where the hashed history begins.
    pub compact_revision: i64,
}

/// Asks for the whole database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotRequest {}

/// A piece of the database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// Bytes that follow this piece.
    pub remaining_bytes: u64,
    /// The piece.
    pub blob: Bytes,
}

/// Hands leadership over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveLeaderRequest {
    /// To whom.
    #[serde(rename = "targetID")]
    pub target_id: u64,
}

/// Answer to a transfer of leadership.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveLeaderResponse {
    /// Who answered.
    pub header: ResponseHeader,
}

/// What to do about a downgrade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DowngradeAction {
    /// Tell whether it would work.
    #[default]
    #[serde(rename = "VALIDATE")]
    Validate,
    /// Allow it.
    #[serde(rename = "ENABLE")]
    Enable,
    /// No longer allow it.
    #[serde(rename = "CANCEL")]
    Cancel,
}

/// Prepares the cluster for an older version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DowngradeRequest {
    /// Which step.
    pub action: DowngradeAction,
    /// Target version, `major.minor`.
    pub version: String,
}

/// Answer to a downgrade request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DowngradeResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// Present version of the cluster.
    pub version: String,
}
