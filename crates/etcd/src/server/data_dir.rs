//! A member's data directory: what survives its process (etcd: server/storage, the `member` directory).

use core::fmt;
use std::sync::Arc;

use raft::{ConfState, EntryId, HardState};
use serde::{Deserialize, Serialize};

use super::image::Image;
use super::members::{MemberId, Members};
use super::wal::Wal;
use crate::apply;
use crate::store::crc32c;

/// Who the member is, as its write-ahead log records it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) member: MemberId,
    pub(crate) cluster: u64,
}

/// The content of a data directory.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DataDir {
    pub(crate) identity: Option<Identity>,
    pub(crate) wal: Wal,
    /// The database as it was when the process died. It saves applying the log again; gone if unsynced writes were.
    #[serde(skip)]
    pub(crate) backend: Option<Arc<Image>>,
}

/// How `etcdutl snapshot restore` builds a data directory: the flags of that command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreOptions {
    /// `--name`: which of the members this one is.
    pub name: String,
    /// `--initial-cluster`: names and peer URLs.
    pub initial_cluster: Vec<(String, String)>,
    /// `--initial-cluster-token`.
    pub initial_cluster_token: String,
    /// `--initial-advertise-peer-urls`.
    pub advertise_peer_urls: Vec<String>,
    /// `--bump-revision`: by how much the revision grows, so that no client sees it fall. What came before counts as
    /// compacted then. 0 for not at all.
    pub bump_revision: i64,
}

/// Why a data directory could not be built or read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestoreError {
    /// The bytes are no snapshot.
    NotASnapshot,
    /// The bytes are no data directory.
    NotADataDir,
    /// Somebody or something changed the bytes of the log.
    CrcMismatch,
    /// The member is not in the initial cluster.
    NotInCluster(String),
    /// Its URLs there are others than those it advertises.
    UrlMismatch(String),
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RestoreError::NotASnapshot => f.write_str("snapshot file is damaged or no snapshot"),
            RestoreError::NotADataDir => f.write_str("data directory is damaged or no data directory"),
            RestoreError::CrcMismatch => f.write_str("walpb: crc mismatch"),
            RestoreError::NotInCluster(name) => {
                write!(f, "couldn't find local name \"{name}\" in the initial cluster configuration")
            }
            RestoreError::UrlMismatch(name) => write!(
                f,
                "--initial-cluster has {name} but missing from --initial-advertise-peer-urls or the other way round"
            ),
        }
    }
}

impl core::error::Error for RestoreError {}

impl DataDir {
    /// Whether no member ever wrote here.
    pub fn is_empty(&self) -> bool {
        self.identity.is_none() && self.wal.is_empty()
    }

    /// The member's and the cluster's id, once there are any.
    pub fn ids(&self) -> Option<(MemberId, u64)> {
        self.identity.map(|identity| (identity.member, identity.cluster))
    }

    /// The content as bytes, to be kept in files.
    pub fn to_bytes(&self) -> Vec<u8> {
        // The database is newer than the log's image; as the image it is found again.
        let mut whole = self.clone();
        if let Some(backend) = whole.backend.take() {
            whole.wal.checkpoint(backend, u64::MAX);
        }
        // Encoding into memory cannot fail.
        let mut bytes = postcard::to_allocvec(&whole).unwrap_or_default();
        let crc = crc32c(&bytes);
        bytes.extend_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Content from bytes.
    ///
    /// # Errors
    /// If the bytes are damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<DataDir, RestoreError> {
        let (content, crc) = bytes.split_last_chunk::<4>().ok_or(RestoreError::NotADataDir)?;
        if crc32c(content).to_le_bytes() != *crc {
            return Err(RestoreError::CrcMismatch);
        }
        postcard::from_bytes(content).map_err(|_| RestoreError::NotADataDir)
    }

    /// Takes another database than the one it was written with, as when `member/snap/db` was replaced by hand. The log
    /// is applied from where that database ends.
    pub fn replace_database(&mut self, state: apply::Snapshot) {
        if let Some(known) = self.backend.as_ref().or(self.wal.image()) {
            self.backend = Some(Arc::new(Image { state, ..(**known).clone() }));
        }
    }

    /// A snapshot of the database in here, as copying `member/snap/db` would give: what was applied when the process
    /// died. None if nothing was.
    pub fn snapshot(&self) -> Option<apply::Snapshot> {
        self.backend
            .as_ref()
            .or(self.wal.image())
            .map(|image| image.state.clone().with_member_rows(image.members.rows()))
    }

    /// Builds the data directory of a member of a new cluster from a snapshot of an old one. The log begins with one
    /// entry for each member, already applied, at term 1 (etcd: etcdutl/snapshot/v3_snapshot.go, `saveWALAndSnap`).
    ///
    /// # Errors
    /// If the snapshot is damaged or the options contradict each other.
    pub fn restore(snapshot: &[u8], options: &RestoreOptions) -> Result<DataDir, RestoreError> {
        let mut state = apply::Snapshot::decode(snapshot).ok_or(RestoreError::NotASnapshot)?;
        let members = Members::initial(&options.initial_cluster, &options.initial_cluster_token);
        let urls = |name: &str| {
            let mut urls: Vec<_> =
                options.initial_cluster.iter().filter(|(other, _)| other == name).map(|(_, url)| url.clone()).collect();
            urls.sort_unstable();
            urls
        };
        let own = urls(&options.name);
        let me = members
            .by_peer_url(&own)
            .map(|member| member.id)
            .ok_or_else(|| RestoreError::NotInCluster(options.name.clone()))?;
        let mut advertised = options.advertise_peer_urls.clone();
        advertised.sort_unstable();
        if advertised != own {
            return Err(RestoreError::UrlMismatch(options.name.clone()));
        }
        let voters: Vec<_> = members.ids().collect();
        let applied = EntryId { term: 1, index: voters.len() as u64 };
        let voters_first = voters.first().copied().unwrap_or_default();
        let identity = Identity { member: me, cluster: members.cluster };
        let conf_state = ConfState::new(voters, Vec::new());
        (state.index, state.term) = (applied.index, applied.term);
        state.bump_revision(options.bump_revision);
        let hard_state = HardState { term: 1, vote: voters_first, commit: applied.index };
        let image = Image { applied, conf_state, members, state };
        Ok(DataDir { identity: Some(identity), wal: Wal::from_image(image, hard_state), backend: None })
    }
}
