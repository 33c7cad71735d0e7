//! What clients ask for, and where each request goes: into the log, to a confirmed read, to a stream, or answered at
//! once (etcd: server/etcdserver/api/v3rpc).

use sim::NodeId;

use super::process::Process;
use super::proposals::Caller;
use super::reads::Read;
use super::{Effects, Msg};
use crate::apply::{Op, is_read_only, is_serializable, validate};
use crate::auth::{AuthInfo, hash_password, token_prefix};
use crate::rpc::*;

/// A call as it came.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) caller: Caller,
    pub(crate) token: Option<String>,
    pub(crate) request: Request,
}

impl Process {
    pub(crate) fn client_message(&mut self, from: NodeId, msg: Msg, out: &mut Effects) {
        match msg {
            Msg::Call { id, token, request } => {
                let caller = Caller { node: from, call: id, forwarded: false, cause: out.cause() };
                self.call(Call { caller, token, request }, out);
            }
            Msg::StreamSend { id, request } => self.stream_send(from, id, request, out),
            Msg::Cancel { id } => {
                self.proposals.cancel(from, id);
                self.reads.cancel(from, id);
                self.forwards.cancel(from, id);
                self.streams.close(from, id);
                self.http.cancel(from, id);
            }
            _ => {}
        }
    }

    /// Whether a learner answers this (etcd: server/etcdserver/api/v3rpc/util.go, `isRPCSupportedForLearner`).
    fn learner_answers(request: &Request) -> bool {
        match request {
            Request::Status(_) | Request::Snapshot(_) => true,
            Request::Range(range) => range.serializable,
            _ => false,
        }
    }

    pub(crate) fn call(&mut self, call: Call, out: &mut Effects) {
        let Call { caller, token, request } = call;
        if let Request::Http(request) = &request {
            return self.http(caller, request, out);
        }
        if self.is_learner() && !Self::learner_answers(&request) {
            return self.refuse(&caller, &request, errors::not_supported_for_learner(), out);
        }
        if let Request::Watch(_) | Request::LeaseKeepAlive(_) | Request::Snapshot(_) = request {
            return self.open_stream(caller, token, request, out);
        }
        match self.route(&caller, token, request, out) {
            Ok(Some(response)) => self.answer(&caller, Ok(response), out),
            Ok(None) => {}
            Err(status) => self.answer(&caller, Err(status), out),
        }
    }

    /// A stream is refused by ending it, a call by an answer.
    fn refuse(&mut self, caller: &Caller, request: &Request, status: Status, out: &mut Effects) {
        match request {
            Request::Watch(_) | Request::LeaseKeepAlive(_) | Request::Snapshot(_) => {
                out.send(caller.node, Msg::StreamEnd { id: caller.call, status });
            }
            _ => self.answer(caller, Err(status), out),
        }
    }

    pub(crate) fn auth_info(&mut self, token: Option<&str>) -> Result<AuthInfo, Status> {
        self.machine.auth.info_from_token(self.now.as_micros(), token)
    }

    /// Answers a request at once, or sees to it that it will be answered (`None`).
    fn route(
        &mut self,
        caller: &Caller,
        token: Option<String>,
        request: Request,
        out: &mut Effects,
    ) -> Result<Option<Response>, Status> {
        validate(&request, self.config.max_txn_ops)?;
        match &request {
            Request::Range(range) if !range.serializable => return self.put_off(caller, token, request),
            Request::Txn(txn) if is_read_only(txn) && !is_serializable(txn) => {
                return self.put_off(caller, token, request);
            }
            Request::MemberList(list) if list.linearizable => return self.put_off(caller, token, request),
            Request::Authenticate(_) => return self.put_off(caller, token, request),
            _ => {}
        }
        let auth = self.auth_info(token.as_deref())?;
        if matches!(request, Request::Range(_)) || matches!(&request, Request::Txn(txn) if is_read_only(txn)) {
            return self.read_now(&auth, &request).map(Some);
        }
        self.machine.authorize(&auth, &request)?;
        if !self.machine.has_space_for(&request) {
            self.raise_no_space(out);
            return Err(errors::no_space());
        }
        match request {
            Request::MemberList(_) => Ok(Some(self.member_list().into())),
            Request::MemberAdd(r) => self.member_add(*caller, r, out).map(|()| None),
            Request::MemberRemove(r) => self.member_remove(*caller, r, out).map(|()| None),
            Request::MemberUpdate(r) => self.member_update(*caller, r, out).map(|()| None),
            Request::MemberPromote(r) => self.member_promote(*caller, r, out).map(|()| None),
            Request::LeaseTimeToLive(r) => self.lease_time_to_live(*caller, r, out),
            Request::LeaseLeases(_) => {
                Ok(Some(LeaseLeasesResponse { leases: self.machine.lessor.list(), ..Default::default() }.into()))
            }
            Request::Status(_) => Ok(Some(self.status().into())),
            Request::Defragment(_) => {
                self.machine.store.defragment();
                Ok(Some(DefragmentResponse::default().into()))
            }
            Request::Hash(_) => {
                Ok(Some(HashResponse { hash: self.machine.store.hash_all(), ..Default::default() }.into()))
            }
            Request::HashKv(r) => self.hash_kv(&r).map(Some),
            Request::MoveLeader(r) => self.move_leader(*caller, &r, out),
            Request::Downgrade(_) => Err(Status::new(Code::Unimplemented, "etcdserver: downgrade is not supported")),
            request => {
                let op = Op::from_request(self.prepare(request, out))
                    .ok_or_else(|| Status::new(Code::Unimplemented, "unknown method"))?;
                self.propose(*caller, auth, op, out);
                Ok(None)
            }
        }
    }

    fn put_off(
        &mut self,
        caller: &Caller,
        token: Option<String>,
        request: Request,
    ) -> Result<Option<Response>, Status> {
        self.read_when_current(Read { caller: *caller, token, request });
        Ok(None)
    }

    /// Chooses what the log must not leave to chance: ids of leases, salts of passwords.
    fn prepare(&mut self, mut request: Request, out: &mut Effects) -> Request {
        let mut hash = |password: &mut String| {
            let hashed = hash_password(password, out.random());
            password.clear();
            hashed
        };
        match &mut request {
            Request::LeaseGrant(grant) if grant.id == 0 => {
                grant.id = (self.proposals.fresh_id() & u64::MAX >> 1).cast_signed();
            }
            Request::UserAdd(user) if !user.options.as_ref().is_some_and(|options| options.no_password) => {
                user.hashed_password = hash(&mut user.password);
            }
            Request::UserChangePassword(user) => user.hashed_password = hash(&mut user.password),
            _ => {}
        }
        request
    }

    /// This member knows that it is current: answers what waited for that.
    pub(crate) fn serve_read(&mut self, read: Read, out: &mut Effects) {
        let Read { caller, token, request } = read;
        if let Request::Authenticate(login) = request {
            return self.authenticate(caller, login, out);
        }
        if let Request::LeaseKeepAlive(renewal) = request {
            return self.keep_alive_confirmed(caller, renewal, out);
        }
        let result = self.auth_info(token.as_deref()).and_then(|auth| match &request {
            Request::MemberList(_) => {
                self.machine.authorize(&auth, &request)?;
                Ok(self.member_list().into())
            }
            request => self.read_now(&auth, request),
        });
        self.answer(&caller, result, out);
    }

    fn read_now(&self, auth: &AuthInfo, request: &Request) -> Result<Response, Status> {
        match request {
            Request::Range(range) => self.machine.range(auth, range).map(Response::from),
            Request::Txn(txn) => self.machine.txn_read_only(auth, txn).map(Response::from),
            _ => Err(Status::new(Code::Unimplemented, "unknown method")),
        }
    }

    /// Checks the password here, and lets the log make the token known to all (etcd: v3_server.go, `Authenticate`).
    fn authenticate(&mut self, caller: Caller, login: AuthenticateRequest, out: &mut Effects) {
        match self.machine.auth.check_password(&login.name, &login.password) {
            Ok(_) => {
                let simple_token = token_prefix(|| out.random());
                self.propose(caller, AuthInfo::default(), Op::Authenticate { name: login.name, simple_token }, out);
            }
            Err(status) => self.answer(&caller, Err(status), out),
        }
    }
}
