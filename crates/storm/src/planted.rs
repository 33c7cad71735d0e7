//! The bugs that can be planted, by name.

use etcd::server::PlantedBug;

/// Each has to be found.
pub const BUGS: [(&str, PlantedBug); 5] = [
    ("commit-without-quorum", PlantedBug::Raft(raft::PlantedBug::CommitWithoutQuorum)),
    ("vote-twice", PlantedBug::Raft(raft::PlantedBug::VoteTwice)),
    ("stale-read", PlantedBug::Raft(raft::PlantedBug::StaleRead)),
    ("watch-gap", PlantedBug::WatchGap),
    ("lease-revived", PlantedBug::LeaseRevived),
];
