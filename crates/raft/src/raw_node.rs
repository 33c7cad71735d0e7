//! A member of a group, as its application sees it.

use crate::conf_change::{AnyConfChange, ConfChange, ConfChangeType, ConfChangeV2};
use crate::entry::{encoded_size, payload_size};
use crate::message::{LOCAL_APPEND_THREAD, LOCAL_APPLY_THREAD, NONE, is_local_target};
use crate::raft::Raft;
use crate::{
    BasicStatus, Bytes, ConfState, Config, Entry, Error, Event, HardState, LogLevel, LogLine, Message, MessageKind,
    Ready, Result, Role, SoftState, Status, Storage,
};

/// How sending a snapshot ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SnapshotStatus {
    /// It arrived.
    Finish,
    /// It did not.
    Failure,
}

/// What [`RawNode::advance`] acknowledges.
#[derive(Clone, Debug)]
enum Acknowledgement {
    Message(Message),
    Applied { index: u64, encoded_size: u64, payload_size: u64 },
}

/// A member of a group (etcd: raft/rawnode.go).
///
/// Any method that returns an error may find that the member cannot go on, as when its disk lost what it once
/// acknowledged; see [`Error::is_fatal`]. Where upstream panics, the member here refuses everything from then on with the
/// same error. Its process should end.
#[derive(Clone, Debug)]
pub struct RawNode<S> {
    raft: Raft<S>,
    previous_soft_state: SoftState,
    previous_hard_state: HardState,
    /// What the last `Ready` asked for, to be taken as done with `advance`.
    on_advance: Vec<Acknowledgement>,
    failure: Option<Error>,
}

impl<S: Storage> RawNode<S> {
    /// A member that goes on from what `storage` holds.
    ///
    /// # Errors
    /// [`Error::Config`] if the configuration makes no sense, others if what `storage` holds does not.
    pub fn new(config: Config, storage: S) -> Result<RawNode<S>> {
        let raft = Raft::new(config, storage)?;
        Ok(RawNode {
            previous_soft_state: raft.soft_state(),
            previous_hard_state: raft.hard_state(),
            raft,
            on_advance: Vec::new(),
            failure: None,
        })
    }

    /// Begins a new group of `peers`, each an id and the application's own data about it: writes a membership change
    /// for each into the log, as already committed. Every member has to begin with the same peers in the same order.
    ///
    /// # Errors
    /// [`Error::Bootstrap`] if there are no peers or the storage is not empty.
    pub fn bootstrap(&mut self, peers: &[(u64, Bytes)]) -> Result<()> {
        if peers.is_empty() {
            return Err(Error::Bootstrap("must provide at least one peer to Bootstrap"));
        }
        if self.raft.log.storage.last_index() != 0 {
            return Err(Error::Bootstrap("can't bootstrap a nonempty Storage"));
        }
        let changes: Vec<_> = peers
            .iter()
            .map(|(id, context)| ConfChange {
                id: 0,
                change_type: ConfChangeType::AddNode,
                node_id: *id,
                context: context.clone(),
            })
            .collect();
        let entries: Vec<_> = (1..)
            .zip(&changes)
            .map(|(index, change)| Entry { term: 1, index, kind: crate::EntryKind::ConfChange, data: change.encode() })
            .collect();
        // Nothing was recorded yet, so the first `Ready` has to say everything.
        self.previous_hard_state = HardState::default();
        self.guard(|raft| {
            raft.become_follower(1, NONE);
            // Committed before they are on any disk: everybody begins with them.
            raft.log.committed = raft.log.append(entries)?;
            // They are applied here as well as later by the application, so that the member can campaign at once.
            for change in &changes {
                raft.apply_conf_change(&ConfChangeV2::from(change))?;
            }
            Ok(())
        })
    }

    /// Runs `action`, unless the member failed before, and remembers if it fails now.
    fn guard<T>(&mut self, action: impl FnOnce(&mut Raft<S>) -> Result<T>) -> Result<T> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        action(&mut self.raft).inspect_err(|error| {
            if error.is_fatal() {
                if self.raft.log.sink.wants(LogLevel::Fatal) {
                    self.raft.log.sink.push(LogLevel::Fatal, error.to_string());
                }
                self.failure = Some(error.clone());
            }
        })
    }

    /// Lets one tick of time pass: [`Config::heartbeat_tick`] and [`Config::election_tick`] count these.
    ///
    /// # Errors
    /// Only if the member cannot go on.
    pub fn tick(&mut self) -> Result<()> {
        self.guard(Raft::tick)
    }

    /// Starts an election.
    ///
    /// # Errors
    /// Only if the member cannot go on.
    pub fn campaign(&mut self) -> Result<()> {
        self.guard(|raft| raft.step(Message::new(MessageKind::Hup, NONE)))
    }

    /// Proposes data to be appended to the log. It may still get lost, with its leader for instance.
    ///
    /// # Errors
    /// [`Error::ProposalDropped`] if it is lost for certain.
    pub fn propose(&mut self, data: impl Into<Bytes>) -> Result<()> {
        self.propose_entries(vec![Entry::proposal(data)])
    }

    /// Proposes several entries at once, which arrive all or not at all.
    ///
    /// # Errors
    /// [`Error::ProposalDropped`] if they are lost for certain.
    pub fn propose_entries(&mut self, entries: Vec<Entry>) -> Result<()> {
        let from = self.raft.id();
        self.guard(|raft| raft.step(Message { from, entries, ..Message::new(MessageKind::Prop, NONE) }))
    }

    /// Proposes a membership change. One that comes at the wrong time, such as while another is under way, is replaced
    /// by an empty entry.
    ///
    /// # Errors
    /// [`Error::ProposalDropped`] if it is lost for certain.
    pub fn propose_conf_change(&mut self, change: impl Into<AnyConfChange>) -> Result<()> {
        let (kind, data) = change.into().to_entry_data();
        let entries = vec![Entry { kind, data, ..Entry::default() }];
        self.guard(|raft| raft.step(Message { entries, ..Message::new(MessageKind::Prop, NONE) }))
    }

    /// Applies a membership change that was committed, and returns the membership it leads to. The application may
    /// decide not to carry a change out, but every member has to decide alike; then this is not called.
    ///
    /// # Errors
    /// Only if the change would break the group, which ends the member.
    pub fn apply_conf_change(&mut self, change: impl Into<AnyConfChange>) -> Result<ConfState> {
        let change = change.into().into_v2();
        self.guard(|raft| raft.apply_conf_change(&change))
    }

    /// Handles a message from another member or from this member's own storage.
    ///
    /// # Errors
    /// [`Error::StepLocalMessage`] and [`Error::StepPeerNotFound`] for messages that should not have come, and
    /// [`Error::ProposalDropped`] for a forwarded proposal.
    pub fn step(&mut self, message: Message) -> Result<()> {
        if !is_local_target(message.from) {
            if message.kind.is_local() {
                return Err(Error::StepLocalMessage);
            }
            if message.kind.is_response() && !self.raft.tracker.progress.contains_key(&message.from) {
                return Err(Error::StepPeerNotFound);
            }
        }
        self.guard(|raft| raft.step(message))
    }

    /// Whether [`ready`](Self::ready) has anything to say.
    pub fn has_ready(&self) -> bool {
        let raft = &self.raft;
        self.failure.is_none()
            && (!raft.messages.is_empty()
                || !raft.messages_after_append.is_empty()
                || !raft.log.unstable.next_entries().is_empty()
                || raft.log.has_next_committed(self.apply_unstable())
                || raft.soft_state() != self.previous_soft_state
                || (raft.hard_state() != self.previous_hard_state && !raft.hard_state().is_empty())
                || raft.log.unstable.next_snapshot().is_some()
                || !raft.read_states.is_empty())
    }

    /// What is to be done. All of it has to be done, and then acknowledged by [`advance`](Self::advance) or, with
    /// asynchronous storage writes, by stepping the responses that the messages to local targets carry.
    ///
    /// # Errors
    /// Only if the member cannot go on.
    pub fn ready(&mut self) -> Result<Ready> {
        if !self.on_advance.is_empty() {
            return self.guard(|_| Err(Error::Fatal("two accepted Ready structs without call to Advance".to_owned())));
        }
        let apply_unstable = self.apply_unstable();
        let committed_entries = self.guard(|raft| raft.log.next_committed(apply_unstable))?;
        let raft = &mut self.raft;
        let (soft_state, hard_state) = (raft.soft_state(), raft.hard_state());
        let previous = self.previous_hard_state;
        let mut ready = Ready {
            soft_state: (soft_state != self.previous_soft_state).then_some(soft_state),
            hard_state: (hard_state != previous).then_some(hard_state),
            read_states: std::mem::take(&mut raft.read_states),
            entries: raft.log.unstable.next_entries().to_vec(),
            snapshot: raft.log.unstable.next_snapshot().cloned(),
            committed_entries,
            messages: std::mem::take(&mut raft.messages),
            must_sync: false,
        };
        ready.must_sync =
            !ready.entries.is_empty() || hard_state.vote != previous.vote || hard_state.term != previous.term;
        self.previous_soft_state = soft_state;
        self.previous_hard_state = hard_state;
        if self.raft.config.async_storage_writes {
            self.push_storage_messages(&mut ready)?;
        } else {
            self.push_promises(&mut ready)?;
        }
        self.raft.log.unstable.accept_in_progress();
        if let Some(last) = ready.committed_entries.last() {
            let (index, size) = (last.index, encoded_size(&ready.committed_entries));
            self.guard(|raft| raft.log.accept_applying(index, size, apply_unstable))?;
        }
        Ok(ready)
    }

    /// Without asynchronous writes: `messages` may carry promises, as they are sent after the writes, and `advance`
    /// stands for all answers to this member itself.
    fn push_promises(&mut self, ready: &mut Ready) -> Result<()> {
        for message in std::mem::take(&mut self.raft.messages_after_append) {
            if message.to == self.raft.id() {
                self.on_advance.push(Acknowledgement::Message(message));
            } else {
                ready.messages.push(message);
            }
        }
        if let Some(response) = self.storage_append_response(ready)? {
            self.on_advance.push(Acknowledgement::Message(response));
        }
        if let Some(last) = ready.committed_entries.last() {
            self.on_advance.push(Acknowledgement::Applied {
                index: last.index,
                encoded_size: encoded_size(&ready.committed_entries),
                payload_size: payload_size(&ready.committed_entries),
            });
        }
        Ok(())
    }

    /// With asynchronous writes: messages tell the local targets what to write and apply, and what to answer.
    fn push_storage_messages(&mut self, ready: &mut Ready) -> Result<()> {
        let id = self.raft.id();
        let mut responses = std::mem::take(&mut self.raft.messages_after_append);
        let writes = !ready.entries.is_empty() || ready.hard_state.is_some() || ready.snapshot.is_some();
        if writes || !responses.is_empty() {
            // This answer comes last. The leader's own acknowledgement, if any, then still finds the entries' terms
            // here instead of in the storage.
            responses.extend(self.storage_append_response(ready)?);
            let HardState { term, vote, commit } = ready.hard_state.unwrap_or_default();
            ready.messages.push(Message {
                from: id,
                term,
                vote,
                commit,
                entries: ready.entries.clone(),
                snapshot: ready.snapshot.clone(),
                responses,
                ..Message::new(MessageKind::StorageAppend, LOCAL_APPEND_THREAD)
            });
        }
        if !ready.committed_entries.is_empty() {
            let response = Message {
                from: LOCAL_APPLY_THREAD,
                entries: ready.committed_entries.clone(),
                ..Message::new(MessageKind::StorageApplyResp, id)
            };
            ready.messages.push(Message {
                from: id,
                entries: ready.committed_entries.clone(),
                responses: vec![response],
                ..Message::new(MessageKind::StorageApply, LOCAL_APPLY_THREAD)
            });
        }
        Ok(())
    }

    /// The answer of the log writer, once everything handed out so far is on disk.
    ///
    /// It names the last entry of the log, and the present term. If entries are replaced, and replaced again by the
    /// first ones, while all three writes are under way, the answer to the first write must not be mistaken for one to
    /// the last: the storage will for a while hold the entries between. Each replacement comes with a new term, so an
    /// answer of an earlier term is ignored. To make up for those ignored, every write is answered in this way as long
    /// as anything is unstable, even a write of the hard state alone: each new term makes one (etcd: raft/rawnode.go,
    /// `newStorageAppendRespMsg`).
    fn storage_append_response(&mut self, ready: &Ready) -> Result<Option<Message>> {
        let unstable = !self.raft.log.unstable.entries.is_empty();
        if !unstable && ready.snapshot.is_none() {
            return Ok(None);
        }
        let last = if unstable { self.guard(|raft| raft.log.last_id())? } else { crate::EntryId::default() };
        Ok(Some(Message {
            from: LOCAL_APPEND_THREAD,
            term: self.raft.term,
            index: last.index,
            log_term: last.term,
            snapshot: ready.snapshot.clone(),
            ..Message::new(MessageKind::StorageAppendResp, self.raft.id())
        }))
    }

    /// Says that everything in the last [`Ready`] was done. Not to be used with asynchronous storage writes.
    ///
    /// # Errors
    /// Only if the member cannot go on.
    pub fn advance(&mut self) -> Result<()> {
        let mut acknowledgements = std::mem::take(&mut self.on_advance);
        for acknowledgement in acknowledgements.drain(..) {
            let outcome = self.guard(|raft| match acknowledgement {
                Acknowledgement::Message(message) => raft.step(message),
                Acknowledgement::Applied { index, encoded_size, payload_size } => {
                    raft.applied(index, encoded_size, payload_size)
                }
            });
            match outcome {
                Err(error) if error.is_fatal() => return Err(error),
                _ => {}
            }
        }
        self.on_advance = acknowledgements;
        Ok(())
    }

    /// Whether entries are handed out to be applied before they are on this member's own disk, given that they are on a
    /// quorum's. Without asynchronous writes they are written first anyway.
    fn apply_unstable(&self) -> bool {
        !self.raft.config.async_storage_writes
    }

    /// Asks for the index at which a linearizable read may be served. It comes in [`Ready::read_states`] with the same
    /// `context`; or never, if there is no leader or it changes, so ask again after a while.
    ///
    /// # Errors
    /// Only if the member cannot go on.
    pub fn read_index(&mut self, context: impl Into<Bytes>) -> Result<()> {
        let entries = vec![Entry::proposal(context)];
        self.guard(|raft| raft.step(Message { entries, ..Message::new(MessageKind::ReadIndex, NONE) }))
    }

    /// Asks the leader to hand over to `transferee`.
    ///
    /// # Errors
    /// Only if the member cannot go on.
    pub fn transfer_leader(&mut self, transferee: u64) -> Result<()> {
        self.guard(|raft| raft.step(Message { from: transferee, ..Message::new(MessageKind::TransferLeader, NONE) }))
    }

    /// Forgets a follower's leader, so that it votes for somebody else without waiting for its lease to end.
    ///
    /// # Errors
    /// Only if the member cannot go on.
    pub fn forget_leader(&mut self) -> Result<()> {
        self.guard(|raft| raft.step(Message::new(MessageKind::ForgetLeader, NONE)))
    }

    /// Says that a message could not be sent to `id`.
    ///
    /// # Errors
    /// Only if the member cannot go on.
    pub fn report_unreachable(&mut self, id: u64) -> Result<()> {
        self.guard(|raft| raft.step(Message { from: id, ..Message::new(MessageKind::Unreachable, NONE) }))
    }

    /// Says how sending a snapshot to `id` ended.
    ///
    /// # Errors
    /// Only if the member cannot go on.
    pub fn report_snapshot(&mut self, id: u64, status: SnapshotStatus) -> Result<()> {
        let reject = status == SnapshotStatus::Failure;
        self.guard(|raft| raft.step(Message { from: id, reject, ..Message::new(MessageKind::SnapStatus, NONE) }))
    }

    /// The member's view of itself, at no cost.
    pub fn basic_status(&self) -> BasicStatus {
        let raft = &self.raft;
        let leads = raft.role == Role::Leader;
        BasicStatus {
            id: raft.id(),
            hard_state: raft.hard_state(),
            soft_state: raft.soft_state(),
            applied: raft.log.applied,
            first_index: raft.log.first_index(),
            last_index: raft.log.last_index(),
            lead_transferee: raft.lead_transferee,
            is_learner: raft.is_learner,
            election_elapsed: raft.election_elapsed,
            election_timeout: if leads { raft.config.election_tick } else { raft.randomized_election_timeout },
        }
    }

    /// The member's view of itself and its group.
    pub fn status(&self) -> Status {
        let basic = self.basic_status();
        let progress = match basic.soft_state.role {
            Role::Leader => self.raft.tracker.progress.clone(),
            _ => Default::default(),
        };
        let tracker = &self.raft.tracker;
        Status { basic, membership: tracker.membership.clone(), progress, votes: tracker.votes.clone() }
    }

    /// The entries of the log from `from` on, on disk or not, as many as fit in `max_size` encoded bytes but at least
    /// one. None beyond the end.
    ///
    /// # Errors
    /// [`StorageError::Compacted`](crate::StorageError::Compacted) if `from` is gone.
    pub fn entries(&self, from: u64, max_size: u64) -> Result<Vec<Entry>> {
        self.raft.log.entries_from(from, max_size).map(|entries| entries.into_owned())
    }

    /// The storage.
    pub fn storage(&self) -> &S {
        &self.raft.log.storage
    }

    /// The storage, to write what a [`Ready`] asks for.
    pub fn storage_mut(&mut self) -> &mut S {
        &mut self.raft.log.storage
    }

    /// Why the member cannot go on, if so.
    pub fn failure(&self) -> Option<&Error> {
        self.failure.as_ref()
    }

    /// Takes the log lines collected so far.
    pub fn drain_log(&mut self) -> impl Iterator<Item = LogLine> + '_ {
        self.raft.log.sink.drain_lines()
    }

    /// Takes the events collected so far.
    pub fn drain_events(&mut self) -> impl Iterator<Item = Event> + '_ {
        self.raft.log.sink.drain_events()
    }

    /// How many log lines and events were lost because nobody took them in time.
    pub fn lost_lines(&self) -> u64 {
        self.raft.log.sink.lost()
    }

    /// Changes the least level of log lines to keep.
    pub fn set_log_level(&mut self, level: Option<LogLevel>) {
        self.raft.log.sink.set_level(level);
    }

    /// Sets the ticks after which a follower campaigns, until its role or term changes: to show or test a certain
    /// course of events.
    pub fn set_randomized_election_timeout(&mut self, ticks: u32) {
        self.raft.randomized_election_timeout = ticks;
    }
}
