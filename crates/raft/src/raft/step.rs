//! What a message's term means, before anything else about it matters.

use std::cmp::Ordering;

use crate::sink::log;
use crate::{EntryId, Message, MessageKind, NONE, Result, Role, Storage};

use super::Raft;
use super::election::{CAMPAIGN_TRANSFER, Campaign};

impl<S: Storage> Raft<S> {
    /// Handles a message.
    pub fn step(&mut self, message: Message) -> Result<()> {
        // Local messages have no term.
        if message.term != 0 {
            match message.term.cmp(&self.term) {
                Ordering::Less => return self.step_lower_term(message),
                Ordering::Equal => {}
                Ordering::Greater => {
                    if self.is_within_lease(&message)? {
                        return Ok(());
                    }
                    self.follow_higher_term(&message);
                }
            }
        }
        match message.kind {
            MessageKind::Hup => {
                let campaign = if self.config.pre_vote { Campaign::PreElection } else { Campaign::Election };
                self.campaign_if_allowed(campaign)
            }
            MessageKind::StorageAppendResp => self.handle_storage_append_resp(message),
            MessageKind::StorageApplyResp => match message.entries.last() {
                Some(last) => {
                    let index = last.index;
                    let encoded = crate::entry::encoded_size(&message.entries);
                    let payload = crate::entry::payload_size(&message.entries);
                    self.applied(index, encoded, payload)
                }
                None => Ok(()),
            },
            MessageKind::Vote | MessageKind::PreVote => self.handle_vote_request(message),
            _ => match self.role {
                Role::Leader => self.step_leader(message),
                Role::Candidate | Role::PreCandidate => self.step_candidate(message),
                Role::Follower => self.step_follower(message),
            },
        }
    }

    /// Whether a vote request has to be ignored because the leader is known to be alive (Raft thesis, 4.2.3). A
    /// transfer of leadership overrules that.
    fn is_within_lease(&mut self, m: &Message) -> Result<bool> {
        let election = matches!(m.kind, MessageKind::Vote | MessageKind::PreVote);
        let in_lease =
            self.config.check_quorum && self.lead != NONE && self.election_elapsed < self.config.election_tick;
        if !election || !in_lease || m.context.as_slice() == CAMPAIGN_TRANSFER {
            return Ok(false);
        }
        let EntryId { term, index } = self.log.last_id()?;
        log!(
            self.log.sink,
            Info,
            "{:x} [logterm: {term}, index: {index}, vote: {:x}] ignored {} from {:x} [logterm: {}, index: {}] at term \
             {}: lease is not expired (remaining ticks: {})",
            self.config.id,
            self.vote,
            m.kind,
            m.from,
            m.log_term,
            m.index,
            self.term,
            self.config.election_tick - self.election_elapsed
        );
        Ok(true)
    }

    fn follow_higher_term(&mut self, m: &Message) {
        match m.kind {
            // A pre-vote asks about a term that nobody has entered yet, and a granted one answers that question. A
            // rejected one carries the real term of the member that rejected.
            MessageKind::PreVote => return,
            MessageKind::PreVoteResp if !m.reject => return,
            _ => {}
        }
        log!(
            self.log.sink,
            Info,
            "{:x} [term: {}] received a {} message with higher term from {:x} [term: {}]",
            self.config.id,
            self.term,
            m.kind,
            m.from,
            m.term
        );
        let lead = if m.kind.is_from_leader() { m.from } else { NONE };
        self.become_follower(m.term, lead);
    }

    fn step_lower_term(&mut self, m: Message) -> Result<()> {
        let strict = self.config.check_quorum || self.config.pre_vote;
        match m.kind {
            // A leader of an old term would never learn of the new one: members within a lease ignore vote requests, so
            // this member cannot win an election, and the leader's messages are ignored here. Answering with the new
            // term makes the leader step down and frees both.
            MessageKind::Heartbeat | MessageKind::App if strict => {
                self.send(Message::new(MessageKind::AppResp, m.from));
            }
            // Candidates without pre-vote may have raised the term beyond that of the only member that could win.
            // Rejecting instead of ignoring tells it the term to beat.
            MessageKind::PreVote => {
                self.log_vote("rejected", &m)?;
                let term = self.term;
                self.send(Message { term, reject: true, ..Message::new(MessageKind::PreVoteResp, m.from) });
            }
            MessageKind::StorageAppendResp => {
                if m.index != 0 {
                    // The entries may have been replaced in a later term, with another write of them under way.
                    log!(
                        self.log.sink,
                        Info,
                        "{:x} [term: {}] ignored entry appends from a {} message with lower term [term: {}]",
                        self.config.id,
                        self.term,
                        m.kind,
                        m.term
                    );
                }
                // A snapshot is committed state, whatever the term.
                self.snapshot_applied(&m)?;
            }
            _ => log!(
                self.log.sink,
                Info,
                "{:x} [term: {}] ignored a {} message with lower term from {:x} [term: {}]",
                self.config.id,
                self.term,
                m.kind,
                m.from,
                m.term
            ),
        }
        Ok(())
    }

    fn handle_storage_append_resp(&mut self, m: Message) -> Result<()> {
        if m.index != 0 {
            self.log.stable_to(EntryId { term: m.log_term, index: m.index });
        }
        self.snapshot_applied(&m)
    }

    fn snapshot_applied(&mut self, m: &Message) -> Result<()> {
        if let Some(snapshot) = &m.snapshot {
            let index = snapshot.metadata.index;
            self.log.unstable.stable_snapshot_to(index);
            self.applied_to(index, 0)?;
        }
        Ok(())
    }

    /// Records that entries up to `index` were applied.
    pub fn applied(&mut self, index: u64, encoded_size: u64, payload_size: u64) -> Result<()> {
        self.applied_to(index, encoded_size)?;
        // What is applied no longer counts as uncommitted. The sum starts at 0 with the term, so older entries may be
        // subtracted that were never added.
        self.uncommitted_size = self.uncommitted_size.saturating_sub(payload_size);
        Ok(())
    }
}
