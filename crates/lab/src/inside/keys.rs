//! A member's store as a tree, and the history of a key: read from that member's own memory, so that one that lags shows
//! what it has.

use super::raft::world_time;
use crate::cluster::{Cluster, Member};
use etcd::{
    Bytes,
    server::{Inside, Server},
    store::{KeyRange, RangeOptions, Record, Store},
};
use protocol::{Child, Folder, History, KeysQuery, KeysView, LeaseView, VersionView};

/// Folders that may be open at once.
const FOLDERS_MAX: usize = 64;
/// Children told of all folders together.
const CHILDREN_MAX: usize = 2_000;
/// Versions told of a key.
const VERSIONS_MAX: usize = 100;
/// Bytes told of a value.
const VALUE_MAX: usize = 16 << 10;
/// Bytes told of all values of a history together.
const VALUES_MAX: usize = 256 << 10;
/// Leases told.
const LEASES_MAX: usize = 50;
/// Keys told of a lease.
const LEASE_KEYS_MAX: usize = 8;

/// What was read last, so that an unchanged store is not read again sixty times a second.
#[derive(Default)]
pub(super) struct Reading {
    of: Option<(KeysQuery, i64, i64, usize)>,
    folders: Vec<Folder>,
    history: Option<History>,
}

impl Reading {
    /// What a member's store holds now.
    pub fn view(&mut self, cluster: &Cluster, query: &KeysQuery) -> KeysView {
        let mut view = KeysView { member: query.member.clone(), ..KeysView::default() };
        let Some(member) = cluster.find(&query.member) else { return view };
        let Some(Inside { store, lessor, .. }) = cluster.server(member.node).and_then(Server::inside) else {
            return view;
        };
        view.running = true;
        view.revision = store.revision();
        view.compacted = store.compact_revision();
        let now = Some((query.clone(), view.revision, view.compacted, store.version_count()));
        if self.of != now {
            self.of = now;
            self.folders = folders(store, query);
            self.history = query.key.as_ref().map(|key| history(store, key, query.versions as usize));
        }
        view.folders.clone_from(&self.folders);
        view.history.clone_from(&self.history);
        let leases = lessor.list();
        view.leases = leases.iter().take(LEASES_MAX).map(|found| lease(cluster, member, lessor, found.id)).collect();
        view.leases_skipped = leases.len().saturating_sub(LEASES_MAX) as u64;
        view
    }
}

/// The first bytes that are greater than all that begin with `prefix`, as etcd's clients make the end of a prefix;
/// one zero byte, which stands for no end, where there are none.
pub(super) fn after(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return end;
        }
    }
    vec![0]
}

fn range(from: &[u8], end: &[u8]) -> KeyRange {
    KeyRange::new(&Bytes::from(from), &Bytes::from(end))
}

/// How many keys a range holds now.
fn count(store: &Store, from: &[u8], end: &[u8]) -> u64 {
    let only = RangeOptions { count_only: true, ..RangeOptions::default() };
    store.range(&range(from, end), only).map_or(0, |found| found.count.unsigned_abs())
}

fn folders(store: &Store, query: &KeysQuery) -> Vec<Folder> {
    let mut left = CHILDREN_MAX;
    let mut all = Vec::new();
    for prefix in query.open.iter().take(FOLDERS_MAX) {
        let found = folder(store, prefix, left.min(query.children as usize));
        left -= found.children.len();
        if !found.children.is_empty() || found.more > 0 || prefix.is_empty() {
            all.push(found);
        }
    }
    all
}

/// The children of a folder: each is found by one search, however many keys are in it.
fn folder(store: &Store, prefix: &[u8], limit: usize) -> Folder {
    let end = after(prefix);
    let mut from = prefix.to_vec();
    let mut children = Vec::new();
    let first = RangeOptions { limit: 1, ..RangeOptions::default() };
    while children.len() < limit {
        let Ok(found) = store.range(&range(&from, &end), first) else { break };
        let Some(kv) = found.kvs.first() else { break };
        // A slash at the very beginning does not end a name: `/registry/…` is one folder, not a nameless one.
        let name = kv.key.get(prefix.len() + 1..).unwrap_or_default();
        match name.iter().position(|byte| *byte == b'/') {
            Some(slash) => {
                let key = kv.key[..prefix.len() + slash + 2].to_vec();
                from = after(&key);
                children.push(Child { keys: count(store, &key, &from), key, revision: 0, lease: 0 });
            }
            None => {
                from = [kv.key.as_slice(), &[0]].concat();
                children.push(Child { key: kv.key.to_vec(), keys: 0, revision: kv.mod_revision, lease: kv.lease });
            }
        }
    }
    Folder { prefix: prefix.to_vec(), children, more: count(store, &from, &end) }
}

fn history(store: &Store, key: &[u8], limit: usize) -> History {
    let (records, mut older) = store.history(key, limit.clamp(1, VERSIONS_MAX));
    let mut room = VALUES_MAX;
    let mut versions = Vec::new();
    for record in records {
        if room == 0 {
            older += 1;
        } else {
            room = room.saturating_sub(record.kv.value.len().min(VALUE_MAX));
            versions.push(version(&record));
        }
    }
    History { key: key.to_vec(), versions, older: older as u64 }
}

fn version(record: &Record) -> VersionView {
    let kv = &record.kv;
    let shown = &kv.value[..kv.value.len().min(VALUE_MAX)];
    VersionView {
        revision: kv.mod_revision,
        create_revision: kv.create_revision,
        version: kv.version,
        lease: kv.lease,
        value: (!record.tombstone).then(|| String::from_utf8_lossy(shown).into_owned()),
        bytes: kv.value.len() as u64,
    }
}

fn lease(cluster: &Cluster, member: &Member, lessor: &etcd::lease::Lessor, id: i64) -> LeaseView {
    let mut keys = lessor.keys(id);
    let told = keys.by_ref().take(LEASE_KEYS_MAX).map(Bytes::to_lossy).collect();
    LeaseView {
        id,
        ttl: lessor.time_to_live(0, id, false).map_or(0, |found| found.granted_ttl),
        ends_at: lessor.expiry(id).map(|at| world_time(cluster, member, at)),
        keys: told,
        keys_skipped: keys.count() as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(keys: &[&str]) -> Store {
        let mut store = Store::default();
        for key in keys {
            let mut txn = store.write();
            txn.put(&Bytes::from(*key), Bytes::default(), 0);
            txn.end();
        }
        store
    }

    /// A folder in words: its children, folders with the number of their keys, and how many keys are beyond them.
    fn check(keys: &[&str], prefix: &str, limit: usize, expected: &str) {
        let found = folder(&store(keys), prefix.as_bytes(), limit);
        let mut words: Vec<String> = found
            .children
            .iter()
            .map(|child| {
                let name = String::from_utf8_lossy(&child.key).into_owned();
                if child.keys > 0 { format!("{name}:{}", child.keys) } else { name }
            })
            .collect();
        if found.more > 0 {
            words.push(format!("+{}", found.more));
        }
        assert_eq!(words.join(" "), expected);
    }

    #[test]
    fn keys_stand_in_folders_by_their_slashes_and_flat_ones_beside_them() {
        let keys =
            ["/registry/pods/default/a", "/registry/pods/default/b", "/registry/leases/x", "greeting", "a/b", "a"];
        check(&keys, "", 100, "/registry/:3 a a/:1 greeting");
        check(&keys, "/registry/", 100, "/registry/leases/:1 /registry/pods/:2");
        check(&keys, "/registry/pods/default/", 100, "/registry/pods/default/a /registry/pods/default/b");
        check(&keys, "nowhere/", 100, "");
        check(&["a//b", "a/"], "a/", 100, "a/ a//b");
    }

    #[test]
    fn a_large_folder_tells_how_many_keys_it_leaves_out() {
        let names: Vec<String> = (0..50).map(|number| format!("key{number:02}")).collect();
        let keys: Vec<&str> = names.iter().map(String::as_str).collect();
        check(&keys, "", 2, "key00 key01 +48");
    }

    #[test]
    fn the_end_of_a_prefix_is_what_clients_make_of_it() {
        assert_eq!(after(b"a/"), b"a0");
        assert_eq!(after(b"a\xff\xff"), b"b");
        assert_eq!(after(b""), [0]);
        assert_eq!(after(b"\xff"), [0]);
    }
}
