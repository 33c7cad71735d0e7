//! What a call of the client can end in, with the words a person reads.

use etcd::rpc::{Code, Status};

/// Why the client gave up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientError {
    /// The caller's time ran out. A change may still have happened.
    DeadlineExceeded,
    /// The caller gave up.
    Canceled,
    /// The server's answer.
    Status(Status),
    /// Something of the client's own.
    Other(String),
}

impl ClientError {
    /// Whether this is the given error of etcd (errors are told apart by their text, as upstream does).
    pub fn is(&self, status: &Status) -> bool {
        matches!(self, Self::Status(s) if s.message == status.message)
    }
}

/// Whether a status is one of etcd's own, which are printed without gRPC's preamble.
pub fn is_etcd_error(status: &Status) -> bool {
    status.message.starts_with("etcdserver: ")
}

/// `rpc error: code = Unavailable desc = …`
pub fn grpc_text(status: &Status) -> String {
    format!("rpc error: code = {} desc = {}", status.code.name(), status.message)
}

impl std::fmt::Display for ClientError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::DeadlineExceeded => f.write_str("context deadline exceeded"),
            Self::Canceled => f.write_str("context canceled"),
            Self::Status(status) if is_etcd_error(status) => f.write_str(&status.message),
            Self::Status(status) => f.write_str(&grpc_text(status)),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for ClientError {}

/// gRPC's own status for a connection that broke under a call.
pub fn connection_lost() -> Status {
    Status::new(Code::Unavailable, "error reading from server: EOF")
}
