//! Compaction that the server does by itself, by age and by length of the history.

mod server_common;

use kubarium_etcd::rpc::*;
use kubarium_etcd::server::{AutoCompaction, Config};
use server_common::{Cluster, cluster_with, kill};
use sim::Micros;

const MINUTE: Micros = Micros::secs(60);

fn compacting(members: u32, auto_compaction: AutoCompaction) -> Cluster {
    let configs = Config::local_cluster(members, 1).into_iter();
    cluster_with(configs.map(|config| Config { auto_compaction, ..config }).collect(), 1)
}

/// Writes a key every second for so long; the revision at the end.
fn write_for(cluster: &mut Cluster, node: u32, time: Micros) -> i64 {
    for number in 0..time.as_secs() {
        cluster.put(node, "key", &number.to_string()).expect("the cluster is whole");
        cluster.run(Micros::secs(1));
    }
    cluster.server(node).view().revision
}

/// What `node` has compacted to and says about it.
fn check(cluster: &Cluster, node: u32, compacted: impl Fn(i64) -> bool, said: &[&str]) {
    let view = cluster.server(node).view();
    assert!(compacted(view.compact_revision), "compacted to {} of {}", view.compact_revision, view.revision);
    let lines: Vec<String> = view.log.iter().map(|line| format!("{}{}", line.text, line.fields)).collect();
    for words in said {
        assert!(lines.iter().any(|line| line.starts_with(words)), "nothing says {words:?}: {lines:#?}");
    }
}

#[test]
fn history_is_kept_for_the_time_asked_and_no_longer() {
    let mut cluster = compacting(3, AutoCompaction::Periodic(MINUTE));
    write_for(&mut cluster, 0, Micros::secs(50));
    check(&cluster, 0, |at| at <= 0, &[]);
    let revision = write_for(&mut cluster, 0, Micros::secs(100));
    let said = ["starting auto periodic compaction,\"revision\":", "completed auto periodic compaction,\"revision\":"];
    check(&cluster, 0, |at| at > revision - 140 && at < revision - 55, &said);
    check(&cluster, 1, |at| at > 0, &[]);
}

#[test]
fn so_many_revisions_are_kept_as_asked() {
    let mut cluster = compacting(1, AutoCompaction::Revisions(10));
    let revision = write_for(&mut cluster, 0, Micros::secs(310));
    let said = ["starting auto revision compaction,\"revision\":"];
    check(&cluster, 0, |at| at > revision - 40 && at <= revision - 10, &said);
    assert_eq!(cluster.get(0, "key"), Ok(Some("309".into())));
}

#[test]
fn a_new_leader_goes_on_and_a_compaction_by_hand_does_not_disturb() {
    let mut cluster = compacting(3, AutoCompaction::Periodic(MINUTE));
    write_for(&mut cluster, 0, Micros::secs(30));
    cluster.fault(kill(0));
    let leader = cluster.wait_leader();
    let revision = write_for(&mut cluster, leader, Micros::secs(60));
    cluster.call(leader, CompactionRequest { revision, physical: false }).expect("nobody was faster");
    write_for(&mut cluster, leader, Micros::secs(20));
    // The revision it wanted was compacted already, which is as good.
    check(&cluster, leader, |at| at >= revision, &["completed auto periodic compaction"]);
}

#[test]
fn without_retention_all_history_stays() {
    let mut cluster = compacting(1, AutoCompaction::Off);
    write_for(&mut cluster, 0, Micros::secs(400));
    check(&cluster, 0, |at| at <= 0, &[]);
}
