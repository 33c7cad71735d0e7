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

/// Header of a row in its page plus the row's key, which is the revision (etcd: server/mvcc/revision.go, 17 bytes).
const ROW_OVERHEAD: u64 = 16 + 17;

/// Small rows are appended, and etcd fills pages to nine tenths then (etcd: server/mvcc/backend/batch_tx.go, `UnsafeSeqPut`).
const FILL: (u64, u64) = (9, 10);

/// bbolt never writes in place. Each commit writes the changed pages to free places and frees the old ones; the last
/// leaf and the root pages are rewritten by each commit.
const COPY_ON_WRITE_PAGES: u64 = 2;

/// From this size on, in bytes, a row makes its leaf larger than a page.
const LARGE_ROW: u64 = PAGE / 4;

/// A leaf holds up to four large rows before it is split, and each commit writes it to a new place while the old
/// ones leave holes: with one commit a row, one row for the first, one and two, one and two and three… Once leaves
/// are split, new ones fit into the holes. Reproduces at which row a recorded server met its quota.
const MAX_HOLES: u64 = 7;

/// Bytes of rows, and the most pages there ever were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Size {
    small_bytes: u64,
    large_bytes: u64,
    /// Large rows written since the file was last defragmented, as far as they matter.
    large_rows: u64,
    file_pages: u64,
}

impl Default for Size {
    fn default() -> Self {
        Size { small_bytes: 0, large_bytes: 0, large_rows: 0, file_pages: EMPTY_PAGES }
    }
}

impl Size {
    pub fn add(&mut self, encoded_len: u64) {
        let row = encoded_len + ROW_OVERHEAD;
        let mut holes = 0;
        if row < LARGE_ROW {
            self.small_bytes += row;
        } else {
            self.large_bytes += row;
            self.large_rows = (self.large_rows + 1).min(MAX_HOLES);
            holes = (self.large_rows * (self.large_rows - 1) / 2).min(MAX_HOLES) * row.div_ceil(PAGE);
        }
        self.file_pages = self.file_pages.max(self.used_pages() + COPY_ON_WRITE_PAGES + holes);
    }

    pub fn remove(&mut self, encoded_len: u64) {
        let row = encoded_len + ROW_OVERHEAD;
        let bytes = if row < LARGE_ROW { &mut self.small_bytes } else { &mut self.large_bytes };
        *bytes = bytes.saturating_sub(row);
    }

    /// Gives free pages back.
    pub fn defragment(&mut self) {
        self.file_pages = self.used_pages();
        self.large_rows = 0;
    }

    /// Size of the file, in bytes.
    pub fn file(&self) -> u64 {
        self.file_pages * PAGE
    }

    /// Bytes of the pages in use.
    pub fn in_use(&self) -> u64 {
        (self.used_pages() * PAGE).min(self.file())
    }

    /// Bytes of the rows themselves.
    pub fn row_bytes(&self) -> u64 {
        self.small_bytes + self.large_bytes
    }

    fn used_pages(&self) -> u64 {
        let small = (self.small_bytes * FILL.1).div_ceil(PAGE * FILL.0);
        EMPTY_PAGES - 1 + (small + self.large_bytes.div_ceil(PAGE)).max(1)
    }
}
