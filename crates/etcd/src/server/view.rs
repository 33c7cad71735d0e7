//! A member as someone sees it who may look inside: for panels, not for other programs.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use sim::Time;

use super::Server;
use super::members::MemberId;
use super::membership::membership_words;
use super::process::Process;
use crate::apply::{Command, Op};
use crate::rpc::{AlarmMember, AlarmType, Member};

/// How many entries at the end of the log a view shows.
const ENTRIES: usize = 50;
/// How many log lines a member keeps, and a view shows at most.
const LINES: usize = 200;

/// A line of a member's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogView {
    /// When, in microseconds.
    pub at: u64,
    /// `info`, `warn`, `fatal` and so on.
    pub level: String,
    /// What it says.
    pub text: String,
    /// Where in etcd's source the line is written; empty for those that only we have.
    pub caller: String,
    /// What follows the message, as JSON: `,"key":value` for each field.
    pub fields: String,
}

/// The last lines of a member's log. They outlive its process, as a terminal's or a journal's would.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogLines {
    kept: VecDeque<LogView>,
    written: u64,
}

impl LogLines {
    pub(crate) fn push(&mut self, at: Time, level: &str, text: &str) {
        let (at, level, text) = (at.as_micros(), level.to_owned(), text.to_owned());
        self.add(LogView { at, level, text, caller: String::new(), fields: String::new() });
    }

    pub(crate) fn add(&mut self, line: LogView) {
        if self.kept.len() == LINES {
            self.kept.pop_front();
        }
        self.kept.push_back(line);
        self.written += 1;
    }

    pub(crate) fn since(&self, cursor: u64) -> (Vec<LogView>, u64) {
        let new = usize::try_from(self.written.saturating_sub(cursor)).unwrap_or(usize::MAX);
        let skip = self.kept.len().saturating_sub(new);
        (self.kept.iter().skip(skip).cloned().collect(), self.written)
    }
}

/// An entry of the log in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryView {
    /// Its place in the log.
    pub index: u64,
    /// The term of the leader that appended it.
    pub term: u64,
    /// What it does.
    pub words: String,
}

/// How far a leader knows another member to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressView {
    /// Which member.
    pub member: MemberId,
    /// The last entry it is known to have.
    pub matched: u64,
    /// The next entry it is sent.
    pub next: u64,
    /// `StateProbe`, `StateReplicate` or `StateSnapshot`.
    pub state: String,
}

/// What there is to see of a member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Its name.
    pub name: String,
    /// Its id, once it has one.
    pub id: MemberId,
    /// Whether its process runs; if not, only the name, the id and the log are told.
    pub running: bool,
    /// Why its process ended by itself, if so.
    pub failure: Option<String>,
    /// `leader`, `follower`, `candidate`, `pre-candidate` or `learner`.
    pub role: String,
    /// Its term.
    pub term: u64,
    /// Whom it voted for in this term, 0 for nobody.
    pub vote: MemberId,
    /// The leader it knows, 0 for none.
    pub leader: MemberId,
    /// The highest index it knows to be committed.
    pub commit: u64,
    /// The highest index it has applied.
    pub applied: u64,
    /// The first index in its log.
    pub first_index: u64,
    /// The last index in its log.
    pub last_index: u64,
    /// The end of its log.
    pub entries: Vec<EntryView>,
    /// How far the others are, if it leads.
    pub progress: Vec<ProgressView>,
    /// The revision of its store.
    pub revision: i64,
    /// The revision up to which history was compacted.
    pub compact_revision: i64,
    /// How many keys exist.
    pub keys: u64,
    /// The size of its database in bytes.
    pub db_size: i64,
    /// The part of it that is in use.
    pub db_size_in_use: i64,
    /// How many leases there are.
    pub leases: u64,
    /// How many watchers it serves.
    pub watchers: u64,
    /// The members as it knows them.
    pub members: Vec<Member>,
    /// Raised alarms.
    pub alarms: Vec<AlarmMember>,
    /// Ticks since it heard of a leader, and the ticks after which it campaigns.
    pub election: (u32, u32),
    /// The last lines of its log.
    pub log: Vec<LogView>,
}

fn words(entry: &raft::Entry) -> String {
    const LONGEST: usize = 80;
    let mut words = match entry.kind {
        raft::EntryKind::Normal if entry.data.is_empty() => "new leader".to_owned(),
        raft::EntryKind::Normal => Command::decode(&entry.data).map_or_else(|| "?".to_owned(), |c| op_words(&c.op)),
        _ => membership_words(entry),
    };
    if let Some((cut, _)) = words.char_indices().nth(LONGEST) {
        words.truncate(cut);
        words.push('…');
    }
    words
}

fn op_words(op: &Op) -> String {
    match op {
        Op::Put(r) => format!("put {}", r.key.to_lossy()),
        Op::DeleteRange(r) if r.range_end.is_empty() => format!("delete {}", r.key.to_lossy()),
        Op::DeleteRange(r) => format!("delete from {} to {}", r.key.to_lossy(), r.range_end.to_lossy()),
        Op::Txn(r) => format!("transaction of {} compares", r.compare.len()),
        Op::Compact(r) => format!("compact up to revision {}", r.revision),
        Op::LeaseGrant(r) => format!("grant lease {:x} for {} s", r.id, r.ttl),
        Op::LeaseRevoke(r) => format!("revoke lease {:x}", r.id),
        Op::ClusterVersionSet { version } => format!("cluster version {version}"),
        Op::MemberAttributes { name, .. } => format!("{name} has started"),
        other => other.name().to_owned(),
    }
}

impl Server {
    /// What there is to see of this member.
    pub fn view(&self) -> View {
        let mut view = View {
            name: self.config.name.clone(),
            running: self.process.is_some(),
            failure: self.failure.clone(),
            log: self.log.kept.iter().cloned().collect(),
            ..View::default()
        };
        match &self.process {
            Some(process) => process.describe(&mut view),
            None => view.id = self.disk.ids().map_or(0, |(member, _)| member),
        }
        view
    }
}

impl Process {
    fn describe(&self, view: &mut View) {
        let basic = self.raft.basic_status();
        view.id = self.me();
        view.role = match basic.soft_state.role {
            raft::Role::Leader => "leader",
            raft::Role::Candidate => "candidate",
            raft::Role::PreCandidate => "pre-candidate",
            raft::Role::Follower if basic.is_learner => "learner",
            raft::Role::Follower => "follower",
        }
        .to_owned();
        view.term = basic.hard_state.term;
        view.vote = basic.hard_state.vote;
        view.leader = basic.soft_state.lead;
        view.commit = basic.hard_state.commit;
        view.applied = self.applied.index;
        view.first_index = basic.first_index;
        view.last_index = basic.last_index;
        view.election = (basic.election_elapsed, basic.election_timeout);
        let log = self.raft.storage().log();
        let entry = |entry: &raft::Entry| EntryView { index: entry.index, term: entry.term, words: words(entry) };
        view.entries = log.iter().skip(log.len().saturating_sub(ENTRIES)).map(entry).collect();
        let progress = self.raft.status().progress;
        view.progress = progress
            .iter()
            .map(|(member, progress)| ProgressView {
                member: *member,
                matched: progress.match_index,
                next: progress.next_index,
                state: progress.state.to_string(),
            })
            .collect();
        let store = &self.machine.store;
        view.revision = store.revision();
        view.compact_revision = store.compact_revision();
        view.keys = store.key_count();
        view.db_size = store.db_size();
        view.db_size_in_use = store.db_size_in_use();
        view.leases = self.machine.lessor.len() as u64;
        view.watchers = self.streams.hub.len() as u64;
        view.members = self.members.list();
        view.alarms = self.machine.alarms().list(AlarmType::None);
    }
}
