//! What a member answers without the log, once it knows that it is current enough, and who may ask.

use super::{StateMachine, kv};
use crate::auth::{Access, AuthInfo};
use crate::rpc::*;

impl StateMachine {
    /// Reads a range.
    ///
    /// # Errors
    /// `permission_denied`, `user_empty`, `auth_old_revision`; `compacted`, `future_rev`.
    pub fn range(&self, info: &AuthInfo, r: &RangeRequest) -> Result<RangeResponse, Status> {
        self.auth.check_range(info, &r.key, &r.range_end)?;
        self.store.range_request(r)
    }

    /// A read-only transaction.
    ///
    /// # Errors
    /// As [`StateMachine::range`].
    pub fn txn_read_only(&self, info: &AuthInfo, r: &TxnRequest) -> Result<TxnResponse, Status> {
        self.auth.check_txn(info, &self.lessor, r)?;
        kv::run_read_only(&self.store, r)
    }

    /// What is left of a lease, as the leader knows it. A lease that does not exist has -1 seconds left
    /// (etcd: server/etcdserver/api/v3rpc/lease.go, `LeaseTimeToLive`).
    pub fn lease_time_to_live(&self, now: u64, r: &LeaseTimeToLiveRequest) -> LeaseTimeToLiveResponse {
        let none = || LeaseTimeToLiveResponse { id: r.id, ttl: -1, ..Default::default() };
        self.lessor.time_to_live(now, r.id, r.keys).unwrap_or_else(none)
    }

    /// Whether a user may make a request, as far as that is decided before it is proposed or answered. Changes of keys
    /// and of users are decided when they are applied, in their turn.
    ///
    /// # Errors
    /// `user_empty`, `user_not_found`, `permission_denied`.
    pub fn authorize(&self, info: &AuthInfo, request: &Request) -> Result<(), Status> {
        let auth = &self.auth;
        if !auth.is_enabled() {
            return Ok(());
        }
        match request {
            Request::Range(r) => auth.check_range(info, &r.key, &r.range_end),
            Request::Watch(WatchRequest::Create(r)) => auth.check_range(info, &r.key, &r.range_end),
            Request::Compact(_) => auth.check_admin(info),
            Request::LeaseGrant(_) | Request::LeaseRevoke(_) | Request::MemberList(_) => auth.check_known(info),
            Request::LeaseKeepAlive(r) => {
                auth.check_known(info)?;
                auth.check_lease(info, &self.lessor, r.id, Access::Write)
            }
            Request::LeaseTimeToLive(r) => {
                auth.check_known(info)?;
                if r.keys { auth.check_lease(info, &self.lessor, r.id, Access::Read) } else { Ok(()) }
            }
            Request::LeaseLeases(_) => {
                auth.check_known(info)?;
                let mut leases = self.lessor.list().into_iter();
                leases.try_for_each(|l| auth.check_lease(info, &self.lessor, l.id, Access::Read))
            }
            Request::Alarm(r) if r.action == AlarmAction::Get => auth.check_known(info),
            Request::Alarm(_)
            | Request::Status(_)
            | Request::MoveLeader(_)
            | Request::Downgrade(_)
            | Request::MemberAdd(_)
            | Request::MemberRemove(_)
            | Request::MemberUpdate(_)
            | Request::MemberPromote(_) => auth.check_admin(info),
            Request::Defragment(_) | Request::Snapshot(_) | Request::Hash(_) | Request::HashKv(_) => {
                auth.check_admin(info).map_err(unmapped)
            }
            _ => Ok(()),
        }
    }
}

/// Some maintenance calls hand the inner error to gRPC as it is, which makes its code `Unknown` and its text that of
/// the inner layer (etcd: server/etcdserver/api/v3rpc/maintenance.go, `isAuthenticated`).
fn unmapped(status: Status) -> Status {
    let text = if status == errors::user_not_found() {
        "auth: user not found".to_owned()
    } else {
        status.message.replacen("etcdserver: ", "auth: ", 1)
    };
    Status::new(Code::Unknown, text)
}
