//! Watching: every change is told to whoever asked for its key, in order, none left out, none twice
//! (etcd: server/mvcc/watchable_store.go, server/etcdserver/api/v3rpc/watch.go).
//!
//! A *synced* watcher has been told everything up to now and is told each revision when it is applied. An *unsynced*
//! one began in the past (or its member was given a snapshot) and is caught up from the log of the store.

mod matcher;
mod sync;

use sorted::{SortedMap, SortedSet};

use super::{Change, ChangeId, KeyRange, Store};
use crate::Bytes;
use crate::rpc::{Event, EventType, FilterType, Status, WatchCreateRequest, WatchResponse, errors};
use matcher::Matcher;

/// Unsynced watchers are caught up this often, in microseconds (etcd: `watchResyncPeriod`).
pub const SYNC_INTERVAL: u64 = 100_000;

/// A watcher that asked for it hears of progress this often when nothing happens, in microseconds
/// (etcd: `progressReportInterval`, to which it adds up to a tenth by chance).
pub const PROGRESS_INTERVAL: u64 = 600_000_000;

/// The id by which a response is for all watchers of a stream, or for none.
const NO_WATCHER: i64 = -1;

/// A stream and, within it, a watcher.
type WatcherKey = (u64, i64);

/// A response and the stream it belongs on. The header has the revision only; the server knows the rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// As the server numbers its streams.
    pub stream: u64,
    /// What to send.
    pub response: WatchResponse,
}

#[derive(Clone, Debug)]
struct Watcher {
    range: KeyRange,
    /// The revision asked for.
    start: i64,
    /// No event before this revision is for it.
    from: i64,
    no_put: bool,
    no_delete: bool,
    prev_kv: bool,
    /// Whether it asked for progress, and whether it is due at the next occasion: not if there have been events.
    progress: Option<bool>,
    /// How many events it was sent.
    events: u64,
}

impl Watcher {
    fn event(&self, change: &Change<'_>) -> Option<Event> {
        let filtered = if change.record.tombstone { self.no_delete } else { self.no_put };
        if filtered || change.record.kv.mod_revision < self.from {
            return None;
        }
        let event = change.event(self.prev_kv);
        debug_assert!(event.r#type == EventType::Delete || event.kv.version > 0);
        Some(event)
    }
}

/// All watchers of a member.
#[derive(Clone, Debug, Default)]
pub struct WatchHub {
    watchers: SortedMap<WatcherKey, Watcher>,
    synced: Matcher,
    unsynced: SortedSet<WatcherKey>,
    /// The id to try next for a watcher of a stream that leaves the choice to the server.
    next_ids: SortedMap<u64, i64>,
    /// The last revision told to the synced watchers.
    told: i64,
}

impl WatchHub {
    /// Starts a watcher; the response is the first thing to be sent. `permitted` is the outcome of
    /// [`crate::auth::Auth::check_range`], or why there is no user to check.
    pub fn create(
        &mut self,
        stream: u64,
        request: &WatchCreateRequest,
        permitted: Result<(), Status>,
        store: &Store,
    ) -> WatchResponse {
        let outcome = self.try_create(stream, request, permitted, store);
        let mut response = WatchResponse { created: true, ..Default::default() };
        response.header.revision = store.revision();
        match outcome {
            Ok(id) => response.watch_id = id,
            Err(reason) => {
                response.watch_id = NO_WATCHER;
                response.canceled = true;
                response.cancel_reason = reason;
            }
        }
        response
    }

    fn try_create(
        &mut self,
        stream: u64,
        request: &WatchCreateRequest,
        permitted: Result<(), Status>,
        store: &Store,
    ) -> Result<i64, String> {
        if request.start_revision < 0 {
            return Err(errors::compacted().message);
        }
        permitted.map_err(denial)?;
        // No key at all stands for the least one.
        let key = if request.key.is_empty() { Bytes::from(&[0]) } else { request.key.clone() };
        let range = KeyRange::new(&key, &request.range_end);
        if range.is_empty() {
            return Err("mvcc: watcher range is empty".to_owned());
        }
        let id = match request.watch_id {
            0 => self.free_id(stream),
            id if self.watchers.contains_key(&(stream, id)) => {
                return Err("mvcc: duplicate watch ID provided on the WatchStream".to_owned());
            }
            id => id,
        };
        let start = request.start_revision;
        let synced = start == 0 || start > store.revision();
        let watcher = Watcher {
            start,
            from: if synced { start.max(store.revision() + 1) } else { start },
            no_put: request.filters.contains(&FilterType::NoPut),
            no_delete: request.filters.contains(&FilterType::NoDelete),
            prev_kv: request.prev_kv,
            progress: request.progress_notify.then_some(true),
            events: 0,
            range,
        };
        if synced {
            self.synced.add(&watcher.range, (stream, id));
        } else {
            self.unsynced.insert((stream, id));
        }
        self.watchers.insert((stream, id), watcher);
        Ok(id)
    }

    fn free_id(&mut self, stream: u64) -> i64 {
        let next = self.next_ids.entry(stream).or_default();
        while self.watchers.contains_key(&(stream, *next)) {
            *next += 1;
        }
        *next += 1;
        *next - 1
    }

    /// Ends a watcher; the response says so. `None` if there is no such watcher, to which nothing is answered.
    pub fn cancel(&mut self, stream: u64, id: i64, store: &Store) -> Option<WatchResponse> {
        self.remove((stream, id))?;
        let mut response = WatchResponse { watch_id: id, canceled: true, ..Default::default() };
        response.header.revision = store.revision();
        Some(response)
    }

    /// The stream is gone, and its watchers with it.
    pub fn close(&mut self, stream: u64) {
        for key in self.keys_of(stream) {
            self.remove(key);
        }
        self.next_ids.remove(&stream);
    }

    fn keys_of(&self, stream: u64) -> Vec<WatcherKey> {
        self.watchers.range((stream, i64::MIN)..=(stream, i64::MAX)).map(|(key, _)| *key).collect()
    }

    fn remove(&mut self, key: WatcherKey) -> Option<Watcher> {
        let watcher = self.watchers.remove(&key)?;
        if !self.unsynced.remove(&key) {
            self.synced.remove(&watcher.range, key);
        }
        Some(watcher)
    }

    /// Number of watchers.
    pub fn len(&self) -> usize {
        self.watchers.len()
    }

    /// Whether there is no watcher at all.
    pub fn is_empty(&self) -> bool {
        self.watchers.is_empty()
    }

    /// The watchers of a stream: which keys, and how many events each was sent. For those who look on.
    pub(crate) fn look(&self, stream: u64) -> impl Iterator<Item = (&KeyRange, u64)> {
        let watchers = self.watchers.range((stream, i64::MIN)..=(stream, i64::MAX));
        watchers.map(|(_, watcher)| (&watcher.range, watcher.events))
    }

    /// Tells the synced watchers of an applied revision: one response for each, with all of the revision's events that
    /// are for it. To be called with every revision, watchers or not, while it is the store's last.
    pub fn notify(&mut self, changes: &[ChangeId], store: &Store) -> Vec<Delivery> {
        if changes.is_empty() {
            return Vec::new();
        }
        let revision = store.revision();
        self.told = revision;
        if self.watchers.is_empty() {
            return Vec::new();
        }
        let mut responses: SortedMap<WatcherKey, WatchResponse> = SortedMap::new();
        let WatchHub { watchers, synced, .. } = self;
        for change in changes.iter().filter_map(|id| store.change(*id)) {
            synced.visit(&change.record.kv.key, &mut |key| {
                let Some(watcher) = watchers.get_mut(&key) else { return };
                if let Some(event) = watcher.event(&change) {
                    watcher.progress = watcher.progress.map(|_| false);
                    watcher.events += 1;
                    let response = responses.entry(key).or_insert_with(|| response(key.1, revision));
                    response.events.push(event);
                }
            });
        }
        responses.into_iter().map(|((stream, _), response)| Delivery { stream, response }).collect()
    }

    /// Answers a progress request, if every watcher of the stream has been told everything; otherwise nothing is
    /// answered.
    pub fn progress(&self, stream: u64, store: &Store) -> Option<WatchResponse> {
        let revision = store.revision();
        let mut watchers = self.keys_of(stream).into_iter().peekable();
        watchers.peek()?;
        watchers.all(|key| self.is_current(&key, revision)).then(|| response(NO_WATCHER, revision))
    }

    /// To be called for each stream every [`PROGRESS_INTERVAL`]: tells the watchers that asked for it, and have had no
    /// event since the last time, how far they are.
    pub fn progress_tick(&mut self, stream: u64, store: &Store) -> Vec<WatchResponse> {
        let revision = store.revision();
        let mut responses = Vec::new();
        for key in self.keys_of(stream) {
            let is_current = self.is_current(&key, revision);
            let Some(due) = self.watchers.get_mut(&key).and_then(|w| w.progress.as_mut()) else { continue };
            if *due && is_current {
                responses.push(response(key.1, revision));
            }
            *due = true;
        }
        responses
    }

    /// Whether any watcher of the stream asked for progress.
    pub fn wants_progress(&self, stream: u64) -> bool {
        let mut watchers = self.watchers.range((stream, i64::MIN)..=(stream, i64::MAX));
        watchers.any(|(_, w)| w.progress.is_some())
    }

    fn is_current(&self, key: &WatcherKey, revision: i64) -> bool {
        !self.unsynced.contains(key) && self.watchers.get(key).is_some_and(|w| revision >= w.start)
    }
}

fn response(watch_id: i64, revision: i64) -> WatchResponse {
    let mut response = WatchResponse { watch_id, ..Default::default() };
    response.header.revision = revision;
    response
}

/// How a refusal is put: gRPC's own rendering of the error, of which only some are told apart.
fn denial(status: Status) -> String {
    let told = [errors::invalid_auth_token(), errors::auth_old_revision(), errors::user_empty()];
    let status = if told.contains(&status) { status } else { errors::permission_denied() };
    format!("rpc error: code = {} desc = {}", status.code.name(), status.message)
}
