//! Service Watch: a stream of requests one way and of events the other.

use serde::{Deserialize, Serialize};

use super::{KeyValue, ResponseHeader};
use crate::Bytes;

/// What happened to a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventType {
    /// It was written.
    #[default]
    #[serde(rename = "PUT")]
    Put,
    /// It was deleted, by a client or with its lease.
    #[serde(rename = "DELETE")]
    Delete,
}

/// A change of one key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The kind of change.
    pub r#type: EventType,
    /// After the change. Of a deletion only the key and `mod_revision`, the revision of the deletion, are set.
    pub kv: KeyValue,
    /// Before the change, if asked for and not compacted.
    pub prev_kv: Option<KeyValue>,
}

/// What a watcher sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WatchRequest {
    /// One more watcher on this stream.
    #[serde(rename = "create_request")]
    Create(WatchCreateRequest),
    /// End a watcher.
    #[serde(rename = "cancel_request")]
    Cancel(WatchCancelRequest),
    /// Ask how far the stream's watchers are.
    #[serde(rename = "progress_request")]
    Progress(WatchProgressRequest),
}

/// Events a watcher does not want.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FilterType {
    /// No writes.
    #[serde(rename = "NOPUT")]
    NoPut,
    /// No deletions.
    #[serde(rename = "NODELETE")]
    NoDelete,
}

/// Starts a watcher.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchCreateRequest {
    /// First key.
    pub key: Bytes,
    /// End, as in [`super::RangeRequest::range_end`].
    pub range_end: Bytes,
    /// From this revision on, inclusive; 0 is from now.
    pub start_revision: i64,
    /// Send an empty response now and then, when nothing happens.
    pub progress_notify: bool,
    /// Leave these out.
    pub filters: Vec<FilterType>,
    /// With what was there before.
    pub prev_kv: bool,
    /// The client's own id for the watcher; 0 lets the server choose.
    pub watch_id: i64,
    /// Large revisions may be split over several responses.
    pub fragment: bool,
}

/// Ends a watcher.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchCancelRequest {
    /// Which.
    pub watch_id: i64,
}

/// Asks for progress; answered once every watcher of the stream has caught up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchProgressRequest {}

/// One message to the watching client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchResponse {
    /// Who answered; the revision is the one up to which the watcher has seen everything.
    pub header: ResponseHeader,
    /// For which watcher; -1 for all of the stream.
    pub watch_id: i64,
    /// The watcher has been created.
    pub created: bool,
    /// The watcher has ended.
    pub canceled: bool,
    /// If it ended for asking too far back: the first revision that is still there.
    pub compact_revision: i64,
    /// Why it ended.
    pub cancel_reason: String,
    /// More of the same revision follows.
    pub fragment: bool,
    /// The events, in the order of their revisions.
    pub events: Vec<Event>,
}
