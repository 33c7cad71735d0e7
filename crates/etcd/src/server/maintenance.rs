//! The maintenance service: status, hashes, handing leadership over (etcd: server/etcdserver/api/v3rpc/maintenance.go).

use sim::Time;

use super::Effects;
use super::members::MemberId;
use super::process::Process;
use super::proposals::Caller;
use crate::rpc::*;

/// A client that waits for leadership to be handed over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transfer {
    caller: Caller,
    to: MemberId,
    since: Time,
    /// When to look next: once every heartbeat interval.
    look_at: Time,
}

impl Process {
    pub(crate) fn status(&self) -> StatusResponse {
        let basic = self.raft.basic_status();
        let mut problems = Vec::new();
        if self.lead() == 0 {
            problems.push(errors::no_leader().message);
        }
        for alarm in self.machine.alarms().list(AlarmType::None) {
            // As the protobuf library prints a message on one line.
            problems.push(format!("memberID:{} alarm:{} ", alarm.member_id, alarm.alarm.name()));
        }
        StatusResponse {
            version: self.config.version.clone(),
            db_size: self.machine.store.db_size(),
            leader: self.lead(),
            raft_index: basic.hard_state.commit,
            raft_term: basic.hard_state.term,
            raft_applied_index: self.applied.index,
            errors: problems,
            db_size_in_use: self.machine.store.db_size_in_use(),
            is_learner: self.is_learner(),
            ..StatusResponse::default()
        }
    }

    pub(crate) fn hash_kv(&self, r: &HashKvRequest) -> Result<Response, Status> {
        let hash = self.machine.store.hash_kv(r.revision)?;
        let mut response =
            HashKvResponse { hash: hash.hash, compact_revision: hash.compact_revision, ..Default::default() };
        response.header.revision = hash.revision;
        Ok(response.into())
    }

    /// Hands leadership to another member. The answer waits until this member follows the new leader, and looks for
    /// that once a heartbeat interval.
    pub(crate) fn move_leader(
        &mut self,
        caller: Caller,
        r: &MoveLeaderRequest,
        _out: &mut Effects,
    ) -> Result<Option<Response>, Status> {
        if !self.is_leader() {
            return Err(errors::not_leader());
        }
        if self.members.get(r.target_id).is_none_or(|member| member.is_learner) {
            return Err(errors::bad_leader_transferee());
        }
        if r.target_id == self.me() {
            return Ok(Some(MoveLeaderResponse::default().into()));
        }
        if let Err(error) = self.raft.transfer_leader(r.target_id) {
            return Err(Status::new(Code::Internal, error.to_string()));
        }
        self.transfers.push(Transfer {
            caller,
            to: r.target_id,
            since: self.now,
            look_at: self.now + self.config.heartbeat,
        });
        Ok(None)
    }

    pub(crate) fn check_transfers(&mut self, out: &mut Effects) {
        if self.transfers.is_empty() {
            return;
        }
        let (lead, now, timeout) = (self.lead(), self.now, self.config.request_timeout());
        for mut transfer in core::mem::take(&mut self.transfers) {
            if now >= transfer.look_at && lead == transfer.to {
                self.answer(&transfer.caller, Ok(MoveLeaderResponse::default().into()), out);
            } else if now - transfer.since >= timeout {
                let status =
                    Status::new(Code::Unavailable, "etcdserver: request timed out, leader transfer took too long");
                self.answer(&transfer.caller, Err(status), out);
            } else {
                if now >= transfer.look_at {
                    transfer.look_at = now + self.config.heartbeat;
                }
                self.transfers.push(transfer);
            }
        }
    }
}
