//! What travels through the raft log (etcd: api/etcdserverpb/raft_internal.proto).

use serde::{Deserialize, Serialize};

use crate::Bytes;
use crate::auth::AuthInfo;
use crate::rpc::*;
use crate::v2::{AuthChange, KeyRequest};

/// An entry of the log. It is encoded once, where it is proposed; members share the encoding, and the values in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// By which the proposing member knows its waiting client again.
    pub id: u64,
    /// On whose behalf.
    pub auth: AuthInfo,
    /// What to do.
    pub op: Op,
}

/// A change, or a read that has to take its turn among the changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Op {
    /// KV: write a key.
    Put(PutRequest),
    /// KV: delete a range.
    DeleteRange(DeleteRangeRequest),
    /// KV: a transaction; read-only ones need not come through the log.
    Txn(TxnRequest),
    /// KV: forget history.
    Compact(CompactionRequest),
    /// Lease: make one. The id has been chosen, by the client or the proposing member.
    LeaseGrant(LeaseGrantRequest),
    /// Lease: end one.
    LeaseRevoke(LeaseRevokeRequest),
    /// Lease: spread what is left of some.
    LeaseCheckpoint(LeaseCheckpointRequest),
    /// Maintenance: list, raise or disarm alarms.
    Alarm(AlarmRequest),
    /// Auth: a log-in whose password has been checked.
    Authenticate {
        /// The user.
        name: String,
        /// Random letters the token begins with.
        simple_token: String,
    },
    /// Auth: on.
    AuthEnable(AuthEnableRequest),
    /// Auth: off.
    AuthDisable(AuthDisableRequest),
    /// Auth: on or off?
    AuthStatus(AuthStatusRequest),
    /// Auth: add a user; the password comes hashed.
    UserAdd(AuthUserAddRequest),
    /// Auth: a user's roles.
    UserGet(AuthUserGetRequest),
    /// Auth: the users.
    UserList(AuthUserListRequest),
    /// Auth: delete a user.
    UserDelete(AuthUserDeleteRequest),
    /// Auth: change a password; it comes hashed.
    UserChangePassword(AuthUserChangePasswordRequest),
    /// Auth: give a role to a user.
    UserGrantRole(AuthUserGrantRoleRequest),
    /// Auth: take a role from a user.
    UserRevokeRole(AuthUserRevokeRoleRequest),
    /// Auth: add a role.
    RoleAdd(AuthRoleAddRequest),
    /// Auth: a role's permissions.
    RoleGet(AuthRoleGetRequest),
    /// Auth: the roles.
    RoleList(AuthRoleListRequest),
    /// Auth: delete a role.
    RoleDelete(AuthRoleDeleteRequest),
    /// Auth: give a permission to a role.
    RoleGrantPermission(AuthRoleGrantPermissionRequest),
    /// Auth: take a permission from a role.
    RoleRevokePermission(AuthRoleRevokePermissionRequest),
    /// The leader sets the version that all members understand. No client waits for it.
    ClusterVersionSet {
        /// For example `3.5.0`.
        version: String,
    },
    /// A member that has started publishes its name and client URLs. The membership is the server's; here it only
    /// takes its place in the log.
    MemberAttributes {
        /// Which member.
        member_id: u64,
        /// Its name.
        name: String,
        /// Where clients reach it.
        client_urls: Vec<String>,
    },
    /// A downgrade is allowed or no longer allowed.
    DowngradeInfoSet {
        /// Whether it is.
        enabled: bool,
        /// To which version.
        version: String,
    },
    /// Version 2: a change of its keys, or a read that takes its turn.
    V2(KeyRequest),
    /// Version 2: a change of its users and roles.
    V2Auth(AuthChange),
}

impl Op {
    /// The operation for a request that goes through the log. `None` for requests that are answered otherwise, and for
    /// `Authenticate`, which needs a token first.
    pub fn from_request(request: Request) -> Option<Op> {
        Some(match request {
            Request::Put(r) => Op::Put(r),
            Request::DeleteRange(r) => Op::DeleteRange(r),
            Request::Txn(r) => Op::Txn(r),
            Request::Compact(r) => Op::Compact(r),
            Request::LeaseGrant(r) => Op::LeaseGrant(r),
            Request::LeaseRevoke(r) => Op::LeaseRevoke(r),
            Request::Alarm(r) => Op::Alarm(r),
            Request::AuthEnable(r) => Op::AuthEnable(r),
            Request::AuthDisable(r) => Op::AuthDisable(r),
            Request::AuthStatus(r) => Op::AuthStatus(r),
            Request::UserAdd(r) => Op::UserAdd(r),
            Request::UserGet(r) => Op::UserGet(r),
            Request::UserList(r) => Op::UserList(r),
            Request::UserDelete(r) => Op::UserDelete(r),
            Request::UserChangePassword(r) => Op::UserChangePassword(r),
            Request::UserGrantRole(r) => Op::UserGrantRole(r),
            Request::UserRevokeRole(r) => Op::UserRevokeRole(r),
            Request::RoleAdd(r) => Op::RoleAdd(r),
            Request::RoleGet(r) => Op::RoleGet(r),
            Request::RoleList(r) => Op::RoleList(r),
            Request::RoleDelete(r) => Op::RoleDelete(r),
            Request::RoleGrantPermission(r) => Op::RoleGrantPermission(r),
            Request::RoleRevokePermission(r) => Op::RoleRevokePermission(r),
            _ => return None,
        })
    }

    /// The kind, as the trace shows it.
    pub fn name(&self) -> &'static str {
        match self {
            Op::Put(_) => "Put",
            Op::DeleteRange(_) => "DeleteRange",
            Op::Txn(_) => "Txn",
            Op::Compact(_) => "Compact",
            Op::LeaseGrant(_) => "LeaseGrant",
            Op::LeaseRevoke(_) => "LeaseRevoke",
            Op::LeaseCheckpoint(_) => "LeaseCheckpoint",
            Op::Alarm(_) => "Alarm",
            Op::Authenticate { .. } => "Authenticate",
            Op::AuthEnable(_) => "AuthEnable",
            Op::AuthDisable(_) => "AuthDisable",
            Op::AuthStatus(_) => "AuthStatus",
            Op::UserAdd(_) => "UserAdd",
            Op::UserGet(_) => "UserGet",
            Op::UserList(_) => "UserList",
            Op::UserDelete(_) => "UserDelete",
            Op::UserChangePassword(_) => "UserChangePassword",
            Op::UserGrantRole(_) => "UserGrantRole",
            Op::UserRevokeRole(_) => "UserRevokeRole",
            Op::RoleAdd(_) => "RoleAdd",
            Op::RoleGet(_) => "RoleGet",
            Op::RoleList(_) => "RoleList",
            Op::RoleDelete(_) => "RoleDelete",
            Op::RoleGrantPermission(_) => "RoleGrantPermission",
            Op::RoleRevokePermission(_) => "RoleRevokePermission",
            Op::ClusterVersionSet { .. } => "ClusterVersionSet",
            Op::MemberAttributes { .. } => "MemberAttributes",
            Op::DowngradeInfoSet { .. } => "DowngradeInfoSet",
            Op::V2(r) => r.method.name(),
            Op::V2Auth(_) => "V2Auth",
        }
    }
}

impl Command {
    /// As bytes.
    pub fn encode(&self) -> Vec<u8> {
        // Encoding into memory cannot fail: every type here has a known shape.
        postcard::to_extend(self, Vec::new()).unwrap_or_default()
    }

    /// As bytes that can be shared, by way of an empty buffer that is used again and again.
    pub(crate) fn encode_by(&self, buffer: &mut Vec<u8>) -> raft::Bytes {
        /// Room for most commands; more is not kept.
        const KEPT: usize = 64 << 10;
        *buffer = postcard::to_extend(self, core::mem::take(buffer)).unwrap_or_default();
        let bytes = buffer.as_slice().into();
        buffer.clear();
        buffer.shrink_to(KEPT);
        bytes
    }

    /// From bytes; `None` if they are not a command.
    pub fn decode(bytes: &[u8]) -> Option<Command> {
        postcard::from_bytes(bytes).ok()
    }

    /// From an entry's data. Large values are not copied but shared with the entry, and so between the members.
    pub fn decode_shared(data: &raft::Bytes) -> Option<Command> {
        Bytes::sharing(data, Command::decode)
    }

    /// Size on the wire and on disk, in bytes: that of the encoding, without encoding.
    pub fn size(&self) -> u64 {
        let counted = postcard::serialize_with_flavor(self, postcard::ser_flavors::Size::default());
        counted.map_or(0, |n| n as u64)
    }
}
