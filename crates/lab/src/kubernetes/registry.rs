//! Nodes and pods as they are stored, read from the memory of etcd's member: what everybody in the cluster goes by.

use super::objects;
use crate::cluster::Cluster;
use etcd::{
    Bytes,
    rpc::KeyValue,
    server::Server,
    store::{KeyRange, RangeOptions, Store},
};
use protocol::{KubernetesNews, NodeView, PodView};
use sorted::SortedMap;

/// Pods that are told of; a picture has no room for more.
const PODS_MAX: usize = 240;
/// Nodes that are told of.
const NODES_MAX: usize = 16;

/// What was told of what is stored.
#[derive(Default)]
pub(super) struct Registry {
    /// The store's revision when it was read last.
    revision: i64,
    nodes: SortedMap<Bytes, (i64, NodeView)>,
    pods: SortedMap<Bytes, (i64, PodView)>,
    more: u64,
}

/// The store of the member that is ahead of the others.
pub(super) fn store(cluster: &Cluster) -> Option<&Store> {
    let inside = |member: &crate::cluster::Member| cluster.server(member.node).and_then(Server::inside);
    let stores = cluster.members().iter().filter_map(inside).map(|inside| inside.store);
    stores.max_by_key(|store| store.revision())
}

/// The first keys of a folder, and how many there are.
fn read(store: &Store, folder: &str, limit: usize) -> (Vec<KeyValue>, u64) {
    // A folder ends with a slash, after which the digit 0 comes.
    let end = format!("{}0", folder.trim_end_matches('/'));
    let range = KeyRange::new(&Bytes::from(folder), &Bytes::from(end.as_str()));
    let options = RangeOptions { limit: limit as i64, ..RangeOptions::default() };
    let found = store.range(&range, options).unwrap_or_default();
    (found.kvs, found.count.unsigned_abs())
}

/// Keys and values of a folder.
pub(crate) fn stored(cluster: &Cluster, folder: &str) -> Vec<(String, Vec<u8>)> {
    let found = store(cluster).map(|store| read(store, folder, 0).0).unwrap_or_default();
    found.iter().map(|kv| (kv.key.to_lossy(), kv.value.to_vec())).collect()
}

impl Registry {
    /// What changed since the last time; `None` where nothing did, or nobody can be asked.
    pub fn news(&mut self, cluster: &Cluster) -> Option<KubernetesNews> {
        let store = store(cluster)?;
        if store.revision() == self.revision {
            return None;
        }
        self.revision = store.revision();
        let mut news = KubernetesNews::default();
        let (nodes, _) = read(store, "/registry/minions/", NODES_MAX);
        news.nodes = changed(&mut self.nodes, nodes, objects::node, NodeView::part, &mut news.gone);
        let (pods, count) = read(store, "/registry/pods/", PODS_MAX);
        news.pods = changed(&mut self.pods, pods, objects::pod, PodView::part, &mut news.gone);
        news.more = count.saturating_sub(PODS_MAX as u64);
        let more = std::mem::replace(&mut self.more, news.more);
        let quiet = news.nodes.is_empty() && news.pods.is_empty() && news.gone.is_empty() && more == news.more;
        (!quiet).then_some(news)
    }
}

/// The views that came out different, after only those of changed keys were made anew; names what is gone.
fn changed<V: Clone + PartialEq>(
    known: &mut SortedMap<Bytes, (i64, V)>,
    now: Vec<KeyValue>,
    view: fn(&[u8]) -> Option<V>,
    part: fn(&V) -> String,
    gone: &mut Vec<String>,
) -> Vec<V> {
    let mut news = Vec::new();
    let mut before = std::mem::take(known);
    for kv in now {
        let old = before.remove(&kv.key);
        if let Some(old) = old.as_ref().filter(|(revision, _)| *revision == kv.mod_revision) {
            known.insert(kv.key, old.clone());
            continue;
        }
        // What somebody wrote there by hand and is no such object is passed over.
        match view(&kv.value) {
            Some(view) => {
                if old.is_none_or(|(_, old)| old != view) {
                    news.push(view.clone());
                }
                known.insert(kv.key, (kv.mod_revision, view));
            }
            None => gone.extend(old.map(|(_, old)| part(&old))),
        }
    }
    gone.extend(before.iter().map(|(_, (_, view))| part(view)));
    news
}
