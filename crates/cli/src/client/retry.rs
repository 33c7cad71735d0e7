//! When a failed call is made again (etcd: client/v3/retry.go, client/v3/retry_interceptor.go).

use etcd::rpc::{Code, Request, Status, errors};

use super::error::is_etcd_error;

/// Attempts before a call gives up by itself.
pub const MAX_ATTEMPTS: u32 = 100;

/// Between two rounds over a quorum of endpoints. Microseconds.
pub const BACKOFF: u64 = 25_000;

/// Whether a request may be sent twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Reading, and changes that come to the same when repeated.
    Repeatable,
    /// A change that must not happen twice.
    Once,
}

/// The policy upstream has for each call.
pub fn policy(request: &Request) -> Policy {
    match request {
        Request::Range(_)
        | Request::LeaseGrant(_)
        | Request::LeaseRevoke(_)
        | Request::LeaseTimeToLive(_)
        | Request::LeaseLeases(_)
        | Request::LeaseKeepAlive(_)
        | Request::MemberList(_)
        | Request::Alarm(_)
        | Request::Status(_)
        | Request::Hash(_)
        | Request::HashKv(_)
        | Request::Snapshot(_)
        | Request::MoveLeader(_)
        | Request::UserList(_)
        | Request::UserGet(_)
        | Request::RoleList(_)
        | Request::RoleGet(_) => Policy::Repeatable,
        _ => Policy::Once,
    }
}

/// Whether a call that ended in `status` may be made again, with `endpoints` to choose from.
pub fn is_safe(policy: Policy, status: &Status, endpoints: usize) -> bool {
    if status.message == errors::not_supported_for_learner().message && endpoints > 1 {
        return true;
    }
    match policy {
        Policy::Repeatable => status.code == Code::Unavailable,
        // Upstream retries a change only when no connection existed, and such calls wait in the balancer here.
        Policy::Once => false,
    }
}

/// Whether the token should be fetched anew before the next attempt.
pub fn wants_new_token(status: &Status, have_credentials: bool) -> bool {
    let is = |error: Status| is_etcd_error(status) && status.message == error.message;
    if is(errors::user_empty()) {
        return have_credentials;
    }
    is(errors::invalid_auth_token()) || is(errors::auth_old_revision())
}

/// The server's own deadline passed or it cancelled the call: another attempt while the caller still has time.
pub fn is_context_error(status: &Status) -> bool {
    matches!(status.code, Code::DeadlineExceeded | Code::Canceled)
}
