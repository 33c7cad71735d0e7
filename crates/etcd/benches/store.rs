//! What the store costs: `cargo bench -p kubarium-etcd`. Each line is a name, the time of one operation, and how many
//! were timed.
//!
//! A plain harness: a run is long compared with its noise, and the library stays free of a benchmark's dependencies.

// A benchmark is the one place that has to look at a clock.
#![allow(clippy::disallowed_types)]

use std::hint::black_box;
use std::time::Instant;

use kubarium_etcd::Bytes;
use kubarium_etcd::apply::{Command, Op, StateMachine};
use kubarium_etcd::auth::AuthInfo;
use kubarium_etcd::rpc::{PutRequest, RangeRequest, WatchCreateRequest};
use kubarium_etcd::store::{KeyRange, RangeOptions, Store, WatchHub};

/// Nanoseconds this thread has been on a processor, where the system tells; a busy machine does not spoil the figures
/// then. Elsewhere, nanoseconds gone by.
fn clock(start: Instant) -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(start.elapsed().as_nanos() as u64)
}

fn report(name: &str, times: u64, f: impl FnOnce()) {
    let start = Instant::now();
    let before = clock(start);
    f();
    let each = (clock(start) - before) as f64 / times as f64;
    println!("{name:<58} {each:>12.0} ns  × {times}");
}

fn key(i: u64) -> Bytes {
    format!("/registry/pods/default/pod-{i:08}").into()
}

/// Visits every number below `n`, a prime away from the last.
fn scattered(n: u64) -> impl Iterator<Item = u64> {
    (0..n).map(move |i| i * 7_919 % n)
}

fn put(i: u64, value: &Bytes) -> Command {
    let op = Op::Put(PutRequest { key: key(i), value: value.clone(), ..Default::default() });
    Command { id: i, auth: AuthInfo::default(), op }
}

fn filled(n: u64) -> Store {
    let mut store = Store::default();
    let value = Bytes::from(vec![b'x'; 256]);
    for i in scattered(n) {
        let mut txn = store.write();
        txn.put(&key(i), value.clone(), 0);
        txn.end();
    }
    store
}

fn puts(n: u64) {
    let value = Bytes::from(vec![b'x'; 256]);
    let commands: Vec<Command> = scattered(n).map(|i| put(i, &value)).collect();
    let mut machine = StateMachine::new(2, -1);
    let mut index = 0;
    let mut apply = |machine: &mut StateMachine, command: &Command| {
        index += 1;
        black_box(machine.apply(0, index, 1, command));
    };
    report(&format!("apply put, new keys, up to {n}"), n, || commands.iter().for_each(|c| apply(&mut machine, c)));
    let times = n.min(100_000);
    report(&format!("apply put, existing keys, among {n}"), times, || {
        commands.iter().take(times as usize).for_each(|c| apply(&mut machine, c));
    });
    let mut copies = Vec::new();
    report(&format!("copy the state and put, among {n}"), 1_000, || {
        for command in commands.iter().cycle().take(1_000) {
            copies.push(machine.clone());
            apply(&mut machine, command);
        }
    });
    drop(copies);
    let bytes: usize = commands.iter().take(1_000).map(|c| c.encode().len()).sum();
    black_box(bytes);
}

fn ranges() {
    let store = filled(200_000);
    let all = KeyRange::new(&Bytes::from("/registry/pods/"), &Bytes::from("/registry/pods0"));
    let range = |limit: i64, revision: i64, count_only: bool| {
        black_box(store.range(&all, RangeOptions { limit, revision, count_only })).is_ok()
    };
    report("range of 10,000 keys among 200,000, with count", 100, || {
        (0..100).for_each(|_| assert!(range(10_000, 0, false)));
    });
    report("range of 500 keys among 200,000, with count", 1_000, || {
        (0..1_000).for_each(|_| assert!(range(500, 0, false)));
    });
    report("range of 500 keys in the past among 200,000, with count", 10, || {
        (0..10).for_each(|_| assert!(range(500, 150_000, false)));
    });
    report("count 200,000 keys", 10_000, || (0..10_000).for_each(|_| assert!(range(0, 0, true))));
    report("get one key among 200,000", 200_000, || {
        for i in scattered(200_000) {
            let request = RangeRequest { key: key(i), ..Default::default() };
            assert!(black_box(store.range_request(&request)).is_ok_and(|r| r.count == 1));
        }
    });
}

fn watches(watchers: u64, same_range: bool) {
    let mut store = Store::default();
    let mut hub = WatchHub::default();
    for stream in 0..watchers {
        let (key, range_end) = match same_range {
            true => (Bytes::from("/registry/pods/"), Bytes::from("/registry/pods0")),
            false => (key(stream), Bytes::default()),
        };
        let request = WatchCreateRequest { key, range_end, prev_kv: true, ..Default::default() };
        hub.create(stream, &request, Ok(()), &store);
    }
    let times = if same_range { 1_000_000 / watchers } else { 100_000 };
    let what = if same_range { "on the same prefix" } else { "each on its own key" };
    let value = Bytes::from(vec![b'x'; 256]);
    let mut told = 0;
    report(&format!("put and tell {watchers} watchers {what}"), times, || {
        for i in 0..times {
            let mut txn = store.write();
            txn.put(&key(i % watchers), value.clone(), 0);
            let changes = txn.end();
            told += black_box(hub.notify(&changes, &store)).len();
        }
    });
    assert_eq!(told as u64, if same_range { times * watchers } else { times });
}

fn compactions() {
    let mut store = filled(100_000);
    for i in scattered(100_000) {
        let mut txn = store.write();
        txn.put(&key(i), Bytes::from("new"), 0);
        txn.end();
    }
    let revision = store.revision();
    report("compact, for each of 100,000 superseded versions", 100_000, || assert!(store.compact(revision).is_ok()));
    report("encode a store, for each of 100,000 versions", 100_000, || {
        black_box(postcard::to_allocvec(&store).is_ok());
    });
    report("hash a store, for each of 100,000 versions", 100_000, || assert!(store.hash_kv(0).is_ok()));
}

fn main() {
    [1_000, 10_000, 100_000, 1_000_000].into_iter().for_each(puts);
    ranges();
    [1, 100, 10_000].into_iter().for_each(|n| watches(n, true));
    [100, 10_000].into_iter().for_each(|n| watches(n, false));
    compactions();
}
