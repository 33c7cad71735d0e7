//! What a leader learns of its followers.

use crate::sink::log;
use crate::tracker::ProgressState;
use crate::{Message, ReadOnlyOption, Result, Storage};

use super::Raft;

impl<S: Storage> Raft<S> {
    pub(super) fn handle_append_rejected(&mut self, m: &Message) -> Result<()> {
        let id = self.id();
        log!(
            self.log.sink,
            Debug,
            "{id:x} received MsgAppResp(rejected, hint: (index {}, term {})) from {:x} for index {}",
            m.reject_hint,
            m.log_term,
            m.from,
            m.index
        );
        // The follower's log has term `log_term` at `reject_hint`, and no later one before it. So wherever this log has
        // a later term, up to there, the two cannot match: at most one probe for each term of this log is needed. The
        // follower reasons likewise when it gives the hint.
        let next = match m.log_term {
            0 => m.reject_hint,
            term => self.log.find_conflict_by_term(m.reject_hint, term).index,
        };
        let Some(progress) = self.tracker.progress.get_mut(&m.from) else { return Ok(()) };
        progress.recent_active = true;
        if !progress.maybe_decr_to(m.index, next) {
            return Ok(());
        }
        log!(self.log.sink, Debug, "{id:x} decreased progress of {:x} to [{progress}]", m.from);
        if progress.state == ProgressState::Replicate {
            progress.become_probe();
        }
        self.send_append(m.from)
    }

    pub(super) fn handle_append_accepted(&mut self, m: &Message) -> Result<()> {
        let id = self.id();
        let first_index = self.log.first_index();
        let Some(progress) = self.tracker.progress.get_mut(&m.from) else { return Ok(()) };
        progress.recent_active = true;
        // An answer to an empty probe acknowledges nothing new, but ends the probing.
        let probed = progress.match_index == m.index && progress.state == ProgressState::Probe;
        if !progress.maybe_update(m.index) && !probed {
            return Ok(());
        }
        match progress.state {
            ProgressState::Probe => progress.become_replicate(),
            ProgressState::Replicate => progress.inflights.free_up_to(m.index),
            // Whichever snapshot the follower got, and from whomever: what matters is that the log reaches it now.
            ProgressState::Snapshot if progress.match_index + 1 >= first_index => {
                log!(
                    self.log.sink,
                    Debug,
                    "{id:x} recovered from needing snapshot, resumed sending replication messages to {:x} [{progress}]",
                    m.from
                );
                progress.become_probe();
                progress.become_replicate();
            }
            ProgressState::Snapshot => {}
        }
        let behind = progress.can_bump_commit(self.log.committed);
        let from_peer = m.from != id;
        if self.maybe_commit()? {
            // Now something of this term is committed, so reads can be answered.
            self.release_early_reads()?;
            self.broadcast_append()?;
        } else if from_peer && behind {
            // The next heartbeat would tell the commit index as well, but later.
            self.send_append(m.from)?;
        }
        if from_peer {
            // The answer may have made room for several messages.
            while self.maybe_send_append(m.from, false)? {}
        }
        if m.from == self.lead_transferee && self.is_caught_up(m.from) {
            log!(self.log.sink, Info, "{id:x} sent MsgTimeoutNow to {:x} after received MsgAppResp", m.from);
            self.send_timeout_now(m.from);
        }
        Ok(())
    }

    pub(super) fn handle_heartbeat_resp(&mut self, m: &Message) -> Result<()> {
        let last_index = self.log.last_index();
        let Some(progress) = self.tracker.progress.get_mut(&m.from) else { return Ok(()) };
        progress.recent_active = true;
        progress.append_paused = false;
        // A follower that is probed although it has everything, as after it was reported unreachable, needs an empty
        // append to be replicated to again. And if all appends under way were lost, only a new one can tell.
        if progress.match_index < last_index || progress.state == ProgressState::Probe {
            self.send_append(m.from)?;
        }
        if self.config.read_only_option != ReadOnlyOption::Safe || m.context.is_empty() {
            return Ok(());
        }
        self.read_only.acknowledge(m.from, &m.context);
        for read in self.read_only.advance(&self.tracker.membership.voters) {
            self.answer_read(read.request, read.index);
        }
        Ok(())
    }

    pub(super) fn handle_snapshot_status(&mut self, m: &Message) {
        let id = self.id();
        let Some(progress) = self.tracker.progress.get_mut(&m.from) else { return };
        if progress.state != ProgressState::Snapshot {
            return;
        }
        let outcome = if m.reject { "failed" } else { "succeeded" };
        if m.reject {
            // Else probing would start after a snapshot that never arrived.
            progress.pending_snapshot = 0;
        }
        progress.become_probe();
        log!(
            self.log.sink,
            Debug,
            "{id:x} snapshot {outcome}, resumed sending replication messages to {:x} [{progress}]",
            m.from
        );
        // If it arrived, the follower's own answer comes next; if not, there is no hurry to try again.
        progress.append_paused = true;
    }

    pub(super) fn handle_unreachable(&mut self, m: &Message) {
        let id = self.id();
        let Some(progress) = self.tracker.progress.get_mut(&m.from) else { return };
        // Whatever was sent ahead is probably lost.
        if progress.state == ProgressState::Replicate {
            progress.become_probe();
        }
        log!(
            self.log.sink,
            Debug,
            "{id:x} failed to send message to {:x} because it is unreachable [{progress}]",
            m.from
        );
    }
}
