//! What can go wrong, in words.

use std::fmt;

/// Why a storage could not answer. The words are upstream's (etcd: raft/storage.go).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StorageError {
    /// The index was compacted away; a snapshot covers it.
    Compacted,
    /// The index is not in the log yet.
    Unavailable,
    /// A snapshot older than the one already there.
    SnapshotOutOfDate,
    /// No snapshot can be had at the moment; raft asks again later.
    SnapshotTemporarilyUnavailable,
    /// Entries that would leave a hole in the log.
    Gap,
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StorageError::Compacted => "requested index is unavailable due to compaction",
            StorageError::Unavailable => "requested entry at index is unavailable",
            StorageError::SnapshotOutOfDate => "requested index is older than the existing snapshot",
            StorageError::SnapshotTemporarilyUnavailable => "snapshot is temporarily unavailable",
            StorageError::Gap => "missing log entry between the last index and the entries to append",
        })
    }
}

impl std::error::Error for StorageError {}

/// Why a member did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Error {
    /// The proposal was not accepted and may be tried again: no leader, a transfer under way, or too much uncommitted.
    ProposalDropped,
    /// A message that never travels came from outside.
    StepLocalMessage,
    /// An answer came from a member nobody knows.
    StepPeerNotFound,
    /// The configuration makes no sense.
    Config(&'static str),
    /// Bootstrapping was refused.
    Bootstrap(&'static str),
    /// A membership change that would break the group.
    ConfChange(String),
    /// Data that is no membership change.
    Decode(&'static str),
    /// The storage could not answer.
    Storage(StorageError),
    /// The member found its own state broken, as after losing a disk, and must not go on. Upstream panics here.
    Fatal(String),
}

/// The crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Whether the member must not go on after this.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Error::Fatal(_) | Error::Storage(_) | Error::ConfChange(_) | Error::Decode(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::ProposalDropped => f.write_str("raft proposal dropped"),
            Error::StepLocalMessage => f.write_str("raft: cannot step raft local message"),
            Error::StepPeerNotFound => f.write_str("raft: cannot step as peer not found"),
            Error::Config(text) | Error::Bootstrap(text) | Error::Decode(text) => f.write_str(text),
            Error::ConfChange(text) | Error::Fatal(text) => f.write_str(text),
            Error::Storage(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Error {
        Error::Storage(error)
    }
}
