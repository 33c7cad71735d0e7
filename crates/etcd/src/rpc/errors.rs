//! Every error etcd answers with: codes and texts are those of etcd 3.5 (api/v3rpc/rpctypes/error.go). A client compares
//! texts, so none may be reworded.

use super::{Code, Status};

macro_rules! errors {
    ($($name:ident, $code:ident, $text:literal;)*) => {
        $(
            #[doc = concat!("`", stringify!($code), "`: ", $text)]
            pub fn $name() -> Status {
                Status::new(Code::$code, $text)
            }
        )*

        /// All of them, for a client that maps texts back to codes.
        pub fn all() -> Vec<Status> {
            vec![$($name()),*]
        }
    };
}

errors! {
    empty_key, InvalidArgument, "etcdserver: key is not provided";
    key_not_found, InvalidArgument, "etcdserver: key not found";
    value_provided, InvalidArgument, "etcdserver: value is provided";
    lease_provided, InvalidArgument, "etcdserver: lease is provided";
    too_many_ops, InvalidArgument, "etcdserver: too many operations in txn request";
    duplicate_key, InvalidArgument, "etcdserver: duplicate key given in txn request";
    compacted, OutOfRange, "etcdserver: mvcc: required revision has been compacted";
    future_rev, OutOfRange, "etcdserver: mvcc: required revision is a future revision";
    no_space, ResourceExhausted, "etcdserver: mvcc: database space exceeded";
    lease_not_found, NotFound, "etcdserver: requested lease not found";
    lease_exist, FailedPrecondition, "etcdserver: lease already exists";
    lease_ttl_too_large, OutOfRange, "etcdserver: too large lease TTL";
    watch_canceled, Canceled, "etcdserver: watch canceled";
    member_exist, FailedPrecondition, "etcdserver: member ID already exist";
    peer_url_exist, FailedPrecondition, "etcdserver: Peer URLs already exists";
    member_not_enough_started, FailedPrecondition, "etcdserver: re-configuration failed due to not enough started members";
    member_bad_urls, InvalidArgument, "etcdserver: given member URLs are invalid";
    member_not_found, NotFound, "etcdserver: member not found";
    member_not_learner, FailedPrecondition, "etcdserver: can only promote a learner member";
    learner_not_ready, FailedPrecondition, "etcdserver: can only promote a learner member which is in sync with leader";
    too_many_learners, FailedPrecondition, "etcdserver: too many learner members in cluster";
    cluster_id_mismatch, FailedPrecondition, "etcdserver: cluster ID mismatch";
    request_too_large, InvalidArgument, "etcdserver: request is too large";
    request_too_many_requests, ResourceExhausted, "etcdserver: too many requests";
    root_user_not_exist, FailedPrecondition, "etcdserver: root user does not exist";
    root_role_not_exist, FailedPrecondition, "etcdserver: root user does not have root role";
    user_already_exist, FailedPrecondition, "etcdserver: user name already exists";
    user_empty, InvalidArgument, "etcdserver: user name is empty";
    user_not_found, FailedPrecondition, "etcdserver: user name not found";
    role_already_exist, FailedPrecondition, "etcdserver: role name already exists";
    role_not_found, FailedPrecondition, "etcdserver: role name not found";
    role_empty, InvalidArgument, "etcdserver: role name is empty";
    auth_failed, InvalidArgument, "etcdserver: authentication failed, invalid user ID or password";
    permission_not_given, InvalidArgument, "etcdserver: permission not given";
    permission_denied, PermissionDenied, "etcdserver: permission denied";
    role_not_granted, FailedPrecondition, "etcdserver: role is not granted to the user";
    permission_not_granted, FailedPrecondition, "etcdserver: permission is not granted to the role";
    auth_not_enabled, FailedPrecondition, "etcdserver: authentication is not enabled";
    invalid_auth_token, Unauthenticated, "etcdserver: invalid auth token";
    invalid_auth_mgmt, InvalidArgument, "etcdserver: invalid auth management";
    auth_old_revision, InvalidArgument, "etcdserver: revision of auth store is old";
    no_leader, Unavailable, "etcdserver: no leader";
    not_leader, FailedPrecondition, "etcdserver: not leader";
    leader_changed, Unavailable, "etcdserver: leader changed";
    not_capable, Unavailable, "etcdserver: not capable";
    stopped, Unavailable, "etcdserver: server stopped";
    timeout, Unavailable, "etcdserver: request timed out";
    timeout_due_to_leader_fail, Unavailable, "etcdserver: request timed out, possibly due to previous leader failure";
    timeout_due_to_connection_lost, Unavailable, "etcdserver: request timed out, possibly due to connection lost";
    timeout_wait_applied_index, Unavailable, "etcdserver: request timed out, waiting for the applied index took too long";
    unhealthy, Unavailable, "etcdserver: unhealthy cluster";
    corrupt, DataLoss, "etcdserver: corrupt cluster";
    not_supported_for_learner, Unavailable, "etcdserver: rpc not supported for learner";
    bad_leader_transferee, FailedPrecondition, "etcdserver: bad leader transferee";
    cluster_version_unavailable, Unavailable, "etcdserver: cluster version not found during downgrade";
    wrong_downgrade_version_format, InvalidArgument, "etcdserver: wrong downgrade target version format";
    invalid_downgrade_target_version, InvalidArgument, "etcdserver: invalid downgrade target version";
    downgrade_in_process, FailedPrecondition, "etcdserver: cluster has a downgrade job in progress";
    no_inflight_downgrade, FailedPrecondition, "etcdserver: no inflight downgrade job";
    canceled, Canceled, "etcdserver: request canceled";
    deadline_exceeded, DeadlineExceeded, "etcdserver: context deadline exceeded";
}
