//! Where a member's log is kept.

use std::sync::Arc;

use crate::{ConfState, Entry, HardState, Snapshot, StorageError};

/// What raft reads back of what the application stored (etcd: raft/storage.go, `Storage`). Raft never writes: it hands
/// out what to write in [`Ready`](crate::Ready).
pub trait Storage {
    /// The recorded state and the membership at the snapshot; both empty if nothing was recorded yet.
    fn initial_state(&self) -> (HardState, ConfState);

    /// The entries in `[lo, hi)`, as many as fit in `max_size` encoded bytes but at least one.
    ///
    /// # Errors
    /// [`StorageError::Compacted`] if `lo` is gone, [`StorageError::Unavailable`] if an entry is not there yet.
    fn entries(&self, lo: u64, hi: u64, max_size: u64) -> Result<Vec<Entry>, StorageError>;

    /// The term of the entry at `index`, which may be anything from just before the first to the last index.
    ///
    /// # Errors
    /// [`StorageError::Compacted`] before that, [`StorageError::Unavailable`] after it.
    fn term(&self, index: u64) -> Result<u64, StorageError>;

    /// The first index whose entry can be had.
    fn first_index(&self) -> u64;

    /// The index of the last entry.
    fn last_index(&self) -> u64;

    /// The latest snapshot.
    ///
    /// # Errors
    /// [`StorageError::SnapshotTemporarilyUnavailable`] if raft should ask again later.
    fn snapshot(&self) -> Result<Arc<Snapshot>, StorageError>;
}
