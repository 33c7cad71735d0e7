//! The scheduler's picture of the nodes: what runs on each, and what is assumed to (`pkg/scheduler/backend/cache`).

use super::resources::{Amounts, allocatable, assumed_requests, requests};
use crate::api::Object;
use crate::client::{Key, key};
use std::collections::BTreeMap;

/// A node and its pods.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) object: Object,
    pub(super) allocatable: Amounts,
    pub(super) pods: BTreeMap<Key, Placed>,
    pub(super) requested: Amounts,
    /// With something assumed for containers that ask for nothing.
    pub(super) assumed: Amounts,
}

/// A pod on a node.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) object: Object,
    requested: Amounts,
    assumed: Amounts,
    /// Whether it asks for, or avoids, the company of others.
    is_choosy: bool,
}

impl Node {
    fn new(object: Object) -> Self {
        let allocatable = allocatable(&object);
        let (pods, requested, assumed) = (BTreeMap::new(), Amounts::default(), Amounts::default());
        Self { object, allocatable, pods, requested, assumed }
    }

    pub(super) fn name(&self) -> &str {
        self.object.name()
    }

    pub(super) fn put(&mut self, pod: &Object) {
        let key = key(pod);
        self.take(&key);
        let is_choosy = is_choosy(pod);
        let placed =
            Placed { object: pod.clone(), requested: requests(pod), assumed: assumed_requests(pod), is_choosy };
        self.requested.add(&placed.requested);
        self.assumed.add(&placed.assumed);
        self.pods.insert(key, placed);
    }

    pub(super) fn take(&mut self, key: &Key) {
        if let Some(placed) = self.pods.remove(key) {
            self.requested.subtract(&placed.requested);
            self.assumed.subtract(&placed.assumed);
        }
    }

    /// The pods that choose their company; all of them for a pod that does so itself.
    pub(super) fn company(&self, all: bool) -> impl Iterator<Item = &Object> {
        self.pods.values().filter(move |placed| all || placed.is_choosy).map(|placed| &placed.object)
    }

    pub(super) fn pods(&self) -> impl Iterator<Item = &Object> {
        self.pods.values().map(|placed| &placed.object)
    }
}

/// Whether a pod asks for, or avoids, the company of others.
pub(super) fn is_choosy(pod: &Object) -> bool {
    ["podAffinity", "podAntiAffinity"].iter().any(|which| {
        pod.map("/spec/affinity").is_some_and(|affinity| affinity.get(*which).is_some_and(|terms| !terms.is_null()))
    })
}

/// All nodes, in the order of their names.
#[derive(Clone, Debug, Default)]
pub(super) struct Nodes {
    nodes: BTreeMap<String, Node>,
    /// Where each pod is, whether its node is known or not.
    places: BTreeMap<Key, String>,
    /// Pods on nodes that are not known yet.
    lost: BTreeMap<Key, Object>,
}

impl Nodes {
    pub(super) fn all(&self) -> impl Iterator<Item = &Node> {
        self.nodes.values()
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        self.nodes.get(name)
    }

    pub(super) fn put_node(&mut self, object: &Object) {
        let name = object.name();
        if let Some(node) = self.nodes.get_mut(name) {
            node.allocatable = allocatable(object);
            node.object = object.clone();
            return;
        }
        let mut node = Node::new(object.clone());
        self.lost.retain(|_, pod| {
            let is_here = pod.text("/spec/nodeName") == name;
            if is_here {
                node.put(pod);
            }
            !is_here
        });
        self.nodes.insert(name.to_owned(), node);
    }

    pub(super) fn remove_node(&mut self, name: &str) {
        if let Some(node) = self.nodes.remove(name) {
            self.lost.extend(node.pods.into_iter().map(|(key, placed)| (key, placed.object)));
        }
    }

    /// A pod is on a node, or is assumed to be.
    pub(super) fn place(&mut self, pod: &Object, name: &str) {
        let key = key(pod);
        self.remove(&key);
        match self.nodes.get_mut(name) {
            Some(node) => node.put(pod),
            None => drop(self.lost.insert(key.clone(), pod.clone())),
        }
        self.places.insert(key, name.to_owned());
    }

    pub(super) fn remove(&mut self, key: &Key) {
        self.lost.remove(key);
        if let Some(node) = self.places.remove(key).and_then(|name| self.nodes.get_mut(&name)) {
            node.take(key);
        }
    }
}
