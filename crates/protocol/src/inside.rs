//! Seen from inside: Raft's members side by side with the messages between them, a member's store key by key, and who
//! watches what. Sent only while the page looks at it, and only when it changed.

use crate::{LogEntry, PeerView, WireMessage};
use serde::{Deserialize, Serialize};

/// At this speed of the clock, in thousandths of real time, and below, a message is on its way for long enough to be seen
/// there.
pub const SLOW: u32 = 20;

/// What the page looks at besides the diagram.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Look {
    #[default]
    Nothing,
    Raft,
    Keys(KeysQuery),
}

/// What there is to see inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Inside {
    /// The answer to [`Look::Raft`].
    Raft(RaftView),
    /// The answer to [`Look::Keys`].
    Keys(KeysView),
    /// The open watches; told whatever the page looks at, for the diagram draws them.
    Watches(Vec<WatchView>),
    /// What came of an input that meddled with a message, in words for the learner.
    Outcome(String),
}

/// The cluster as Raft's picture shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RaftView {
    /// In the order of [`crate::Frame::members`], which tells role, term and indexes.
    pub members: Vec<RaftMember>,
    /// Messages on their way between members, oldest first; at most 60, none while the clock runs faster than [`SLOW`].
    /// One whose arrival is not after the world's clock is held: by a cut link, or for a paused process.
    pub flights: Vec<WireMessage>,
    /// How many more there are.
    pub flights_skipped: u64,
    /// What happened, oldest first: the latest 14, heartbeats left out.
    pub happened: Vec<Happening>,
}

/// What Raft's picture tells of a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RaftMember {
    pub name: String,
    /// When it acts if it hears nothing, on the world's clock: a leader sends heartbeats, any other member campaigns.
    /// 0 when it does not run.
    pub acts_at: u64,
    /// How long it waits for that in all, in microseconds.
    pub patience: u64,
    /// While it is a candidate: who voted for it or against it.
    pub votes: Vec<(String, bool)>,
    /// The first index its log still holds.
    pub first_index: u64,
    /// The end of its log, newest last; at most 50 entries.
    pub log: Vec<LogEntry>,
    /// How the leader sees its peers; empty on others.
    pub peers: Vec<PeerView>,
}

/// Something that happened, in plain words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    /// Grows with time.
    pub id: u64,
    pub at: u64,
    /// Where it happened; empty for what concerns no one component.
    pub component: String,
    /// Begins with the component's name: `etcd-1 asks for a pre-vote in term 3`.
    pub text: String,
}

/// Which part of a member's store to show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysQuery {
    /// Whose store.
    pub member: String,
    /// The folders that are open, each by the bytes its keys begin with; the whole store is the empty one.
    pub open: Vec<Vec<u8>>,
    /// How many children of a folder to tell.
    pub children: u32,
    /// The key whose history is shown.
    pub key: Option<Vec<u8>>,
    /// How many versions of it to tell.
    pub versions: u32,
}

/// A part of a member's store, as that member has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysView {
    pub member: String,
    /// Whether its process runs; a stopped one has nothing to show.
    pub running: bool,
    pub revision: i64,
    /// Up to which revision superseded versions were dropped; 0 or less for never.
    pub compacted: i64,
    /// The open folders that exist.
    pub folders: Vec<Folder>,
    pub history: Option<History>,
    /// Soonest to end first; at most 50.
    pub leases: Vec<LeaseView>,
    /// How many more there are.
    pub leases_skipped: u64,
}

/// An open folder: keys that begin alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    pub prefix: Vec<u8>,
    /// In order of their keys.
    pub children: Vec<Child>,
    /// Keys of the folder beyond the children told.
    pub more: u64,
}

/// A key, or a folder within a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Child {
    /// The whole key, or what all keys of the folder begin with, its slash included.
    pub key: Vec<u8>,
    /// For a folder, how many keys are in it; 0 for a key.
    pub keys: u64,
    /// For a key, the revision of its last change.
    pub revision: i64,
    /// For a key, its lease; 0 for none.
    pub lease: i64,
}

/// What became of one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    pub key: Vec<u8>,
    /// Newest first.
    pub versions: Vec<VersionView>,
    /// How many older ones the store keeps beyond these.
    pub older: u64,
}

/// A key at one revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionView {
    pub revision: i64,
    /// 0 for a deletion, as `version` and `lease`.
    pub create_revision: i64,
    pub version: i64,
    pub lease: i64,
    /// The value's beginning, at most 16 KiB, bytes that are not UTF-8 replaced; `None` for a deletion.
    pub value: Option<String>,
    /// How many bytes the whole value has.
    pub bytes: u64,
}

/// A lease as one member knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseView {
    pub id: i64,
    /// Seconds it was granted for.
    pub ttl: i64,
    /// When it ends on the world's clock; only the leader knows.
    pub ends_at: Option<u64>,
    /// Keys tied to it; at most 8, bytes that are not UTF-8 replaced.
    pub keys: Vec<String>,
    /// How many more there are.
    pub keys_skipped: u64,
}

/// A watch that somebody has open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchView {
    /// Who watches; the learner's machine is `learner`.
    pub client: String,
    /// Which member tells it of changes.
    pub member: String,
    /// Which keys, in words: `greeting`, `/registry/pods/…`.
    pub keys: String,
    /// Events sent so far.
    pub events: u64,
}
