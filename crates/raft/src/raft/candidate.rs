//! What a candidate or pre-candidate does with messages of its term.

use crate::quorum::VoteResult;
use crate::sink::log;
use crate::{Error, Message, MessageKind, NONE, Result, Role, Storage};

use super::Raft;
use super::election::Campaign;

impl<S: Storage> Raft<S> {
    pub(super) fn step_candidate(&mut self, m: Message) -> Result<()> {
        match m.kind {
            MessageKind::Prop => {
                log!(self.log.sink, Info, "{:x} no leader at term {}; dropping proposal", self.config.id, self.term);
                return Err(Error::ProposalDropped);
            }
            // Somebody else won the term.
            kind if kind.is_from_leader() => {
                self.become_follower(m.term, m.from);
                return self.handle_from_leader(m);
            }
            // Answers to a pre-vote may arrive late, when the member is a real candidate already.
            MessageKind::PreVoteResp if self.role == Role::PreCandidate => self.count_vote(&m)?,
            MessageKind::VoteResp if self.role == Role::Candidate => self.count_vote(&m)?,
            MessageKind::TimeoutNow => log!(
                self.log.sink,
                Debug,
                "{:x} [term {} state {}] ignored MsgTimeoutNow from {:x}",
                self.config.id,
                self.term,
                self.role,
                m.from
            ),
            _ => {}
        }
        Ok(())
    }

    fn count_vote(&mut self, m: &Message) -> Result<()> {
        match self.poll(m) {
            VoteResult::Pending => {}
            VoteResult::Won if self.role == Role::PreCandidate => self.campaign(Campaign::Election)?,
            VoteResult::Won => {
                self.become_leader()?;
                self.broadcast_append()?;
            }
            // The term of a lost pre-vote was never entered.
            VoteResult::Lost => self.become_follower(self.term, NONE),
        }
        Ok(())
    }
}
