//! A log in memory.

use std::sync::Arc;

use crate::entry::limit_size;
use crate::{Bytes, ConfState, Entry, EntryId, HardState, Snapshot, Storage, StorageError};

/// A [`Storage`] in memory (etcd: raft/storage.go, `MemoryStorage`).
#[derive(Clone, Debug, Default)]
pub struct MemStorage {
    hard_state: HardState,
    snapshot: Arc<Snapshot>,
    /// What comes just before `entries`: the last entry compacted away, or nothing at index 0.
    before: EntryId,
    entries: Vec<Entry>,
}

impl MemStorage {
    /// An empty log.
    pub fn new() -> MemStorage {
        MemStorage::default()
    }

    /// An empty log of a group whose membership is known from the start.
    pub fn with_conf_state(conf_state: ConfState) -> MemStorage {
        let mut storage = MemStorage::default();
        Arc::make_mut(&mut storage.snapshot).metadata.conf_state = conf_state;
        storage
    }

    /// The recorded hard state.
    pub fn hard_state(&self) -> HardState {
        self.hard_state
    }

    /// Records the hard state.
    pub fn set_hard_state(&mut self, hard_state: HardState) {
        self.hard_state = hard_state;
    }

    /// All entries after the last compaction.
    pub fn log(&self) -> &[Entry] {
        &self.entries
    }

    /// Replaces the whole log by a snapshot.
    ///
    /// # Errors
    /// [`StorageError::SnapshotOutOfDate`] if the present snapshot is not older. A snapshot at index 0 carries nothing
    /// but a first membership and may always be replaced.
    pub fn apply_snapshot(&mut self, snapshot: Arc<Snapshot>) -> Result<(), StorageError> {
        let present = self.snapshot.metadata.index;
        if present != 0 && present >= snapshot.metadata.index {
            return Err(StorageError::SnapshotOutOfDate);
        }
        self.before = EntryId { term: snapshot.metadata.term, index: snapshot.metadata.index };
        self.snapshot = snapshot;
        self.entries.clear();
        Ok(())
    }

    /// Takes a snapshot of the application's state at `index`. The log is kept; see [`compact`](MemStorage::compact).
    /// `conf_state` is the membership at `index`, if it changed since the last snapshot.
    ///
    /// # Errors
    /// [`StorageError::SnapshotOutOfDate`] if there is one as new already, [`StorageError::Unavailable`] beyond the log.
    pub fn create_snapshot(
        &mut self,
        index: u64,
        conf_state: Option<ConfState>,
        data: Bytes,
    ) -> Result<Arc<Snapshot>, StorageError> {
        if index <= self.snapshot.metadata.index {
            return Err(StorageError::SnapshotOutOfDate);
        }
        let term = self.term(index)?;
        let snapshot = Arc::make_mut(&mut self.snapshot);
        snapshot.metadata.index = index;
        snapshot.metadata.term = term;
        if let Some(conf_state) = conf_state {
            snapshot.metadata.conf_state = conf_state;
        }
        snapshot.data = data;
        Ok(Arc::clone(&self.snapshot))
    }

    /// Forgets all entries up to and including `index`, which must have been applied.
    ///
    /// # Errors
    /// [`StorageError::Compacted`] if they are gone already, [`StorageError::Unavailable`] beyond the log.
    pub fn compact(&mut self, index: u64) -> Result<(), StorageError> {
        if index <= self.before.index {
            return Err(StorageError::Compacted);
        }
        let term = self.term(index)?;
        self.entries.drain(..self.offset(index) + 1);
        self.before = EntryId { term, index };
        Ok(())
    }

    /// Appends `entries`, replacing whatever the log has from the first of them on.
    ///
    /// # Errors
    /// [`StorageError::Gap`] if entries before them are missing.
    pub fn append(&mut self, mut entries: &[Entry]) -> Result<(), StorageError> {
        // What is compacted already is part of a snapshot and cannot differ.
        while let [first, rest @ ..] = entries
            && first.index <= self.before.index
        {
            entries = rest;
        }
        let Some(first) = entries.first() else { return Ok(()) };
        let at = self.offset(first.index);
        if at > self.entries.len() {
            return Err(StorageError::Gap);
        }
        self.entries.truncate(at);
        self.entries.extend_from_slice(entries);
        Ok(())
    }

    /// Where the entry at `index`, which is after `before`, stands in `entries`.
    fn offset(&self, index: u64) -> usize {
        (index - self.before.index - 1) as usize
    }
}

impl Storage for MemStorage {
    fn initial_state(&self) -> (HardState, ConfState) {
        (self.hard_state, self.snapshot.metadata.conf_state.clone())
    }

    fn entries(&self, lo: u64, hi: u64, max_size: u64) -> Result<Vec<Entry>, StorageError> {
        if lo <= self.before.index {
            return Err(StorageError::Compacted);
        }
        if hi > self.last_index() + 1 || hi < lo {
            return Err(StorageError::Unavailable);
        }
        Ok(limit_size(&self.entries[self.offset(lo)..self.offset(hi)], max_size).to_vec())
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

    fn snapshot(&self) -> Result<Arc<Snapshot>, StorageError> {
        Ok(Arc::clone(&self.snapshot))
    }
}
