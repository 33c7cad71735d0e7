//! Storms: members that crash, messages that get lost, arrive twice or late, memberships that change; and what must hold
//! all the same.

mod cluster;
mod member;

use cluster::{Cluster, Weather};

/// A storm for each seed. `KUBARIUM_STORMS` asks for more than the few that fit into every run of the tests.
fn check(weather: Weather, first_seed: u64) {
    let storms = std::env::var("KUBARIUM_STORMS").ok().and_then(|storms| storms.parse().ok()).unwrap_or(15);
    let mut progress = 0;
    for seed in first_seed..first_seed + storms {
        let mut cluster = Cluster::new(seed, weather);
        let outcome = cluster.storm(1500).and_then(|()| cluster.calm());
        if let Err(what) = outcome {
            panic!("seed {seed}: {what}");
        }
        progress += cluster.applied();
    }
    assert!(progress > 100, "hardly anything was ever applied: {progress}");
}

const STORM: Weather = Weather { first_members: 3, asynchronous: false, membership: false, pre_vote: true };

#[test]
fn nothing_acknowledged_is_lost_when_members_crash_and_messages_go_astray() {
    check(STORM, 1);
    check(Weather { first_members: 5, ..STORM }, 1_000_001);
}

#[test]
fn nothing_acknowledged_is_lost_without_pre_vote() {
    check(Weather { pre_vote: false, ..STORM }, 2_000_001);
    check(Weather { first_members: 5, pre_vote: false, ..STORM }, 3_000_001);
}

#[test]
fn nothing_acknowledged_is_lost_while_the_membership_changes() {
    check(Weather { membership: true, ..STORM }, 4_000_001);
}

#[test]
fn nothing_acknowledged_is_lost_when_writes_lag_behind() {
    check(Weather { asynchronous: true, membership: true, ..STORM }, 5_000_001);
}

#[test]
fn the_same_seed_gives_the_same_course_of_events() {
    let run = || {
        let mut cluster = Cluster::new(7, Weather { asynchronous: true, membership: true, ..STORM });
        cluster.storm(800).expect("no harm");
        cluster.course()
    };
    assert_eq!(run(), run());
}
