//! What a follower does with messages of its term.

use crate::sink::log;
use crate::{EntryId, Error, Message, MessageKind, NONE, ReadOnlyOption, ReadState, Result, Storage};

use super::Raft;
use super::election::Campaign;

impl<S: Storage> Raft<S> {
    pub(super) fn step_follower(&mut self, m: Message) -> Result<()> {
        match m.kind {
            MessageKind::Prop => return self.forward_proposal(m),
            kind if kind.is_from_leader() => {
                self.election_elapsed = 0;
                self.set_lead(m.from);
                return self.handle_from_leader(m);
            }
            MessageKind::TransferLeader => self.forward(m, "dropping leader transfer msg"),
            MessageKind::ReadIndex => self.forward(m, "dropping index reading msg"),
            MessageKind::ForgetLeader => self.forget_leader(),
            MessageKind::TimeoutNow => {
                log!(
                    self.log.sink,
                    Info,
                    "{:x} [term {}] received MsgTimeoutNow from {:x} and starts an election to get leadership.",
                    self.config.id,
                    self.term,
                    m.from
                );
                // The leader wants this, so there is nobody to be disturbed and no need to ask first.
                return self.campaign_if_allowed(Campaign::Transfer);
            }
            MessageKind::ReadIndexResp => match m.entries.as_slice() {
                [entry] => self.read_states.push(ReadState { index: m.index, context: entry.data.clone() }),
                entries => log!(
                    self.log.sink,
                    Error,
                    "{:x} invalid format of MsgReadIndexResp from {:x}, entries count: {}",
                    self.config.id,
                    m.from,
                    entries.len()
                ),
            },
            _ => {}
        }
        Ok(())
    }

    fn forward_proposal(&mut self, m: Message) -> Result<()> {
        let (id, lead, term) = (self.id(), self.lead, self.term);
        if lead == NONE {
            log!(self.log.sink, Info, "{id:x} no leader at term {term}; dropping proposal");
            return Err(Error::ProposalDropped);
        }
        if self.config.disable_proposal_forwarding {
            log!(self.log.sink, Info, "{id:x} not forwarding to leader {lead:x} at term {term}; dropping proposal");
            return Err(Error::ProposalDropped);
        }
        self.send(Message { to: lead, term: 0, ..m });
        Ok(())
    }

    fn forward(&mut self, m: Message, otherwise: &str) {
        if self.lead == NONE {
            log!(self.log.sink, Info, "{:x} no leader at term {}; {otherwise}", self.config.id, self.term);
        } else {
            self.send(Message { to: self.lead, term: 0, ..m });
        }
    }

    fn forget_leader(&mut self) {
        if self.config.read_only_option == ReadOnlyOption::LeaseBased {
            // The leader's lease is this member's promise not to vote for others. It cannot be taken back.
            log!(self.log.sink, Error, "ignoring MsgForgetLeader due to ReadOnlyLeaseBased");
        } else if self.lead != NONE {
            log!(self.log.sink, Info, "{:x} forgetting leader {:x} at term {}", self.config.id, self.lead, self.term);
            self.set_lead(NONE);
        }
    }

    /// Handles a message that only the leader of this term can have sent.
    pub(super) fn handle_from_leader(&mut self, m: Message) -> Result<()> {
        match m.kind {
            MessageKind::App => self.handle_append(m),
            MessageKind::Snap => self.handle_snapshot(m),
            _ => {
                self.log.commit_to(m.commit)?;
                self.send(Message { context: m.context, ..Message::new(MessageKind::HeartbeatResp, m.from) });
                Ok(())
            }
        }
    }

    fn handle_append(&mut self, m: Message) -> Result<()> {
        let response = Message::new(MessageKind::AppResp, m.from);
        if m.index < self.log.committed {
            self.send(Message { index: self.log.committed, ..response });
            return Ok(());
        }
        let previous = EntryId { term: m.log_term, index: m.index };
        if let Some(index) = self.log.maybe_append(previous, m.entries, m.commit)? {
            self.send(Message { index, ..response });
            return Ok(());
        }
        log!(
            self.log.sink,
            Debug,
            "{:x} [logterm: {}, index: {}] rejected MsgApp [logterm: {}, index: {}] from {:x}",
            self.config.id,
            self.log.term_or_zero(m.index),
            m.index,
            m.log_term,
            m.index,
            m.from
        );
        // The hint spares the leader probing entry by entry: in this log, nothing after it can match, since the
        // leader's log up to `m.index` has no terms after `m.log_term`.
        let last = m.index.min(self.log.last_index());
        let hint = self.log.find_conflict_by_term(last, m.log_term);
        self.send(Message { index: m.index, reject: true, reject_hint: hint.index, log_term: hint.term, ..response });
        Ok(())
    }

    fn handle_snapshot(&mut self, m: Message) -> Result<()> {
        let snapshot = m.snapshot.unwrap_or_default();
        let (index, term) = (snapshot.metadata.index, snapshot.metadata.term);
        let restored = self.restore(snapshot)?;
        log!(
            self.log.sink,
            Info,
            "{:x} [commit: {}] {} snapshot [index: {index}, term: {term}]",
            self.config.id,
            self.log.committed,
            if restored { "restored" } else { "ignored" }
        );
        let index = if restored { self.log.last_index() } else { self.log.committed };
        self.send(Message { index, ..Message::new(MessageKind::AppResp, m.from) });
        Ok(())
    }
}
