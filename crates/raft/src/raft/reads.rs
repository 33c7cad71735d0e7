//! Linearizable reads: at which index may a read be served? (Raft thesis, 6.4)

use crate::planted::PlantedBug;
use crate::sink::log;
use crate::{Message, MessageKind, NONE, ReadOnlyOption, ReadState, Result, Storage};

use super::Raft;

/// How many reads may wait for a new leader's first commit. More are dropped, and their callers ask again.
const MAX_EARLY_READS: usize = 4096;

impl<S: Storage> Raft<S> {
    pub(super) fn handle_read_index(&mut self, m: Message) -> Result<()> {
        if self.tracker.membership.voters.is_singleton() {
            // Nobody else can have become leader.
            self.answer_read(m, self.log.committed);
            return Ok(());
        }
        if !self.has_committed_in_term() {
            // A new leader has everything that was ever committed, but does not yet know how much of its log that is.
            if self.early_reads.len() < MAX_EARLY_READS {
                self.early_reads.push(m);
            }
            return Ok(());
        }
        self.confirm_read(m)
    }

    /// Answers a read, or first asks a quorum whether this member still leads.
    fn confirm_read(&mut self, m: Message) -> Result<()> {
        match self.config.read_only_option {
            ReadOnlyOption::Safe if self.config.has_planted(PlantedBug::StaleRead) => {
                self.answer_read(m, self.log.committed);
                Ok(())
            }
            ReadOnlyOption::Safe => {
                self.read_only.add(self.log.committed, m);
                let context = self.read_only.heartbeat_context();
                self.read_only.acknowledge(self.config.id, &context);
                self.broadcast_heartbeat()
            }
            ReadOnlyOption::LeaseBased => {
                self.answer_read(m, self.log.committed);
                Ok(())
            }
        }
    }

    pub(super) fn release_early_reads(&mut self) -> Result<()> {
        if self.early_reads.is_empty() {
            return Ok(());
        }
        if !self.has_committed_in_term() {
            log!(
                self.log.sink,
                Error,
                "pending MsgReadIndex should be released only after first commit in current term"
            );
            return Ok(());
        }
        for m in std::mem::take(&mut self.early_reads) {
            self.confirm_read(m)?;
        }
        Ok(())
    }

    /// Tells whoever asked that the read may be served at `index`.
    pub(super) fn answer_read(&mut self, request: Message, index: u64) {
        if request.from == NONE || request.from == self.id() {
            let context = request.entries.into_iter().next().map(|entry| entry.data).unwrap_or_default();
            self.read_states.push(ReadState { index, context });
        } else {
            let to = request.from;
            self.send(Message { index, entries: request.entries, ..Message::new(MessageKind::ReadIndexResp, to) });
        }
    }

    /// Whether this leader has committed an entry of its own term, and so knows what is committed.
    fn has_committed_in_term(&self) -> bool {
        self.log.term_or_zero(self.log.committed) == self.term
    }
}
