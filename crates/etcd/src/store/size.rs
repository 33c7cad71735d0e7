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

/// Rows are appended, and etcd fills pages to nine tenths then (etcd: server/mvcc/backend/batch_tx.go, `UnsafeSeqPut`).
const FILL: (u64, u64) = (9, 10);

/// bbolt never writes in place. Each commit writes the changed pages to free places and frees the old ones; the last
/// leaf and the root pages are rewritten by each commit.
const COPY_ON_WRITE_PAGES: u64 = 2;

/// Bytes of rows, and the most pages there ever were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Size {
    bytes: u64,
    /// Size of the largest of the last rows: with large values the leaf to be rewritten by a commit is large.
    tail_row: u64,
    file_pages: u64,
}

impl Default for Size {
    fn default() -> Self {
        Size { bytes: 0, tail_row: 0, file_pages: EMPTY_PAGES }
    }
}

impl Size {
    pub fn add(&mut self, encoded_len: u64) {
        let row = encoded_len + ROW_OVERHEAD;
        self.bytes += row;
        self.tail_row = row.max(self.tail_row / 2);
        let pages = self.used_pages() + COPY_ON_WRITE_PAGES + self.rewritten_pages();
        self.file_pages = self.file_pages.max(pages);
    }

    pub fn remove(&mut self, encoded_len: u64) {
        self.bytes = self.bytes.saturating_sub(encoded_len + ROW_OVERHEAD);
    }

    /// Gives free pages back.
    pub fn defragment(&mut self) {
        self.file_pages = self.used_pages();
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
    pub fn live_bytes(&self) -> u64 {
        self.bytes
    }

    fn used_pages(&self) -> u64 {
        EMPTY_PAGES - 1 + (self.bytes * FILL.1).div_ceil(PAGE * FILL.0).max(1)
    }

    /// A leaf holds at least two rows, and up to four while it grows, so large values make large leaves, of which a
    /// commit holds the old and the new copy.
    fn rewritten_pages(&self) -> u64 {
        if self.tail_row < PAGE / 4 { 0 } else { (self.tail_row * 6).div_ceil(PAGE) }
    }
}
