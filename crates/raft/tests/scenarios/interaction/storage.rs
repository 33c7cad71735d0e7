//! Where a member of a scenario keeps its log and its state.

use std::sync::Arc;

use raft::{Bytes, ConfState, Entry, HardState, MemStorage, Snapshot, Storage, StorageError};

/// A log in memory, together with the state after every applied entry. Whoever asks for a snapshot gets the latest.
#[derive(Clone, Default)]
pub struct HistoryStorage {
    pub log: MemStorage,
    pub history: Vec<Arc<Snapshot>>,
}

impl HistoryStorage {
    /// Adds the state after an entry: the state before with `update` at its end.
    pub fn record(&mut self, entry: &Entry, update: &Bytes, conf_state: Option<ConfState>) {
        let mut snapshot = self.history.last().map(|last| (**last).clone()).unwrap_or_default();
        snapshot.data = snapshot.data.iter().chain(update.iter()).copied().collect();
        snapshot.metadata.index = entry.index;
        snapshot.metadata.term = entry.term;
        if let Some(conf_state) = conf_state {
            snapshot.metadata.conf_state = conf_state;
        }
        self.history.push(Arc::new(snapshot));
    }
}

impl Storage for HistoryStorage {
    fn initial_state(&self) -> (HardState, ConfState) {
        self.log.initial_state()
    }

    fn entries(&self, lo: u64, hi: u64, max_size: u64) -> Result<Vec<Entry>, StorageError> {
        self.log.entries(lo, hi, max_size)
    }

    fn term(&self, index: u64) -> Result<u64, StorageError> {
        self.log.term(index)
    }

    fn first_index(&self) -> u64 {
        self.log.first_index()
    }

    fn last_index(&self) -> u64 {
        self.log.last_index()
    }

    fn snapshot(&self) -> Result<Arc<Snapshot>, StorageError> {
        self.history.last().cloned().ok_or(StorageError::SnapshotTemporarilyUnavailable)
    }
}
