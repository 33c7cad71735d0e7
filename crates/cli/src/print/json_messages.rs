//! etcd's messages as JSON objects, field by field as their Go structs are tagged.

use etcd::rpc::*;

use super::json::Object;

/// A message that encoding/json can write.
pub trait ToJson {
    fn object(&self) -> Object;
}

impl ToJson for ResponseHeader {
    fn object(&self) -> Object {
        Object::new()
            .uint("cluster_id", self.cluster_id)
            .uint("member_id", self.member_id)
            .int("revision", self.revision)
            .uint("raft_term", self.raft_term)
    }
}

/// A header that was never set is Go's nil.
pub fn header(header: &ResponseHeader) -> Option<Object> {
    (*header != ResponseHeader::default()).then(|| header.object())
}

fn with_header(h: &ResponseHeader) -> Object {
    Object::new().object("header", header(h))
}

fn list<T: ToJson>(items: &[T]) -> impl Iterator<Item = String> {
    items.iter().map(|i| i.object().finish())
}

impl ToJson for KeyValue {
    fn object(&self) -> Object {
        Object::new()
            .bytes("key", &self.key)
            .int("create_revision", self.create_revision)
            .int("mod_revision", self.mod_revision)
            .int("version", self.version)
            .bytes("value", &self.value)
            .int("lease", self.lease)
    }
}

impl ToJson for RangeResponse {
    fn object(&self) -> Object {
        with_header(&self.header).list("kvs", list(&self.kvs)).flag("more", self.more).int("count", self.count)
    }
}

impl ToJson for PutResponse {
    fn object(&self) -> Object {
        with_header(&self.header).object("prev_kv", self.prev_kv.as_ref().map(ToJson::object))
    }
}

impl ToJson for DeleteRangeResponse {
    fn object(&self) -> Object {
        with_header(&self.header).int("deleted", self.deleted).list("prev_kvs", list(&self.prev_kvs))
    }
}

impl ToJson for TxnResponse {
    fn object(&self) -> Object {
        with_header(&self.header).flag("succeeded", self.succeeded).list("responses", list(&self.responses))
    }
}

impl ToJson for ResponseOp {
    fn object(&self) -> Object {
        let (name, answer) = match self {
            ResponseOp::Range(r) => ("response_range", r.object()),
            ResponseOp::Put(r) => ("response_put", r.object()),
            ResponseOp::DeleteRange(r) => ("response_delete_range", r.object()),
            ResponseOp::Txn(r) => ("response_txn", r.object()),
        };
        Object::new().object("Response", Some(Object::new().object(name, Some(answer))))
    }
}

impl ToJson for Event {
    fn object(&self) -> Object {
        Object::new()
            .int("type", i64::from(self.r#type == EventType::Delete))
            .object("kv", Some(self.kv.object()))
            .object("prev_kv", self.prev_kv.as_ref().map(ToJson::object))
    }
}

impl ToJson for Member {
    fn object(&self) -> Object {
        Object::new()
            .uint("ID", self.id)
            .text("name", &self.name)
            .texts("peerURLs", &self.peer_urls)
            .texts("clientURLs", &self.client_urls)
            .flag("isLearner", self.is_learner)
    }
}

impl ToJson for MemberAddResponse {
    fn object(&self) -> Object {
        with_header(&self.header).object("member", Some(self.member.object())).list("members", list(&self.members))
    }
}

macro_rules! members {
    ($($name:ident)*) => {
        $(impl ToJson for $name {
            fn object(&self) -> Object {
                with_header(&self.header).list("members", list(&self.members))
            }
        })*
    };
}

members!(MemberRemoveResponse MemberUpdateResponse MemberPromoteResponse MemberListResponse);

macro_rules! header_only {
    ($($name:ident)*) => {
        $(impl ToJson for $name {
            fn object(&self) -> Object {
                with_header(&self.header)
            }
        })*
    };
}

header_only!(
    LeaseRevokeResponse MoveLeaderResponse AuthUserAddResponse AuthUserDeleteResponse AuthUserChangePasswordResponse
    AuthUserGrantRoleResponse AuthUserRevokeRoleResponse AuthRoleAddResponse AuthRoleDeleteResponse
    AuthRoleGrantPermissionResponse AuthRoleRevokePermissionResponse
);

impl ToJson for AlarmMember {
    fn object(&self) -> Object {
        Object::new().uint("memberID", self.member_id).int("alarm", alarm_number(self.alarm))
    }
}

/// The proto's number of an alarm.
pub fn alarm_number(alarm: AlarmType) -> i64 {
    match alarm {
        AlarmType::None => 0,
        AlarmType::NoSpace => 1,
        AlarmType::Corrupt => 2,
    }
}

impl ToJson for AlarmResponse {
    fn object(&self) -> Object {
        with_header(&self.header).list("alarms", list(&self.alarms))
    }
}

impl ToJson for StatusResponse {
    fn object(&self) -> Object {
        with_header(&self.header)
            .text("version", &self.version)
            .int("dbSize", self.db_size)
            .uint("leader", self.leader)
            .uint("raftIndex", self.raft_index)
            .uint("raftTerm", self.raft_term)
            .uint("raftAppliedIndex", self.raft_applied_index)
            .texts("errors", &self.errors)
            .int("dbSizeInUse", self.db_size_in_use)
            .flag("isLearner", self.is_learner)
    }
}

impl ToJson for HashKvResponse {
    fn object(&self) -> Object {
        with_header(&self.header).uint("hash", self.hash.into()).int("compact_revision", self.compact_revision)
    }
}

impl ToJson for AuthStatusResponse {
    fn object(&self) -> Object {
        with_header(&self.header).flag("enabled", self.enabled).uint("authRevision", self.auth_revision)
    }
}

impl ToJson for AuthUserGetResponse {
    fn object(&self) -> Object {
        with_header(&self.header).texts("roles", &self.roles)
    }
}

impl ToJson for AuthUserListResponse {
    fn object(&self) -> Object {
        with_header(&self.header).texts("users", &self.users)
    }
}

impl ToJson for AuthRoleListResponse {
    fn object(&self) -> Object {
        with_header(&self.header).texts("roles", &self.roles)
    }
}

impl ToJson for AuthRoleGetResponse {
    fn object(&self) -> Object {
        with_header(&self.header).list("perm", list(&self.perm))
    }
}

impl ToJson for Permission {
    fn object(&self) -> Object {
        Object::new()
            .int("permType", permission_number(self.perm_type))
            .bytes("key", &self.key)
            .bytes("range_end", &self.range_end)
    }
}

/// The proto's number of a kind of permission.
pub fn permission_number(kind: PermissionType) -> i64 {
    match kind {
        PermissionType::Read => 0,
        PermissionType::Write => 1,
        PermissionType::ReadWrite => 2,
    }
}
