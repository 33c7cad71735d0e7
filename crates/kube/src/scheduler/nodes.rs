//! The scheduler's picture of the nodes: what runs on each, and what is assumed to (`pkg/scheduler/backend/cache`).

use super::resources::{Amounts, allocatable, assumed_requests, requests};
use crate::api::Object;
use crate::client::{Key, key, selects};
use serde_json::Value;
use std::collections::BTreeMap;

/// A node and its pods, with what is asked of it for every pod that is tried: a cluster of thousands of nodes is looked
/// at for each of many thousand pods.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) object: Object,
    pub(super) allocatable: Amounts,
    pub(super) pods: BTreeMap<Key, Placed>,
    pub(super) requested: Amounts,
    /// With something assumed for containers that ask for nothing.
    pub(super) assumed: Amounts,
    pub(super) has_taints: bool,
    pub(super) unschedulable: bool,
    /// How many pods there are of each sort.
    sorts: Vec<Sort>,
    /// How many of them choose their company.
    choosy: usize,
}

/// Pods that count alike whatever selector looks at them: of one namespace, with the same labels, all about to leave or
/// all to stay. There are few sorts on a node: the pods of a set are one.
#[derive(Clone, Debug)]
struct Sort {
    namespace: String,
    labels: Value,
    is_terminating: bool,
    count: i64,
}

impl Sort {
    fn has(&self, pod: &Object) -> bool {
        self.is_terminating == pod.is_terminating()
            && self.namespace == pod.namespace()
            && self.labels == *pod.pointer(LABELS).unwrap_or(&Value::Null)
    }

    fn of(pod: &Object) -> Self {
        let labels = pod.pointer(LABELS).cloned().unwrap_or_default();
        Self { namespace: pod.namespace().to_owned(), labels, is_terminating: pod.is_terminating(), count: 1 }
    }
}

const LABELS: &str = "/metadata/labels";

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
        let (pods, requested, assumed) = (BTreeMap::new(), Amounts::default(), Amounts::default());
        let mut node = Self {
            object: Value::Null.into(),
            allocatable: Amounts::default(),
            pods,
            requested,
            assumed,
            has_taints: false,
            unschedulable: false,
            sorts: Vec::new(),
            choosy: 0,
        };
        node.is_now(object);
        node
    }

    fn is_now(&mut self, object: Object) {
        self.allocatable = allocatable(&object);
        self.has_taints = !object.list("/spec/taints").is_empty();
        self.unschedulable = object.flag("/spec/unschedulable");
        self.object = object;
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
        self.choosy += usize::from(is_choosy);
        match self.sorts.iter_mut().find(|sort| sort.has(pod)) {
            Some(sort) => sort.count += 1,
            None => self.sorts.push(Sort::of(pod)),
        }
        self.pods.insert(key, placed);
    }

    pub(super) fn take(&mut self, key: &Key) {
        if let Some(placed) = self.pods.remove(key) {
            self.requested.subtract(&placed.requested);
            self.assumed.subtract(&placed.assumed);
            self.choosy -= usize::from(placed.is_choosy);
            if let Some(sort) = self.sorts.iter_mut().find(|sort| sort.has(&placed.object)) {
                sort.count -= 1;
            }
            self.sorts.retain(|sort| sort.count > 0);
        }
    }

    /// How many pods of a namespace a selector selects that are to stay.
    pub(super) fn count(&self, namespace: &str, selector: &Value) -> i64 {
        let alike = |sort: &&Sort| {
            sort.namespace == namespace && !sort.is_terminating && selects(selector, sort.labels.as_object())
        };
        self.sorts.iter().filter(alike).map(|sort| sort.count).sum()
    }

    /// The pods that choose their company; all of them for a pod that does so itself.
    pub(super) fn company(&self, all: bool) -> impl Iterator<Item = &Object> {
        let some = all || self.choosy > 0;
        let pods = some.then(|| self.pods.values()).into_iter().flatten();
        pods.filter(move |placed| all || placed.is_choosy).map(|placed| &placed.object)
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
    nodes: Vec<Node>,
    /// How many pods of all nodes choose their company: mostly none, and then nobody has to look for them.
    choosy: usize,
    /// Where each pod is, whether its node is known or not.
    places: BTreeMap<Key, String>,
    /// Pods on nodes that are not known yet.
    lost: BTreeMap<Key, Object>,
}

impl Nodes {
    pub(super) fn all(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter()
    }

    /// All of them, from one on and around.
    pub(super) fn from(&self, start: usize) -> impl Iterator<Item = &Node> {
        let (before, after) = self.nodes.split_at(start.min(self.nodes.len()));
        after.iter().chain(before)
    }

    /// Those whose pods a pod's company may depend on: all for one that chooses its company, none where nobody does.
    pub(super) fn with_company_for(&self, pod: &Object) -> impl Iterator<Item = &Node> {
        let nodes = if self.choosy > 0 || is_choosy(pod) { &self.nodes[..] } else { &[] };
        nodes.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.nodes.binary_search_by(|node| node.name().cmp(name))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        self.nodes.get(self.find(name).ok()?)
    }

    /// Changes a node, if it is known.
    fn change(&mut self, name: &str, change: impl FnOnce(&mut Node)) -> bool {
        let Ok(index) = self.find(name) else { return false };
        let node = &mut self.nodes[index];
        self.choosy -= node.choosy;
        change(node);
        self.choosy += node.choosy;
        true
    }

    pub(super) fn put_node(&mut self, object: &Object) {
        let name = object.name();
        let Err(index) = self.find(name) else {
            self.change(name, |node| node.is_now(object.clone()));
            return;
        };
        let mut node = Node::new(object.clone());
        self.lost.retain(|_, pod| {
            let is_here = pod.text("/spec/nodeName") == name;
            if is_here {
                node.put(pod);
            }
            !is_here
        });
        self.choosy += node.choosy;
        self.nodes.insert(index, node);
    }

    pub(super) fn remove_node(&mut self, name: &str) {
        if let Ok(index) = self.find(name) {
            let node = self.nodes.remove(index);
            self.choosy -= node.choosy;
            self.lost.extend(node.pods.into_iter().map(|(key, placed)| (key, placed.object)));
        }
    }

    /// A pod is on a node, or is assumed to be.
    pub(super) fn place(&mut self, pod: &Object, name: &str) {
        let key = key(pod);
        self.remove(&key);
        if !self.change(name, |node| node.put(pod)) {
            self.lost.insert(key.clone(), pod.clone());
        }
        self.places.insert(key, name.to_owned());
    }

    pub(super) fn remove(&mut self, key: &Key) {
        self.lost.remove(key);
        if let Some(name) = self.places.remove(key) {
            self.change(&name, |node| node.take(key));
        }
    }
}
