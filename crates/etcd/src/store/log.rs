//! Every kept version in the order it was written: the rows of the real server's database. The key index leads to them;
//! watchers that start in the past, hashes and snapshots read them one after the other.

use core::num::NonZeroU32;
use std::sync::Arc;

use super::record::Record;
use crate::Bytes;

/// Rows in a chunk. A copy of the store shares chunks; the first write after it copies one chunk.
const CHUNK: usize = 256;

/// The number of a row, counted up as rows are written: by it the index names a version, so that a copy of the index is
/// a copy of numbers. The real server's index names rows by their revision; a number is found without a search. Four
/// bytes are enough for more rows than there is memory for in a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RowId(NonZeroU32);

impl RowId {
    fn chunk(self) -> usize {
        (self.0.get() - 1) as usize / CHUNK
    }

    fn place(self) -> usize {
        (self.0.get() - 1) as usize % CHUNK
    }
}

#[derive(Clone, Debug)]
pub(super) struct Row {
    id: RowId,
    /// The row of the key's version before. It may be gone by now, and then so are all before it.
    pub before: Option<RowId>,
    /// The version that the row holds.
    pub record: Record,
}

#[derive(Clone, Debug, Default)]
struct Chunk {
    /// That of the first row it ever held.
    first_revision: i64,
    /// Each at its place; once some are gone, the others have moved up.
    rows: Vec<Row>,
}

impl Chunk {
    fn get(&self, id: RowId) -> Option<&Row> {
        let place = id.place();
        match self.rows.get(place) {
            Some(row) if row.id == id => Some(row),
            _ => self.rows.binary_search_by_key(&id, |row| row.id).ok().map(|at| &self.rows[at]),
        }
    }
}

/// The rows, shared between copies.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    full: Arc<Vec<Arc<Chunk>>>,
    tail: Arc<Chunk>,
    last: u32,
    len: usize,
}

impl Log {
    /// Writes a row.
    pub fn push(&mut self, record: Record, before: Option<RowId>) -> RowId {
        let id = RowId(NonZeroU32::MIN.saturating_add(self.last));
        self.last += 1;
        self.len += 1;
        if id.place() == 0 {
            let (first_revision, rows) = (record.kv.mod_revision, Vec::with_capacity(CHUNK));
            let full = core::mem::replace(&mut self.tail, Arc::new(Chunk { first_revision, rows }));
            if id.chunk() > 0 {
                Arc::make_mut(&mut self.full).push(full);
            }
        }
        Arc::make_mut(&mut self.tail).rows.push(Row { id, before, record });
        id
    }

    /// A row, unless it is gone.
    pub fn get(&self, id: RowId) -> Option<&Row> {
        self.full.get(id.chunk()).unwrap_or(&self.tail).get(id)
    }

    /// The key of a row that is there; nothing for one that is gone.
    pub fn key(&self, id: RowId) -> &[u8] {
        self.get(id).map_or(&[], |row| &row.record.kv.key)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Record> {
        self.since(i64::MIN)
    }

    /// The records of revision `from` and later.
    pub fn since(&self, from: i64) -> impl Iterator<Item = &Record> {
        // The last chunk that begins before `from` may hold later records too.
        let first = self.full.partition_point(|chunk| chunk.first_revision < from).saturating_sub(1);
        let chunks = self.full[first..].iter().chain(core::iter::once(&self.tail));
        let records = chunks.flat_map(|chunk| chunk.rows.iter().map(|row| &row.record));
        records.skip_while(move |record| record.kv.mod_revision < from)
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Takes out rows, given in order. Chunks that lose nothing stay shared.
    pub fn remove(&mut self, dropped: &[RowId]) {
        for dropped in dropped.chunk_by(|one, next| one.chunk() == next.chunk()) {
            let chunk = match dropped[0].chunk() {
                full if full < self.full.len() => &mut Arc::make_mut(&mut self.full)[full],
                _ => &mut self.tail,
            };
            let rows = &mut Arc::make_mut(chunk).rows;
            let before = rows.len();
            let mut dropped = dropped.iter().peekable();
            rows.retain(|row| dropped.next_if(|id| **id == row.id).is_none());
            self.len -= before - rows.len();
            if rows.capacity() >= 2 * rows.len() {
                rows.shrink_to_fit();
            }
        }
    }
}

/// All kept versions of a key, newest first. etcd keeps a list of generations for each key (server/mvcc/key_index.go);
/// here a tombstone in the list ends a generation, which says the same.
#[derive(Clone, Copy)]
pub(super) struct Versions<'a> {
    log: &'a Log,
    newest: &'a Row,
}

impl<'a> Versions<'a> {
    /// The versions of the key whose newest row this is.
    pub fn of(log: &'a Log, newest: RowId) -> Option<Versions<'a>> {
        Some(Versions { log, newest: log.get(newest)? })
    }

    pub fn newest(self) -> &'a Record {
        &self.newest.record
    }

    pub fn key(self) -> &'a Bytes {
        &self.newest.record.kv.key
    }

    /// Whether the key exists now.
    pub fn is_live(self) -> bool {
        !self.newest.record.tombstone
    }

    fn rows(self) -> impl Iterator<Item = &'a Row> {
        core::iter::successors(Some(self.newest), move |row| self.log.get(row.before?))
    }

    /// The kept versions, newest first, deletions among them.
    pub fn iter(self) -> impl Iterator<Item = &'a Record> {
        self.rows().map(|row| &row.record)
    }

    /// The version at a revision, be it a tombstone.
    pub fn version_at(self, revision: i64) -> Option<&'a Record> {
        self.iter().find(|record| record.kv.mod_revision <= revision)
    }

    /// The key as of a revision, if it existed then.
    pub fn at(self, revision: i64) -> Option<&'a Record> {
        self.version_at(revision).filter(|record| !record.tombstone)
    }

    /// Adds to `dropped` every row that no read at `revision` or later can see. Returns whether anything is left. A
    /// deletion at exactly `revision` stays until the next compaction, so that a watch from there is told of it (etcd:
    /// server/mvcc/key_index.go, `compact`).
    pub fn superseded(self, revision: i64, dropped: &mut Vec<RowId>) -> bool {
        let (mut found, mut left) = (false, false);
        for Row { id, record, .. } in self.rows() {
            let needed = if record.kv.mod_revision > revision {
                true
            } else if found {
                false
            } else {
                found = true;
                !record.tombstone || record.kv.mod_revision == revision
            };
            if needed { left = true } else { dropped.push(*id) }
        }
        left
    }
}
