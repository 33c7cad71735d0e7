//! What a member does with committed entries (etcd: server/etcdserver/server.go, `apply`).

use raft::{AnyConfChange, ConfChange, ConfChangeType, Entry, EntryKind};
use sim::Cause;

use super::members::MemberChange;
use super::note::Note;
use super::process::{Ended, Process};
use super::proposals::{Caller, Waiter};
use super::{Effects, Msg};
use crate::apply::{Command, Op};
use crate::rpc::*;

/// The cause of an answer: what has just happened, if that belongs to the caller's tree; else the caller's request.
pub(crate) fn cause_of_answer(out: &Effects, caller: &Caller) -> Cause {
    if out.cause().root == caller.cause.root { out.cause() } else { caller.cause }
}

impl Process {
    pub(crate) fn apply_committed(&mut self, entries: Vec<Entry>, out: &mut Effects) {
        if entries.is_empty() {
            return;
        }
        for entry in entries {
            if entry.index <= self.applied.index {
                continue;
            }
            match entry.kind {
                EntryKind::Normal if entry.data.is_empty() => self.apply_empty(&entry, out),
                EntryKind::Normal => self.apply_command(&entry, out),
                EntryKind::ConfChange | EntryKind::ConfChangeV2 => self.apply_conf_change(&entry, out),
            }
            self.applied = entry.id();
            if self.ended.is_some() {
                return;
            }
        }
        out.note(Note::Applied { index: self.applied.index, revision: self.machine.store.revision() });
        self.serve_confirmed_reads(out);
    }

    /// What a new leader appends first. Once it is applied, so is everything of the terms before: from now on the
    /// leader watches over the leases.
    fn apply_empty(&mut self, entry: &Entry, out: &mut Effects) {
        self.machine.skip(entry.index, entry.term);
        if self.leadership.is_leading() && entry.term == self.term() {
            self.machine.lessor.promote(self.now.as_micros(), self.config.election.as_micros());
            self.first_commit_in_term(out);
        }
        self.ask_again_for_read_index();
    }

    fn apply_command(&mut self, entry: &Entry, out: &mut Effects) {
        let Some(command) = Command::decode_shared(&entry.data) else {
            // Every member proposes what it can read; the entry is foreign or damaged.
            self.fail(format!("entry {} cannot be decoded", entry.index));
            return;
        };
        match &command.op {
            Op::MemberAttributes { member_id, name, client_urls } => {
                self.members.publish(*member_id, name, client_urls);
                if *member_id == self.me() && !self.published {
                    self.published = true;
                    self.say_published();
                }
            }
            Op::ClusterVersionSet { version } => {
                self.members.version = Some(version.clone());
                self.say_cluster_version(version);
            }
            _ => {}
        }
        let applied = self.machine.apply(self.now.as_micros(), entry.index, entry.term, &command);
        if !applied.changes.is_empty() {
            self.streams.changed(&applied.changes, &self.machine.store);
            self.http.counts.changed(&applied.changes, &self.machine.store);
        }
        self.keys_changed(&applied.key_changes, out);
        if applied.raise_no_space && !self.machine.alarms().is_raised(AlarmType::NoSpace) {
            self.raise_no_space(out);
        }
        let Some(waiting) = self.proposals.settle(command.id) else { return };
        match (waiting.waiter, applied.result) {
            (Waiter::Caller(caller), Some(result)) => self.answer(&caller, result, out),
            (Waiter::Compactor, Some(result)) => self.compaction_ended(result),
            _ => {}
        }
    }

    fn apply_conf_change(&mut self, entry: &Entry, out: &mut Effects) {
        self.machine.skip(entry.index, entry.term);
        let change = match AnyConfChange::from_entry(entry.kind, &entry.data) {
            Ok(Some(AnyConfChange::V1(change))) => change,
            _ => return self.fail(format!("entry {} is no membership change", entry.index)),
        };
        let id = change.id;
        let outcome = MemberChange::decode(&change.context)
            .ok_or_else(|| Status::new(Code::Internal, "etcdserver: bad membership change"))
            .and_then(|member_change| self.members.validate(&member_change).map(|()| member_change));
        let result = match outcome {
            Ok(member_change) => self.change_members(change, member_change, out),
            Err(status) => {
                // Raft has to be told that the change is off, so that another may be proposed.
                let nothing = ConfChange { change_type: ConfChangeType::AddNode, node_id: raft::NONE, ..change };
                if let Err(error) = self.raft.apply_conf_change(nothing) {
                    self.fail(error.to_string());
                }
                Err(status)
            }
        };
        let Some(waiting) = self.proposals.settle(id) else { return };
        if let Waiter::Caller(caller) = waiting.waiter {
            self.answer_member_change(&caller, result, out);
        }
    }

    fn change_members(
        &mut self,
        change: ConfChange,
        member_change: MemberChange,
        out: &mut Effects,
    ) -> Result<MemberChange, Status> {
        match self.raft.apply_conf_change(change) {
            Ok(conf_state) => self.conf_state = conf_state,
            Err(error) => {
                self.fail(error.to_string());
                return Err(errors::stopped());
            }
        }
        out.note(Note::Members { change: member_change.to_string() });
        let before = if let MemberChange::Remove(id) = &member_change { self.members.get(*id).cloned() } else { None };
        self.say_member_change(&member_change, before.as_ref());
        // A removed member is deleted in one place and remembered in another.
        let changes = if matches!(member_change, MemberChange::Remove(_)) { 2 } else { 1 };
        (0..changes).for_each(|_| self.machine.v2.note_cluster_change());
        self.members.apply(member_change.clone());
        self.locate_members();
        if let MemberChange::Remove(id) = member_change {
            if id == self.me() {
                self.removed(out);
            } else {
                self.peers.remove(id);
            }
        }
        Ok(member_change)
    }

    /// This member was removed. It goes on for a moment, so that the others learn that the removal is committed.
    fn removed(&mut self, _out: &mut Effects) {
        self.leave_at.get_or_insert(self.now + self.config.heartbeat.times(10));
    }

    /// Another member says that this one was removed.
    pub(crate) fn told_removed(&mut self) {
        self.ended.get_or_insert(Ended::Failed("the member has been permanently removed from the cluster".into()));
    }

    /// Sends the answer to whoever asked.
    pub(crate) fn answer(&mut self, caller: &Caller, result: Result<Response, Status>, out: &mut Effects) {
        let result = result.map(|mut response| {
            self.fill_header(&mut response);
            response
        });
        let result = self.translated(caller, result);
        let msg = if caller.forwarded {
            Msg::Forwarded { id: caller.call, result }
        } else {
            Msg::Reply { id: caller.call, result }
        };
        out.with_cause(cause_of_answer(out, caller), |out| out.send(caller.node, msg));
    }

    /// What an answer says about who gives it (etcd: server/etcdserver/api/v3rpc/header.go, `fill`; the cluster service
    /// gives no revision, and moving the leader no header at all).
    pub(crate) fn fill_header(&self, response: &mut Response) {
        let revision = match response {
            Response::MoveLeader(_) => return,
            Response::MemberAdd(_)
            | Response::MemberRemove(_)
            | Response::MemberUpdate(_)
            | Response::MemberPromote(_)
            | Response::MemberList(_) => 0,
            // Upstream does not look when it ends a watcher for asking too far back.
            Response::Watch(response) if response.compact_revision != 0 => 0,
            _ => self.machine.store.revision(),
        };
        let raft_term = self.term();
        let header = response.header_mut();
        header.cluster_id = self.identity.cluster;
        header.member_id = self.identity.member;
        header.raft_term = raft_term;
        if header.revision == 0 {
            header.revision = revision;
        }
    }
}
