//! What a leader does with messages of its term.

use crate::planted::PlantedBug;
use crate::sink::log;
use crate::{Message, MessageKind, NONE, Result, Storage};

use super::Raft;

impl<S: Storage> Raft<S> {
    pub(super) fn step_leader(&mut self, m: Message) -> Result<()> {
        match m.kind {
            MessageKind::Beat => self.broadcast_heartbeat(),
            MessageKind::CheckQuorum => {
                self.check_quorum();
                Ok(())
            }
            MessageKind::Prop => self.propose(m.entries),
            MessageKind::ReadIndex => self.handle_read_index(m),
            MessageKind::ForgetLeader => Ok(()),
            // Everything else is about a member's progress.
            _ if !self.tracker.progress.contains_key(&m.from) => {
                log!(self.log.sink, Debug, "{:x} no progress available for {:x}", self.config.id, m.from);
                Ok(())
            }
            MessageKind::AppResp if m.reject => self.handle_append_rejected(&m),
            MessageKind::AppResp => self.handle_append_accepted(&m),
            MessageKind::HeartbeatResp => self.handle_heartbeat_resp(&m),
            MessageKind::SnapStatus => {
                self.handle_snapshot_status(&m);
                Ok(())
            }
            MessageKind::Unreachable => {
                self.handle_unreachable(&m);
                Ok(())
            }
            MessageKind::TransferLeader => self.handle_transfer(&m),
            _ => Ok(()),
        }
    }

    fn check_quorum(&mut self) {
        if !self.tracker.quorum_active() {
            log!(self.log.sink, Warn, "{:x} stepped down to follower since quorum is not active", self.config.id);
            self.become_follower(self.term, NONE);
        }
        // Everybody has to show up again before the next check.
        for (&id, progress) in &mut self.tracker.progress {
            if id != self.config.id {
                progress.recent_active = false;
            }
        }
    }

    /// The member that is to lead sends this itself, or rather, somebody does so in its name.
    fn handle_transfer(&mut self, m: &Message) -> Result<()> {
        let (id, term, transferee) = (self.id(), self.term, m.from);
        let sink = &mut self.log.sink;
        if self.tracker.progress.get(&transferee).is_none_or(|progress| progress.is_learner) {
            log!(sink, Debug, "{id:x} is learner. Ignored transferring leadership");
            return Ok(());
        }
        let previous = self.lead_transferee;
        if previous == transferee {
            log!(
                sink,
                Info,
                "{id:x} [term {term}] transfer leadership to {transferee:x} is in progress, ignores request to same \
                 node {transferee:x}"
            );
            return Ok(());
        }
        if previous != NONE {
            self.lead_transferee = NONE;
            log!(sink, Info, "{id:x} [term {term}] abort previous transferring leadership to {previous:x}");
        }
        if transferee == id {
            log!(sink, Debug, "{id:x} is already leader. Ignored transferring leadership to self");
            return Ok(());
        }
        log!(sink, Info, "{id:x} [term {term}] starts to transfer leadership to {transferee:x}");
        // It should be done within one election timeout.
        self.election_elapsed = 0;
        self.lead_transferee = transferee;
        if self.is_caught_up(transferee) {
            self.send_timeout_now(transferee);
            log!(
                self.log.sink,
                Info,
                "{id:x} sends MsgTimeoutNow to {transferee:x} immediately as {transferee:x} already has up-to-date log"
            );
            Ok(())
        } else {
            self.send_append(transferee)
        }
    }

    /// Whether `id` has the whole log.
    pub(super) fn is_caught_up(&self, id: u64) -> bool {
        self.tracker.progress.get(&id).is_some_and(|progress| progress.match_index == self.log.last_index())
    }

    pub(super) fn send_timeout_now(&mut self, to: u64) {
        self.send(Message::new(MessageKind::TimeoutNow, to));
    }

    /// Commits what a quorum has by now; whether that is more than before.
    pub(super) fn maybe_commit(&mut self) -> Result<bool> {
        let index = if self.config.has_planted(PlantedBug::CommitWithoutQuorum) {
            self.tracker.progress.get(&self.config.id).map_or(0, |own| own.match_index)
        } else {
            self.tracker.committed()
        };
        self.log.maybe_commit(crate::EntryId { term: self.term, index })
    }
}
