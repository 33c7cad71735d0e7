//! The end of the log that is not on disk yet.

use std::sync::Arc;

use crate::sink::{Sink, log};
use crate::{Entry, EntryId, Error, Result, Snapshot};

/// Entries, and perhaps a snapshot before them, on their way to the storage (etcd: raft/log_unstable.go).
///
/// They stay here after they were handed out to be written, until the write is acknowledged: only then is the storage
/// known to answer for them. The storage may hold entries beyond `offset` which these replace.
#[derive(Clone, Debug)]
pub(crate) struct Unstable {
    /// The snapshot that replaces everything before it.
    pub snapshot: Option<Arc<Snapshot>>,
    /// The entries from `offset` on.
    pub entries: Vec<Entry>,
    /// The index of the first entry.
    pub offset: u64,
    /// Whether the snapshot was handed out.
    snapshot_in_progress: bool,
    /// Entries before this index were handed out.
    pub offset_in_progress: u64,
}

impl Unstable {
    pub fn new(offset: u64) -> Unstable {
        Unstable {
            snapshot: None,
            entries: Vec::new(),
            offset,
            snapshot_in_progress: false,
            offset_in_progress: offset,
        }
    }

    /// The first index of the log, if a snapshot tells.
    pub fn first_index(&self) -> Option<u64> {
        self.snapshot.as_ref().map(|snapshot| snapshot.metadata.index + 1)
    }

    /// The last index of the log, if it is here.
    pub fn last_index(&self) -> Option<u64> {
        match self.entries.len() as u64 {
            0 => self.snapshot.as_ref().map(|snapshot| snapshot.metadata.index),
            count => Some(self.offset + count - 1),
        }
    }

    /// The term of the entry at `index`, if it is here.
    pub fn term(&self, index: u64) -> Option<u64> {
        match index.checked_sub(self.offset) {
            None => self.snapshot.as_ref().map(|s| &s.metadata).filter(|m| m.index == index).map(|m| m.term),
            Some(at) => self.entries.get(usize::try_from(at).ok()?).map(|entry| entry.term),
        }
    }

    /// The entries not handed out yet.
    pub fn next_entries(&self) -> &[Entry] {
        &self.entries[(self.offset_in_progress - self.offset) as usize..]
    }

    /// The snapshot, if it was not handed out yet.
    pub fn next_snapshot(&self) -> Option<&Arc<Snapshot>> {
        self.snapshot.as_ref().filter(|_| !self.snapshot_in_progress)
    }

    /// Marks everything as handed out.
    pub fn accept_in_progress(&mut self) {
        self.offset_in_progress = self.offset + self.entries.len() as u64;
        self.snapshot_in_progress = self.snapshot.is_some();
    }

    /// Lets go of the entries up to `id`, which are on disk. The caller knows that no write under way replaces them.
    pub fn stable_to(&mut self, id: EntryId, sink: &mut Sink) {
        let Some(term) = self.term(id.index) else {
            log!(sink, Info, "entry at index {} missing from unstable log; ignoring", id.index);
            return;
        };
        if id.index < self.offset {
            log!(sink, Info, "entry at index {} matched unstable snapshot; ignoring", id.index);
            return;
        }
        if term != id.term {
            // The entries were replaced between the start and the end of the write.
            log!(
                sink,
                Info,
                "entry at (index,term)=({},{}) mismatched with entry at ({},{}) in unstable log; ignoring",
                id.index,
                id.term,
                id.index,
                term
            );
            return;
        }
        self.entries.drain(..(id.index + 1 - self.offset) as usize);
        self.offset = id.index + 1;
        self.offset_in_progress = self.offset_in_progress.max(self.offset);
    }

    /// Lets go of the snapshot at `index`, which is on disk.
    pub fn stable_snapshot_to(&mut self, index: u64) {
        if self.snapshot.as_ref().is_some_and(|snapshot| snapshot.metadata.index == index) {
            self.snapshot = None;
            self.snapshot_in_progress = false;
        }
    }

    /// Replaces everything by a snapshot.
    pub fn restore(&mut self, snapshot: Arc<Snapshot>) {
        *self = Unstable::new(snapshot.metadata.index + 1);
        self.snapshot = Some(snapshot);
    }

    /// Appends `entries`, which are not empty and leave no hole, replacing whatever is here from the first of them on.
    pub fn truncate_and_append(&mut self, entries: Vec<Entry>, sink: &mut Sink) {
        let from = entries[0].index;
        if from <= self.offset && !(from == self.offset && self.entries.is_empty()) {
            log!(sink, Info, "replace the unstable entries from index {}", from);
            self.entries.clear();
            self.offset = from;
            self.offset_in_progress = from;
        } else if from < self.offset + self.entries.len() as u64 {
            log!(sink, Info, "truncate the unstable entries before index {}", from);
            self.entries.truncate((from - self.offset) as usize);
            self.offset_in_progress = self.offset_in_progress.min(from);
        }
        if self.entries.is_empty() {
            self.entries = entries;
        } else {
            self.entries.extend(entries);
        }
    }

    /// The entries in `[lo, hi)`.
    pub fn slice(&self, lo: u64, hi: u64) -> Result<&[Entry]> {
        let upper = self.offset + self.entries.len() as u64;
        if lo > hi {
            return Err(Error::Fatal(format!("invalid unstable.slice {lo} > {hi}")));
        }
        if lo < self.offset || hi > upper {
            return Err(Error::Fatal(format!("unstable.slice[{lo},{hi}) out of bound [{},{upper}]", self.offset)));
        }
        Ok(&self.entries[(lo - self.offset) as usize..(hi - self.offset) as usize])
    }
}
