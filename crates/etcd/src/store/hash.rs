//! The hash of the store that `etcdctl endpoint hashkv` shows: the same over the same data on every member, and the
//! same as the real server's, since it hashes what the real server's database would hold.

use super::Store;
use super::record::Record;
use crate::rpc::{KeyValue, Status, errors};

/// How many hashes of past compactions are kept (etcd: server/mvcc/hash.go, `hashStorageMaxSize`).
const KEPT_HASHES: usize = 10;

/// A compaction computes the hash of what it drops only up to this many bytes. The real server always does; here a
/// store of gigabytes would stop the page for a number that hardly anybody asks for.
const MAX_HASHED_AT_COMPACTION: u64 = 16 << 20;

/// Hash of the key-value store up to a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KvHash {
    /// CRC-32C over the rows.
    pub hash: u32,
    /// Up to which revision the history was compacted; -1 for never.
    pub compact_revision: i64,
    /// The last hashed revision.
    pub revision: i64,
}

impl Store {
    /// Hash of everything up to `revision`, 0 meaning now (etcd: server/mvcc/hash.go, `HashByRev`).
    pub fn hash_kv(&self, revision: i64) -> Result<KvHash, Status> {
        if let Some(kept) = self.compaction_hashes.iter().find(|h| h.revision == revision) {
            return Ok(*kept);
        }
        if revision > 0 && revision < self.compact_revision {
            return Err(errors::compacted());
        }
        if revision > self.current_revision {
            return Err(errors::future_rev());
        }
        let revision = if revision <= 0 { self.current_revision } else { revision };
        let mut hasher = Hasher::new(self.compact_revision, revision);
        let any_live = self.log.iter().any(|r| {
            r.kv.mod_revision <= revision
                && self.index.get(&self.log, &r.kv.key).is_some_and(|v| v.at(revision).is_some())
        });
        for record in self.log.iter() {
            let is_kept = || {
                self.index
                    .get(&self.log, &record.kv.key)
                    .and_then(|v| v.at(revision))
                    .is_some_and(|at| core::ptr::eq(at, record))
            };
            hasher.write(record, |_| !any_live || is_kept());
        }
        Ok(hasher.finish())
    }

    /// Hash of the whole database, as `Hash` of the maintenance service gives it. Not the real server's value: that
    /// one also covers the metadata it keeps in its database file.
    pub fn hash_all(&self) -> u32 {
        let mut hasher = Hasher::new(i64::MIN / 2, i64::MAX - 1);
        for record in self.log.iter() {
            hasher.write(record, |_| true);
        }
        hasher.finish().hash
    }

    /// What a compaction at `revision` leaves for later calls of [`Store::hash_kv`]. `kept` tells which records of the
    /// already compacted past it retains. To be called before anything is dropped.
    pub(super) fn note_compaction_hash(&mut self, revision: i64) {
        if self.size.row_bytes() > MAX_HASHED_AT_COMPACTION {
            return;
        }
        let kept = |record: &Record| {
            self.index
                .get(&self.log, &record.kv.key)
                .and_then(|v| v.version_at(revision))
                .is_some_and(|at| core::ptr::eq(at, record) && (!at.tombstone || at.kv.mod_revision == revision))
        };
        let mut hasher = Hasher::new(self.compact_revision, revision);
        let any_kept = self.log.iter().take_while(|r| r.kv.mod_revision <= revision).any(kept);
        for record in self.log.iter().take_while(|r| r.kv.mod_revision <= revision) {
            hasher.write(record, |r| !any_kept || kept(r));
        }
        let hash = hasher.finish();
        self.compaction_hashes.push(hash);
        if self.compaction_hashes.len() > KEPT_HASHES {
            self.compaction_hashes.remove(0);
        }
    }
}

/// Which rows count, and in which form (etcd: server/mvcc/hash.go, `kvHasher`).
struct Hasher {
    crc: Crc32c,
    compact_revision: i64,
    revision: i64,
    row: Vec<u8>,
}

impl Hasher {
    fn new(compact_revision: i64, revision: i64) -> Self {
        let mut crc = Crc32c::new();
        crc.write(b"key");
        Hasher { crc, compact_revision, revision, row: Vec::new() }
    }

    /// Adds a row. `kept` says whether a row of the compacted past is still needed.
    fn write<'a>(&mut self, record: &'a Record, kept: impl FnOnce(&'a Record) -> bool) {
        let main = record.kv.mod_revision;
        if main > self.revision
            || (main <= self.compact_revision && !kept(record))
            || (main == self.compact_revision && record.tombstone)
        {
            return;
        }
        self.row.clear();
        self.row.extend_from_slice(&main.to_be_bytes());
        self.row.push(b'_');
        self.row.extend_from_slice(&i64::from(record.sub).to_be_bytes());
        if record.tombstone {
            self.row.push(b't');
            encode_field(&mut self.row, 1, &record.kv.key);
        } else {
            encode(&mut self.row, &record.kv);
        }
        self.crc.write(&self.row);
    }

    fn finish(self) -> KvHash {
        KvHash { hash: self.crc.finish(), compact_revision: self.compact_revision, revision: self.revision }
    }
}

/// Length of a record in protobuf's encoding: what its row in the real database takes.
pub(super) fn row_len(record: &Record) -> u64 {
    let kv = &record.kv;
    let field = |len: usize| if len == 0 { 0 } else { 1 + varint_len(len as u64) + len as u64 };
    let number = |n: i64| if n == 0 { 0 } else { 1 + varint_len(n as u64) };
    if record.tombstone {
        // The row of a deletion holds the key alone.
        return field(kv.key.len());
    }
    field(kv.key.len())
        + number(kv.create_revision)
        + number(kv.mod_revision)
        + number(kv.version)
        + field(kv.value.len())
        + number(kv.lease)
}

fn varint_len(n: u64) -> u64 {
    u64::from((64 - (n | 1).leading_zeros()).div_ceil(7))
}

fn encode(out: &mut Vec<u8>, kv: &KeyValue) {
    encode_field(out, 1, &kv.key);
    encode_number(out, 2, kv.create_revision);
    encode_number(out, 3, kv.mod_revision);
    encode_number(out, 4, kv.version);
    encode_field(out, 5, &kv.value);
    encode_number(out, 6, kv.lease);
}

fn encode_field(out: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    if !bytes.is_empty() {
        out.push(field << 3 | 2);
        encode_varint(out, bytes.len() as u64);
        out.extend_from_slice(bytes);
    }
}

fn encode_number(out: &mut Vec<u8>, field: u8, n: i64) {
    if n != 0 {
        out.push(field << 3);
        encode_varint(out, n as u64);
    }
}

fn encode_varint(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// CRC-32 with Castagnoli's polynomial, a table of 256 entries.
struct Crc32c(u32);

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let mut crc = i as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0x82f6_3b78 } else { crc >> 1 };
            bit += 1;
        }
        table[i] = crc;
        i += 1;
    }
    table
};

impl Crc32c {
    fn new() -> Self {
        Crc32c(!0)
    }

    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.0 = TABLE[usize::from(self.0 as u8 ^ b)] ^ (self.0 >> 8);
        }
    }

    fn finish(self) -> u32 {
        !self.0
    }
}

/// The checksum of some bytes, as the records of a write-ahead log carry it.
pub fn crc32c(bytes: &[u8]) -> u32 {
    let mut crc = Crc32c::new();
    crc.write(bytes);
    crc.finish()
}
