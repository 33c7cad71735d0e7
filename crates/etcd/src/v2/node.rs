//! A key or directory in the tree (etcd: v2store/node.go). Subtrees are shared between copies of the store.

use sorted::SortedMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::event::NodeView;
use super::path::join;

/// What is in a directory.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Children {
    by_name: SortedMap<Arc<str>, Arc<Node>>,
    /// The place the next one gets in an unsorted listing.
    next_place: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Content {
    File(Arc<str>),
    Dir(Children),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Node {
    pub(crate) content: Content,
    pub(crate) created_index: u64,
    pub(crate) modified_index: u64,
    /// In microseconds since 1970.
    pub(crate) expires: Option<u64>,
    place: u64,
}

impl Children {
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Node>> {
        self.by_name.get(name)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Node> {
        self.by_name.get_mut(name).map(Arc::make_mut)
    }

    /// Puts a node in; one that replaces another takes its place.
    pub(crate) fn insert(&mut self, name: &str, mut node: Node) {
        node.place = match self.by_name.get(name) {
            Some(old) => old.place,
            None => {
                self.next_place += 1;
                self.next_place
            }
        };
        self.by_name.insert(name.into(), Arc::new(node));
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<Arc<Node>> {
        self.by_name.remove(name)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<Node>)> {
        self.by_name.iter()
    }
}

impl Node {
    pub(crate) fn file(value: &str, index: u64, expires: Option<u64>) -> Node {
        Node::new(Content::File(value.into()), index, expires)
    }

    pub(crate) fn dir(index: u64, expires: Option<u64>) -> Node {
        Node::new(Content::Dir(Children::default()), index, expires)
    }

    fn new(content: Content, index: u64, expires: Option<u64>) -> Node {
        Node { content, created_index: index, modified_index: index, expires, place: 0 }
    }

    pub(crate) fn is_dir(&self) -> bool {
        matches!(self.content, Content::Dir(_))
    }

    pub(crate) fn children(&self) -> Option<&Children> {
        match &self.content {
            Content::Dir(children) => Some(children),
            Content::File(_) => None,
        }
    }

    pub(crate) fn children_mut(&mut self) -> Option<&mut Children> {
        match &mut self.content {
            Content::Dir(children) => Some(children),
            Content::File(_) => None,
        }
    }

    pub(crate) fn value(&self) -> &str {
        match &self.content {
            Content::File(value) => value,
            Content::Dir(_) => "",
        }
    }

    /// Seconds until it expires, rounded up.
    pub(crate) fn ttl(&self, now: u64) -> i64 {
        let Some(expires) = self.expires else { return 0 };
        let left = expires.cast_signed() - now.cast_signed();
        let whole = left / 1_000_000;
        if left % 1_000_000 > 0 { whole + 1 } else { whole }
    }

    /// The node by itself.
    pub(crate) fn view(&self, path: &str, now: u64) -> NodeView {
        NodeView {
            key: path.to_owned(),
            value: (!self.is_dir()).then(|| self.value().to_owned()),
            dir: self.is_dir(),
            expiration: self.expires,
            ttl: self.ttl(now),
            nodes: Vec::new(),
            modified_index: self.modified_index,
            created_index: self.created_index,
        }
    }

    /// The node with what is in it, hidden keys left out; with what is in that, too, if `recursive`.
    ///
    /// Without `sorted`, etcd lists in whatever order Go's map yields; here that is the order of creation.
    pub(crate) fn listing(&self, path: &str, recursive: bool, sorted: bool, now: u64) -> NodeView {
        let mut view = self.view(path, now);
        let Some(children) = self.children() else { return view };
        let mut shown: Vec<_> = children.iter().filter(|(name, _)| !name.starts_with('_')).collect();
        if !sorted {
            shown.sort_by_key(|(_, node)| node.place);
        }
        view.nodes = shown
            .into_iter()
            .map(|(name, node)| {
                let path = join(path, name);
                if recursive { node.listing(&path, true, sorted, now) } else { node.view(&path, now) }
            })
            .collect();
        view
    }

    /// Everything below, deepest first, by path.
    pub(crate) fn descend(&self, path: &str, visit: &mut dyn FnMut(&str, &Node)) {
        for (name, child) in self.children().into_iter().flat_map(Children::iter) {
            let path = join(path, name);
            child.descend(&path, visit);
            visit(&path, child);
        }
    }
}
