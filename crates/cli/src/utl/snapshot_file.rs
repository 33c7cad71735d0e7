//! Snapshot files: the database in whole pages, then its SHA-256.

use etcd::apply::Snapshot;
use sha2::{Digest, Sha256};

/// Bytes of the hash at the end.
pub const HASH_SIZE: usize = 32;

/// Databases come in pages of this size.
const PAGE: usize = 4096;

/// Whether a file of this size ends in a hash: pages are multiples of the smallest sector (etcd: `hasChecksum`).
pub fn has_checksum(size: usize) -> bool {
    size % 512 == HASH_SIZE
}

pub fn hash(database: &[u8]) -> [u8; HASH_SIZE] {
    Sha256::digest(database).into()
}

/// Makes a file of what a member sent: its state and the hash of that. `None` when the hash is not right. The state is
/// laid out in the pages that the member's database takes, whose unused parts are zero.
pub fn seal(received: &[u8]) -> Option<Vec<u8>> {
    let (state, sent) = received.split_at_checked(received.len().checked_sub(HASH_SIZE)?)?;
    if hash(state) != sent {
        return None;
    }
    let pages = Snapshot::decode(state).and_then(|s| usize::try_from(s.store().db_size()).ok()).unwrap_or(0);
    let mut file = state.to_vec();
    file.resize(pages.max(state.len()).next_multiple_of(PAGE), 0);
    let own = hash(&file);
    file.extend_from_slice(&own);
    Some(file)
}

/// The database in a file, without the hash.
pub fn database(file: &[u8]) -> &[u8] {
    match has_checksum(file.len()) {
        true => &file[..file.len() - HASH_SIZE],
        false => file,
    }
}
