//! One member's part in the protocol (etcd: raft/raft.go).

mod candidate;
mod election;
mod follower;
mod leader;
mod membership;
mod progress;
mod proposal;
mod reads;
mod send;
mod step;

use crate::conf_change::restore;
use crate::log::RaftLog;
use crate::read_only::ReadOnly;
use crate::sink::{Sink, log};
use crate::tracker::{Progress, Tracker};
use crate::{
    Config, Entry, Error, Event, HardState, Message, MessageKind, NONE, ReadState, Result, Role, SoftState, Storage,
};

/// A member: its log, what it knows of the others, and messages it wants sent.
#[derive(Clone, Debug)]
pub(crate) struct Raft<S> {
    pub config: Config,
    pub term: u64,
    pub vote: u64,
    pub lead: u64,
    pub role: Role,
    pub is_learner: bool,
    pub log: RaftLog<S>,
    pub tracker: Tracker,
    /// Reads that may be served.
    pub read_states: Vec<ReadState>,
    /// Messages to other members that may be sent at once.
    pub messages: Vec<Message>,
    /// Messages, also to this member itself, that may be sent once everything unstable is on disk: they promise that
    /// what they answer will not be forgotten.
    pub messages_after_append: Vec<Message>,
    /// Who is to become leader next (Raft thesis, 3.10).
    pub lead_transferee: u64,
    /// No membership change is in the log beyond this index, as far as the leader knows. While it is not applied, no
    /// other change may be proposed.
    pending_conf_index: u64,
    /// Payload bytes of the leader's uncommitted entries; may be too low, but never too high.
    uncommitted_size: u64,
    read_only: ReadOnly,
    /// Read requests that came before this leader committed an entry of its own term.
    early_reads: Vec<Message>,
    /// Ticks since the last sign of the leader; for a leader, since it last checked its quorum.
    pub election_elapsed: u32,
    heartbeat_elapsed: u32,
    /// A follower campaigns after this many ticks. Drawn anew whenever the role or term changes.
    pub randomized_election_timeout: u32,
    random: u64,
}

impl<S: Storage> Raft<S> {
    /// A member that goes on from what `storage` holds.
    pub fn new(config: Config, storage: S) -> Result<Raft<S>> {
        let config = config.validated()?;
        let (hard_state, conf_state) = storage.initial_state();
        let sink = Sink::new(config.log_level, config.record_events, config.trace_capacity);
        let mut raft = Raft {
            term: 0,
            vote: NONE,
            lead: NONE,
            role: Role::Follower,
            is_learner: false,
            log: RaftLog::new(storage, config.max_committed_size_per_ready, sink),
            tracker: Tracker::new(config.max_inflight_msgs, config.max_inflight_bytes),
            read_states: Vec::new(),
            messages: Vec::new(),
            messages_after_append: Vec::new(),
            lead_transferee: NONE,
            pending_conf_index: 0,
            uncommitted_size: 0,
            read_only: ReadOnly::default(),
            early_reads: Vec::new(),
            election_elapsed: 0,
            heartbeat_elapsed: 0,
            randomized_election_timeout: config.election_tick,
            // Members that share a seed must not draw the same timeouts, or they would campaign against each other.
            random: config.seed ^ config.id.wrapping_mul(0x9e37_79b9_7f4a_7c15),
            config,
        };
        let last = raft.log.last_id()?;
        restore(&mut raft.tracker, last.index, &conf_state)?;
        let (membership, progress) = (raft.tracker.membership.clone(), raft.tracker.progress.clone());
        let restored = raft.switch_to(membership, progress)?;
        if !restored.is_equivalent(&conf_state) {
            return Err(Error::Fatal(format!("ConfStates not equivalent after sorting: {conf_state:?}, {restored:?}")));
        }
        if !hard_state.is_empty() {
            raft.load(hard_state)?;
        }
        if raft.config.applied > 0 {
            raft.log.applied_to(raft.config.applied, 0)?;
        }
        raft.become_follower(raft.term, NONE);
        if raft.log.sink.wants(crate::LogLevel::Info) {
            let peers: Vec<_> = raft.tracker.membership.voters.ids().iter().map(|id| format!("{id:x}")).collect();
            log!(
                raft.log.sink,
                Info,
                "newRaft {:x} [peers: [{}], term: {}, commit: {}, applied: {}, lastindex: {}, lastterm: {}]",
                raft.config.id,
                peers.join(","),
                raft.term,
                raft.log.committed,
                raft.log.applied,
                last.index,
                last.term
            );
        }
        Ok(raft)
    }

    /// The member's own id.
    pub fn id(&self) -> u64 {
        self.config.id
    }

    pub fn soft_state(&self) -> SoftState {
        SoftState { lead: self.lead, role: self.role }
    }

    pub fn hard_state(&self) -> HardState {
        HardState { term: self.term, vote: self.vote, commit: self.log.committed }
    }

    fn load(&mut self, state: HardState) -> Result<()> {
        let (committed, last) = (self.log.committed, self.log.last_index());
        if state.commit < committed || state.commit > last {
            return Err(Error::Fatal(format!(
                "{:x} state.commit {} is out of range [{committed}, {last}]",
                self.id(),
                state.commit
            )));
        }
        self.log.committed = state.commit;
        self.term = state.term;
        self.vote = state.vote;
        Ok(())
    }

    /// Lets one tick of time pass.
    pub fn tick(&mut self) -> Result<()> {
        match self.role {
            Role::Leader => self.tick_heartbeat(),
            Role::Follower | Role::Candidate | Role::PreCandidate => self.tick_election(),
        }
    }

    fn tick_election(&mut self) -> Result<()> {
        self.election_elapsed += 1;
        if self.is_promotable() && self.election_elapsed >= self.randomized_election_timeout {
            self.election_elapsed = 0;
            self.step(Message { from: self.id(), ..Message::new(MessageKind::Hup, NONE) })?;
        }
        Ok(())
    }

    fn tick_heartbeat(&mut self) -> Result<()> {
        self.heartbeat_elapsed += 1;
        self.election_elapsed += 1;
        if self.election_elapsed >= self.config.election_tick {
            self.election_elapsed = 0;
            if self.config.check_quorum {
                self.step(Message { from: self.id(), ..Message::new(MessageKind::CheckQuorum, NONE) })?;
            }
            // A transfer that takes longer than an election has failed.
            if self.role == Role::Leader {
                self.lead_transferee = NONE;
            }
        }
        if self.role == Role::Leader && self.heartbeat_elapsed >= self.config.heartbeat_tick {
            self.heartbeat_elapsed = 0;
            self.step(Message { from: self.id(), ..Message::new(MessageKind::Beat, NONE) })?;
        }
        Ok(())
    }

    pub fn become_follower(&mut self, term: u64, lead: u64) {
        self.reset(term);
        self.enter_role(Role::Follower);
        self.set_lead(lead);
        log!(self.log.sink, Info, "{:x} became follower at term {}", self.config.id, self.term);
    }

    fn become_candidate(&mut self) {
        self.reset(self.term + 1);
        self.vote = self.id();
        self.enter_role(Role::Candidate);
        log!(self.log.sink, Info, "{:x} became candidate at term {}", self.config.id, self.term);
    }

    /// Asks for votes without raising the term or taking back a vote.
    fn become_pre_candidate(&mut self) {
        self.tracker.reset_votes();
        self.set_lead(NONE);
        self.enter_role(Role::PreCandidate);
        log!(self.log.sink, Info, "{:x} became pre-candidate at term {}", self.config.id, self.term);
    }

    fn become_leader(&mut self) -> Result<()> {
        self.reset(self.term);
        self.enter_role(Role::Leader);
        self.set_lead(self.id());
        if let Some(own) = self.tracker.progress.get_mut(&self.config.id) {
            own.become_replicate();
            own.recent_active = true;
        }
        // There may be an unapplied membership change among the entries so far. Waiting until all are applied is safe,
        // and cheaper than looking.
        self.pending_conf_index = self.log.last_index();
        // Empty entries are never refused for their size.
        self.append(vec![Entry::default()])?;
        log!(self.log.sink, Info, "{:x} became leader at term {}", self.config.id, self.term);
        Ok(())
    }

    fn enter_role(&mut self, role: Role) {
        self.role = role;
        self.log.sink.event(Event::Became { role, term: self.term });
    }

    fn set_lead(&mut self, lead: u64) {
        if self.lead != lead {
            self.lead = lead;
            self.log.sink.event(Event::Leader { lead, term: self.term });
        }
    }

    fn reset(&mut self, term: u64) {
        if self.term != term {
            self.term = term;
            self.vote = NONE;
        }
        self.set_lead(NONE);
        self.election_elapsed = 0;
        self.heartbeat_elapsed = 0;
        self.draw_election_timeout();
        self.lead_transferee = NONE;
        self.tracker.reset_votes();
        let last = self.log.last_index();
        let inflights = self.tracker.inflights();
        for (&id, progress) in &mut self.tracker.progress {
            let matched = if id == self.config.id { last } else { 0 };
            *progress = Progress::new(matched, last + 1, inflights.clone(), progress.is_learner);
        }
        self.pending_conf_index = 0;
        self.uncommitted_size = 0;
        self.read_only = ReadOnly::default();
    }

    /// Draws a timeout from `election_tick` to twice that, exclusive.
    fn draw_election_timeout(&mut self) {
        // SplitMix64: small, good enough, and its whole state is one number.
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.random;
        bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        let election_tick = self.config.election_tick;
        self.randomized_election_timeout = election_tick + (bits % u64::from(election_tick)) as u32;
    }

    /// Whether this member may become leader: it is a voter and has no snapshot to restore.
    pub fn is_promotable(&self) -> bool {
        let voter = self.tracker.progress.get(&self.id()).is_some_and(|progress| !progress.is_learner);
        voter && !self.log.has_pending_snapshot()
    }
}
