//! The tree of keys: reading it, and carrying out what the log says (etcd: v2store/store.go, etcdserver/apply_v2.go).

use sorted::SortedSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::auth::Auth;
use super::error::{Code, Error};
use super::event::{Action, Event};
use super::history::History;
use super::node::{Children, Node};
use super::path::{clean, join, parts};
use super::request::{KeyRequest, Method};
use super::stats::Stats;

/// What watchers have to be told of one change.
#[derive(Clone, Debug)]
pub struct Notice {
    /// The change.
    pub event: Arc<Event>,
    /// The keys that went with it: their watchers hear of it, too.
    pub removed: Vec<String>,
}

/// What carrying out a request came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The answer; `None` for what nobody waits for.
    pub result: Option<Result<Arc<Event>, Error>>,
    /// What watchers have to be told, in order.
    pub notices: Vec<Notice>,
}

/// The tree of keys. Cloning is cheap: copies share what they have in common.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Store {
    pub(super) root: Arc<Node>,
    pub(super) index: u64,
    pub(super) history: History,
    /// Keys that will expire, the first first.
    pub(super) expiring: Arc<SortedSet<(u64, String)>>,
    pub(super) stats: Stats,
    pub(super) auth: Auth,
    #[serde(skip)]
    pub(super) notices: Vec<Notice>,
}

impl Default for Store {
    fn default() -> Store {
        Store {
            root: Arc::new(Node::dir(0, None)),
            index: 0,
            history: History::default(),
            expiring: Arc::default(),
            stats: Stats::default(),
            auth: Auth::default(),
            notices: Vec::new(),
        }
    }
}

impl Store {
    /// The index of the last change.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Whether any key will expire.
    pub fn has_expiring_keys(&self) -> bool {
        !self.expiring.is_empty()
    }

    /// The counters, as `/v2/stats/store` shows them.
    pub fn stats(&self, watchers: u64) -> serde_json::Value {
        self.stats.to_json(watchers)
    }

    /// Takes note of a change to the cluster itself. etcd keeps members and version in this store, under a prefix that
    /// clients never see; all that they can see of it is the index (etcd: etcdserver/api/membership/store.go).
    pub fn note_cluster_change(&mut self) {
        self.index += 1;
        // No client's path is empty, so nobody is told.
        self.history.push(Arc::new(Event::new(Action::Set, "", self.index, self.index)));
    }

    /// Reads a key at this member. `now` in microseconds since 1970.
    ///
    /// # Errors
    /// 100 if it is not there, 104 if a file is on the way to it.
    pub fn get(&mut self, request: &KeyRequest, now: u64) -> Result<Arc<Event>, Error> {
        let path = clean(&request.path);
        let found = self.find(&path).map(|node| {
            let mut event = Event::new(Action::Get, path.as_str(), node.modified_index, node.created_index);
            event.etcd_index = self.index;
            event.node = node.listing(&path, request.recursive, request.sorted, now);
            Arc::new(event)
        });
        self.stats.count(Action::Get, found.is_ok());
        found
    }

    /// Carries out a request that comes from the log.
    pub fn apply(&mut self, request: &KeyRequest) -> Outcome {
        let at = request.time;
        let conditional = request.prev_index > 0 || !request.prev_value.is_empty();
        let (action, result) = match request.method {
            Method::Sync => {
                self.expire(at);
                return Outcome { result: None, notices: std::mem::take(&mut self.notices) };
            }
            Method::QuorumGet | Method::Get | Method::Head => {
                return Outcome { result: Some(self.get(request, at)), notices: Vec::new() };
            }
            Method::Post => (Action::Create, self.create(request, true)),
            Method::Delete if conditional => (Action::CompareAndDelete, self.compare_and_delete(request)),
            Method::Delete => (Action::Delete, self.delete(request)),
            Method::Put => match request.prev_exist {
                Some(false) => (Action::Create, self.create(request, false)),
                Some(true) if !conditional => (Action::Update, self.update(request)),
                None if !conditional => (Action::Set, self.set(request)),
                _ => (Action::CompareAndSwap, self.compare_and_swap(request)),
            },
        };
        self.stats.count(action, result.is_ok());
        Outcome { result: Some(result), notices: std::mem::take(&mut self.notices) }
    }

    /// Watching: the first change from `since` on that concerns a key, if it is known already.
    pub(super) fn known_change(&self, key: &str, recursive: bool, since: u64) -> Result<Option<Arc<Event>>, Error> {
        self.history.find(key, recursive, since).map_err(|error| Error { index: self.index, ..error })
    }

    pub(super) fn error(&self, code: Code, cause: impl Into<String>) -> Error {
        Error::new(code, cause, self.index)
    }

    /// The node at a canonical path.
    pub(super) fn find(&self, path: &str) -> Result<&Node, Error> {
        let mut at = String::from("/");
        let mut node = self.root.as_ref();
        for part in parts(path) {
            let Some(children) = node.children() else { return Err(self.error(Code::NotDir, at)) };
            at = join(&at, part);
            node = children.get(part).ok_or_else(|| self.error(Code::KeyNotFound, at.as_str()))?;
        }
        Ok(node)
    }

    /// A directory, to be changed.
    pub(super) fn directory_mut(&mut self, path: &str) -> Option<&mut Children> {
        parts(path)
            .try_fold(Arc::make_mut(&mut self.root), |node, part| node.children_mut()?.get_mut(part))?
            .children_mut()
    }

    /// Remembers a change and who has to be told.
    pub(super) fn publish(&mut self, event: Event, removed: Vec<String>) -> Arc<Event> {
        let event = Arc::new(event);
        self.history.push(Arc::clone(&event));
        if !event.refresh {
            self.notices.push(Notice { event: Arc::clone(&event), removed });
        }
        event
    }
}
