//! Campaigning and voting.

use crate::planted::PlantedBug;
use crate::quorum::VoteResult;
use crate::sink::log;
use crate::{Bytes, EntryId, Event, Message, MessageKind, NONE, Result, Role, Storage};

use super::Raft;

/// The context of vote requests that come from a transfer of leadership. It overrules leases.
pub(super) const CAMPAIGN_TRANSFER: &[u8] = b"CampaignTransfer";

/// Why a member campaigns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Campaign {
    /// To find out whether an election could be won.
    PreElection,
    /// It heard of no leader.
    Election,
    /// The leader told it to.
    Transfer,
}

impl<S: Storage> Raft<S> {
    pub(super) fn campaign_if_allowed(&mut self, campaign: Campaign) -> Result<()> {
        let id = self.id();
        if self.role == Role::Leader {
            log!(self.log.sink, Debug, "{id:x} ignoring MsgHup because already leader");
        } else if !self.is_promotable() {
            log!(self.log.sink, Warn, "{id:x} is unpromotable and can not campaign");
        } else if self.has_unapplied_conf_change()? {
            // A member that has not applied a change yet could count the wrong quorum.
            log!(
                self.log.sink,
                Warn,
                "{id:x} cannot campaign at term {} since there are still pending configuration changes to apply",
                self.term
            );
        } else {
            log!(self.log.sink, Info, "{id:x} is starting a new election at term {}", self.term);
            self.campaign(campaign)?;
        }
        Ok(())
    }

    fn has_unapplied_conf_change(&self) -> Result<bool> {
        let (lo, hi) = (self.log.applied + 1, self.log.committed + 1);
        self.log.any(lo, hi, |entry| entry.kind.is_conf_change())
    }

    pub(super) fn campaign(&mut self, campaign: Campaign) -> Result<()> {
        // A pre-vote asks about the term after this one, without entering it.
        let (request, response, term) = if campaign == Campaign::PreElection {
            self.become_pre_candidate();
            (MessageKind::PreVote, MessageKind::PreVoteResp, self.term + 1)
        } else {
            self.become_candidate();
            (MessageKind::Vote, MessageKind::VoteResp, self.term)
        };
        let context = if campaign == Campaign::Transfer { Bytes::from(CAMPAIGN_TRANSFER) } else { Bytes::EMPTY };
        let EntryId { term: log_term, index } = self.log.last_id()?;
        for id in self.tracker.membership.voters.ids() {
            if id == self.id() {
                // The own vote counts, too, but not before it is on disk.
                self.send(Message { term, ..Message::new(response, id) });
                continue;
            }
            log!(
                self.log.sink,
                Info,
                "{:x} [logterm: {log_term}, index: {index}] sent {request} request to {id:x} at term {}",
                self.config.id,
                self.term
            );
            let context = context.clone();
            self.send(Message { term, index, log_term, context, ..Message::new(request, id) });
        }
        Ok(())
    }

    /// Counts a vote.
    pub(super) fn poll(&mut self, m: &Message) -> VoteResult {
        let granted = !m.reject;
        log!(
            self.log.sink,
            Info,
            "{:x} received {}{} from {:x} at term {}",
            self.config.id,
            m.kind,
            if granted { "" } else { " rejection" },
            m.from,
            self.term
        );
        let pre = m.kind == MessageKind::PreVoteResp;
        self.log.sink.event(Event::VoteReceived { from: m.from, term: self.term, pre, granted });
        self.tracker.record_vote(m.from, granted);
        let (granted, rejected, result) = self.tracker.tally_votes();
        log!(
            self.log.sink,
            Info,
            "{:x} has received {granted} {} votes and {rejected} vote rejections",
            self.config.id,
            m.kind
        );
        result
    }

    /// Answers a vote request of this term, or a pre-vote request of any later one.
    ///
    /// Learners vote, too. One may have been promoted without knowing it yet, and its vote may be needed to elect the
    /// leader who will tell it (<https://github.com/etcd-io/etcd/issues/7625#issuecomment-488798263>).
    pub(super) fn handle_vote_request(&mut self, m: Message) -> Result<()> {
        let pre = m.kind == MessageKind::PreVote;
        let response = if pre { MessageKind::PreVoteResp } else { MessageKind::VoteResp };
        let repeated = self.vote == m.from;
        let forgets = self.config.has_planted(PlantedBug::VoteTwice);
        let free = (self.vote == NONE || forgets) && self.lead == NONE;
        let may_vote = repeated || free || (pre && m.term > self.term);
        let granted = may_vote && self.log.is_up_to_date(EntryId { term: m.log_term, index: m.index })?;
        self.log.sink.event(Event::Voted { candidate: m.from, term: m.term, pre, granted });
        if granted {
            self.log_vote("cast", &m)?;
            // The answer carries the term of the request. A pre-candidate's term is later than its own, and an answer
            // with this member's term would be ignored as an old one.
            self.send(Message { term: m.term, ..Message::new(response, m.from) });
            if !pre {
                self.election_elapsed = 0;
                self.vote = m.from;
            }
        } else {
            self.log_vote("rejected", &m)?;
            let term = self.term;
            self.send(Message { term, reject: true, ..Message::new(response, m.from) });
        }
        Ok(())
    }

    pub(super) fn log_vote(&mut self, verdict: &str, m: &Message) -> Result<()> {
        if !self.log.sink.wants(crate::LogLevel::Info) {
            return Ok(());
        }
        let EntryId { term, index } = self.log.last_id()?;
        log!(
            self.log.sink,
            Info,
            "{:x} [logterm: {term}, index: {index}, vote: {:x}] {verdict} {} {} {:x} [logterm: {}, index: {}] at term {}",
            self.config.id,
            self.vote,
            m.kind,
            if verdict == "cast" { "for" } else { "from" },
            m.from,
            m.log_term,
            m.index,
            self.term
        );
        Ok(())
    }
}
