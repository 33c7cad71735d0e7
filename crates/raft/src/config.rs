//! How a member behaves.

use crate::message::{NONE, is_local_target};
use crate::{Error, LogLevel, Result};

/// No limit, for sizes in bytes.
pub const NO_LIMIT: u64 = u64::MAX;

/// How read requests stay linearizable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ReadOnlyOption {
    /// The leader asks a quorum whether it still leads.
    #[default]
    Safe,
    /// The leader relies on its lease, which only holds while clocks run alike. Needs `check_quorum`.
    LeaseBased,
}

/// A member's configuration (etcd: raft/raft.go, `Config`). The defaults are etcd's own: 100 ms a tick, an election
/// after 10 to 20 ticks, at most 512 messages of 1 MiB under way (etcd: server/etcdserver/raft.go).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The member's own id; never 0.
    pub id: u64,
    /// A follower campaigns after `election_tick` to twice as many ticks without its leader, and a leader checks its
    /// quorum that often. Must be greater than `heartbeat_tick`; ten times as many is usual.
    pub election_tick: u32,
    /// A leader sends heartbeats every so many ticks.
    pub heartbeat_tick: u32,
    /// Where the member's own random numbers begin. The id is mixed in, so a whole group may share a seed.
    pub seed: u64,
    /// The last index the application has applied already; only after a restart.
    pub applied: u64,
    /// Whether a candidate asks before it raises its term, so that a member that comes back disturbs nobody.
    pub pre_vote: bool,
    /// Whether a leader that hears no quorum for an election timeout steps down.
    pub check_quorum: bool,
    /// Bytes of entries in one append message; 0 means one entry a message.
    pub max_size_per_msg: u64,
    /// Append messages on their way to a follower before the leader waits for an answer.
    pub max_inflight_msgs: usize,
    /// Bytes of entries on their way to a follower; 0 means no limit.
    pub max_inflight_bytes: u64,
    /// Bytes of committed entries handed out but not yet applied; 0 means the same as `max_size_per_msg`.
    pub max_committed_size_per_ready: u64,
    /// Bytes of proposals a leader holds uncommitted before it drops new ones; 0 means no limit.
    pub max_uncommitted_entries_size: u64,
    /// How reads stay linearizable.
    pub read_only_option: ReadOnlyOption,
    /// Whether log writes and applied entries are acknowledged by messages instead of [`advance`](crate::RawNode::advance).
    ///
    /// Messages to members may then be sent before anything is written; those that must wait are carried as responses by
    /// the messages to the local targets. Two things remain for an application that has to survive crashes. Requests for
    /// votes have to wait, too, for the write that comes in the same [`Ready`](crate::Ready): a candidate may win before
    /// its own vote is on disk, crash, and win the same term again with another log. And the commit index on disk must
    /// not fall behind what was applied, or a membership that was left already could come into force again.
    pub async_storage_writes: bool,
    /// Whether followers drop proposals instead of passing them to the leader.
    pub disable_proposal_forwarding: bool,
    /// Whether membership changes are proposed without checking them against the present membership.
    pub disable_conf_change_validation: bool,
    /// Whether a leader steps down when it is removed or becomes a learner.
    pub step_down_on_removal: bool,
    /// The least level of log lines to keep; `None` keeps none, and then no text is formatted at all.
    pub log_level: Option<LogLevel>,
    /// Whether state changes are kept as [`Event`](crate::Event)s.
    pub record_events: bool,
    /// How many log lines, and how many events, are kept until they are drained. The oldest go first.
    pub trace_capacity: usize,
    /// What it does wrong on purpose.
    #[cfg(feature = "planted-bugs")]
    pub planted: Option<crate::PlantedBug>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            id: NONE,
            election_tick: 10,
            heartbeat_tick: 1,
            seed: 0,
            applied: 0,
            pre_vote: true,
            check_quorum: true,
            max_size_per_msg: 1024 * 1024,
            max_inflight_msgs: 512,
            max_inflight_bytes: 0,
            max_committed_size_per_ready: 0,
            max_uncommitted_entries_size: 0,
            read_only_option: ReadOnlyOption::Safe,
            async_storage_writes: false,
            disable_proposal_forwarding: false,
            disable_conf_change_validation: false,
            step_down_on_removal: false,
            log_level: None,
            record_events: false,
            trace_capacity: 256,
            #[cfg(feature = "planted-bugs")]
            planted: None,
        }
    }
}

impl Config {
    /// Checks the configuration and fills in what was left at "as the other one" (etcd: raft/raft.go, `validate`).
    pub(crate) fn validated(mut self) -> Result<Config> {
        if self.id == NONE {
            return Err(Error::Config("cannot use none as id"));
        }
        if is_local_target(self.id) {
            return Err(Error::Config("cannot use local target as id"));
        }
        if self.heartbeat_tick == 0 {
            return Err(Error::Config("heartbeat tick must be greater than 0"));
        }
        if self.election_tick <= self.heartbeat_tick {
            return Err(Error::Config("election tick must be greater than heartbeat tick"));
        }
        if self.max_uncommitted_entries_size == 0 {
            self.max_uncommitted_entries_size = NO_LIMIT;
        }
        if self.max_committed_size_per_ready == 0 {
            // With no room at all nothing could ever be applied.
            self.max_committed_size_per_ready = self.max_size_per_msg.max(1);
        }
        if self.max_inflight_msgs == 0 {
            return Err(Error::Config("max inflight messages must be greater than 0"));
        }
        if self.max_inflight_bytes == 0 {
            self.max_inflight_bytes = NO_LIMIT;
        } else if self.max_inflight_bytes < self.max_size_per_msg {
            return Err(Error::Config("max inflight bytes must be >= max message size"));
        }
        if self.read_only_option == ReadOnlyOption::LeaseBased && !self.check_quorum {
            return Err(Error::Config("CheckQuorum must be enabled when ReadOnlyOption is ReadOnlyLeaseBased"));
        }
        Ok(self)
    }
}
