//! Handing proposals to raft, and giving up on those that take too long (etcd: server/etcdserver/v3_server.go,
//! `processInternalRaftRequestOnce`).

use raft::Entry;
use sim::{Cause, Micros, Time};

use super::Effects;
use super::process::Process;
use super::proposals::{Caller, Waiter};
use crate::apply::{Command, Op};
use crate::auth::AuthInfo;
use crate::rpc::{AlarmAction, AlarmRequest, AlarmType, Code, Status, errors};

/// Committed entries that may wait to be applied before new requests are refused (etcd: v3_server.go,
/// `maxGapBetweenApplyAndCommitIndex`). Here entries are applied as soon as they are committed; what can pile up are
/// proposals that raft has not taken yet, and they are bounded by the same number.
const MAX_WAITING: usize = 5_000;

impl Process {
    /// Proposes a client's operation; the answer is sent when it has been applied.
    pub(crate) fn propose(&mut self, caller: Caller, auth: AuthInfo, op: Op, out: &mut Effects) {
        let id = self.proposals.fresh_id();
        let entry = self.proposals.encode(&Command { id, auth, op });
        if entry.len() as u64 > self.config.max_request_bytes {
            return self.answer(&caller, Err(errors::request_too_large()), out);
        }
        if self.proposals.queued() >= MAX_WAITING {
            return self.answer(&caller, Err(errors::request_too_many_requests()), out);
        }
        self.proposals.enqueue(id, Waiter::Caller(caller), self.now, out.cause(), Entry::proposal(entry));
    }

    /// Proposes something nobody waits for.
    pub(crate) fn propose_own(&mut self, op: Op, out: &mut Effects) {
        self.propose_for(Waiter::Nobody, op, out);
    }

    /// Proposes this member's publication, which is tried again until it is applied.
    pub(crate) fn propose_publication(&mut self, op: Op, out: &mut Effects) {
        self.propose_for(Waiter::Publish, op, out);
    }

    /// Proposes something the server itself wants.
    pub(crate) fn propose_for(&mut self, waiter: Waiter, op: Op, out: &mut Effects) {
        let id = self.proposals.fresh_id();
        // The server may do everything: it revokes ended leases, whoever may write their keys.
        let entry = self.proposals.encode(&Command { id, auth: self.machine.auth.root(), op });
        self.proposals.enqueue(id, waiter, self.now, out.cause(), Entry::proposal(entry));
    }

    /// This member's database has reached its quota: says so to all through the log (etcd: v3rpc/quota.go).
    pub(crate) fn raise_no_space(&mut self, out: &mut Effects) {
        let alarm = AlarmRequest { action: AlarmAction::Activate, member_id: self.me(), alarm: AlarmType::NoSpace };
        self.propose_own(Op::Alarm(alarm), out);
    }

    /// Hands everything proposed to raft at once, if there is a leader to take it. Gives the cause of the latest, which
    /// is what raft acts on next.
    pub(crate) fn flush_proposals(&mut self, out: &mut Effects) -> Option<Cause> {
        if !self.proposals.has_queued() || self.lead() == 0 {
            return None;
        }
        let mut cause = None;
        let queued = self.proposals.queued();
        let mut ids = Vec::with_capacity(queued);
        let mut entries = Vec::with_capacity(queued);
        while let Some((id, of, entry)) = self.proposals.next_queued() {
            cause = Some(of);
            if entry.kind == raft::EntryKind::Normal {
                ids.push(id);
                entries.push(entry);
            } else {
                // Raft wants membership changes one by one.
                self.hand_over(core::mem::take(&mut ids), core::mem::take(&mut entries), out);
                self.hand_over(vec![id], vec![entry], out);
            }
        }
        self.hand_over(ids, entries, out);
        cause
    }

    fn hand_over(&mut self, ids: Vec<u64>, entries: Vec<Entry>, out: &mut Effects) {
        if entries.is_empty() {
            return;
        }
        if let Err(error) = self.raft.propose_entries(entries) {
            if error.is_fatal() {
                return self.fail(error.to_string());
            }
            // Such as while leadership is handed over: lost for certain, and the client is told so at once.
            let status = Status::new(Code::Unknown, error.to_string());
            for id in ids {
                if let Some(waiting) = self.proposals.settle(id) {
                    self.give_up(waiting.waiter, status.clone(), out);
                }
            }
        }
    }

    fn give_up(&mut self, waiter: Waiter, status: Status, out: &mut Effects) {
        self.http.counts.failed_proposals += 1;
        match waiter {
            Waiter::Caller(caller) => self.answer(&caller, Err(status), out),
            Waiter::Publish => self.publish(out),
            Waiter::Compactor => self.compaction_ended(Err(status)),
            Waiter::Nobody => {}
        }
    }

    /// Answers whoever has waited too long.
    pub(crate) fn check_timeouts(&mut self, out: &mut Effects) {
        let timeout = self.config.request_timeout();
        if self.now.as_micros() > timeout.as_micros() {
            let deadline = self.now.before(timeout);
            for (waiting, taken) in self.proposals.overdue(deadline) {
                // Without a leader raft takes nothing, and the proposal runs into its own deadline before it is one.
                let never_taken = || Status::new(Code::DeadlineExceeded, "context deadline exceeded");
                let status = if taken { self.timeout_status(waiting.started) } else { never_taken() };
                self.give_up(waiting.waiter, status, out);
            }
            self.check_read_timeouts(deadline, out);
        }
        self.retry_reads();
        self.check_forwards(out);
        self.check_transfers(out);
    }

    /// Why a request that began at `started` has timed out (etcd: v3_server.go and server.go, `parseProposeCtxErr`).
    fn timeout_status(&self, started: Time) -> Status {
        let elected = self.leadership.elected_at;
        let lost = elected.before(self.config.election.times(2));
        if started > lost && started < elected {
            return errors::timeout_due_to_leader_fail();
        }
        let lead = self.lead();
        let connected = if lead == 0 {
            true
        } else if lead == self.me() {
            let quorum = self.members.voters().count() / 2 + 1;
            self.peers.connected_since(started, self.me(), &self.members) >= quorum
        } else {
            self.peers.active_since(lead).is_some_and(|since| since < started)
        };
        if connected { errors::timeout() } else { errors::timeout_due_to_connection_lost() }
    }

    /// How long a member may have been connected to count as healthy (etcd: server/etcdserver/server.go,
    /// `HealthInterval`).
    pub(crate) fn healthy_since(&self) -> Option<Time> {
        const HEALTH_INTERVAL: Micros = Micros::secs(5);
        (self.now.as_micros() > HEALTH_INTERVAL.as_micros()).then(|| self.now.before(HEALTH_INTERVAL))
    }
}
