//! How large the database file would be.
//!
//! The real server keeps its rows in bbolt, a B+ tree of 4 KiB pages in one file. The file only grows; pages freed by
//! a compaction are used again by later writes, and only a defragmentation gives them back. Quota, `endpoint status`
//! and the lesson on defragmentation rest on these rules, so they are modelled; the exact layout is not.

use serde::{Deserialize, Serialize};

/// Size of a page of the file, in bytes.
const PAGE: u64 = 4096;

/// A new database: two meta pages, the free list, and the root pages of the buckets. Recorded: 20 kB.
const EMPTY_PAGES: u64 = 5;

/// Pages of a new database that are not free. Recorded: 16 kB.
const EMPTY_USED: u64 = 4;

/// Header of a row in its page plus the row's key, which is the revision (etcd: server/mvcc/revision.go, 17 bytes).
const ROW_OVERHEAD: u64 = 16 + 17;

/// Small rows are appended, and etcd fills pages to nine tenths then (etcd: server/mvcc/backend/batch_tx.go, `UnsafeSeqPut`).
const FILL: (u64, u64) = (9, 10);

/// bbolt never writes in place. Each commit writes the changed pages to free places and frees the old ones; the last
/// leaf and the root pages are rewritten by each commit.
const COPY_ON_WRITE_PAGES: u64 = 2;

/// From this size on, in bytes, a row makes its leaf larger than a page.
const LARGE_ROW: u64 = PAGE / 4;

/// Large rows a leaf holds before it is split (bbolt: `splitTwo`, twice the least number of keys of a page).
const MAX_LARGE_ROWS: u64 = 4;

/// The server commits ten times a second (etcd: server/mvcc/backend/backend.go, `defaultBatchInterval`), and what is
/// not committed is not in the file. Commands of a person's shell follow each other in about 31 ms there, so a commit
/// takes 3.2 writes; counting writes instead of time keeps the quota independent of how fast a world's client is.
const WRITES_IN_TEN_COMMITS: u64 = 32;

/// Bytes of rows, and the pages of the file.
///
/// Small rows take the room they take. Large ones show how bbolt works: the last leaf, up to four of them, is written
/// anew by each commit, and the pages it leaves can be used again by the commit after the next, for until then a
/// reader may look at them. So a file of a few large values is much larger than they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Size {
    small_bytes: u64,
    large_bytes: u64,
    /// Large rows not yet committed, and their bytes.
    waiting: Leaf,
    /// The last leaf of large rows.
    tail: Leaf,
    /// Pages ever taken by large rows.
    large_pages: u64,
    /// Free pages among them, and those that will be free after the next commit and the one after.
    free: [u64; 3],
    /// Writes since the last commit, in tenths of a commit's.
    writes: u64,
    /// Pages of the file at the last commit, less those of an empty one.
    grown: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Leaf {
    rows: u64,
    bytes: u64,
}

impl Size {
    pub fn add(&mut self, encoded_len: u64) {
        let row = encoded_len + ROW_OVERHEAD;
        if row < LARGE_ROW {
            self.small_bytes += row;
        } else {
            self.large_bytes += row;
            self.waiting.rows += 1;
            self.waiting.bytes += row;
        }
        self.writes += 10;
        if self.writes >= WRITES_IN_TEN_COMMITS {
            let rest = self.writes - WRITES_IN_TEN_COMMITS;
            self.commit();
            self.writes = rest;
        }
    }

    pub fn remove(&mut self, encoded_len: u64) {
        let row = encoded_len + ROW_OVERHEAD;
        if row < LARGE_ROW {
            self.small_bytes = self.small_bytes.saturating_sub(row);
        } else {
            self.large_bytes = self.large_bytes.saturating_sub(row);
            self.free[2] += row / PAGE;
        }
    }

    /// Writes to the file what has not been written yet, as a compaction does.
    pub fn commit(&mut self) {
        if self.writes == 0 {
            return;
        }
        self.writes = 0;
        if self.waiting.rows > 0 {
            let leaf = Leaf { rows: self.tail.rows + self.waiting.rows, bytes: self.tail.bytes + self.waiting.bytes };
            let [now, next, later] = self.free;
            let available = now + next;
            let needed = leaf.bytes.div_ceil(PAGE);
            self.large_pages += needed.saturating_sub(available);
            self.free = [available.saturating_sub(needed), later, self.tail.bytes.div_ceil(PAGE)];
            // Two rows at a time are split off what is too large.
            let split = leaf.rows.saturating_sub(MAX_LARGE_ROWS).div_ceil(2) * 2;
            let rows = leaf.rows - split;
            self.tail = Leaf { rows, bytes: leaf.bytes * rows / leaf.rows };
            self.waiting = Leaf::default();
        }
        let pages = self.small_pages() + self.large_pages;
        if pages > 0 {
            self.grown = self.grown.max(pages - 1 + COPY_ON_WRITE_PAGES);
        }
    }

    /// Gives free pages back.
    pub fn defragment(&mut self) {
        let large_pages = self.large_bytes.div_ceil(PAGE);
        let (small_bytes, large_bytes) = (self.small_bytes, self.large_bytes);
        *self = Size { small_bytes, large_bytes, large_pages, ..Size::default() };
        self.grown = self.used();
    }

    /// Size of the file once everything is committed, in bytes: what there is to see a moment after the last write.
    pub fn file(&self) -> u64 {
        let mut committed = *self;
        committed.commit();
        committed.committed()
    }

    /// Size of the file as of the last commit, in bytes: what the quota looks at.
    pub fn committed(&self) -> u64 {
        (EMPTY_PAGES + self.grown) * PAGE
    }

    /// Bytes of the pages in use.
    pub fn in_use(&self) -> u64 {
        ((EMPTY_USED + self.used()) * PAGE).min(self.file())
    }

    /// Bytes of the rows themselves.
    pub fn row_bytes(&self) -> u64 {
        self.small_bytes + self.large_bytes
    }

    /// Pages that hold rows, less the one that an empty database has for them.
    fn used(&self) -> u64 {
        (self.small_pages() + self.large_bytes.div_ceil(PAGE)).saturating_sub(1)
    }

    fn small_pages(&self) -> u64 {
        (self.small_bytes * FILL.1).div_ceil(PAGE * FILL.0)
    }
}
