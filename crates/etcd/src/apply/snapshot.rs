//! The whole state at an index, for a member that lags too far behind and for backups.

use serde::{Deserialize, Serialize};

use super::StateMachine;
use super::alarm::Alarms;
use crate::auth::Auth;
use crate::rpc::AlarmType;
use crate::store::Store;

/// A copy of the state. Making one is cheap: it shares the store's content.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    /// The last applied log index.
    pub index: u64,
    /// The term of that entry.
    pub term: u64,
    store: Store,
    /// Id, time to live, rest at the last checkpoint.
    leases: Vec<(i64, i64, i64)>,
    auth: Auth,
    alarms: Alarms,
    cluster_version: String,
    v2: crate::v2::Store,
    /// Rows in the buckets of members: those that are in the cluster, and those that were removed.
    member_rows: u64,
}

impl Snapshot {
    /// As bytes: what `etcdctl snapshot save` writes.
    pub fn encode(&self) -> Vec<u8> {
        // Encoding into memory cannot fail: every type here has a known shape.
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// From bytes; `None` if they are not a snapshot, or a damaged one.
    pub fn decode(bytes: &[u8]) -> Option<Snapshot> {
        postcard::from_bytes(bytes).ok()
    }

    /// The database of a data directory; `None` if the bytes are damaged. A member has always applied something, so one
    /// that claims otherwise was overwritten.
    pub fn decode_database(bytes: &[u8]) -> Option<Snapshot> {
        Snapshot::decode(bytes).filter(|snapshot| snapshot.index > 0 && snapshot.term > 0)
    }

    /// The keys in it.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The same with the rows that the members of the cluster have in its database.
    pub(crate) fn with_member_rows(self, member_rows: u64) -> Snapshot {
        Snapshot { member_rows, ..self }
    }

    /// Lets the revision grow, and compacts up to there.
    pub(crate) fn bump_revision(&mut self, by: i64) {
        self.store.bump_revision(by);
    }

    /// Rows in all buckets of the database file, not only in that of the keys (etcd: server/mvcc/buckets/bucket.go).
    /// `etcdutl snapshot status` counts them all and calls them keys.
    pub fn row_count(&self) -> u64 {
        // The index of the last entry; since 3.5 its term and who has a vote, too.
        let meta = if self.cluster_version.starts_with("3.4") { 1 } else { 3 };
        // Until when to compact, and until when that was done.
        let compaction = if self.store.compact_revision() > 0 { 2 } else { 0 };
        let cluster_version = u64::from(!self.cluster_version.is_empty());
        let keys = self.store.version_count() as u64;
        let alarms = self.alarms.list(AlarmType::None).len() as u64;
        let leases = self.leases.len() as u64;
        meta + compaction + cluster_version + keys + alarms + leases + self.auth.row_count() + self.member_rows
    }

    /// Size of the database in it, in bytes: what a member that receives it has to be sent.
    pub fn size(&self) -> u64 {
        self.store.db_size_in_use().unsigned_abs()
    }
}

impl StateMachine {
    /// A copy of the state as it is now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            index: self.index,
            term: self.term,
            store: self.store.clone(),
            leases: self.lessor.export(),
            auth: self.auth.clone(),
            alarms: self.alarms.clone(),
            cluster_version: self.cluster_version.clone(),
            v2: self.v2.clone(),
            member_rows: 0,
        }
    }

    /// Takes over the state of a snapshot. Tokens are lost, and leases are those of a member that does not lead;
    /// watchers have to be told to catch up ([`crate::store::WatchHub::restore`]).
    pub fn restore(&mut self, snapshot: Snapshot) {
        self.index = snapshot.index;
        self.term = snapshot.term;
        self.store = snapshot.store;
        self.auth = snapshot.auth;
        self.auth.restart();
        self.alarms = snapshot.alarms;
        self.cluster_version = snapshot.cluster_version;
        self.v2 = snapshot.v2;
        self.lessor.import(snapshot.leases);
        for (lease, key) in self.store.leased_keys() {
            self.lessor.attach(lease, &key);
        }
    }

    /// What a restarted process still knows: everything that is on its disk. Tokens are lost, and it does not lead.
    pub fn restart(&mut self) {
        self.auth.restart();
        self.lessor.demote();
    }
}
