//! etcd's messages in the wire format: field numbers of rpc.proto, kv.proto and auth.proto.

use etcd::rpc::*;

use super::json_messages::{alarm_number, permission_number};
use super::wire::Encoder;

/// A message that can be encoded.
pub trait ToWire {
    fn fields(&self, encoder: Encoder) -> Encoder;

    fn encode(&self) -> Vec<u8> {
        self.fields(Encoder::new()).finish()
    }
}

impl ToWire for ResponseHeader {
    fn fields(&self, e: Encoder) -> Encoder {
        e.uint(1, self.cluster_id).uint(2, self.member_id).int(3, self.revision).uint(4, self.raft_term)
    }
}

/// The header every response has as field 1; one never set is left out.
fn header(e: Encoder, header: &ResponseHeader) -> Encoder {
    e.optional(1, (*header != ResponseHeader::default()).then_some(header))
}

impl ToWire for KeyValue {
    fn fields(&self, e: Encoder) -> Encoder {
        e.bytes(1, &self.key)
            .int(2, self.create_revision)
            .int(3, self.mod_revision)
            .int(4, self.version)
            .bytes(5, &self.value)
            .int(6, self.lease)
    }
}

impl ToWire for PutRequest {
    fn fields(&self, e: Encoder) -> Encoder {
        e.bytes(1, &self.key)
            .bytes(2, &self.value)
            .int(3, self.lease)
            .flag(4, self.prev_kv)
            .flag(5, self.ignore_value)
            .flag(6, self.ignore_lease)
    }
}

impl ToWire for RangeResponse {
    fn fields(&self, e: Encoder) -> Encoder {
        header(e, &self.header).repeated(2, &self.kvs).flag(3, self.more).int(4, self.count)
    }
}

impl ToWire for PutResponse {
    fn fields(&self, e: Encoder) -> Encoder {
        header(e, &self.header).optional(2, self.prev_kv.as_ref())
    }
}

impl ToWire for DeleteRangeResponse {
    fn fields(&self, e: Encoder) -> Encoder {
        header(e, &self.header).int(2, self.deleted).repeated(3, &self.prev_kvs)
    }
}

impl ToWire for TxnResponse {
    fn fields(&self, e: Encoder) -> Encoder {
        header(e, &self.header).flag(2, self.succeeded).repeated(3, &self.responses)
    }
}

impl ToWire for ResponseOp {
    fn fields(&self, e: Encoder) -> Encoder {
        match self {
            ResponseOp::Range(r) => e.message(1, r),
            ResponseOp::Put(r) => e.message(2, r),
            ResponseOp::DeleteRange(r) => e.message(3, r),
            ResponseOp::Txn(r) => e.message(4, r),
        }
    }
}

impl ToWire for Event {
    fn fields(&self, e: Encoder) -> Encoder {
        e.int(1, i64::from(self.r#type == EventType::Delete)).message(2, &self.kv).optional(3, self.prev_kv.as_ref())
    }
}

impl ToWire for WatchResponse {
    /// As etcdctl fills it in: without the watcher's id and the reason of a cancellation.
    fn fields(&self, e: Encoder) -> Encoder {
        e.message(1, &self.header)
            .flag(3, self.created)
            .flag(4, self.canceled)
            .int(5, self.compact_revision)
            .repeated(11, &self.events)
    }
}

impl ToWire for Member {
    fn fields(&self, e: Encoder) -> Encoder {
        e.uint(1, self.id)
            .bytes(2, self.name.as_bytes())
            .texts(3, &self.peer_urls)
            .texts(4, &self.client_urls)
            .flag(5, self.is_learner)
    }
}

impl ToWire for MemberAddResponse {
    fn fields(&self, e: Encoder) -> Encoder {
        header(e, &self.header).message(2, &self.member).repeated(3, &self.members)
    }
}

macro_rules! members {
    ($($name:ident)*) => {
        $(impl ToWire for $name {
            fn fields(&self, e: Encoder) -> Encoder {
                header(e, &self.header).repeated(2, &self.members)
            }
        })*
    };
}

members!(MemberRemoveResponse MemberUpdateResponse MemberPromoteResponse MemberListResponse);

macro_rules! header_only {
    ($($name:ident)*) => {
        $(impl ToWire for $name {
            fn fields(&self, e: Encoder) -> Encoder {
                header(e, &self.header)
            }
        })*
    };
}

header_only!(
    MoveLeaderResponse AuthUserAddResponse AuthUserDeleteResponse AuthUserChangePasswordResponse
    AuthUserGrantRoleResponse AuthUserRevokeRoleResponse AuthRoleAddResponse AuthRoleDeleteResponse
    AuthRoleGrantPermissionResponse AuthRoleRevokePermissionResponse
);

impl ToWire for AlarmMember {
    fn fields(&self, e: Encoder) -> Encoder {
        e.uint(1, self.member_id).int(2, alarm_number(self.alarm))
    }
}

impl ToWire for AlarmResponse {
    fn fields(&self, e: Encoder) -> Encoder {
        header(e, &self.header).repeated(2, &self.alarms)
    }
}

impl ToWire for AuthStatusResponse {
    fn fields(&self, e: Encoder) -> Encoder {
        header(e, &self.header).flag(2, self.enabled).uint(3, self.auth_revision)
    }
}

impl ToWire for AuthUserGetResponse {
    fn fields(&self, e: Encoder) -> Encoder {
        header(e, &self.header).texts(2, &self.roles)
    }
}

impl ToWire for AuthUserListResponse {
    fn fields(&self, e: Encoder) -> Encoder {
        header(e, &self.header).texts(2, &self.users)
    }
}

impl ToWire for AuthRoleListResponse {
    fn fields(&self, e: Encoder) -> Encoder {
        header(e, &self.header).texts(2, &self.roles)
    }
}

impl ToWire for AuthRoleGetResponse {
    fn fields(&self, e: Encoder) -> Encoder {
        header(e, &self.header).repeated(2, &self.perm)
    }
}

impl ToWire for Permission {
    fn fields(&self, e: Encoder) -> Encoder {
        e.int(1, permission_number(self.perm_type)).bytes(2, &self.key).bytes(3, &self.range_end)
    }
}
