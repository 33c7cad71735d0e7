//! A cluster from its start: election, writes, reads, and where the log stands after each.

mod server_common;

use kubarium_etcd::rpc::*;
use server_common::{cluster, kill, start};
use sim::Micros;

/// The recorded clusters are at these indexes when they have settled: a membership entry and a publication for each
/// member, the leader's empty entry, the cluster's version.
#[test]
fn a_fresh_cluster_is_led_by_its_first_member_at_term_2() {
    for (members, index) in [(1, 4), (3, 8), (5, 12)] {
        for seed in 0..20 {
            let mut cluster = cluster(members, seed);
            assert_eq!(cluster.raft(0), (true, 2, index, index), "{members} members, seed {seed}");
            for node in 1..members {
                assert_eq!(cluster.raft(node), (false, 2, index, index), "{members} members, seed {seed}");
            }
            assert_eq!(cluster.server(0).view().revision, 1);
        }
    }
}

#[test]
fn every_member_takes_writes_and_serves_current_reads() {
    let mut cluster = cluster(3, 1);
    for node in 0..3 {
        let key = format!("key{node}");
        let Ok(Response::Put(put)) = cluster.put(node, &key, "value") else { panic!("the put failed") };
        assert_eq!(put.header.revision, 2 + i64::from(node));
        assert_eq!(put.header.raft_term, 2);
        assert_eq!(put.header.cluster_id, 0x59a05384c9b79ee);
        for other in 0..3 {
            assert_eq!(cluster.get(other, &key), Ok(Some("value".into())));
        }
    }
    assert_eq!(cluster.raft(0), (true, 2, 11, 11), "reads do not go through the log");
}

#[test]
fn what_uses_an_index_of_the_log() {
    let mut cluster = cluster(3, 1);
    let mut check = |index: u64, request: Request| {
        cluster.call(0, request.clone()).expect("answered");
        assert_eq!(cluster.raft(0).2, index, "after {}", request.name());
    };
    check(8, RangeRequest { key: "a".into(), ..Default::default() }.into());
    check(9, AlarmRequest::default().into());
    check(10, DeleteRangeRequest { key: "nothere".into(), ..Default::default() }.into());
    check(11, PutRequest { key: "a".into(), value: "1".into(), ..Default::default() }.into());
    check(12, LeaseGrantRequest { id: 7, ttl: 100 }.into());
    check(12, LeaseTimeToLiveRequest { id: 7, keys: false }.into());
    check(12, LeaseLeasesRequest {}.into());
    check(12, MemberListRequest { linearizable: true }.into());
    check(13, CompactionRequest { revision: 2, physical: false }.into());
    check(13, HashKvRequest::default().into());
    check(13, DefragmentRequest {}.into());
    check(14, AuthStatusRequest {}.into());
    check(15, AuthUserListRequest {}.into());
}

#[test]
fn a_new_leader_takes_over_and_nothing_acknowledged_is_lost() {
    for seed in 0..10 {
        let mut cluster = cluster(3, seed);
        cluster.put(0, "a", "1").expect("the cluster is whole");
        cluster.fault(kill(0));
        let leader = cluster.wait_leader();
        assert_eq!(cluster.get(leader, "a"), Ok(Some("1".into())));
        cluster.put(3 - leader, "b", "2").expect("two of three are a majority");
        assert_eq!(cluster.raft(leader), (true, 3, 11, 11), "one entry for the new leader, one for the put");
        cluster.fault(start(0));
        cluster.run(Micros::secs(2));
        assert_eq!(cluster.raft(0), (false, 3, 12, 12), "who comes back publishes itself again");
        assert_eq!(cluster.get(0, "b"), Ok(Some("2".into())));
    }
}

#[test]
fn a_member_alone_comes_back_at_the_next_term() {
    let mut cluster = cluster(1, 1);
    cluster.put(0, "a", "1").expect("answered");
    cluster.fault(kill(0));
    cluster.fault(start(0));
    cluster.run(Micros::secs(3));
    assert_eq!(cluster.raft(0), (true, 3, 7, 7), "a leader's entry and a publication");
    assert_eq!(cluster.get(0, "a"), Ok(Some("1".into())));
}

#[test]
fn a_follower_that_was_down_catches_up() {
    let mut cluster = cluster(3, 1);
    cluster.fault(kill(2));
    for number in 0..20 {
        cluster.put(0, &format!("k{number}"), "v").expect("two of three are a majority");
    }
    cluster.fault(start(2));
    cluster.run(Micros::secs(1));
    assert_eq!(cluster.get_serializable(2, "k19"), Ok(Some("v".into())));
    assert_eq!(cluster.raft(2), (false, 2, 29, 29));
}
