//! Who belongs to the group, and what a change of that entails.

use std::sync::Arc;

use crate::conf_change::{AnyConfChange, Changer, ConfChangeV2, restore};
use crate::sink::log;
use crate::tracker::{Membership, ProgressMap, Tracker};
use crate::{
    ConfState, Describe, Entry, EntryId, Error, Event, Message, MessageKind, NONE, Result, Role, Snapshot, Storage,
};

use super::Raft;

impl<S: Storage> Raft<S> {
    /// Applies a membership change.
    pub fn apply_conf_change(&mut self, change: &ConfChangeV2) -> Result<ConfState> {
        let (membership, progress) = Changer::new(&self.tracker, self.log.last_index()).change(change)?;
        self.switch_to(membership, progress)
    }

    /// Takes over a membership, with what follows from it for a leader.
    pub(super) fn switch_to(&mut self, membership: Membership, progress: ProgressMap) -> Result<ConfState> {
        self.tracker.membership = membership;
        self.tracker.progress = progress;
        let membership = &self.tracker.membership;
        log!(self.log.sink, Info, "{:x} switched to configuration {membership}", self.config.id);
        self.log.sink.event(Event::ConfChanged { joint: membership.voters.is_joint() });
        let conf_state = membership.conf_state();

        let own = self.tracker.progress.get(&self.config.id);
        let removed = own.is_none();
        self.is_learner = own.is_some_and(|progress| progress.is_learner);
        if self.role != Role::Leader {
            return Ok(conf_state);
        }
        if removed || self.is_learner {
            if self.config.step_down_on_removal {
                self.become_follower(self.term, NONE);
            }
            return Ok(conf_state);
        }
        if conf_state.voters.is_empty() {
            return Ok(conf_state);
        }
        if self.maybe_commit()? {
            // With fewer voters, more may be committed.
            self.broadcast_append()?;
        } else {
            // New members need not wait for the next heartbeat.
            self.for_each_peer(|raft, id| raft.maybe_send_append(id, false).map(drop))?;
        }
        if self.lead_transferee != NONE && !self.tracker.membership.voters.contains(self.lead_transferee) {
            self.lead_transferee = NONE;
        }
        Ok(conf_state)
    }

    /// Records that everything up to `index` was applied, and leaves a joint configuration if it is time to.
    pub(super) fn applied_to(&mut self, index: u64, size: u64) -> Result<()> {
        let index = index.max(self.log.applied);
        self.log.applied_to(index, size)?;
        let auto_leave = self.tracker.membership.auto_leave;
        if !auto_leave || index < self.pending_conf_index || self.role != Role::Leader {
            return Ok(());
        }
        // A transfer of leadership under way drops the proposal. Either the next leader makes it then, or the transfer
        // fails and this one tries again with the next entry that is applied.
        let (kind, data) = AnyConfChange::V2(ConfChangeV2::default()).to_entry_data();
        let entries = vec![Entry { kind, data, ..Entry::default() }];
        let proposed = self.step(Message { entries, ..Message::new(MessageKind::Prop, NONE) });
        let membership = &self.tracker.membership;
        match proposed {
            Ok(()) => {
                log!(self.log.sink, Info, "initiating automatic transition out of joint configuration {membership}")
            }
            Err(error) if error.is_fatal() => return Err(error),
            Err(error) => log!(
                self.log.sink,
                Debug,
                "not initiating automatic transition out of joint configuration {membership}: {error}"
            ),
        }
        Ok(())
    }

    /// Replaces the log and the membership by a snapshot; false if it is of no use.
    pub(super) fn restore(&mut self, snapshot: Arc<Snapshot>) -> Result<bool> {
        let metadata = &snapshot.metadata;
        let snapshot_id = EntryId { term: metadata.term, index: metadata.index };
        if snapshot_id.index <= self.log.committed {
            return Ok(false);
        }
        if self.role != Role::Follower {
            // Whoever gets here became a follower before; restoring as anything else would be disastrous.
            log!(
                self.log.sink,
                Warn,
                "{:x} attempted to restore snapshot as leader; should never happen",
                self.config.id
            );
            self.become_follower(self.term + 1, NONE);
            return Ok(false);
        }
        let conf_state = metadata.conf_state.clone();
        // Members in `learners_next` are in `voters_outgoing` as well.
        let members = [&conf_state.voters, &conf_state.learners, &conf_state.voters_outgoing];
        if !members.iter().any(|ids| ids.contains(&self.config.id)) {
            log!(
                self.log.sink,
                Warn,
                "{:x} attempted to restore snapshot but it is not in the ConfState {}; should never happen",
                self.config.id,
                Describe(&conf_state)
            );
            return Ok(false);
        }
        if self.log.matches(snapshot_id) {
            // The log has it all, only without knowing that it is committed.
            self.log_restored("fast-forwarded commit to snapshot", snapshot_id)?;
            self.log.commit_to(snapshot_id.index)?;
            return Ok(false);
        }
        self.log.restore(snapshot);
        let mut tracker = Tracker::new(self.config.max_inflight_msgs, self.config.max_inflight_bytes);
        restore(&mut tracker, self.log.last_index(), &conf_state)?;
        self.tracker.reset_votes();
        let restored = self.switch_to(tracker.membership, tracker.progress)?;
        if !restored.is_equivalent(&conf_state) {
            return Err(Error::Fatal(format!("ConfStates not equivalent after sorting: {conf_state:?}, {restored:?}")));
        }
        self.log_restored("restored snapshot", snapshot_id)?;
        Ok(true)
    }

    fn log_restored(&mut self, what: &str, snapshot: EntryId) -> Result<()> {
        let last = self.log.last_id()?;
        log!(
            self.log.sink,
            Info,
            "{:x} [commit: {}, lastindex: {}, lastterm: {}] {what} [index: {}, term: {}]",
            self.config.id,
            self.log.committed,
            last.index,
            last.term,
            snapshot.index,
            snapshot.term
        );
        Ok(())
    }
}
