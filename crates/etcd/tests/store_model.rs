//! The store does what a list of all versions does, over random operations from fixed seeds.

use kubarium_etcd::Bytes;
use kubarium_etcd::apply::{Command, Op, StateMachine};
use kubarium_etcd::auth::AuthInfo;
use kubarium_etcd::rpc::{KeyValue, PutRequest, RangeRequest, SortOrder, SortTarget};
use kubarium_etcd::store::{KeyRange, RangeOptions, Store};

/// SplitMix64: the numbers of a seed, the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn key(&mut self, keys: u64) -> Bytes {
        format!("k{:03}", self.below(keys)).into()
    }

    fn range(&mut self, keys: u64) -> (Bytes, Bytes) {
        match self.below(4) {
            0 => (self.key(keys), Bytes::default()),
            1 => (self.key(keys), Bytes::from(&[0])),
            _ => (self.key(keys), self.key(keys)),
        }
    }
}

/// Every version there ever was, `None` for deletions, in the order of their revisions.
#[derive(Default)]
struct Model {
    versions: Vec<(i64, Bytes, Option<KeyValue>)>,
    revision: i64,
    compacted: i64,
}

impl Model {
    fn at(&self, revision: i64) -> Vec<KeyValue> {
        let mut keys: Vec<Bytes> = self.versions.iter().map(|(_, key, _)| key.clone()).collect();
        keys.sort();
        keys.dedup();
        let newest = |key: &Bytes| self.versions.iter().rev().find(|(r, k, _)| *r <= revision && k == key);
        keys.iter().filter_map(|key| newest(key).and_then(|(_, _, kv)| kv.clone())).collect()
    }

    fn range(&self, key: &Bytes, end: &Bytes, revision: i64) -> Vec<KeyValue> {
        let inside = |kv: &KeyValue| match end.as_slice() {
            [] => kv.key == *key,
            [0] => kv.key >= *key,
            _ => kv.key >= *key && kv.key < *end,
        };
        self.at(revision).into_iter().filter(inside).collect()
    }

    fn put(&mut self, key: Bytes, value: Bytes, lease: i64) {
        let before = self.range(&key, &Bytes::default(), self.revision + 1).pop();
        let mod_revision = self.revision + 1;
        let create_revision = before.as_ref().map_or(mod_revision, |b| b.create_revision);
        let version = before.map_or(1, |b| b.version + 1);
        let kv = KeyValue { key: key.clone(), create_revision, mod_revision, version, value, lease };
        self.versions.push((mod_revision, key, Some(kv)));
    }

    fn delete(&mut self, key: &Bytes, end: &Bytes) -> Vec<KeyValue> {
        let gone = self.range(key, end, self.revision + 1);
        self.versions.extend(gone.iter().map(|kv| (self.revision + 1, kv.key.clone(), None)));
        gone
    }
}

fn check(seed: u64, keys: u64, steps: u32) {
    let mut random = Random(seed);
    let mut model = Model { revision: 1, compacted: -1, ..Default::default() };
    let mut store = Store::default();
    let mut copies: Vec<(i64, Store)> = Vec::new();
    for step in 0..steps {
        let context = format!("seed {seed}, step {step}");
        let mut txn = store.write();
        let before = model.versions.len();
        match random.below(12) {
            0..=6 => {
                let (key, value) = (random.key(keys), Bytes::from(format!("v{step}")));
                let lease = random.below(3) as i64;
                txn.put(&key, value.clone(), lease);
                model.put(key, value, lease);
            }
            7..=8 => {
                let (key, end) = random.range(keys);
                let deleted = txn.delete_range(&KeyRange::new(&key, &end));
                assert_eq!(deleted, model.delete(&key, &end), "{context}: deleted");
            }
            9..=10 => {
                for _ in 0..random.below(5) {
                    let (key, value) = (random.key(keys), Bytes::from(format!("t{step}")));
                    txn.put(&key, value.clone(), 0);
                    model.put(key, value, 0);
                }
                let (key, end) = random.range(keys);
                txn.delete_range(&KeyRange::new(&key, &end));
                model.delete(&key, &end);
            }
            _ => {}
        }
        let changes = txn.end();
        assert_eq!(changes.len(), model.versions.len() - before, "{context}: changes");
        model.revision += !changes.is_empty() as i64;
        assert_eq!(store.revision(), model.revision, "{context}: revision");

        if random.below(40) == 0 && model.revision > model.compacted {
            let revision =
                model.compacted.max(0) + 1 + random.below((model.revision - model.compacted.max(0)) as u64) as i64;
            let revision = revision.min(model.revision);
            assert_eq!(store.compact(revision).is_ok(), revision > model.compacted, "{context}: compact {revision}");
            model.compacted = model.compacted.max(revision);
        }
        if random.below(50) == 0 {
            copies.push((store.revision(), store.clone()));
        }
        compare(&mut random, keys, &store, &model, &context);
    }
    // Copies taken on the way have not changed since.
    for (revision, copy) in &copies {
        let all = copy.range(&KeyRange::new(&Bytes::from(&[0]), &Bytes::from(&[0])), RangeOptions::default());
        assert_eq!(all.map(|r| r.kvs), Ok(model.at(*revision)), "seed {seed}: copy at {revision}");
    }
    // A store read back from its bytes answers the same.
    let bytes = postcard::to_allocvec(&store).expect("a store can be encoded");
    let again: Store = postcard::from_bytes(&bytes).expect("what was encoded can be decoded");
    assert_eq!(again.hash_kv(0), store.hash_kv(0), "seed {seed}: hash after decoding");
    compare(&mut random, keys, &again, &model, &format!("seed {seed}, decoded"));
}

fn compare(random: &mut Random, keys: u64, store: &Store, model: &Model, context: &str) {
    let (key, end) = random.range(keys);
    let revision = random.below(model.revision as u64 + 2) as i64;
    let limit = random.below(6) as i64;
    let request = RangeRequest {
        key: key.clone(),
        range_end: end.clone(),
        revision,
        limit,
        sort_target: [SortTarget::Key, SortTarget::Mod, SortTarget::Version][random.below(3) as usize],
        sort_order: [SortOrder::None, SortOrder::Ascend, SortOrder::Descend][random.below(3) as usize],
        min_mod_revision: random.below(3) as i64 * 5,
        ..Default::default()
    };
    let got = store.range_request(&request);
    if revision > model.revision || (revision > 0 && revision < model.compacted) {
        assert!(got.is_err(), "{context}: revision {revision} of {}, {} compacted", model.revision, model.compacted);
        return;
    }
    let got = got.unwrap_or_else(|e| panic!("{context}: {e}"));
    let at = if revision == 0 { model.revision } else { revision };
    let mut want = model.range(&key, &end, at);
    assert_eq!(got.count, want.len() as i64, "{context}: count of {request:?}");
    want.retain(|kv| kv.mod_revision >= request.min_mod_revision);
    if request.sort_order == SortOrder::None && request.min_mod_revision == 0 && limit > 0 {
        // As in the real server: without an order given, only what is within the limit is sorted.
        want.truncate(limit as usize + 1);
    }
    match request.sort_target {
        SortTarget::Mod => want.sort_by_key(|kv| kv.mod_revision),
        SortTarget::Version => want.sort_by_key(|kv| kv.version),
        _ => {}
    }
    if request.sort_order == SortOrder::Descend {
        // Stable among equals: reversed twice.
        want.reverse();
        match request.sort_target {
            SortTarget::Version => want.sort_by(|a, b| b.version.cmp(&a.version).then(a.key.cmp(&b.key))),
            SortTarget::Mod => want.sort_by(|a, b| b.mod_revision.cmp(&a.mod_revision).then(a.key.cmp(&b.key))),
            _ => {}
        }
    }
    assert_eq!(got.more, limit > 0 && want.len() as i64 > limit, "{context}: more");
    if limit > 0 {
        want.truncate(limit as usize);
    }
    assert_eq!(got.kvs, want, "{context}: {request:?}");
}

#[test]
fn few_keys_with_long_histories_agree_with_the_list_of_versions() {
    (0..8).for_each(|seed| check(seed, 8, 250));
}

#[test]
fn many_keys_agree_with_the_list_of_versions() {
    (100..102).for_each(|seed| check(seed, 300, 400));
}

/// The key and the value as two members have them that apply the same entry.
fn stored_by_two(value: Bytes) -> [KeyValue; 2] {
    let op = Op::Put(PutRequest { key: "small".into(), value, ..Default::default() });
    let entry = raft::Bytes::from(Command { id: 1, auth: AuthInfo::default(), op }.encode());
    [1, 2].map(|_| {
        let mut machine = StateMachine::new(2, 0);
        let command = Command::decode_shared(&entry).expect("what was encoded can be decoded");
        machine.apply(0, 1, 1, &command);
        let all = machine.store.range(&KeyRange::single(&"small".into()), RangeOptions::default());
        all.expect("a read of now").kvs.remove(0)
    })
}

#[test]
fn members_share_the_large_values_of_an_entry() {
    let value = Bytes::from(vec![b'x'; 1000]);
    let [one, other] = stored_by_two(value.clone());
    assert_eq!(one.value, value);
    assert!(one.value.ptr_eq(&other.value), "the value is in memory once");
    assert!(one.key.ptr_eq(&other.key), "and so is the key, which lies beside it");
}

#[test]
fn small_keys_and_values_do_not_hold_on_to_the_entry() {
    let [one, other] = stored_by_two("little".into());
    assert_eq!(one.value, "little".into());
    assert!(!one.value.ptr_eq(&other.value));
    assert!(!one.key.ptr_eq(&other.key));
}
