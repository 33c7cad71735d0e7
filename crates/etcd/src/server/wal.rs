//! A member's disk: the write-ahead log and the last image of the state (etcd: server/storage/wal, the snap directory).

use sorted::SortedSet;
use std::sync::Arc;

use raft::{
    AnyConfChange, ConfChangeType, ConfState, Entry, EntryId, HardState, Snapshot, Storage, StorageError, limit_size,
};
use serde::{Deserialize, Serialize};

use super::image::Image;
use super::members::{MemberChange, MemberId};

/// What was written but is not durable yet.
#[derive(Clone, Debug, Default)]
struct Unsynced {
    hard_state: Option<HardState>,
    entries: Vec<Entry>,
    image: Option<Arc<Image>>,
}

/// The durable half of a member. Raft reads its log here; what it has not handed out for writing it knows itself.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Wal {
    hard_state: HardState,
    image: Option<Arc<Image>>,
    /// The entry before the first that is kept.
    before: EntryId,
    entries: Vec<Entry>,
    #[serde(skip)]
    unsynced: Unsynced,
    /// The membership at the index from which the process started to apply.
    #[serde(skip)]
    start: Option<ConfState>,
}

impl Wal {
    /// A log that begins at an image, as after restoring a snapshot.
    pub(crate) fn from_image(image: Image, hard_state: HardState) -> Wal {
        Wal { hard_state, before: image.applied, image: Some(Arc::new(image)), ..Wal::default() }
    }

    /// Whether nothing was ever written.
    pub(crate) fn is_empty(&self) -> bool {
        self.image.is_none() && self.entries.is_empty() && self.hard_state.is_empty()
    }

    /// The last durable image of the state.
    pub(crate) fn image(&self) -> Option<&Arc<Image>> {
        self.image.as_ref()
    }

    /// The durable term, vote and commit index.
    pub(crate) fn hard_state(&self) -> HardState {
        self.hard_state
    }

    /// The kept entries, oldest first.
    pub(crate) fn log(&self) -> &[Entry] {
        &self.entries
    }

    /// The process starts with this state already applied, which may be newer than the log's own image. Gives its index.
    pub(crate) fn start_from(&mut self, image: Option<&Image>) -> u64 {
        self.start = image.map(|image| image.conf_state.clone());
        let applied = image.map_or(0, |image| image.applied.index);
        self.hard_state.commit = self.hard_state.commit.max(applied);
        applied
    }

    /// Makes `me` the only member: what is not committed is dropped, and the removal of everyone else is committed (etcd:
    /// server/etcdserver/raft.go, `restartAsStandaloneNode`). `known` is the membership at the index `applied`.
    ///
    /// # Errors
    /// If the log cannot be written, which would be a mistake of ours.
    pub(crate) fn force_alone(&mut self, me: MemberId, known: &ConfState, applied: u64) -> Result<(), String> {
        let commit = self.hard_state.commit.max(applied);
        self.entries.truncate(self.offset(commit + 1));
        let mut members: SortedSet<MemberId> = known.voters.iter().chain(&known.learners).copied().collect();
        for entry in self.entries.iter().filter(|entry| entry.index > applied) {
            if let Ok(Some(AnyConfChange::V1(change))) = AnyConfChange::from_entry(entry.kind, &entry.data) {
                match change.change_type {
                    ConfChangeType::RemoveNode => members.remove(&change.node_id),
                    _ => members.insert(change.node_id),
                };
            }
        }
        members.remove(&me);
        let term = self.hard_state.term;
        let removals = members.into_iter().zip(commit + 1..).map(|(member, index)| {
            let (kind, data) = AnyConfChange::V1(MemberChange::Remove(member).conf_change(0)).to_entry_data();
            Entry { kind, data, term, index }
        });
        let removals: Vec<Entry> = removals.collect();
        self.hard_state.commit = commit + removals.len() as u64;
        self.append(removals).map_err(|error| error.to_string())
    }

    /// Whether everything written is durable.
    pub(crate) fn is_synced(&self) -> bool {
        self.unsynced.entries.is_empty() && self.unsynced.image.is_none()
    }

    /// Writes without waiting for the disk. Gives the number of bytes.
    pub(crate) fn write(
        &mut self,
        entries: Vec<Entry>,
        hard_state: Option<HardState>,
        image: Option<Arc<Image>>,
    ) -> u64 {
        let bytes = entries.iter().map(Entry::encoded_size).sum::<u64>()
            + image.as_ref().map_or(0, |image| image.size())
            + hard_state.map_or(0, |_| 24);
        let unsynced = &mut self.unsynced;
        unsynced.hard_state = hard_state.or(unsynced.hard_state);
        unsynced.image = image.or(unsynced.image.take());
        if unsynced.entries.is_empty() {
            unsynced.entries = entries;
        } else {
            unsynced.entries.extend(entries);
        }
        bytes
    }

    /// Everything written is durable now.
    ///
    /// # Errors
    /// If the entries would leave a hole in the log, which raft never asks for.
    pub(crate) fn sync(&mut self) -> Result<(), StorageError> {
        let Unsynced { hard_state, entries, image } = core::mem::take(&mut self.unsynced);
        if let Some(image) = image {
            self.before = image.applied;
            self.entries.clear();
            self.hard_state.commit = self.hard_state.commit.max(image.applied.index);
            self.image = Some(image);
        }
        if let Some(hard_state) = hard_state {
            self.hard_state = hard_state;
        }
        self.append(entries)
    }

    /// The process died. What was not durable is kept by the operating system, or lost with its power.
    pub(crate) fn crash(&mut self, lose_unsynced: bool) {
        if lose_unsynced || self.sync().is_err() {
            self.unsynced = Unsynced::default();
        }
    }

    /// Keeps an image of the state and drops the entries it covers, but for the last `catch_up` ones, which serve
    /// members that lag a little (etcd: server/etcdserver/server.go, `snapshot`).
    pub(crate) fn checkpoint(&mut self, image: Arc<Image>, catch_up: u64) {
        let index = image.applied.index;
        self.hard_state.commit = self.hard_state.commit.max(index);
        self.image = Some(image);
        let compact = index.saturating_sub(catch_up);
        if compact > self.before.index
            && let Ok(term) = self.term(compact)
        {
            self.entries.drain(..self.offset(compact) + 1);
            self.before = EntryId { term, index: compact };
        }
    }

    fn append(&mut self, entries: Vec<Entry>) -> Result<(), StorageError> {
        let before = self.before.index;
        let mut entries = entries.into_iter().skip_while(|entry| entry.index <= before).peekable();
        let Some(first) = entries.peek() else { return Ok(()) };
        let at = self.offset(first.index);
        if at > self.entries.len() {
            return Err(StorageError::Gap);
        }
        self.entries.truncate(at);
        self.entries.extend(entries);
        Ok(())
    }

    fn offset(&self, index: u64) -> usize {
        usize::try_from(index.saturating_sub(self.before.index + 1)).unwrap_or(usize::MAX)
    }
}

impl Storage for Wal {
    fn initial_state(&self) -> (HardState, ConfState) {
        let image = self.image.as_ref().map(|image| &image.conf_state);
        (self.hard_state, self.start.as_ref().or(image).cloned().unwrap_or_default())
    }

    fn entries(&self, lo: u64, hi: u64, max_size: u64) -> Result<Vec<Entry>, StorageError> {
        if lo <= self.before.index {
            return Err(StorageError::Compacted);
        }
        let range = self.entries.get(self.offset(lo)..self.offset(hi)).ok_or(StorageError::Unavailable)?;
        Ok(limit_size(range, max_size).to_vec())
    }

    fn term(&self, index: u64) -> Result<u64, StorageError> {
        if index == self.before.index {
            return Ok(self.before.term);
        }
        if index < self.before.index {
            return Err(StorageError::Compacted);
        }
        self.entries.get(self.offset(index)).map(|entry| entry.term).ok_or(StorageError::Unavailable)
    }

    fn first_index(&self) -> u64 {
        self.before.index + 1
    }

    fn last_index(&self) -> u64 {
        self.before.index + self.entries.len() as u64
    }

    /// Only where the snapshot stands; the state itself is put into the message when it is sent.
    fn snapshot(&self) -> Result<Arc<Snapshot>, StorageError> {
        let image = self.image.as_ref().ok_or(StorageError::SnapshotTemporarilyUnavailable)?;
        Ok(Arc::new(image.raft_snapshot()))
    }
}
