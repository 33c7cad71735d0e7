//! Log entries and what they weigh.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Bytes;

/// What an entry's data means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EntryKind {
    /// Data of the application; empty data is the entry every new leader begins its term with.
    #[default]
    Normal,
    /// An encoded [`ConfChange`](crate::ConfChange).
    ConfChange,
    /// An encoded [`ConfChangeV2`](crate::ConfChangeV2).
    ConfChangeV2,
}

impl EntryKind {
    /// The kind's name as upstream prints it.
    pub fn name(self) -> &'static str {
        match self {
            EntryKind::Normal => "EntryNormal",
            EntryKind::ConfChange => "EntryConfChange",
            EntryKind::ConfChangeV2 => "EntryConfChangeV2",
        }
    }

    /// Whether the entry changes the group's membership once it is applied.
    pub fn is_conf_change(self) -> bool {
        self != EntryKind::Normal
    }
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The identity of an entry: a leader's term and the place in the log. A leader never makes two entries with the same
/// index, and a term has one leader at most, so equal ids mean equal entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EntryId {
    /// The term of the leader that first appended the entry.
    pub term: u64,
    /// The place in the log, counted from 1.
    pub index: u64,
}

/// One entry of the replicated log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Entry {
    /// The term of the leader that first appended the entry.
    pub term: u64,
    /// The place in the log, counted from 1.
    pub index: u64,
    /// What `data` means.
    pub kind: EntryKind,
    /// The payload.
    pub data: Bytes,
}

impl Entry {
    /// An entry to propose: its term and index are given by the leader that appends it.
    pub fn proposal(data: impl Into<Bytes>) -> Entry {
        Entry { data: data.into(), ..Entry::default() }
    }

    /// The entry's term and index.
    pub fn id(&self) -> EntryId {
        EntryId { term: self.term, index: self.index }
    }

    /// Bytes of the payload alone; a new leader's empty entry weighs nothing.
    pub fn payload_size(&self) -> u64 {
        self.data.len() as u64
    }

    /// Bytes of the entry in etcd's protobuf encoding, which is what all size limits are counted in.
    pub fn encoded_size(&self) -> u64 {
        let mut size = 2 + varint_size(self.term) + varint_size(self.index);
        if self.kind != EntryKind::Normal {
            size += 2;
        }
        if !self.data.is_empty() {
            size += 1 + varint_size(self.payload_size()) + self.payload_size();
        }
        size
    }
}

/// Bytes a protobuf varint takes.
fn varint_size(value: u64) -> u64 {
    u64::from((value | 1).ilog2() / 7 + 1)
}

/// The payload bytes of all `entries`.
pub(crate) fn payload_size(entries: &[Entry]) -> u64 {
    entries.iter().map(Entry::payload_size).sum()
}

/// The encoded bytes of all `entries`.
pub(crate) fn encoded_size(entries: &[Entry]) -> u64 {
    entries.iter().map(Entry::encoded_size).sum()
}

/// The longest prefix of `entries` that stays within `max_size` encoded bytes, but never less than one entry (etcd:
/// raft/util.go, `limitSize`). Storages use it to answer [`Storage::entries`](crate::Storage::entries).
pub fn limit_size(entries: &[Entry], max_size: u64) -> &[Entry] {
    if max_size == u64::MAX || entries.len() <= 1 {
        return entries;
    }
    let mut size = entries[0].encoded_size();
    for (at, entry) in entries.iter().enumerate().skip(1) {
        size += entry.encoded_size();
        if size > max_size {
            return &entries[..at];
        }
    }
    entries
}
