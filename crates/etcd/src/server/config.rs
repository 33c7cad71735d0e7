//! How a member is told to run: the flags of `etcd`.

use sorted::SortedMap;

use serde::{Deserialize, Serialize};
use sim::{Micros, NodeId};

use super::AutoCompaction;

/// The configuration of one member, named as etcd's flags are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// `--name`.
    pub name: String,
    /// `--initial-advertise-peer-urls`: where the other members reach this one.
    pub advertise_peer_urls: Vec<String>,
    /// `--advertise-client-urls`: where clients reach it; published to the others once it has started.
    pub advertise_client_urls: Vec<String>,
    /// `--initial-cluster`: names and peer URLs, in the order given. A name with several URLs is given several times.
    pub initial_cluster: Vec<(String, String)>,
    /// `--initial-cluster-token`.
    pub initial_cluster_token: String,
    /// `--initial-cluster-state existing`: join instead of making a new cluster.
    pub join_existing: bool,
    /// `--heartbeat-interval`: one tick of raft.
    pub heartbeat: Micros,
    /// `--election-timeout`, rounded down to ticks.
    pub election: Micros,
    /// `--pre-vote`.
    pub pre_vote: bool,
    /// `--quota-backend-bytes`; 0 stands for the default of 2 GiB.
    pub quota_backend_bytes: i64,
    /// `--snapshot-count`: entries applied between two snapshots of the state.
    pub snapshot_count: u64,
    /// How many entries are kept behind a snapshot for members that lag.
    pub snapshot_catch_up_entries: u64,
    /// `--auto-compaction-mode` and `--auto-compaction-retention`.
    pub auto_compaction: AutoCompaction,
    /// `--max-request-bytes`.
    pub max_request_bytes: u64,
    /// `--enable-v2`: serve version 2 of the API.
    pub enable_v2: bool,
    /// `--max-txn-ops`.
    pub max_txn_ops: usize,
    /// `--strict-reconfig-check`.
    pub strict_reconfig_check: bool,
    /// What `version` and `endpoint status` say.
    pub version: String,
    /// Whether this member campaigns first when a new cluster starts. Real members leave that to chance; the recorded
    /// clusters, and the notes, have etcd-0 lead at first.
    pub campaign_first: bool,
    /// Where this member's random numbers begin (election time-outs).
    pub seed: u64,
    /// The second of Unix time at which the simulation begins: ids of later members and of leases contain the time.
    pub epoch: u64,
    /// Whether raft's own log lines are kept. Costs time with every message.
    pub keep_log: bool,
    /// `--force-new-cluster`: start from the disk as the only member there is.
    pub force_new_cluster: bool,
    /// `--data-dir` as it was given, for the log.
    pub data_dir: String,
    /// Which machine answers at which peer URL.
    pub addresses: SortedMap<String, NodeId>,
    /// What it does wrong on purpose.
    #[cfg(feature = "planted-bugs")]
    #[serde(skip)]
    pub planted: Option<super::PlantedBug>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            name: "default".into(),
            advertise_peer_urls: vec!["http://localhost:2380".into()],
            advertise_client_urls: vec!["http://localhost:2379".into()],
            initial_cluster: vec![("default".into(), "http://localhost:2380".into())],
            initial_cluster_token: "etcd-cluster".into(),
            join_existing: false,
            heartbeat: Micros::millis(100),
            election: Micros::secs(1),
            pre_vote: true,
            quota_backend_bytes: 0,
            snapshot_count: 100_000,
            snapshot_catch_up_entries: 5_000,
            auto_compaction: AutoCompaction::Off,
            max_request_bytes: 1_572_864,
            enable_v2: false,
            max_txn_ops: 128,
            strict_reconfig_check: true,
            version: "3.5.30".into(),
            campaign_first: false,
            seed: 0,
            epoch: 1_767_225_600,
            keep_log: true,
            force_new_cluster: false,
            data_dir: "default.etcd".into(),
            addresses: SortedMap::new(),
            #[cfg(feature = "planted-bugs")]
            planted: None,
        }
    }
}

impl Config {
    /// `members` configurations of a cluster as a Procfile starts it on one machine: etcd-0 at 2379 and 2380, etcd-1 at
    /// 22379 and 22380, and so on; node `n` runs `etcd-n`. One member alone is called `default`, as without flags.
    pub fn local_cluster(members: u32, seed: u64) -> Vec<Config> {
        let name = |member: u32| if members == 1 { "default".to_owned() } else { format!("etcd-{member}") };
        let url = |member: u32, last: u32| {
            let prefix = if member == 0 { String::new() } else { (member + 1).to_string() };
            format!("http://127.0.0.1:{prefix}{last}")
        };
        let cluster: Vec<_> = (0..members).map(|member| (name(member), url(member, 2380))).collect();
        let addresses: SortedMap<_, _> = (0..members).map(|member| (url(member, 2380), NodeId(member))).collect();
        (0..members)
            .map(|member| Config {
                name: name(member),
                advertise_peer_urls: vec![url(member, 2380)],
                advertise_client_urls: vec![url(member, 2379)],
                initial_cluster: cluster.clone(),
                initial_cluster_token: if members == 1 { "etcd-cluster".into() } else { "etcd-cluster-1".into() },
                campaign_first: member == 0,
                seed,
                addresses: addresses.clone(),
                ..Config::default()
            })
            .collect()
    }

    /// The same with other intervals, in milliseconds.
    pub fn with_timing(self, heartbeat: u64, election: u64) -> Config {
        Config { heartbeat: Micros::millis(heartbeat), election: Micros::millis(election), ..self }
    }

    /// Ticks in an election time-out.
    pub fn election_ticks(&self) -> u32 {
        u32::try_from(self.election.0 / self.heartbeat.0.max(1)).unwrap_or(u32::MAX).max(2)
    }

    /// How long a request may take: five seconds for disk and queue, and two elections (etcd:
    /// server/config/config.go, `ReqTimeout`).
    pub fn request_timeout(&self) -> Micros {
        Micros::secs(5) + self.election.times(2)
    }

    /// The quota that is in force (etcd: server/storage/quota.go, `DefaultQuotaBytes`).
    pub fn quota(&self) -> i64 {
        if self.quota_backend_bytes == 0 { 2 * 1024 * 1024 * 1024 } else { self.quota_backend_bytes }
    }
}
