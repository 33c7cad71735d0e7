//! The scheduler's picture of the nodes: what runs on each, and what is assumed to (`pkg/scheduler/backend/cache`).

use super::resources::{Amounts, allocatable, assumed_requests, requests};
use crate::api::Object;
use crate::client::{Key, key, selects};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A node and its pods, with what is asked of it for every pod that is tried: a cluster of thousands of nodes is looked
/// at for each of many thousand pods.
#[derive(Clone, Debug)]
pub(super) struct Node {
    name: String,
    pub(super) object: Object,
    pub(super) allocatable: Amounts,
    pub(super) pods: BTreeMap<Key, Placed>,
    pub(super) requested: Amounts,
    /// With something assumed for containers that ask for nothing.
    pub(super) assumed: Amounts,
    pub(super) has_taints: bool,
    pub(super) unschedulable: bool,
    labels: Vec<(String, String)>,
    /// How many pods there are of each sort.
    sorts: Vec<(Arc<Sort>, i64)>,
    /// How many of them choose their company.
    choosy: usize,
}

/// Pods that count alike whatever selector looks at them: of one namespace, with the same labels, all about to leave or
/// all to stay. There are few sorts on a node: the pods of a set are one.
#[derive(Clone, Debug)]
pub(super) struct Sort {
    namespace: String,
    labels: Value,
    is_terminating: bool,
}

impl Sort {
    fn has(&self, pod: &Object) -> bool {
        self.is_terminating == pod.is_terminating()
            && self.namespace == pod.namespace()
            && self.labels == *pod.pointer(LABELS).unwrap_or(&Value::Null)
    }

    fn of(pod: &Object) -> Self {
        let labels = pod.pointer(LABELS).cloned().unwrap_or_default();
        Self { namespace: pod.namespace().to_owned(), labels, is_terminating: pod.is_terminating() }
    }
}

/// The sorts of pods that there are, so that those of all nodes are the same ones: what is found out about one need not be
/// found out on each node anew.
#[derive(Clone, Debug, Default)]
pub(super) struct Sorts(BTreeMap<String, Arc<Sort>>);

impl Sorts {
    /// So many that nobody may have any more are kept.
    const IDLE: usize = 1_000;

    fn of(&mut self, pod: &Object) -> Arc<Sort> {
        let labels = pod.pointer(LABELS).unwrap_or(&Value::Null);
        let name = format!("{} {} {labels}", pod.namespace(), pod.is_terminating());
        if let Some(sort) = self.0.get(&name) {
            return Arc::clone(sort);
        }
        if self.0.len().is_multiple_of(Self::IDLE) {
            self.0.retain(|_, sort| Arc::strong_count(sort) > 1);
        }
        let sort = Arc::new(Sort::of(pod));
        self.0.insert(name, Arc::clone(&sort));
        sort
    }
}

/// How many pods of a namespace are selected on each of many nodes.
pub(super) struct Counter<'a> {
    namespace: &'a str,
    selector: &'a Value,
    /// The sorts that were met, and whether they are selected. There are few.
    met: Vec<(Arc<Sort>, bool)>,
}

impl<'a> Counter<'a> {
    pub(super) fn new(namespace: &'a str, selector: &'a Value) -> Self {
        Self { namespace, selector, met: Vec::new() }
    }

    /// Those of a node that are to stay.
    pub(super) fn count(&mut self, node: &Node) -> i64 {
        node.sorts.iter().filter(|(sort, _)| self.selects(sort)).map(|(_, count)| *count).sum()
    }

    fn selects(&mut self, sort: &Arc<Sort>) -> bool {
        if let Some((_, selected)) = self.met.iter().find(|(met, _)| Arc::ptr_eq(met, sort)) {
            return *selected;
        }
        let selected =
            sort.namespace == self.namespace && !sort.is_terminating && selects(self.selector, sort.labels.as_object());
        self.met.push((Arc::clone(sort), selected));
        selected
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
            name: object.name().to_owned(),
            object: Value::Null.into(),
            allocatable: Amounts::default(),
            pods,
            requested,
            assumed,
            has_taints: false,
            unschedulable: false,
            labels: Vec::new(),
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
        let labels = object.map("/metadata/labels").into_iter().flatten();
        self.labels = labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect();
        self.object = object;
    }

    /// A label's value.
    pub(super) fn label(&self, key: &str) -> Option<&str> {
        self.labels.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn put(&mut self, pod: &Object, sorts: &mut Sorts) {
        let key = key(pod);
        self.take(&key);
        let is_choosy = is_choosy(pod);
        let placed =
            Placed { object: pod.clone(), requested: requests(pod), assumed: assumed_requests(pod), is_choosy };
        self.requested.add(&placed.requested);
        self.assumed.add(&placed.assumed);
        self.choosy += usize::from(is_choosy);
        match self.sorts.iter_mut().find(|(sort, _)| sort.has(pod)) {
            Some((_, count)) => *count += 1,
            None => self.sorts.push((sorts.of(pod), 1)),
        }
        self.pods.insert(key, placed);
    }

    /// Takes a pod that is here as it is now; says whether that changes nothing for the node.
    fn renew(&mut self, key: &Key, pod: &Object) -> bool {
        let Some(placed) = self.pods.get_mut(key) else { return false };
        let old = &placed.object;
        let is_same = |pointer: &str| old.pointer(pointer) == pod.pointer(pointer);
        // The generation counts the changes of what is asked for.
        let renewed = old.uid() == pod.uid()
            && is_same("/metadata/generation")
            && pod.number("/metadata/generation").is_some()
            && is_same(LABELS)
            && old.is_terminating() == pod.is_terminating();
        if renewed {
            placed.object = pod.clone();
        }
        renewed
    }

    pub(super) fn take(&mut self, key: &Key) {
        if let Some(placed) = self.pods.remove(key) {
            self.requested.subtract(&placed.requested);
            self.assumed.subtract(&placed.assumed);
            self.choosy -= usize::from(placed.is_choosy);
            if let Some((_, count)) = self.sorts.iter_mut().find(|(sort, _)| sort.has(&placed.object)) {
                *count -= 1;
            }
            self.sorts.retain(|(_, count)| *count > 0);
        }
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
    sorts: Sorts,
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
    fn change(&mut self, name: &str, change: impl FnOnce(&mut Node, &mut Sorts)) -> bool {
        let Ok(index) = self.find(name) else { return false };
        let node = &mut self.nodes[index];
        self.choosy -= node.choosy;
        change(node, &mut self.sorts);
        self.choosy += node.choosy;
        true
    }

    pub(super) fn put_node(&mut self, object: &Object) {
        let name = object.name();
        let Err(index) = self.find(name) else {
            self.change(name, |node, _| node.is_now(object.clone()));
            return;
        };
        let mut node = Node::new(object.clone());
        self.lost.retain(|_, pod| {
            let is_here = pod.text("/spec/nodeName") == name;
            if is_here {
                node.put(pod, &mut self.sorts);
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
        if self.places.get(&key).is_some_and(|place| place == name)
            && let Ok(index) = self.find(name)
            && self.nodes[index].renew(&key, pod)
        {
            return;
        }
        self.remove(&key);
        if !self.change(name, |node, sorts| node.put(pod, sorts)) {
            self.lost.insert(key.clone(), pod.clone());
        }
        self.places.insert(key, name.to_owned());
    }

    pub(super) fn remove(&mut self, key: &Key) {
        self.lost.remove(key);
        if let Some(name) = self.places.remove(key) {
            self.change(&name, |node, _| node.take(key));
        }
    }
}
