//! Consensus as etcd's raft does it, without time and without I/O.
//!
//! A [`RawNode`] is one member of a group. It is told of time by [`tick`](RawNode::tick), of messages by
//! [`step`](RawNode::step) and of what its application wants by [`propose`](RawNode::propose) and its like; what it wants
//! done it says in a [`Ready`]. It does nothing by itself, so the same calls always have the same effects.
//!
//! The rules, the names and the log lines are those of etcd's raft library (<https://github.com/etcd-io/raft>). Comments
//! of the form "etcd: raft/log.go" name the place a rule comes from.
#![forbid(unsafe_code)]

mod bytes;
mod conf_change;
mod config;
mod describe;
mod entry;
mod error;
mod log;
mod mem_storage;
mod message;
mod planted;
pub mod quorum;
mod raft;
mod raw_node;
mod read_only;
mod ready;
mod sink;
mod state;
mod status;
mod storage;
mod tracker;
mod unstable;

pub use bytes::Bytes;
pub use conf_change::{
    AnyConfChange, Changer, ConfChange, ConfChangeSingle, ConfChangeTransition, ConfChangeType, ConfChangeV2,
};
pub use config::{Config, NO_LIMIT, ReadOnlyOption};
pub use describe::{Describe, quote};
pub use entry::{Entry, EntryId, EntryKind, limit_size};
pub use error::{Error, Result, StorageError};
pub use mem_storage::MemStorage;
pub use message::{LOCAL_APPEND_THREAD, LOCAL_APPLY_THREAD, Message, MessageKind, NONE, is_local_target};
pub use planted::PlantedBug;
pub use raw_node::{RawNode, SnapshotStatus};
pub use ready::{ReadState, Ready};
pub use sink::{Event, LogLevel, LogLine};
pub use state::{ConfState, HardState, Role, Snapshot, SnapshotMetadata, SoftState};
pub use status::{BasicStatus, Status};
pub use storage::Storage;
pub use tracker::{Inflights, Membership, Progress, ProgressMap, ProgressState, Tracker};
