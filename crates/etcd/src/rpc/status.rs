//! The error half of an answer.

use core::fmt;
use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// gRPC's status codes, those that etcd uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum Code {
    /// No error: a stream that ended in good order.
    Ok = 0,
    /// The caller gave up, or the server ended a stream.
    Canceled = 1,
    /// No better code fits.
    Unknown = 2,
    /// The request is wrong whatever the state.
    InvalidArgument = 3,
    /// Too late; the change may have happened.
    DeadlineExceeded = 4,
    /// What was named does not exist.
    NotFound = 5,
    /// What was to be made exists.
    AlreadyExists = 6,
    /// The caller may not.
    PermissionDenied = 7,
    /// A quota or queue is full.
    ResourceExhausted = 8,
    /// Not in the state this needs.
    FailedPrecondition = 9,
    /// Gave way to a concurrent change.
    Aborted = 10,
    /// A revision outside of what is kept.
    OutOfRange = 11,
    /// No such method here.
    Unimplemented = 12,
    /// A broken invariant.
    Internal = 13,
    /// Not now; a retry may help.
    Unavailable = 14,
    /// Data is gone or corrupt.
    DataLoss = 15,
    /// No valid credentials.
    Unauthenticated = 16,
}

impl Code {
    /// The name as Go's gRPC library prints it (`rpc error: code = NAME desc = …`).
    pub fn name(self) -> &'static str {
        match self {
            Code::Ok => "OK",
            Code::Canceled => "Canceled",
            Code::Unknown => "Unknown",
            Code::InvalidArgument => "InvalidArgument",
            Code::DeadlineExceeded => "DeadlineExceeded",
            Code::NotFound => "NotFound",
            Code::AlreadyExists => "AlreadyExists",
            Code::PermissionDenied => "PermissionDenied",
            Code::ResourceExhausted => "ResourceExhausted",
            Code::FailedPrecondition => "FailedPrecondition",
            Code::Aborted => "Aborted",
            Code::OutOfRange => "OutOfRange",
            Code::Unimplemented => "Unimplemented",
            Code::Internal => "Internal",
            Code::Unavailable => "Unavailable",
            Code::DataLoss => "DataLoss",
            Code::Unauthenticated => "Unauthenticated",
        }
    }

    /// The number on the wire.
    pub fn number(self) -> u8 {
        self as u8
    }
}

/// Why a request failed: gRPC's code and etcd's text. All of etcd's own are in [`super::errors`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// What a client's retry policy looks at.
    pub code: Code,
    /// What a person reads: `etcdserver: …`.
    pub message: String,
}

impl Status {
    /// A status with any text.
    pub fn new<'a>(code: Code, message: impl Into<Cow<'a, str>>) -> Self {
        Status { code, message: message.into().into_owned() }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl core::error::Error for Status {}
