//! Changing who belongs to the cluster, with the checks that keep it alive (etcd: server/etcdserver/server.go,
//! `AddMember` and its neighbours).

use core::fmt;

use raft::{AnyConfChange, ConfChange, ConfChangeType, Entry};

use super::Effects;
use super::members::{MemberChange, MemberId, member_id};
use super::process::Process;
use super::proposals::{Caller, Waiter};
use crate::rpc::*;

/// How far a learner must be to vote: this many hundredths of what the leader has (etcd: server.go, `readyPercent`).
const READY_PERCENT: u64 = 90;

impl MemberChange {
    pub(crate) fn encode(&self) -> Vec<u8> {
        // Encoding into memory cannot fail.
        postcard::to_allocvec(self).unwrap_or_default()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<MemberChange> {
        postcard::from_bytes(bytes).ok()
    }

    pub(crate) fn conf_change(&self, id: u64) -> ConfChange {
        let (change_type, node_id) = match self {
            MemberChange::Add(member) if member.is_learner => (ConfChangeType::AddLearnerNode, member.id),
            MemberChange::Add(member) => (ConfChangeType::AddNode, member.id),
            MemberChange::Promote(member) => (ConfChangeType::AddNode, *member),
            MemberChange::Remove(member) => (ConfChangeType::RemoveNode, *member),
            MemberChange::Update { id, .. } => (ConfChangeType::UpdateNode, *id),
        };
        ConfChange { id, change_type, node_id, context: self.encode().into() }
    }
}

impl fmt::Display for MemberChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MemberChange::Add(member) if member.is_learner => write!(f, "added learner {:x}", member.id),
            MemberChange::Add(member) => write!(f, "added member {:x}", member.id),
            MemberChange::Promote(id) => write!(f, "promoted member {id:x}"),
            MemberChange::Remove(id) => write!(f, "removed member {id:x}"),
            MemberChange::Update { id, .. } => write!(f, "updated member {id:x}"),
        }
    }
}

/// A membership change in the log, in words.
pub(crate) fn membership_words(entry: &Entry) -> String {
    let change = AnyConfChange::from_entry(entry.kind, &entry.data).ok().flatten();
    let change = change.and_then(|change| MemberChange::decode(change.context()));
    change.map_or_else(|| "membership change".to_owned(), |change| change.to_string())
}

/// Whether these are URLs a peer can be reached at (etcd: client/pkg/types/urls.go, `NewURLs`).
fn are_peer_urls(urls: &[String]) -> bool {
    let is_url = |url: &String| {
        if url.starts_with("unix://") || url.starts_with("unixs://") {
            return true;
        }
        let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
        rest.and_then(|rest| rest.rsplit_once(':'))
            .is_some_and(|(host, port)| !host.is_empty() && !host.contains('/') && port.parse::<u16>().is_ok())
    };
    !urls.is_empty() && urls.iter().all(is_url)
}

impl Process {
    fn propose_change(&mut self, caller: Caller, change: &MemberChange, out: &mut Effects) {
        let id = self.proposals.fresh_id();
        let (kind, data) = AnyConfChange::V1(change.conf_change(id)).to_entry_data();
        let entry = Entry { kind, data, ..Entry::default() };
        self.proposals.enqueue(id, Waiter::Caller(caller), self.now, out.cause(), entry);
    }

    /// The members as clients are shown them.
    pub(crate) fn member_list(&self) -> MemberListResponse {
        MemberListResponse { members: self.members.list(), ..Default::default() }
    }

    pub(crate) fn member_add(&mut self, caller: Caller, r: MemberAddRequest, out: &mut Effects) -> Result<(), Status> {
        if !are_peer_urls(&r.peer_urls) {
            return Err(errors::member_bad_urls());
        }
        let mut peer_urls = r.peer_urls;
        peer_urls.sort_unstable();
        let seconds = self.config.epoch + self.now.as_micros() / 1_000_000;
        let id = member_id(&peer_urls, "", Some(seconds));
        if self.config.strict_reconfig_check {
            if !r.is_learner && !self.members.ready_to_add_voter() {
                return Err(errors::member_not_enough_started());
            }
            // The new member counts as one that does not answer.
            let voters = self.members.voters().count();
            if voters > 1 && self.healthy_voters() < voters.saturating_add(1) / 2 + 1 {
                return Err(errors::unhealthy());
            }
        }
        let member = Member { id, peer_urls, is_learner: r.is_learner, ..Member::default() };
        self.propose_change(caller, &MemberChange::Add(member), out);
        Ok(())
    }

    /// How many voters, this one included, have been connected for long enough to be relied on.
    fn healthy_voters(&self) -> usize {
        let me = self.me();
        match self.healthy_since() {
            Some(since) => self.peers.connected_since(since, me, &self.members),
            None => 1,
        }
    }

    pub(crate) fn member_remove(
        &mut self,
        caller: Caller,
        r: MemberRemoveRequest,
        out: &mut Effects,
    ) -> Result<(), Status> {
        if self.config.strict_reconfig_check {
            self.check_removal(r.id)?;
        }
        self.propose_change(caller, &MemberChange::Remove(r.id), out);
        Ok(())
    }

    fn check_removal(&self, id: MemberId) -> Result<(), Status> {
        if self.members.get(id).is_some_and(|member| member.is_learner) {
            return Ok(());
        }
        if !self.members.ready_to_remove_voter(id) {
            return Err(errors::member_not_enough_started());
        }
        // One that is down is not part of the majority that is left.
        if id != self.me() && self.peers.active_since(id).is_none() {
            return Ok(());
        }
        let voters = self.members.voters().count();
        if self.healthy_voters().saturating_sub(1) < 1 + voters.saturating_sub(1) / 2 {
            return Err(errors::unhealthy());
        }
        Ok(())
    }

    pub(crate) fn member_update(
        &mut self,
        caller: Caller,
        r: MemberUpdateRequest,
        out: &mut Effects,
    ) -> Result<(), Status> {
        let change = MemberChange::Update { id: r.id, peer_urls: r.peer_urls };
        self.propose_change(caller, &change, out);
        Ok(())
    }

    /// Only the leader knows how far a learner is; others pass the request on.
    pub(crate) fn member_promote(
        &mut self,
        caller: Caller,
        r: MemberPromoteRequest,
        out: &mut Effects,
    ) -> Result<(), Status> {
        if !self.is_leader() {
            if caller.forwarded {
                return Err(errors::not_leader());
            }
            self.forward(caller, r.into(), out);
            return Ok(());
        }
        let progress = self.raft.status().progress;
        let matched = |id: MemberId| progress.get(&id).map(|progress| progress.match_index);
        let learner = matched(r.id).ok_or_else(errors::member_not_found)?;
        let leader = matched(self.me()).unwrap_or_default();
        if learner * 100 < leader * READY_PERCENT {
            return Err(errors::learner_not_ready());
        }
        if self.config.strict_reconfig_check && !self.members.ready_to_promote() {
            return Err(errors::member_not_enough_started());
        }
        self.propose_change(caller, &MemberChange::Promote(r.id), out);
        Ok(())
    }

    /// Answers who asked for a change that was applied, or turned out not to fit when its turn came.
    pub(crate) fn answer_member_change(
        &mut self,
        caller: &Caller,
        result: Result<MemberChange, Status>,
        out: &mut Effects,
    ) {
        let members = self.members.list();
        let result = result.map(|change| match change {
            MemberChange::Add(member) => MemberAddResponse { member, members, ..Default::default() }.into(),
            MemberChange::Promote(_) => MemberPromoteResponse { members, ..Default::default() }.into(),
            MemberChange::Remove(_) => MemberRemoveResponse { members, ..Default::default() }.into(),
            MemberChange::Update { .. } => MemberUpdateResponse { members, ..Default::default() }.into(),
        });
        self.answer(caller, result, out);
    }
}
