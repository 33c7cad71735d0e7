//! Service KV: range, put, delete, transaction, compaction.

use serde::{Deserialize, Serialize};

use super::ResponseHeader;
use crate::Bytes;

/// A key with its value and history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyValue {
    /// The key; never empty.
    pub key: Bytes,
    /// Revision of the key's creation, the last one if it was deleted in between.
    pub create_revision: i64,
    /// Revision of the last change.
    pub mod_revision: i64,
    /// Changes since creation: 1 for a new key; deletion resets it.
    pub version: i64,
    /// The value.
    pub value: Bytes,
    /// Lease the key is attached to; 0 for none.
    pub lease: i64,
}

/// In which order a range comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SortOrder {
    /// As stored: by key.
    #[default]
    #[serde(rename = "NONE")]
    None,
    /// Lowest first.
    #[serde(rename = "ASCEND")]
    Ascend,
    /// Highest first.
    #[serde(rename = "DESCEND")]
    Descend,
}

/// By what a range is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SortTarget {
    /// The key.
    #[default]
    #[serde(rename = "KEY")]
    Key,
    /// The version.
    #[serde(rename = "VERSION")]
    Version,
    /// The revision of creation.
    #[serde(rename = "CREATE")]
    Create,
    /// The revision of the last change.
    #[serde(rename = "MOD")]
    Mod,
    /// The value.
    #[serde(rename = "VALUE")]
    Value,
}

/// Reads the keys of `[key, range_end)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RangeRequest {
    /// First key.
    pub key: Bytes,
    /// End of the range, exclusive. Empty: only `key`. One zero byte: every key from `key` on.
    pub range_end: Bytes,
    /// At most so many keys; 0 is no limit.
    pub limit: i64,
    /// Read as of this revision; 0 or less is now.
    pub revision: i64,
    /// Direction of the sort.
    pub sort_order: SortOrder,
    /// Sort key.
    pub sort_target: SortTarget,
    /// Answer from the member's own state, which may lag, instead of asking the leader how far it must be.
    pub serializable: bool,
    /// Leave the values out.
    pub keys_only: bool,
    /// Only count.
    pub count_only: bool,
    /// Only keys last changed at or after this revision; 0 is no bound.
    pub min_mod_revision: i64,
    /// Only keys last changed at or before this revision; 0 is no bound.
    pub max_mod_revision: i64,
    /// Only keys created at or after this revision; 0 is no bound.
    pub min_create_revision: i64,
    /// Only keys created at or before this revision; 0 is no bound.
    pub max_create_revision: i64,
}

/// The keys of a range.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RangeResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// The keys; empty with `count_only`.
    pub kvs: Vec<KeyValue>,
    /// Whether the limit cut the range short.
    pub more: bool,
    /// Keys in the range, without regard to limit and revision filters.
    pub count: i64,
}

/// Writes a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutRequest {
    /// The key.
    pub key: Bytes,
    /// The value.
    pub value: Bytes,
    /// Lease to attach to; 0 for none.
    pub lease: i64,
    /// Return what was there before.
    pub prev_kv: bool,
    /// Keep the present value; the key must exist.
    pub ignore_value: bool,
    /// Keep the present lease; the key must exist.
    pub ignore_lease: bool,
}

/// Answer to a put.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// What was there before, if asked for.
    pub prev_kv: Option<KeyValue>,
}

/// Deletes the keys of `[key, range_end)`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteRangeRequest {
    /// First key.
    pub key: Bytes,
    /// End, as in [`RangeRequest::range_end`].
    pub range_end: Bytes,
    /// Return what was deleted.
    pub prev_kv: bool,
}

/// Answer to a deletion.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteRangeResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// Number of deleted keys.
    pub deleted: i64,
    /// What was deleted, if asked for.
    pub prev_kvs: Vec<KeyValue>,
}

/// One operation of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RequestOp {
    /// Read.
    #[serde(rename = "request_range")]
    Range(RangeRequest),
    /// Write.
    #[serde(rename = "request_put")]
    Put(PutRequest),
    /// Delete.
    #[serde(rename = "request_delete_range")]
    DeleteRange(DeleteRangeRequest),
    /// A transaction within the transaction.
    #[serde(rename = "request_txn")]
    Txn(TxnRequest),
}

/// The answer to a [`RequestOp`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResponseOp {
    /// Read.
    #[serde(rename = "response_range")]
    Range(RangeResponse),
    /// Write.
    #[serde(rename = "response_put")]
    Put(PutResponse),
    /// Delete.
    #[serde(rename = "response_delete_range")]
    DeleteRange(DeleteRangeResponse),
    /// A transaction within the transaction.
    #[serde(rename = "response_txn")]
    Txn(TxnResponse),
}

/// How a compare relates what is stored to what is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CompareResult {
    /// Stored = given.
    #[default]
    #[serde(rename = "EQUAL")]
    Equal,
    /// Stored > given.
    #[serde(rename = "GREATER")]
    Greater,
    /// Stored < given.
    #[serde(rename = "LESS")]
    Less,
    /// Stored ≠ given.
    #[serde(rename = "NOT_EQUAL")]
    NotEqual,
}

/// What a compare looks at, with the given side (`target` and `target_union` of the proto in one).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CompareTarget {
    /// The key's version; 0 for a key that does not exist.
    #[serde(rename = "version")]
    Version(i64),
    /// Its revision of creation.
    #[serde(rename = "create_revision")]
    Create(i64),
    /// Its revision of the last change.
    #[serde(rename = "mod_revision")]
    Mod(i64),
    /// Its value. A key that does not exist fails every compare of its value.
    #[serde(rename = "value")]
    Value(Bytes),
    /// Its lease.
    #[serde(rename = "lease")]
    Lease(i64),
}

impl Default for CompareTarget {
    fn default() -> Self {
        CompareTarget::Version(0)
    }
}

/// One condition of a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compare {
    /// The relation.
    pub result: CompareResult,
    /// What is compared, with what.
    pub target: CompareTarget,
    /// First key.
    pub key: Bytes,
    /// End, as in [`RangeRequest::range_end`]; the condition must hold for every key of the range.
    pub range_end: Bytes,
}

/// If every compare holds, `success`, else `failure`; all in one revision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TxnRequest {
    /// The conditions, all of which must hold.
    pub compare: Vec<Compare>,
    /// Done if they hold.
    pub success: Vec<RequestOp>,
    /// Done otherwise.
    pub failure: Vec<RequestOp>,
}

/// Answer to a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TxnResponse {
    /// Who answered.
    pub header: ResponseHeader,
    /// Whether the compares held.
    pub succeeded: bool,
    /// One answer for each operation done.
    pub responses: Vec<ResponseOp>,
}

/// Drops the history up to a revision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompactionRequest {
    /// Superseded versions at or before it are dropped.
    pub revision: i64,
    /// Answer only when the space is freed.
    pub physical: bool,
}

/// Answer to a compaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompactionResponse {
    /// Who answered.
    pub header: ResponseHeader,
}
