//! The log in memory.

use std::sync::Arc;

use raft::{Bytes, ConfState, Entry, MemStorage, NO_LIMIT, Snapshot, SnapshotMetadata, Storage, StorageError};

fn entries(range: std::ops::Range<u64>, term: u64) -> Vec<Entry> {
    range.map(|index| Entry { term, index, ..Entry::default() }).collect()
}

/// A log whose entries up to 3 are compacted away, and which holds 4, 5 and 6 of term 4.
fn log() -> MemStorage {
    let mut storage = MemStorage::new();
    let metadata = SnapshotMetadata { conf_state: ConfState::new(vec![1], vec![]), index: 3, term: 3 };
    storage.apply_snapshot(Arc::new(Snapshot { data: Bytes::EMPTY, metadata })).expect("a first snapshot");
    storage.append(&entries(4..7, 4)).expect("the next entries");
    storage
}

/// The terms of what is in the log after `added` was appended, from its first index on.
fn check(added: &[Entry], expected: Result<&[u64], StorageError>) {
    let mut storage = log();
    let outcome = storage.append(added).map(|()| storage.log().iter().map(|entry| entry.term).collect::<Vec<_>>());
    assert_eq!(outcome.as_deref().map_err(|error| *error), expected, "{added:?}");
}

#[test]
fn appended_entries_replace_those_from_their_first_index_on() {
    check(&[], Ok(&[4, 4, 4]));
    check(&entries(7..8, 5), Ok(&[4, 4, 4, 5]));
    check(&entries(5..6, 5), Ok(&[4, 5]));
    check(&entries(4..8, 5), Ok(&[5, 5, 5, 5]));
    // What is compacted away is left out.
    check(&entries(2..5, 5), Ok(&[5]));
    check(&entries(1..3, 5), Ok(&[4, 4, 4]));
    check(&entries(8..9, 5), Err(StorageError::Gap));
}

#[test]
fn terms_are_known_from_just_before_the_first_entry() {
    let terms: Vec<_> = (2..8).map(|index| log().term(index)).collect();
    let (compacted, unavailable) = (Err(StorageError::Compacted), Err(StorageError::Unavailable));
    assert_eq!(terms, [compacted, Ok(3), Ok(4), Ok(4), Ok(4), unavailable]);
}

#[test]
fn at_least_one_entry_is_given_whatever_the_limit() {
    let count = |limit| log().entries(4, 7, limit).map(|entries| entries.len());
    assert_eq!([count(0), count(4), count(8), count(11), count(NO_LIMIT)], [Ok(1), Ok(1), Ok(2), Ok(2), Ok(3)]);
    assert_eq!(log().entries(3, 5, NO_LIMIT), Err(StorageError::Compacted));
    assert_eq!(log().entries(5, 8, NO_LIMIT), Err(StorageError::Unavailable));
}

#[test]
fn compacting_forgets_entries_but_remembers_the_last_term() {
    let mut storage = log();
    assert_eq!(storage.compact(3), Err(StorageError::Compacted));
    assert_eq!(storage.compact(7), Err(StorageError::Unavailable));
    assert_eq!(storage.compact(5), Ok(()));
    assert_eq!((storage.first_index(), storage.last_index(), storage.term(5)), (6, 6, Ok(4)));
}

#[test]
fn snapshots_only_move_forward() {
    let mut storage = log();
    let stale = storage.snapshot().expect("the first snapshot");
    assert_eq!(storage.apply_snapshot(stale), Err(StorageError::SnapshotOutOfDate));
    assert_eq!(storage.create_snapshot(3, None, Bytes::EMPTY), Err(StorageError::SnapshotOutOfDate));
    assert_eq!(storage.create_snapshot(7, None, Bytes::EMPTY), Err(StorageError::Unavailable));
    let snapshot = storage.create_snapshot(5, None, "state".into()).expect("a snapshot");
    let metadata = SnapshotMetadata { conf_state: ConfState::new(vec![1], vec![]), index: 5, term: 4 };
    assert_eq!(*snapshot, Snapshot { data: "state".into(), metadata });
}
