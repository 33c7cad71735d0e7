//! Who waits for which key at one member (etcd: v2store/watcher_hub.go, watcher.go).

use sorted::SortedMap;
use std::sync::Arc;

use super::error::Error;
use super::event::Event;
use super::path::{clean, is_hidden, join, parts};
use super::request::KeyRequest;
use super::store::{Notice, Store};

/// By which the hub knows a watcher.
pub type WatchId = u64;

/// What asking to watch came to.
#[derive(Clone, Debug)]
pub struct Watch {
    /// The store's index when the watch began.
    pub start_index: u64,
    /// A change that had happened already. The watcher is told of this one and of no other.
    pub known: Option<Arc<Event>>,
}

#[derive(Clone, Debug)]
struct Watcher {
    id: WatchId,
    recursive: bool,
    stream: bool,
    since: u64,
}

/// The watchers of one member.
#[derive(Clone, Debug, Default)]
pub struct WatchHub {
    by_key: SortedMap<String, Vec<Watcher>>,
}

impl WatchHub {
    /// How many wait.
    pub fn len(&self) -> usize {
        self.by_key.values().map(Vec::len).sum()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// Begins to watch, unless the change that is waited for is known already.
    ///
    /// # Errors
    /// 401 when the store no longer remembers the index from which to watch.
    pub fn watch(&mut self, id: WatchId, request: &KeyRequest, store: &Store) -> Result<Watch, Error> {
        let key = clean(&request.path);
        let since = if request.since == 0 { store.index() + 1 } else { request.since };
        let known = store.known_change(&key, request.recursive, since)?;
        if known.is_none() {
            let watcher = Watcher { id, recursive: request.recursive, stream: request.stream, since };
            self.by_key.entry(key).or_default().push(watcher);
        }
        Ok(Watch { start_index: store.index(), known })
    }

    /// The client went away.
    pub fn cancel(&mut self, id: WatchId) {
        self.by_key.values_mut().for_each(|watchers| watchers.retain(|watcher| watcher.id != id));
        self.by_key.retain(|_, watchers| !watchers.is_empty());
    }

    /// Who has to be told of a change, in order; `true` for those who keep watching.
    pub fn notify(&mut self, notice: &Notice) -> Vec<(WatchId, bool)> {
        let mut told = Vec::new();
        for key in &notice.removed {
            self.tell(&notice.event, key, true, &mut told);
        }
        let mut at = String::from("/");
        self.tell(&notice.event, "/", false, &mut told);
        for part in parts(&notice.event.node.key) {
            at = join(&at, part);
            self.tell(&notice.event, &at, false, &mut told);
        }
        told
    }

    fn tell(&mut self, event: &Event, key: &str, removed: bool, told: &mut Vec<(WatchId, bool)>) {
        let Some(watchers) = self.by_key.get_mut(key) else { return };
        let itself = event.node.key == key;
        if !itself && is_hidden(key, &event.node.key) {
            return;
        }
        watchers.retain(|watcher| {
            let concerned = (watcher.recursive || itself || removed) && event.index() >= watcher.since;
            if concerned {
                told.push((watcher.id, watcher.stream));
            }
            watcher.stream || !concerned
        });
        if watchers.is_empty() {
            self.by_key.remove(key);
        }
    }
}
