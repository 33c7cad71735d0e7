//! Every kept version in the order it was written: what watchers that start in the past, hashes and snapshots read.

use std::sync::Arc;

use super::record::Record;

/// Records in a chunk. A copy of the store shares chunks; the first write after it copies one chunk.
const CHUNK: usize = 256;

/// Records by revision, shared between copies.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    full: Arc<Vec<Arc<Vec<Arc<Record>>>>>,
    tail: Arc<Vec<Arc<Record>>>,
}

impl Log {
    pub fn push(&mut self, record: Arc<Record>) {
        if self.tail.len() == CHUNK {
            let full = core::mem::replace(&mut self.tail, Arc::new(Vec::with_capacity(CHUNK)));
            Arc::make_mut(&mut self.full).push(full);
        }
        Arc::make_mut(&mut self.tail).push(record);
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<Record>> {
        self.since(i64::MIN)
    }

    /// The records of revision `from` and later.
    pub fn since(&self, from: i64) -> impl Iterator<Item = &Arc<Record>> {
        let is_before = move |r: &Arc<Record>| r.kv.mod_revision < from;
        // The last chunk that begins before `from` may hold later records too.
        let first = self.full.partition_point(|c| c.first().is_some_and(is_before)).saturating_sub(1);
        let chunks = self.full[first..].iter().chain(core::iter::once(&self.tail));
        chunks.flat_map(move |c| c[c.partition_point(is_before)..].iter())
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.full.iter().map(|c| c.len()).sum::<usize>() + self.tail.len()
    }

    /// Takes out the records of these revisions, given in order. Chunks that lose nothing stay shared.
    pub fn remove(&mut self, dropped: &[(i64, u32)]) {
        let mut dropped = dropped.iter().peekable();
        let mut full: Vec<Arc<Vec<Arc<Record>>>> = Vec::with_capacity(self.full.len());
        let mut pending: Vec<Arc<Record>> = Vec::new();
        for chunk in self.full.iter().chain(core::iter::once(&self.tail)) {
            let Some(last) = chunk.last() else { continue };
            let untouched = dropped.peek().is_none_or(|&&d| d > last.revision());
            if untouched && chunk.len() >= CHUNK / 2 {
                flush(&mut pending, &mut full);
                full.push(chunk.clone());
                continue;
            }
            for record in chunk.iter() {
                if dropped.peek() == Some(&&record.revision()) {
                    dropped.next();
                    continue;
                }
                pending.push(record.clone());
                if pending.len() == CHUNK {
                    flush(&mut pending, &mut full);
                }
            }
        }
        *self = Log { full: Arc::new(full), tail: Arc::new(pending) };
    }
}

fn flush(pending: &mut Vec<Arc<Record>>, full: &mut Vec<Arc<Vec<Arc<Record>>>>) {
    if !pending.is_empty() {
        full.push(Arc::new(core::mem::replace(pending, Vec::with_capacity(CHUNK))));
    }
}
