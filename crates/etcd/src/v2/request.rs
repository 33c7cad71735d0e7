//! A request for keys (etcd: etcdserver/etcdserverpb/etcdserver.proto, `Request`).

use serde::{Deserialize, Serialize};

/// What to do. The first four go through the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    Put,
    Post,
    Delete,
    /// A read that takes its turn among the changes.
    QuorumGet,
    /// The leader says what time it is, so that keys expire everywhere alike.
    Sync,
    /// A read, or a wait, at this member alone.
    Get,
    Head,
}

impl Method {
    /// Whether it takes its place in the log.
    pub fn is_replicated(self) -> bool {
        !matches!(self, Method::Get | Method::Head)
    }

    /// The name, as the trace shows it.
    pub fn name(self) -> &'static str {
        match self {
            Method::Put => "PUT",
            Method::Post => "POST",
            Method::Delete => "DELETE",
            Method::QuorumGet => "QGET",
            Method::Sync => "SYNC",
            Method::Get => "GET",
            Method::Head => "HEAD",
        }
    }
}

/// A request for keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRequest {
    /// What to do.
    pub method: Method,
    /// The key, a canonical path.
    pub path: String,
    /// The value to write.
    pub value: String,
    /// Whether the key is a directory.
    pub dir: bool,
    /// Only if this is the value; empty for any.
    pub prev_value: String,
    /// Only if this is the index of the last change; 0 for any.
    pub prev_index: u64,
    /// Only if the key is there, or is not.
    pub prev_exist: Option<bool>,
    /// When the key shall expire, in microseconds since 1970.
    pub expiration: Option<u64>,
    /// Wait for a change instead of reading.
    pub wait: bool,
    /// The first change to wait for; 0 for the next.
    pub since: u64,
    /// Also what is below.
    pub recursive: bool,
    /// List in the order of names.
    pub sorted: bool,
    /// Keep telling of changes.
    pub stream: bool,
    /// Change only the time to live.
    pub refresh: bool,
    /// Do not send back what was written.
    pub no_value_on_success: bool,
    /// When it was asked, in microseconds since 1970.
    pub time: u64,
}

impl KeyRequest {
    /// A request without conditions.
    pub fn new(method: Method, path: impl Into<String>, time: u64) -> KeyRequest {
        KeyRequest {
            method,
            path: path.into(),
            value: String::new(),
            dir: false,
            prev_value: String::new(),
            prev_index: 0,
            prev_exist: None,
            expiration: None,
            wait: false,
            since: 0,
            recursive: false,
            sorted: false,
            stream: false,
            refresh: false,
            no_value_on_success: false,
            time,
        }
    }
}
