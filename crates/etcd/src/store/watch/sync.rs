//! Catching up watchers that began in the past.

use sorted::SortedMap;

use super::{Delivery, Store, WatchHub, WatcherKey, matcher::Matcher, response};
use crate::rpc::WatchResponse;

/// Watchers caught up at a time (etcd: `maxWatchersPerSync`).
const MAX_WATCHERS: usize = 512;

/// Revisions in one response (etcd: `watchBatchMaxRevs`).
const MAX_REVISIONS: usize = 1000;

/// What a watcher is sent now.
struct Batch {
    response: WatchResponse,
    revisions: usize,
    last: i64,
    /// Where the next batch goes on, if this one is full.
    more_from: Option<i64>,
}

impl WatchHub {
    /// Whether [`WatchHub::sync`] has something to do.
    pub fn has_unsynced(&self) -> bool {
        !self.unsynced.is_empty()
    }

    /// The store has been replaced by a snapshot: the synced watchers have missed what happened in between.
    pub fn restore(&mut self) {
        for (key, watcher) in &mut self.watchers {
            if self.unsynced.insert(*key) {
                self.synced.remove(&watcher.range, *key);
                watcher.from = watcher.from.max(self.told + 1);
            }
        }
    }

    /// Catches up some of the unsynced watchers; to be called every [`super::SYNC_INTERVAL`] while there are any. A
    /// watcher whose past has been compacted is ended.
    pub fn sync(&mut self, store: &Store) -> Vec<Delivery> {
        let (current, compacted) = (store.revision(), store.compact_revision());
        let mut deliveries = Vec::new();
        let mut matcher = Matcher::default();
        let mut first = i64::MAX;
        let chosen: Vec<WatcherKey> = self.unsynced.iter().take(MAX_WATCHERS).copied().collect();
        for &key in &chosen {
            let Some(watcher) = self.watchers.get(&key) else { continue };
            if watcher.from < compacted {
                self.remove(key);
                let mut gone = response(key.1, 0);
                gone.canceled = true;
                gone.compact_revision = compacted;
                deliveries.push(Delivery { stream: key.0, response: gone });
                continue;
            }
            first = first.min(watcher.from);
            matcher.add(&watcher.range, key);
        }
        let mut batches = self.collect(store, first, &mut matcher);
        for key in chosen {
            let Some(watcher) = self.watchers.get_mut(&key) else { continue };
            let batch = batches.remove(&key);
            if let Some(from) = batch.as_ref().and_then(|b| b.more_from) {
                watcher.from = from;
            } else {
                watcher.from = watcher.from.max(current + 1);
                self.unsynced.remove(&key);
                self.synced.add(&watcher.range, key);
            }
            if let Some(batch) = batch {
                watcher.progress = watcher.progress.map(|_| false);
                watcher.events += batch.response.events.len() as u64;
                deliveries.push(Delivery { stream: key.0, response: batch.response });
            }
        }
        deliveries
    }

    fn collect(&self, store: &Store, first: i64, matcher: &mut Matcher) -> SortedMap<WatcherKey, Batch> {
        let mut batches: SortedMap<WatcherKey, Batch> = SortedMap::new();
        for record in store.log.since(first) {
            let revision = record.kv.mod_revision;
            let mut change = None;
            matcher.visit(&record.kv.key, &mut |key| {
                let change = change.get_or_insert_with(|| store.change_of(record));
                let Some(event) = self.watchers.get(&key).and_then(|w| w.event(change)) else { return };
                let batch = batches.entry(key).or_insert_with(|| Batch {
                    response: response(key.1, store.revision()),
                    revisions: 0,
                    last: 0,
                    more_from: None,
                });
                if batch.more_from.is_some() {
                    return;
                }
                if revision > batch.last {
                    if batch.revisions == MAX_REVISIONS {
                        batch.more_from = Some(revision);
                        return;
                    }
                    batch.revisions += 1;
                    batch.last = revision;
                }
                batch.response.events.push(event);
            });
        }
        batches
    }
}
