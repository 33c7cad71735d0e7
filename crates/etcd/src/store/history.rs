//! What became of one key.

use super::{Record, Store};

impl Store {
    /// The kept versions of a key, newest first, deletions among them; at most `limit`, and how many older ones are
    /// kept beyond those.
    pub fn history(&self, key: &[u8], limit: usize) -> (Vec<Record>, usize) {
        let Some(versions) = self.index.get(&self.log, key) else { return (Vec::new(), 0) };
        let mut all = versions.iter();
        let newest = all.by_ref().take(limit).cloned().collect();
        (newest, all.count())
    }
}
