//! etcd's API, version 3: requests, responses and errors with the names of `rpc.proto`, `kv.proto` and `auth.proto`
//! (etcd 3.5). Every layer speaks these types: the console's client, the simulated wire, the server.
//!
//! Two liberties, both because Rust has enums: a `oneof` is an enum (so a mismatch of tag and content cannot be
//! written down), and a header is always there. serde renames a field where the proto's name is not snake case, so a
//! JSON rendering finds the real names.

mod auth;
mod cluster;
pub mod errors;
mod http;
mod kv;
mod lease;
mod maintenance;
mod status;
mod watch;

pub use auth::*;
pub use cluster::*;
pub use http::*;
pub use kv::*;
pub use lease::*;
pub use maintenance::*;
pub use status::{Code, Status};
pub use watch::*;

use serde::{Deserialize, Serialize};

/// What every answer says about who answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseHeader {
    /// Id of the cluster, a hash of its initial members.
    pub cluster_id: u64,
    /// Id of the member that answered.
    pub member_id: u64,
    /// Revision of the key-value store when the request was applied. 0 in a watch progress means unknown.
    pub revision: i64,
    /// Raft term when the request was applied.
    pub raft_term: u64,
}

macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident($request:ident, $response:ident),)*) => {
        /// One call of a client: a variant for each method of etcd's gRPC services.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub enum Request { $($(#[$doc])* $name($request),)* }

        /// The answer to a [`Request`]: the variant of the same name.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub enum Response { $($(#[$doc])* $name($response),)* }

        impl Request {
            /// The method's name, as the trace shows it.
            pub fn name(&self) -> &'static str {
                match self { $(Request::$name(_) => stringify!($name),)* }
            }
        }

        impl Response {
            /// The method's name, as the trace shows it.
            pub fn name(&self) -> &'static str {
                match self { $(Response::$name(_) => stringify!($name),)* }
            }

            /// Who answered, and at which revision.
            pub fn header(&self) -> &ResponseHeader {
                match self { $(Response::$name(r) => &r.header,)* }
            }

            /// For the server to fill in.
            pub fn header_mut(&mut self) -> &mut ResponseHeader {
                match self { $(Response::$name(r) => &mut r.header,)* }
            }
        }

        $(
            impl From<$request> for Request {
                fn from(r: $request) -> Self { Request::$name(r) }
            }
            impl From<$response> for Response {
                fn from(r: $response) -> Self { Response::$name(r) }
            }
        )*
    };
}

methods! {
    /// KV: read a range of keys.
    Range(RangeRequest, RangeResponse),
    /// KV: write a key.
    Put(PutRequest, PutResponse),
    /// KV: delete a range of keys.
    DeleteRange(DeleteRangeRequest, DeleteRangeResponse),
    /// KV: compare, then do one of two lists of operations, in one revision.
    Txn(TxnRequest, TxnResponse),
    /// KV: forget history up to a revision.
    Compact(CompactionRequest, CompactionResponse),
    /// Watch: a stream; create, cancel and progress requests travel on it.
    Watch(WatchRequest, WatchResponse),
    /// Lease: make one.
    LeaseGrant(LeaseGrantRequest, LeaseGrantResponse),
    /// Lease: end one, deleting its keys.
    LeaseRevoke(LeaseRevokeRequest, LeaseRevokeResponse),
    /// Lease: renew one. A stream; each message is one renewal.
    LeaseKeepAlive(LeaseKeepAliveRequest, LeaseKeepAliveResponse),
    /// Lease: what is left of one.
    LeaseTimeToLive(LeaseTimeToLiveRequest, LeaseTimeToLiveResponse),
    /// Lease: list all.
    LeaseLeases(LeaseLeasesRequest, LeaseLeasesResponse),
    /// Cluster: add a member.
    MemberAdd(MemberAddRequest, MemberAddResponse),
    /// Cluster: remove a member.
    MemberRemove(MemberRemoveRequest, MemberRemoveResponse),
    /// Cluster: change a member's peer URLs.
    MemberUpdate(MemberUpdateRequest, MemberUpdateResponse),
    /// Cluster: make a learner a voter.
    MemberPromote(MemberPromoteRequest, MemberPromoteResponse),
    /// Cluster: list the members.
    MemberList(MemberListRequest, MemberListResponse),
    /// Maintenance: get, raise or disarm alarms.
    Alarm(AlarmRequest, AlarmResponse),
    /// Maintenance: one member's condition.
    Status(StatusRequest, StatusResponse),
    /// Maintenance: give freed pages of the database back.
    Defragment(DefragmentRequest, DefragmentResponse),
    /// Maintenance: hash of the whole database.
    Hash(HashRequest, HashResponse),
    /// Maintenance: hash of the key-value store up to a revision.
    HashKv(HashKvRequest, HashKvResponse),
    /// Maintenance: the whole database, as a stream of blobs.
    Snapshot(SnapshotRequest, SnapshotResponse),
    /// Maintenance: hand leadership over.
    MoveLeader(MoveLeaderRequest, MoveLeaderResponse),
    /// Maintenance: prepare, start or cancel a downgrade.
    Downgrade(DowngradeRequest, DowngradeResponse),
    /// Auth: switch authentication on.
    AuthEnable(AuthEnableRequest, AuthEnableResponse),
    /// Auth: switch authentication off.
    AuthDisable(AuthDisableRequest, AuthDisableResponse),
    /// Auth: whether authentication is on.
    AuthStatus(AuthStatusRequest, AuthStatusResponse),
    /// Auth: a token for a name and password.
    Authenticate(AuthenticateRequest, AuthenticateResponse),
    /// Auth: add a user.
    UserAdd(AuthUserAddRequest, AuthUserAddResponse),
    /// Auth: a user's roles.
    UserGet(AuthUserGetRequest, AuthUserGetResponse),
    /// Auth: list the users.
    UserList(AuthUserListRequest, AuthUserListResponse),
    /// Auth: delete a user.
    UserDelete(AuthUserDeleteRequest, AuthUserDeleteResponse),
    /// Auth: change a user's password.
    UserChangePassword(AuthUserChangePasswordRequest, AuthUserChangePasswordResponse),
    /// Auth: give a user a role.
    UserGrantRole(AuthUserGrantRoleRequest, AuthUserGrantRoleResponse),
    /// Auth: take a role from a user.
    UserRevokeRole(AuthUserRevokeRoleRequest, AuthUserRevokeRoleResponse),
    /// Auth: add a role.
    RoleAdd(AuthRoleAddRequest, AuthRoleAddResponse),
    /// Auth: a role's permissions.
    RoleGet(AuthRoleGetRequest, AuthRoleGetResponse),
    /// Auth: list the roles.
    RoleList(AuthRoleListRequest, AuthRoleListResponse),
    /// Auth: delete a role.
    RoleDelete(AuthRoleDeleteRequest, AuthRoleDeleteResponse),
    /// Auth: let a role read or write a range of keys.
    RoleGrantPermission(AuthRoleGrantPermissionRequest, AuthRoleGrantPermissionResponse),
    /// Auth: take a permission from a role.
    RoleRevokePermission(AuthRoleRevokePermissionRequest, AuthRoleRevokePermissionResponse),
    /// What is asked over plain HTTP: version 2, health, metrics. A stream if it waits for changes.
    Http(HttpRequest, HttpResponse),
}
