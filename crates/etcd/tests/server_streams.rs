//! Watches, leases, users: what lives longer than one call.

mod server_common;

use kubarium_etcd::rpc::*;
use kubarium_etcd::server::Config;
use server_common::{Cluster, cluster, cluster_with, kill, start};
use sim::{Fault, Micros, NodeId};

fn watch(key: &str, start_revision: i64) -> WatchRequest {
    let range_end = if key.is_empty() { "\0".into() } else { "".into() };
    let key = if key.is_empty() { "\0".into() } else { key.into() };
    WatchRequest::Create(WatchCreateRequest { key, range_end, start_revision, ..Default::default() })
}

fn events(items: Vec<Result<Response, String>>) -> Vec<String> {
    let mut words = Vec::new();
    for item in items {
        match item {
            Ok(Response::Watch(watch)) if watch.created => words.push(format!("created {}", watch.watch_id)),
            Ok(Response::Watch(watch)) if watch.canceled => words.push(format!("canceled {}", watch.compact_revision)),
            Ok(Response::Watch(watch)) => words.extend(watch.events.iter().map(|event| {
                format!(
                    "{:?} {}={}@{}",
                    event.r#type,
                    event.kv.key.to_lossy(),
                    event.kv.value.to_lossy(),
                    event.kv.mod_revision
                )
            })),
            Ok(other) => words.push(format!("{other:?}")),
            Err(reason) => words.push(format!("end: {reason}")),
        }
    }
    words
}

#[test]
fn a_watch_on_any_member_hears_every_change_in_order() {
    for node in 0..3 {
        let mut cluster = cluster(3, 1);
        cluster.put(0, "a", "1").expect("the cluster is whole");
        let id = cluster.send(node, watch("", 2));
        cluster.run(Micros::millis(300));
        assert_eq!(events(cluster.take_stream(id)), ["created 0", "Put a=1@2"]);
        cluster.put(1, "b", "2").expect("the cluster is whole");
        cluster.call(2, DeleteRangeRequest { key: "a".into(), ..Default::default() }).expect("the cluster is whole");
        cluster.run(Micros::millis(300));
        assert_eq!(events(cluster.take_stream(id)), ["Put b=2@3", "Delete a=@4"]);
        let cancel = WatchRequest::Cancel(WatchCancelRequest { watch_id: 0 });
        cluster.stream_send(node, id, cancel);
        cluster.put(0, "a", "unheard").expect("the cluster is whole");
        assert_eq!(events(cluster.take_stream(id)), ["canceled 0"]);
    }
}

#[test]
fn a_watch_ends_when_the_leader_is_lost_for_long() {
    let mut cluster = cluster(3, 1);
    let id = cluster.send(0, watch("a", 0));
    cluster.run(Micros::millis(100));
    cluster.fault(kill(1));
    cluster.fault(kill(2));
    cluster.run(Micros::secs(8));
    assert_eq!(events(cluster.take_stream(id)), ["created 0", "end: etcdserver: no leader"]);
    let late = cluster.send(0, watch("a", 0));
    cluster.run(Micros::millis(100));
    assert_eq!(events(cluster.take_stream(late)), ["end: etcdserver: no leader"]);
}

#[test]
fn a_watch_survives_a_change_of_leader() {
    let mut cluster = cluster(3, 1);
    let id = cluster.send(2, watch("", 0));
    cluster.run(Micros::millis(100));
    cluster.fault(kill(0));
    cluster.wait_leader();
    cluster.put(1, "a", "1").expect("two of three are a majority");
    cluster.run(Micros::millis(300));
    assert_eq!(events(cluster.take_stream(id)), ["created 0", "Put a=1@2"]);
}

#[test]
fn a_watch_of_compacted_history_is_canceled() {
    let mut cluster = cluster(3, 1);
    for number in 0..10 {
        cluster.put(0, "a", &number.to_string()).expect("the cluster is whole");
    }
    cluster.call(0, CompactionRequest { revision: 8, physical: true }).expect("the revision exists");
    let id = cluster.send(0, watch("a", 2));
    cluster.run(Micros::millis(300));
    assert_eq!(events(cluster.take_stream(id)), ["created 0", "canceled 8"]);
}

fn grant(cluster: &mut Cluster, node: u32, ttl: i64) -> i64 {
    match cluster.call(node, LeaseGrantRequest { id: 0, ttl }) {
        Ok(Response::LeaseGrant(grant)) => grant.id,
        other => panic!("a grant is answered by {other:?}"),
    }
}

fn left(cluster: &mut Cluster, node: u32, id: i64) -> i64 {
    match cluster.call(node, LeaseTimeToLiveRequest { id, keys: false }) {
        Ok(Response::LeaseTimeToLive(lease)) => lease.ttl,
        other => panic!("time to live is answered by {other:?}"),
    }
}

fn put_with_lease(cluster: &mut Cluster, key: &str, lease: i64) {
    cluster.call(0, PutRequest { key: key.into(), lease, ..Default::default() }).expect("the lease exists");
}

#[test]
fn a_lease_ends_with_its_keys_unless_it_is_kept_alive() {
    let mut cluster = cluster(3, 1);
    let kept = grant(&mut cluster, 1, 5);
    let dropped = grant(&mut cluster, 2, 5);
    assert!(kept > 0 && dropped > 0 && kept != dropped);
    put_with_lease(&mut cluster, "kept", kept);
    put_with_lease(&mut cluster, "dropped", dropped);
    // Through a follower: it passes the renewals on.
    let stream = cluster.send(2, LeaseKeepAliveRequest { id: kept });
    for _ in 0..6 {
        cluster.run(Micros::secs(2));
        cluster.stream_send(2, stream, LeaseKeepAliveRequest { id: kept });
    }
    cluster.run(Micros::millis(100));
    let renewed = cluster.take_stream(stream);
    assert_eq!(renewed.len(), 7);
    assert!(renewed.iter().all(|item| matches!(item, Ok(Response::LeaseKeepAlive(r)) if r.ttl == 5 && r.id == kept)));
    for node in 0..3 {
        assert_eq!(cluster.get(node, "kept").map(|value| value.is_some()), Ok(true));
        assert_eq!(cluster.get(node, "dropped"), Ok(None));
        assert_eq!(left(&mut cluster, node, kept), 4);
        assert_eq!(left(&mut cluster, node, dropped), -1);
    }
    cluster.stream_send(2, stream, LeaseKeepAliveRequest { id: dropped });
    cluster.run(Micros::millis(100));
    let items = cluster.take_stream(stream);
    assert!(matches!(items.as_slice(), [Ok(Response::LeaseKeepAlive(r))] if r.ttl == 0), "{items:?}");
}

#[test]
fn a_new_leader_gives_every_lease_its_full_time_again() {
    let mut cluster = cluster(3, 1);
    let id = grant(&mut cluster, 0, 10);
    put_with_lease(&mut cluster, "a", id);
    cluster.run(Micros::secs(3));
    assert_eq!(left(&mut cluster, 0, id), 6);
    cluster.fault(kill(0));
    let leader = cluster.wait_leader();
    assert_eq!(left(&mut cluster, leader, id), 10);
    cluster.run(Micros::secs(8));
    assert_eq!(cluster.get(leader, "a").map(|value| value.is_some()), Ok(true));
    cluster.run(Micros::secs(4));
    assert_eq!(cluster.get(leader, "a"), Ok(None), "it ends under the new leader");
}

/// What a stream of renewals was told: times to live, and how it ended.
fn renewals(items: Vec<Result<Response, String>>) -> Vec<String> {
    let told = |item| match item {
        Ok(Response::LeaseKeepAlive(renewed)) => renewed.ttl.to_string(),
        other => other.expect_err("the stream carries renewals only"),
    };
    items.into_iter().map(told).collect()
}

#[test]
fn a_leader_that_stood_still_renews_nothing_before_it_knows_that_it_still_leads() {
    // Once a successor has ended the lease meanwhile, and once nobody has succeeded in so short a time.
    for (paused, expected) in [(Micros::secs(3), "not a primary lessor"), (Micros::millis(500), "60")] {
        let mut cluster = cluster(3, 1);
        let id = grant(&mut cluster, 0, 60);
        let stream = cluster.send(0, LeaseKeepAliveRequest { id });
        cluster.run(Micros::millis(100));
        cluster.fault(Fault::Pause { node: NodeId(0) });
        cluster.stream_send(0, stream, LeaseKeepAliveRequest { id });
        cluster.run(paused);
        if paused > Micros::secs(1) {
            cluster.call(1, LeaseRevokeRequest { id }).expect("two of three are a majority");
        }
        cluster.fault(Fault::Resume { node: NodeId(0) });
        cluster.run(Micros::secs(1));
        assert_eq!(renewals(cluster.take_stream(stream)), ["60", expected], "paused for {paused}");
    }
}

#[test]
fn a_leader_held_up_by_its_disk_does_not_revoke_what_a_successor_renews() {
    let mut cluster = cluster(3, 1);
    let id = grant(&mut cluster, 0, 3);
    put_with_lease(&mut cluster, "a", id);
    cluster.fault(Fault::SlowDisk { node: NodeId(0), sync: Some(Micros::secs(6)) });
    cluster.send(0, PutRequest { key: "b".into(), ..Default::default() });
    cluster.run(Micros::secs(3));
    // What the disk does next it does at once; the write under way takes its time, and the lease's time runs out meanwhile.
    cluster.fault(Fault::SlowDisk { node: NodeId(0), sync: None });
    let stream = cluster.send(1, LeaseKeepAliveRequest { id });
    for _ in 0..5 {
        cluster.run(Micros::secs(1));
        cluster.stream_send(1, stream, LeaseKeepAliveRequest { id });
    }
    cluster.run(Micros::millis(100));
    assert_eq!(renewals(cluster.take_stream(stream)), ["3"; 6]);
    assert_eq!(cluster.get(1, "a").map(|value| value.is_some()), Ok(true));
}

#[test]
fn users_may_do_what_their_roles_allow_on_every_member() {
    let mut cluster = cluster(3, 1);
    let mut ask = |request: Request| cluster.call(0, request).expect("in order");
    for (name, password) in [("root", "secret"), ("ann", "word")] {
        let (name, password) = (name.into(), password.into());
        ask(AuthUserAddRequest { name, password, ..Default::default() }.into());
    }
    ask(AuthRoleAddRequest { name: "root".into() }.into());
    ask(AuthRoleAddRequest { name: "reader".into() }.into());
    let permission = Permission { key: "a".into(), ..Default::default() };
    ask(AuthRoleGrantPermissionRequest { name: "reader".into(), perm: permission }.into());
    ask(AuthUserGrantRoleRequest { user: "root".into(), role: "root".into() }.into());
    ask(AuthUserGrantRoleRequest { user: "ann".into(), role: "reader".into() }.into());
    ask(AuthEnableRequest {}.into());
    assert_eq!(cluster.get(0, "a").expect_err("nobody in particular"), "etcdserver: user name is empty");
    let wrong = AuthenticateRequest { name: "ann".into(), password: "wrong".into() };
    let words = cluster.call(1, wrong).expect_err("that is not her password");
    assert_eq!(words, "etcdserver: authentication failed, invalid user ID or password");
    let right = AuthenticateRequest { name: "ann".into(), password: "word".into() };
    let Ok(Response::Authenticate(login)) = cluster.call(1, right) else { panic!("the log-in failed") };
    // At once at another member, which may not have applied the log-in yet.
    let id = cluster.send_as(2, Some(&login.token), RangeRequest { key: "a".into(), ..Default::default() });
    cluster.wait(id, Micros::secs(1)).expect("she may read it");
    let id = cluster.send_as(0, Some(&login.token), PutRequest { key: "a".into(), ..Default::default() });
    assert_eq!(cluster.wait(id, Micros::secs(1)).expect_err("only read"), "etcdserver: permission denied");
    let id = cluster.send_as(0, Some("stale.1"), RangeRequest { key: "a".into(), ..Default::default() });
    assert_eq!(cluster.wait(id, Micros::secs(1)).expect_err("unknown"), "etcdserver: invalid auth token");
    let id = cluster.send_as(0, Some(&login.token), AuthDisableRequest {});
    assert_eq!(cluster.wait(id, Micros::secs(1)).expect_err("not hers"), "etcdserver: permission denied");
}

#[test]
fn a_full_database_raises_an_alarm_until_it_is_disarmed() {
    let configs = Config::local_cluster(3, 1)
        .into_iter()
        .map(|config| Config { quota_backend_bytes: 1 << 20, ..config })
        .collect();
    let mut cluster = cluster_with(configs, 1);
    let blob = "x".repeat(100_000);
    let full = "etcdserver: mvcc: database space exceeded";
    let first = (0..40).find(|number| cluster.put(0, &format!("k{number}"), &blob) == Err(full.into()));
    assert!(first.is_some_and(|number| number >= 3), "{first:?}");
    assert_eq!(cluster.put(1, "small", "1").expect_err("the alarm is raised"), full);
    assert!(cluster.status(0).errors.iter().any(|error| error.ends_with("alarm:NOSPACE ")));
    let everything = DeleteRangeRequest { key: "k".into(), range_end: "l".into(), prev_kv: false };
    cluster.call(0, everything).expect("deleting is allowed");
    let revision = cluster.status(0).header.revision;
    cluster.call(0, CompactionRequest { revision, physical: true }).expect("compacting is allowed");
    for node in 0..3 {
        cluster.call(node, DefragmentRequest {}).expect("defragmenting is allowed");
    }
    for alarm in cluster.server(0).view().alarms {
        let disarm = AlarmRequest { action: AlarmAction::Deactivate, member_id: alarm.member_id, alarm: alarm.alarm };
        cluster.call(0, disarm).expect("in order");
    }
    cluster.put(1, "small", "1").expect("there is space again");
}

#[test]
fn what_is_too_large_or_malformed_is_refused() {
    let mut cluster = cluster(1, 1);
    let large = "x".repeat(1_600_000);
    assert_eq!(cluster.put(0, "a", &large).expect_err("too large"), "etcdserver: request is too large");
    assert_eq!(cluster.put(0, "", "1").expect_err("no key"), "etcdserver: key is not provided");
    cluster.put(0, "a", &"x".repeat(1_500_000)).expect("that fits");
}

#[test]
fn watchers_die_with_their_member() {
    let mut cluster = cluster(3, 1);
    cluster.send(0, watch("a", 0));
    cluster.run(Micros::millis(100));
    assert_eq!(cluster.server(0).view().watchers, 1);
    cluster.fault(kill(0));
    cluster.fault(start(0));
    cluster.run(Micros::secs(2));
    assert_eq!(cluster.server(0).view().watchers, 0);
}
