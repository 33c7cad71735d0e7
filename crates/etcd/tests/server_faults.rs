//! What a cluster promises while members die, hang, lose their disks or cannot reach each other.

mod server_common;

use kubarium_etcd::rpc::*;
use kubarium_etcd::server::{Config, Msg};
use server_common::{cluster, cluster_with, kill, start};
use sim::{Fault, Input, Micros, NodeId};

#[test]
fn a_stale_leader_neither_commits_nor_serves_linearizable_reads() {
    let mut cluster = cluster(3, 1);
    cluster.put(0, "a", "old").expect("the cluster is whole");
    cluster.fault(Fault::Partition { groups: vec![vec![NodeId(0)], vec![NodeId(1), NodeId(2)]] });
    let stale_put = cluster.send(0, PutRequest { key: "a".into(), value: "stale".into(), ..Default::default() });
    let stale_get = cluster.send(0, RangeRequest { key: "a".into(), ..Default::default() });
    cluster.run(Micros::secs(4));
    cluster.put(1, "a", "new").expect("two of three are a majority");
    assert_eq!(cluster.get(2, "a"), Ok(Some("new".into())));
    assert_eq!(cluster.get_serializable(0, "a"), Ok(Some("old".into())), "a serializable read may be stale");
    assert_eq!(cluster.status(0).errors, ["etcdserver: no leader"], "it has heard no quorum and stepped down");
    assert!(cluster.take_reply(stale_get).is_none());
    cluster.fault(Fault::HealAll);
    cluster.run(Micros::secs(5));
    assert_eq!(cluster.get(0, "a"), Ok(Some("new".into())));
    let refused = cluster.take_reply(stale_put).expect("it has timed out");
    let words = refused.expect_err("nobody may acknowledge what was not committed");
    assert_eq!(words, "etcdserver: request timed out");
    let read = cluster.take_reply(stale_get).expect("the new leader is known");
    assert_eq!(read.expect_err("who was asked leads no more"), "etcdserver: leader changed");
}

#[test]
fn without_a_majority_requests_time_out_after_seven_seconds() {
    let mut cluster = cluster(3, 1);
    cluster.fault(kill(1));
    cluster.fault(kill(2));
    cluster.run(Micros::secs(3));
    let asked = cluster.now();
    let answer = cluster.put(0, "a", "1");
    // The member has stepped down meanwhile, so raft never took the proposal; etcd then ends with its own deadline's words.
    assert_eq!(answer.expect_err("no majority"), "context deadline exceeded");
    let waited = (cluster.now() - asked).as_millis();
    assert!((7_000..7_200).contains(&waited), "{waited} ms");
    cluster.fault(start(1));
    cluster.wait_leader();
    cluster.put(0, "a", "2").expect("two of three are a majority");
}

#[test]
fn what_timed_out_may_be_applied_once_a_majority_returns() {
    let mut cluster = cluster(3, 1);
    cluster.fault(kill(1));
    cluster.fault(kill(2));
    cluster.put(0, "a", "1").expect_err("no majority");
    cluster.fault(start(1));
    let leader = cluster.wait_leader();
    assert_eq!(cluster.get(leader, "a"), Ok(Some("1".into())), "it was in the old leader's log");
}

#[test]
fn requests_wait_for_a_leader_and_then_succeed() {
    let mut cluster = cluster(3, 2);
    cluster.fault(kill(0));
    cluster.run(Micros::millis(10));
    // The survivors still believe in the dead leader: what they pass on to it is lost.
    let lost = cluster.send(1, PutRequest { key: "lost".into(), ..Default::default() });
    let read = cluster.send(1, RangeRequest { key: "a".into(), ..Default::default() });
    let answer = cluster.wait(read, Micros::secs(5));
    assert_eq!(answer.expect_err("the leader changed"), "etcdserver: leader changed");
    let words = cluster.wait(lost, Micros::secs(8)).expect_err("it went to the dead leader");
    assert_eq!(words, "etcdserver: request timed out, possibly due to previous leader failure");
}

#[test]
fn a_killed_leader_is_replaced_within_two_seconds() {
    let mut waits = Vec::new();
    for seed in 0..50 {
        let mut cluster = cluster(3, seed);
        cluster.run(Micros::millis(seed * 37 % 1_000));
        cluster.fault(kill(0));
        let killed = cluster.now();
        while cluster.server(1).view().leader != cluster.server(1).view().id
            && cluster.server(2).view().leader != cluster.server(2).view().id
        {
            cluster.run(Micros::millis(10));
        }
        waits.push((cluster.now() - killed).as_millis());
    }
    waits.sort_unstable();
    let median = waits[waits.len() / 2];
    // Recorded from real clusters, until a client's next put succeeded: median 1.34 s, 0.96 to 1.82 s.
    assert!((1_050..1_450).contains(&median), "median {median} ms of {waits:?}");
    assert!(waits[0] >= 800 && waits[waits.len() - 1] <= 2_000, "{waits:?}");
}

#[test]
fn a_leader_asked_to_stop_hands_over_first() {
    let mut cluster = cluster(3, 1);
    cluster.put(0, "a", "1").expect("the cluster is whole");
    cluster.fault(Fault::Terminate { node: NodeId(0) });
    cluster.run(Micros::millis(200));
    assert!(!cluster.server(0).view().running);
    assert_eq!(cluster.raft(1), (true, 3, 10, 10), "etcd-1 leads, one index and one term later");
    let asked = cluster.now();
    cluster.put(2, "a", "2").expect("there is a leader");
    assert!((cluster.now() - asked).as_millis() < 20, "no gap");
}

#[test]
fn a_paused_leader_loses_its_office_and_comes_back_as_follower() {
    let mut cluster = cluster(3, 1);
    cluster.fault(Fault::Pause { node: NodeId(0) });
    cluster.run(Micros::secs(3));
    cluster.put(1, "a", "1").expect("two of three are a majority");
    assert_eq!(cluster.raft(1).1, 3);
    cluster.fault(Fault::Resume { node: NodeId(0) });
    cluster.run(Micros::secs(2));
    assert_eq!(cluster.raft(0), (false, 3, 10, 10));
    assert_eq!(cluster.get(0, "a"), Ok(Some("1".into())));
}

#[test]
fn a_member_that_lags_beyond_the_log_is_sent_a_snapshot() {
    let configs = Config::local_cluster(3, 1)
        .into_iter()
        .map(|config| Config { snapshot_count: 20, snapshot_catch_up_entries: 5, ..config })
        .collect();
    let mut cluster = cluster_with(configs, 1);
    cluster.fault(kill(2));
    for number in 0..100 {
        cluster.put(0, &format!("k{number}"), "v").expect("two of three are a majority");
    }
    assert!(cluster.server(0).view().first_index > 60, "the log was shortened");
    cluster.fault(start(2));
    cluster.run(Micros::secs(2));
    let view = cluster.server(2).view();
    assert_eq!((view.revision, view.keys), (101, 100));
    assert_eq!(cluster.raft(2).2, cluster.raft(0).2);
    // It goes on from there, also after a crash.
    for lose_unsynced in [false, true] {
        cluster.put(0, "more", "v").expect("the cluster is whole");
        cluster.fault(Fault::Crash { node: NodeId(2), lose_unsynced });
        cluster.fault(start(2));
        cluster.run(Micros::secs(2));
        assert_eq!(cluster.server(2).view().revision, cluster.server(0).view().revision);
    }
    assert_eq!(cluster.get(2, "k0"), Ok(Some("v".into())));
}

#[test]
fn a_power_cut_loses_nothing_that_was_acknowledged() {
    for seed in 0..20 {
        let mut cluster = cluster(3, seed);
        let mut acknowledged = Vec::new();
        for number in 0..30 {
            let id = cluster.send(0, PutRequest { key: format!("k{number}").into(), ..Default::default() });
            cluster.run(Micros(seed * 53 % 900));
            acknowledged.push(id);
        }
        let acknowledged: Vec<_> = (0..)
            .zip(acknowledged)
            .filter(|(_, id)| cluster.take_reply(*id).is_some_and(|reply| reply.is_ok()))
            .collect();
        for node in 0..3 {
            cluster.fault(Fault::PowerOff { node: NodeId(node) });
        }
        for node in 0..3 {
            cluster.fault(start(node));
        }
        let leader = cluster.wait_leader();
        for (number, _) in acknowledged {
            let value = cluster.get(leader, &format!("k{number}")).expect("the cluster is whole");
            assert!(value.is_some(), "k{number} is lost, seed {seed}");
        }
    }
}

#[test]
fn a_dead_member_refuses_its_clients() {
    let mut cluster = cluster(3, 1);
    cluster.fault(kill(2));
    assert_eq!(cluster.put(2, "a", "1").expect_err("nobody is there"), "refused");
    assert!(!cluster.mail.iter().any(|input| matches!(input, Input::Message { msg: Msg::Reply { .. }, .. })));
}

#[test]
fn the_same_seed_gives_the_same_trace_and_a_fork_leaves_the_original_alone() {
    let story = |seed: u64| {
        let mut cluster = cluster(3, seed);
        cluster.put(0, "a", "1").expect("the cluster is whole");
        cluster.fault(kill(0));
        cluster.run(Micros::secs(3));
        cluster
    };
    let mut one = story(5);
    assert_eq!(one.sim.trace().hash(), story(5).sim.trace().hash());
    assert_ne!(one.sim.trace().hash(), story(6).sim.trace().hash());
    let mut fork = one.clone();
    let hash = one.sim.trace().hash();
    let leader = fork.wait_leader();
    fork.put(leader, "only", "in the fork").expect("there is a leader");
    assert_eq!(one.sim.trace().hash(), hash);
    let leader = one.wait_leader();
    assert_eq!(one.get(leader, "only"), Ok(None));
}
