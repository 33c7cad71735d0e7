//! Changing who belongs to a cluster, and what protects it from being changed to death.

mod server_common;

use sorted::SortedMap;

use kubarium_etcd::rpc::*;
use kubarium_etcd::server::{Config, DataDir, RestoreOptions, Server};
use server_common::{Cluster, cluster, kill, start};
use sim::{Fault, Micros, NodeId};

const ETCD_1: u64 = 0x91bc_3c39_8fb3_c146;
const ETCD_2: u64 = 0xfd42_2379_fda5_0e48;

fn url(port: u32) -> String {
    format!("http://127.0.0.1:{port}")
}

fn add(learner: bool) -> MemberAddRequest {
    MemberAddRequest { peer_urls: vec![url(42380)], is_learner: learner }
}

fn members(cluster: &mut Cluster, node: u32) -> Vec<Member> {
    match cluster.call(node, MemberListRequest { linearizable: true }) {
        Ok(Response::MemberList(list)) => list.members,
        other => panic!("the list is answered by {other:?}"),
    }
}

/// Puts a machine for etcd-3 into the world, configured to join, and starts it.
fn join(cluster: &mut Cluster) {
    let own = ("etcd-3".to_owned(), url(42380));
    let mut addresses: SortedMap<String, NodeId> = cluster.server(0).config().addresses.clone();
    addresses.insert(own.1.clone(), NodeId(3));
    for node in 0..3 {
        let config = Config { addresses: addresses.clone(), ..cluster.server(node).config().clone() };
        cluster.sim.actor_mut(NodeId(node)).expect("it exists").set_config(config);
    }
    let mut initial_cluster = cluster.server(0).config().initial_cluster.clone();
    initial_cluster.push(own.clone());
    let config = Config {
        name: own.0,
        advertise_peer_urls: vec![own.1],
        advertise_client_urls: vec![url(42379)],
        initial_cluster,
        join_existing: true,
        addresses,
        ..Config::default()
    };
    cluster.sim.add_node(NodeId(3), Server::new(config));
    cluster.fault(start(3));
}

#[test]
fn changes_in_the_first_five_seconds_are_refused() {
    let mut cluster = cluster(3, 1);
    let unhealthy = "etcdserver: unhealthy cluster";
    assert_eq!(cluster.call(0, MemberRemoveRequest { id: ETCD_2 }).expect_err("too early"), unhealthy);
    assert_eq!(cluster.call(0, add(false)).expect_err("too early"), unhealthy);
    assert_eq!(cluster.call(1, add(true)).expect_err("too early"), unhealthy);
    let update = MemberUpdateRequest { id: ETCD_2, peer_urls: vec![url(32380)] };
    cluster.call(0, update).expect("an update is never dangerous");
    cluster.run(Micros::secs(6));
    for node in 1..3 {
        cluster.call(node, MemberRemoveRequest { id: 1 }).expect_err("there is no such member");
    }
    cluster.call(0, MemberRemoveRequest { id: ETCD_2 }).expect("all have been connected long enough");
}

#[test]
fn a_removed_member_stops_and_may_not_come_back() {
    let mut cluster = cluster(3, 1);
    cluster.run(Micros::secs(6));
    cluster.call(0, MemberRemoveRequest { id: ETCD_2 }).expect("the cluster is healthy");
    assert_eq!(members(&mut cluster, 0).len(), 2);
    cluster.run(Micros::secs(3));
    let reason = "the member has been permanently removed from the cluster";
    assert_eq!(cluster.server(2).view().failure.as_deref(), Some(reason));
    cluster.fault(start(2));
    cluster.run(Micros::secs(1));
    assert_eq!(cluster.server(2).view().failure.as_deref(), Some(reason));
    cluster.put(0, "a", "1").expect("two of two are a majority");
}

#[test]
fn a_removed_leader_leaves_a_cluster_that_elects_another() {
    let mut cluster = cluster(3, 1);
    cluster.run(Micros::secs(6));
    let leader = cluster.status(0).leader;
    cluster.call(0, MemberRemoveRequest { id: leader }).expect("the cluster is healthy");
    cluster.run(Micros::secs(4));
    assert!(!cluster.server(0).view().running);
    cluster.put(1, "a", "1").expect("the other two go on");
    assert_eq!(members(&mut cluster, 1).len(), 2);
    assert_eq!(cluster.raft(1).1, 3);
}

#[test]
fn a_new_member_joins_and_learns_everything() {
    for learner in [false, true] {
        let mut cluster = cluster(3, 1);
        cluster.run(Micros::secs(6));
        cluster.put(0, "a", "1").expect("the cluster is whole");
        let Ok(Response::MemberAdd(added)) = cluster.call(0, add(learner)) else { panic!("the add failed") };
        assert_eq!(added.member.is_learner, learner);
        assert_eq!(members(&mut cluster, 1).iter().filter(|member| member.name.is_empty()).count(), 1, "unstarted");
        join(&mut cluster);
        cluster.run(Micros::secs(2));
        let view = cluster.server(3).view();
        assert_eq!((view.id, view.revision), (added.member.id, 2));
        let list = members(&mut cluster, 0);
        let new = list.iter().find(|member| member.id == added.member.id).expect("it belongs to them");
        assert_eq!((new.name.as_str(), new.is_learner), ("etcd-3", learner));
        if !learner {
            assert_eq!(cluster.get(3, "a"), Ok(Some("1".into())));
            continue;
        }
        let refusal = "etcdserver: rpc not supported for learner";
        assert_eq!(cluster.get(3, "a").expect_err("it does not vote"), refusal);
        assert_eq!(cluster.get_serializable(3, "a"), Ok(Some("1".into())));
        let again = MemberAddRequest { peer_urls: vec![url(52380)], is_learner: true };
        let words = cluster.call(0, again).expect_err("there is one already");
        assert_eq!(words, "etcdserver: too many learner members in cluster");
        cluster.run(Micros::secs(6));
        // A follower passes the promotion on to the leader.
        cluster.call(1, MemberPromoteRequest { id: added.member.id }).expect("it has caught up");
        assert_eq!(cluster.get(3, "a"), Ok(Some("1".into())));
        let words = cluster.call(0, MemberPromoteRequest { id: added.member.id }).expect_err("it votes already");
        assert_eq!(words, "etcdserver: can only promote a learner member");
    }
}

#[test]
fn a_member_nobody_added_cannot_join() {
    let mut cluster = cluster(3, 1);
    join(&mut cluster);
    cluster.run(Micros::secs(1));
    let failure = cluster.server(3).view().failure.expect("it has failed");
    assert!(failure.contains("unmatched member"), "{failure}");
}

#[test]
fn an_unstarted_member_counts_for_the_majority() {
    let mut cluster = cluster(3, 1);
    cluster.run(Micros::secs(6));
    cluster.call(0, add(false)).expect("the cluster is healthy");
    cluster.put(0, "a", "1").expect("three of four are a majority");
    cluster.fault(kill(2));
    cluster.put(0, "a", "2").expect_err("two of four are none");
    let words = cluster.call(0, MemberAddRequest { peer_urls: vec![url(52380)], is_learner: false });
    assert_eq!(words.expect_err("it would be worse still"), "etcdserver: unhealthy cluster");
}

#[test]
fn a_member_of_another_life_is_refused_and_a_wiped_one_may_be_added_anew() {
    let mut cluster = cluster(3, 1);
    cluster.run(Micros::secs(6));
    cluster.call(0, MemberRemoveRequest { id: ETCD_1 }).expect("the cluster is healthy");
    cluster.run(Micros::secs(2));
    let again = MemberAddRequest { peer_urls: vec![url(22380)], is_learner: false };
    cluster.call(0, again).expect("two healthy members may become three");
    cluster.fault(start(1));
    cluster.run(Micros::secs(2));
    assert!(!cluster.server(1).view().running, "its disk still says who it was");
    let config = Config { join_existing: true, ..cluster.server(1).config().clone() };
    cluster.sim.actor_mut(NodeId(1)).expect("it exists").set_config(config);
    cluster.fault(Fault::Restart { node: NodeId(1), wipe: true });
    cluster.run(Micros::secs(2));
    assert!(cluster.server(1).view().running);
    assert_ne!(cluster.server(1).view().id, ETCD_1);
    cluster.put(1, "a", "1").expect("it belongs to them again");
}

#[test]
fn leadership_moves_on_request() {
    let mut cluster = cluster(3, 1);
    let words = cluster.call(1, MoveLeaderRequest { target_id: ETCD_2 }).expect_err("it does not lead");
    assert_eq!(words, "etcdserver: not leader");
    let words = cluster.call(0, MoveLeaderRequest { target_id: 0x1234 }).expect_err("there is no such member");
    assert_eq!(words, "etcdserver: bad leader transferee");
    cluster.call(0, MoveLeaderRequest { target_id: ETCD_2 }).expect("it is in order");
    assert_eq!(cluster.raft(2), (true, 3, 9, 9));
    cluster.put(0, "a", "1").expect("the new leader takes writes");
}

#[test]
fn a_snapshot_begins_a_new_cluster() {
    let mut cluster = cluster(3, 1);
    cluster.put(0, "important", "data").expect("the cluster is whole");
    let id = cluster.send(0, SnapshotRequest {});
    cluster.run(Micros::secs(1));
    let items = cluster.take_stream(id);
    assert_eq!(items.last(), Some(&Err(String::new())), "the stream ends in good order");
    let blobs: Vec<_> = items
        .iter()
        .filter_map(|item| if let Ok(Response::Snapshot(part)) = item { Some(part.blob.clone()) } else { None })
        .collect();
    let (checksum, parts) = blobs.split_last().expect("there are parts");
    assert_eq!(checksum.len(), 32);
    let database: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();

    let options = RestoreOptions {
        name: "etcd-0".into(),
        initial_cluster: vec![("etcd-0".into(), url(2380))],
        initial_cluster_token: "etcd-cluster".into(),
        advertise_peer_urls: vec![url(2380)],
        bump_revision: 0,
    };
    assert!(DataDir::restore(b"no snapshot", &options).is_err());
    let stranger = RestoreOptions { name: "m1".into(), ..options.clone() };
    assert!(DataDir::restore(&database, &stranger).is_err());
    let restored = DataDir::restore(&database, &options).expect("all is in order");
    let restored = DataDir::from_bytes(&restored.to_bytes()).expect("it was written like this");

    for node in 0..3 {
        cluster.fault(kill(node));
    }
    assert!(cluster.sim.actor_mut(NodeId(0)).expect("it exists").set_data_dir(restored));
    cluster.fault(start(0));
    cluster.run(Micros::secs(3));
    assert_eq!(cluster.get(0, "important"), Ok(Some("data".into())));
    cluster.put(0, "x", "1").expect("it is a cluster of one");
    assert_eq!(cluster.raft(0), (true, 2, 5, 5), "as recorded from a restored cluster");
    assert_eq!(members(&mut cluster, 0).len(), 1);
}

#[test]
fn a_data_directory_survives_being_written_to_files() {
    let mut cluster = cluster(1, 1);
    cluster.put(0, "a", "1").expect("the cluster is whole");
    cluster.fault(kill(0));
    let bytes = cluster.server(0).data_dir().expect("it is stopped").to_bytes();
    let disk = DataDir::from_bytes(&bytes).expect("it was written like this");
    assert!(disk.snapshot().is_some_and(|snapshot| snapshot.store().revision() == 2));
    cluster.sim.actor_mut(NodeId(0)).expect("it exists").set_data_dir(disk);
    cluster.fault(start(0));
    cluster.run(Micros::secs(3));
    assert_eq!(cluster.get(0, "a"), Ok(Some("1".into())));
    assert!(DataDir::from_bytes(&bytes[..bytes.len() / 2]).is_err());
}
