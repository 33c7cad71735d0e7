//! Answers as JSON.

use serde_json::Value;

use super::fields::Writer;
use crate::rpc::*;

/// An answer as the gateway shows it. What only says who answered has no arm of its own.
pub(super) fn shown(response: &Response) -> Value {
    fields(response).finish()
}

fn fields(response: &Response) -> Writer {
    let mut answer = Writer::answer(response.header());
    match response {
        Response::Range(r) => return range(r),
        Response::Put(r) => return put(r),
        Response::DeleteRange(r) => return delete_range(r),
        Response::Txn(r) => return txn(r),
        Response::LeaseGrant(r) => {
            answer.int("ID", r.id);
            answer.int("TTL", r.ttl);
            answer.text("error", &r.error);
        }
        Response::LeaseKeepAlive(r) => {
            answer.int("ID", r.id);
            answer.int("TTL", r.ttl);
        }
        Response::Watch(r) => {
            answer.int("watch_id", r.watch_id);
            answer.flag("created", r.created);
            answer.flag("canceled", r.canceled);
            answer.int("compact_revision", r.compact_revision);
            answer.text("cancel_reason", &r.cancel_reason);
            answer.flag("fragment", r.fragment);
            answer.list("events", r.events.iter().map(event).collect());
        }
        // These have no header.
        Response::Defragment(_) => answer = Writer::new(),
        Response::Alarm(r) => {
            answer = Writer::new();
            answer.list("alarms", r.alarms.iter().map(alarm).collect());
        }
        Response::LeaseTimeToLive(r) => {
            answer.int("ID", r.id);
            answer.int("TTL", r.ttl);
            answer.int("grantedTTL", r.granted_ttl);
            answer.bytes_list("keys", &r.keys);
        }
        Response::LeaseLeases(r) => {
            let lease = |lease: &LeaseStatus| {
                let mut one = Writer::new();
                one.int("ID", lease.id);
                one.finish()
            };
            answer.list("leases", r.leases.iter().map(lease).collect());
        }
        Response::MemberAdd(r) => {
            answer.object("member", Some(member(&r.member)));
            members(&mut answer, &r.members);
        }
        Response::MemberRemove(r) => members(&mut answer, &r.members),
        Response::MemberUpdate(r) => members(&mut answer, &r.members),
        Response::MemberPromote(r) => members(&mut answer, &r.members),
        Response::MemberList(r) => members(&mut answer, &r.members),
        Response::Status(r) => {
            answer.text("version", &r.version);
            answer.int("dbSize", r.db_size);
            answer.uint("leader", r.leader);
            answer.uint("raftIndex", r.raft_index);
            answer.uint("raftTerm", r.raft_term);
            answer.uint("raftAppliedIndex", r.raft_applied_index);
            answer.texts("errors", &r.errors);
            answer.int("dbSizeInUse", r.db_size_in_use);
            answer.flag("isLearner", r.is_learner);
        }
        Response::HashKv(r) => {
            answer.small("hash", r.hash);
            answer.int("compact_revision", r.compact_revision);
        }
        Response::AuthStatus(r) => {
            answer.flag("enabled", r.enabled);
            answer.uint("authRevision", r.auth_revision);
        }
        Response::Authenticate(r) => answer.text("token", &r.token),
        Response::UserGet(r) => answer.texts("roles", &r.roles),
        Response::UserList(r) => answer.texts("users", &r.users),
        Response::RoleList(r) => answer.texts("roles", &r.roles),
        Response::RoleGet(r) => answer.list("perm", r.perm.iter().map(permission).collect()),
        _ => {}
    }
    answer
}

fn range(r: &RangeResponse) -> Writer {
    let mut answer = Writer::answer(&r.header);
    answer.list("kvs", r.kvs.iter().map(|kv| key_value(kv).finish()).collect());
    answer.flag("more", r.more);
    answer.int("count", r.count);
    answer
}

fn put(r: &PutResponse) -> Writer {
    let mut answer = Writer::answer(&r.header);
    answer.object("prev_kv", r.prev_kv.as_ref().map(key_value));
    answer
}

fn delete_range(r: &DeleteRangeResponse) -> Writer {
    let mut answer = Writer::answer(&r.header);
    answer.int("deleted", r.deleted);
    answer.list("prev_kvs", r.prev_kvs.iter().map(|kv| key_value(kv).finish()).collect());
    answer
}

fn txn(r: &TxnResponse) -> Writer {
    let mut answer = Writer::answer(&r.header);
    txn_fields(&mut answer, r);
    answer
}

fn txn_fields(answer: &mut Writer, r: &TxnResponse) {
    answer.flag("succeeded", r.succeeded);
    let operation = |operation: &ResponseOp| {
        let (name, fields) = match operation {
            ResponseOp::Range(r) => ("response_range", range(r)),
            ResponseOp::Put(r) => ("response_put", put(r)),
            ResponseOp::DeleteRange(r) => ("response_delete_range", delete_range(r)),
            ResponseOp::Txn(r) => ("response_txn", inner_txn(r)),
        };
        let mut one = Writer::new();
        // Which operation it was is said even where it has nothing to say.
        one.set(name, fields.finish());
        one.finish()
    };
    answer.list("responses", r.responses.iter().map(operation).collect());
}

/// The header of a transaction within a transaction is there, with nothing in it (etcd: apply.go, `newTxnResp`).
fn inner_txn(r: &TxnResponse) -> Writer {
    let mut answer = Writer::new();
    answer.set("header", Writer::new().finish());
    txn_fields(&mut answer, r);
    answer
}

fn key_value(kv: &KeyValue) -> Writer {
    let mut fields = Writer::new();
    fields.bytes("key", &kv.key);
    fields.int("create_revision", kv.create_revision);
    fields.int("mod_revision", kv.mod_revision);
    fields.int("version", kv.version);
    fields.bytes("value", &kv.value);
    fields.int("lease", kv.lease);
    fields
}

fn event(event: &Event) -> Value {
    let mut fields = Writer::new();
    if event.r#type == EventType::Delete {
        fields.text("type", "DELETE");
    }
    fields.object("kv", Some(key_value(&event.kv)));
    fields.object("prev_kv", event.prev_kv.as_ref().map(key_value));
    fields.finish()
}

fn alarm(member: &AlarmMember) -> Value {
    let mut fields = Writer::new();
    fields.uint("memberID", member.member_id);
    let name = match member.alarm {
        AlarmType::None => "",
        AlarmType::NoSpace => "NOSPACE",
        AlarmType::Corrupt => "CORRUPT",
    };
    fields.text("alarm", name);
    fields.finish()
}

fn members(answer: &mut Writer, all: &[Member]) {
    answer.list("members", all.iter().map(|one| member(one).finish()).collect());
}

fn member(member: &Member) -> Writer {
    let mut fields = Writer::new();
    fields.uint("ID", member.id);
    fields.text("name", &member.name);
    fields.texts("peerURLs", &member.peer_urls);
    fields.texts("clientURLs", &member.client_urls);
    fields.flag("isLearner", member.is_learner);
    fields
}

fn permission(permission: &Permission) -> Value {
    let mut fields = Writer::new();
    if permission.perm_type != PermissionType::Read {
        fields.text("permType", permission.perm_type.name());
    }
    fields.bytes("key", &permission.key);
    fields.bytes("range_end", &permission.range_end);
    fields.finish()
}
