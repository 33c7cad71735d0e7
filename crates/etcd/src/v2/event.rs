//! What happened to a key, as clients are told (etcd: v2store/event.go, node_extern.go).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use calendar::rfc3339;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    Get,
    Create,
    Set,
    Update,
    Delete,
    CompareAndSwap,
    CompareAndDelete,
    Expire,
}

impl Action {
    /// The name in the JSON answer.
    pub fn name(self) -> &'static str {
        match self {
            Action::Get => "get",
            Action::Create => "create",
            Action::Set => "set",
            Action::Update => "update",
            Action::Delete => "delete",
            Action::CompareAndSwap => "compareAndSwap",
            Action::CompareAndDelete => "compareAndDelete",
            Action::Expire => "expire",
        }
    }
}

/// A key as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeView {
    /// Its path.
    pub key: String,
    /// Its value; a directory has none, nor has a deleted key.
    pub value: Option<String>,
    /// Whether it is a directory.
    pub dir: bool,
    /// When it expires, in microseconds since 1970.
    pub expiration: Option<u64>,
    /// Seconds left until then, rounded up.
    pub ttl: i64,
    /// What is in the directory, as far as that was asked for.
    pub nodes: Vec<NodeView>,
    /// Index of the change that made its value.
    pub modified_index: u64,
    /// Index of the change that made it.
    pub created_index: u64,
}

impl NodeView {
    fn to_json(&self) -> Value {
        let mut json = Map::new();
        // The root has no name.
        if self.key != "/" {
            json.insert("key".into(), self.key.as_str().into());
        }
        if let Some(value) = &self.value {
            json.insert("value".into(), value.as_str().into());
        }
        if self.dir {
            json.insert("dir".into(), true.into());
        }
        if let Some(expiration) = self.expiration {
            json.insert("expiration".into(), rfc3339::shortest(expiration.cast_signed()).into());
        }
        if self.ttl != 0 {
            json.insert("ttl".into(), self.ttl.into());
        }
        if !self.nodes.is_empty() {
            json.insert("nodes".into(), self.nodes.iter().map(NodeView::to_json).collect());
        }
        for (name, index) in [("modifiedIndex", self.modified_index), ("createdIndex", self.created_index)] {
            if index != 0 {
                json.insert(name.into(), index.into());
            }
        }
        json.into()
    }
}

/// One change, or what a read found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What was done.
    pub action: Action,
    /// The key as it is now.
    pub node: NodeView,
    /// The key as it was before, if it was.
    pub prev_node: Option<NodeView>,
    /// The store's index when this was answered.
    pub etcd_index: u64,
    /// Only the time to live was changed: nobody is told.
    pub refresh: bool,
}

impl Event {
    pub(crate) fn new(action: Action, key: impl Into<String>, modified_index: u64, created_index: u64) -> Event {
        let node = NodeView { key: key.into(), modified_index, created_index, ..NodeView::default() };
        Event { action, node, prev_node: None, etcd_index: modified_index, refresh: false }
    }

    /// The event's own index.
    pub fn index(&self) -> u64 {
        self.node.modified_index
    }

    /// Whether it made a key that was not there.
    pub fn is_created(&self) -> bool {
        self.action == Action::Create || self.action == Action::Set && self.prev_node.is_none()
    }

    /// The body of the answer. Writers can ask not to be sent back what they have just written.
    pub fn to_json(&self, without_nodes: bool) -> Value {
        use Action::{CompareAndSwap, Create, Set, Update};
        let mut json = Map::new();
        json.insert("action".into(), self.action.name().into());
        if !(without_nodes && matches!(self.action, Set | CompareAndSwap | Create | Update)) {
            json.insert("node".into(), self.node.to_json());
            if let Some(prev) = &self.prev_node {
                json.insert("prevNode".into(), prev.to_json());
            }
        }
        json.into()
    }
}
