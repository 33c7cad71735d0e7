//! What only the leader can answer: renewing leases, what is left of one, whether a learner is ready. Other members pass
//! such requests on (etcd: server/etcdserver/v3_server.go, server/lease/leasehttp).

use sorted::SortedMap;

use sim::{NodeId, Time};

use super::note::Note;
use super::planted::PlantedBug;
use super::process::Process;
use super::proposals::Caller;
use super::reads::Read;
use super::{Effects, Msg};
use crate::apply::Op;
use crate::lease::{CHECK_INTERVAL, Renewal};
use crate::rpc::*;

/// Who waits for the leader's answer.
#[derive(Clone, Copy, Debug)]
enum Purpose {
    Call(Caller),
    /// A renewal on a stream.
    KeepAlive(Caller),
}

impl Purpose {
    fn caller(&self) -> &Caller {
        match self {
            Purpose::Call(caller) | Purpose::KeepAlive(caller) => caller,
        }
    }
}

#[derive(Clone, Debug)]
struct Forwarding {
    purpose: Purpose,
    request: Request,
    since: Time,
    /// Whom it was sent to, while the answer is awaited.
    sent_to: Option<NodeId>,
}

/// Requests passed on to the leader.
#[derive(Clone, Debug, Default)]
pub(crate) struct Forwards(SortedMap<u64, Forwarding>);

impl Forwards {
    /// The leader could not be reached; the next tick tries again.
    pub(crate) fn failed(&mut self, id: u64) {
        if let Some(forwarding) = self.0.get_mut(&id) {
            forwarding.sent_to = None;
        }
    }

    /// A machine's process died, and with it what it was asked and what it had asked.
    pub(crate) fn lost(&mut self, node: NodeId) {
        self.0.retain(|_, forwarding| forwarding.purpose.caller().node != node);
        for forwarding in self.0.values_mut().filter(|forwarding| forwarding.sent_to == Some(node)) {
            forwarding.sent_to = None;
        }
    }

    pub(crate) fn cancel(&mut self, node: NodeId, call: u64) {
        self.0.retain(|_, forwarding| {
            let caller = forwarding.purpose.caller();
            (caller.node, caller.call) != (node, call)
        });
    }
}

/// What becomes of a renewal if the member that was asked leads no more (etcd: server/lease/lessor.go, `ErrNotPrimary`,
/// for which gRPC has no code).
pub(crate) fn not_primary() -> Status {
    Status::new(Code::Unknown, "not a primary lessor")
}

impl Process {
    /// Proposes the end of leases that have run out.
    pub(crate) fn check_leases(&mut self, out: &mut Effects) {
        let every = (CHECK_INTERVAL / self.config.heartbeat.as_micros().max(1)).max(1);
        if !self.is_leader() || !self.ticks.is_multiple_of(every) {
            return;
        }
        // Raft would pass the revocation on to a successor, who may know of renewals since. Whoever stood still looks again
        // half a second later, by when it knows who leads (etcd: server.go, `revokeExpiredLeases`).
        if !self.is_active() {
            return;
        }
        for id in self.machine.lessor.expired(self.now.as_micros()) {
            out.note(Note::LeaseExpired { lease: id });
            self.propose_own(Op::LeaseRevoke(LeaseRevokeRequest { id }), out);
        }
    }

    /// A renewal that came on a stream. A leader that stood still may have a successor by now, and asks the others first
    /// whether it still leads (etcd: server.go, `ensureLeadership`).
    pub(crate) fn keep_alive(&mut self, caller: Caller, request: LeaseKeepAliveRequest, out: &mut Effects) {
        if self.is_leader() && !self.is_active() {
            return self.read_when_current(Read { caller, token: None, request: request.into() });
        }
        self.keep_alive_now(caller, request, out);
    }

    /// The others have confirmed that this member is current; whether it leads may have changed meanwhile.
    pub(crate) fn keep_alive_confirmed(&mut self, caller: Caller, request: LeaseKeepAliveRequest, out: &mut Effects) {
        if self.is_leader() {
            return self.keep_alive_now(caller, request, out);
        }
        self.end_stream(caller.node, caller.call, not_primary(), out);
    }

    fn keep_alive_now(&mut self, caller: Caller, request: LeaseKeepAliveRequest, out: &mut Effects) {
        match self.renew(request.id) {
            Some(result) => self.answer_keep_alive(&caller, result, out),
            None => self.pass_on(Purpose::KeepAlive(caller), request.into(), out),
        }
    }

    /// Renews a lease if this member is the one to do so.
    fn renew(&mut self, id: i64) -> Option<Result<Response, Status>> {
        if !self.is_leader() {
            return None;
        }
        let mut renewal = self.machine.lessor.renew(self.now.as_micros(), id);
        if renewal == Renewal::Ending && self.config.has_planted(PlantedBug::LeaseRevived) {
            self.machine.lessor.promote(self.now.as_micros(), 0);
            renewal = self.machine.lessor.renew(self.now.as_micros(), id);
        }
        let ttl = match renewal {
            Renewal::Renewed { ttl, .. } => ttl,
            // Both come to the same: the lease is gone, or about to be.
            Renewal::NotFound | Renewal::Ending => 0,
            Renewal::NotPrimary => return None,
        };
        Some(Ok(LeaseKeepAliveResponse { id, ttl, ..Default::default() }.into()))
    }

    fn answer_keep_alive(&mut self, caller: &Caller, result: Result<Response, Status>, out: &mut Effects) {
        match result {
            Ok(response) => self.stream_item(caller.node, caller.call, response, out),
            Err(status) => self.end_stream(caller.node, caller.call, status, out),
        }
    }

    /// What is left of a lease; only the leader knows.
    pub(crate) fn lease_time_to_live(
        &mut self,
        caller: Caller,
        request: LeaseTimeToLiveRequest,
        out: &mut Effects,
    ) -> Result<Option<Response>, Status> {
        if self.is_leader() {
            return Ok(Some(self.machine.lease_time_to_live(self.now.as_micros(), &request).into()));
        }
        self.forward(caller, request.into(), out);
        Ok(None)
    }

    /// Passes a client's request on to the leader.
    pub(crate) fn forward(&mut self, caller: Caller, request: Request, out: &mut Effects) {
        self.pass_on(Purpose::Call(caller), request, out);
    }

    fn pass_on(&mut self, purpose: Purpose, request: Request, out: &mut Effects) {
        let id = self.proposals.fresh_id();
        self.forwards.0.insert(id, Forwarding { purpose, request, since: self.now, sent_to: None });
        self.try_forward(id, out);
    }

    fn try_forward(&mut self, id: u64, out: &mut Effects) {
        let leader = if self.is_leader() { None } else { self.node_of(self.lead()) };
        let Some(forwarding) = self.forwards.0.get_mut(&id) else { return };
        if let Some(leader) = leader {
            forwarding.sent_to = Some(leader);
            let request = forwarding.request.clone();
            let cause = forwarding.purpose.caller().cause;
            out.with_cause(cause, |out| out.send(leader, Msg::Forward { id, request }));
        }
    }

    /// Another member asks what only the leader knows.
    pub(crate) fn forward_request(&mut self, from: NodeId, id: u64, request: Request, out: &mut Effects) {
        let caller = Caller { node: from, call: id, forwarded: true, cause: out.cause() };
        let result = match request {
            // Who asked tries again, here or at a successor. The real server makes sure only for its own clients.
            Request::LeaseKeepAlive(_) if !self.is_active() => Err(errors::not_leader()),
            Request::LeaseKeepAlive(r) => self.renew(r.id).unwrap_or_else(|| Err(errors::not_leader())),
            Request::LeaseTimeToLive(r) if self.is_leader() => {
                Ok(self.machine.lease_time_to_live(self.now.as_micros(), &r).into())
            }
            Request::MemberPromote(r) => match self.member_promote(caller, r, out) {
                Ok(()) => return,
                Err(status) => Err(status),
            },
            _ => Err(errors::not_leader()),
        };
        self.answer(&caller, result, out);
    }

    /// The leader has answered.
    pub(crate) fn forwarded(&mut self, id: u64, result: Result<Response, Status>, out: &mut Effects) {
        if result.as_ref().is_err_and(|status| *status == errors::not_leader()) {
            return self.forwards.failed(id);
        }
        if let Some(forwarding) = self.forwards.0.remove(&id) {
            self.settle_forward(forwarding.purpose, result, out);
        }
    }

    fn settle_forward(&mut self, purpose: Purpose, result: Result<Response, Status>, out: &mut Effects) {
        // The member that was asked signs the answer, not the leader.
        let result = result.map(|mut response| {
            *response.header_mut() = ResponseHeader::default();
            response
        });
        match purpose {
            Purpose::Call(caller) => self.answer(&caller, result, out),
            Purpose::KeepAlive(caller) => self.answer_keep_alive(&caller, result, out),
        }
    }

    /// Tries again what could not be passed on, and gives up on what has taken too long.
    pub(crate) fn check_forwards(&mut self, out: &mut Effects) {
        let timeout = self.config.request_timeout();
        let ids: Vec<u64> = self.forwards.0.keys().copied().collect();
        for id in ids {
            let Some(forwarding) = self.forwards.0.get(&id) else { continue };
            if self.now - forwarding.since >= timeout {
                let status = if self.lead() == 0 { errors::no_leader() } else { errors::timeout() };
                if let Some(forwarding) = self.forwards.0.remove(&id) {
                    self.settle_forward(forwarding.purpose, Err(status), out);
                }
            } else if forwarding.sent_to.is_none() {
                self.retry_forward(id, out);
            }
        }
    }

    fn retry_forward(&mut self, id: u64, out: &mut Effects) {
        if !self.is_leader() {
            return self.try_forward(id, out);
        }
        // This member has become the leader meanwhile.
        let Some(forwarding) = self.forwards.0.get(&id) else { return };
        let (purpose, request) = (forwarding.purpose, forwarding.request.clone());
        let result = match request {
            Request::LeaseKeepAlive(r) => match self.renew(r.id) {
                Some(result) => result,
                None => return,
            },
            Request::LeaseTimeToLive(r) => Ok(self.machine.lease_time_to_live(self.now.as_micros(), &r).into()),
            Request::MemberPromote(r) => {
                self.forwards.0.remove(&id);
                let caller = *purpose.caller();
                if let Err(status) = self.member_promote(caller, r, out) {
                    self.answer(&caller, Err(status), out);
                }
                return;
            }
            _ => Err(errors::not_leader()),
        };
        self.forwards.0.remove(&id);
        self.settle_forward(purpose, result, out);
    }
}
