//! Requests from JSON.

use serde_json::Value;

use super::fields::Reader;
use crate::rpc::*;

/// The call a path stands for, with its fields from the body.
pub(super) fn request(path: &str, body: &Value) -> Option<Result<Request, String>> {
    let mut read = Reader::of(body);
    let request = message(path, &mut read)?;
    Some(read.finish().map(|()| request))
}

fn message(path: &str, read: &mut Reader<'_>) -> Option<Request> {
    Some(match path {
        "/kv/range" => range(read).into(),
        "/kv/put" => put(read).into(),
        "/kv/deleterange" => delete_range(read).into(),
        "/kv/compaction" => {
            CompactionRequest { revision: read.int("revision"), physical: read.flag("physical") }.into()
        }
        "/kv/txn" => txn(read).into(),
        "/lease/grant" => LeaseGrantRequest { ttl: read.int("TTL"), id: read.int("ID") }.into(),
        "/lease/revoke" | "/kv/lease/revoke" => LeaseRevokeRequest { id: read.int("ID") }.into(),
        "/lease/timetolive" | "/kv/lease/timetolive" => {
            LeaseTimeToLiveRequest { id: read.int("ID"), keys: read.flag("keys") }.into()
        }
        "/lease/leases" | "/kv/lease/leases" => LeaseLeasesRequest {}.into(),
        "/cluster/member/add" => {
            MemberAddRequest { peer_urls: read.texts("peerURLs"), is_learner: read.flag("isLearner") }.into()
        }
        "/cluster/member/remove" => MemberRemoveRequest { id: read.uint("ID") }.into(),
        "/cluster/member/update" => {
            MemberUpdateRequest { id: read.uint("ID"), peer_urls: read.texts("peerURLs") }.into()
        }
        "/cluster/member/promote" => MemberPromoteRequest { id: read.uint("ID") }.into(),
        // As of the gateway's own call, not `etcdctl`'s: the default asks this member only.
        "/cluster/member/list" => MemberListRequest { linearizable: read.flag("linearizable") }.into(),
        "/maintenance/status" => StatusRequest {}.into(),
        "/maintenance/defragment" => DefragmentRequest {}.into(),
        "/maintenance/hash" => HashKvRequest { revision: read.int("revision") }.into(),
        "/maintenance/alarm" => AlarmRequest {
            action: read.choice("action", &ALARM_ACTIONS),
            member_id: read.uint("memberID"),
            alarm: read.choice("alarm", &ALARMS),
        }
        .into(),
        "/watch" => watch(read),
        "/lease/keepalive" => LeaseKeepAliveRequest { id: read.int("ID") }.into(),
        "/maintenance/transfer-leadership" => MoveLeaderRequest { target_id: read.uint("targetID") }.into(),
        _ => return auth(path.strip_prefix("/auth/")?, read),
    })
}

const ALARM_ACTIONS: [(&str, AlarmAction); 3] =
    [("GET", AlarmAction::Get), ("ACTIVATE", AlarmAction::Activate), ("DEACTIVATE", AlarmAction::Deactivate)];
const ALARMS: [(&str, AlarmType); 3] =
    [("NONE", AlarmType::None), ("NOSPACE", AlarmType::NoSpace), ("CORRUPT", AlarmType::Corrupt)];

/// A stream of one request: a watcher to create.
fn watch(read: &mut Reader<'_>) -> Request {
    let nothing = Value::Object(Default::default());
    let mut create = Reader::of(read.get("create_request").unwrap_or(&nothing));
    let request = WatchCreateRequest {
        key: create.bytes("key"),
        range_end: create.bytes("range_end"),
        start_revision: create.int("start_revision"),
        progress_notify: create.flag("progress_notify"),
        prev_kv: create.flag("prev_kv"),
        watch_id: create.int("watch_id"),
        ..Default::default()
    };
    if let Err(wrong) = create.finish() {
        read.fail(wrong);
    }
    Request::Watch(WatchRequest::Create(request))
}

fn auth(path: &str, read: &mut Reader<'_>) -> Option<Request> {
    Some(match path {
        "authenticate" => AuthenticateRequest { name: read.text("name"), password: read.text("password") }.into(),
        "enable" => AuthEnableRequest {}.into(),
        "disable" => AuthDisableRequest {}.into(),
        "status" => AuthStatusRequest {}.into(),
        "user/add" => AuthUserAddRequest {
            name: read.text("name"),
            password: read.text("password"),
            options: read.get("options").map(|given| {
                let mut options = Reader::of(given);
                let no_password = options.flag("no_password");
                if let Err(wrong) = options.finish() {
                    read.fail(wrong);
                }
                UserAddOptions { no_password }
            }),
            hashed_password: read.text("hashedPassword"),
        }
        .into(),
        "user/get" => AuthUserGetRequest { name: read.text("name") }.into(),
        "user/list" => AuthUserListRequest {}.into(),
        "user/delete" => AuthUserDeleteRequest { name: read.text("name") }.into(),
        "user/changepw" => AuthUserChangePasswordRequest {
            name: read.text("name"),
            password: read.text("password"),
            hashed_password: read.text("hashedPassword"),
        }
        .into(),
        "user/grant" => AuthUserGrantRoleRequest { user: read.text("user"), role: read.text("role") }.into(),
        "user/revoke" => AuthUserRevokeRoleRequest { name: read.text("name"), role: read.text("role") }.into(),
        "role/add" => AuthRoleAddRequest { name: read.text("name") }.into(),
        "role/get" => AuthRoleGetRequest { role: read.text("role") }.into(),
        "role/list" => AuthRoleListRequest {}.into(),
        "role/grant" => {
            const TYPES: [(&str, PermissionType); 3] = [
                ("READ", PermissionType::Read),
                ("WRITE", PermissionType::Write),
                ("READWRITE", PermissionType::ReadWrite),
            ];
            let nothing = Value::Object(Default::default());
            let mut perm = Reader::of(read.get("perm").unwrap_or(&nothing));
            let permission = Permission {
                perm_type: perm.choice("permType", &TYPES),
                key: perm.bytes("key"),
                range_end: perm.bytes("range_end"),
            };
            if let Err(wrong) = perm.finish() {
                read.fail(wrong);
            }
            AuthRoleGrantPermissionRequest { name: read.text("name"), perm: permission }.into()
        }
        "role/revoke" => AuthRoleRevokePermissionRequest {
            role: read.text("role"),
            key: read.bytes("key"),
            range_end: read.bytes("range_end"),
        }
        .into(),
        "role/delete" => AuthRoleDeleteRequest { role: read.text("role") }.into(),
        _ => return None,
    })
}

fn range(read: &mut Reader<'_>) -> RangeRequest {
    const ORDERS: [(&str, SortOrder); 3] =
        [("NONE", SortOrder::None), ("ASCEND", SortOrder::Ascend), ("DESCEND", SortOrder::Descend)];
    const TARGETS: [(&str, SortTarget); 5] = [
        ("KEY", SortTarget::Key),
        ("VERSION", SortTarget::Version),
        ("CREATE", SortTarget::Create),
        ("MOD", SortTarget::Mod),
        ("VALUE", SortTarget::Value),
    ];
    RangeRequest {
        key: read.bytes("key"),
        range_end: read.bytes("range_end"),
        limit: read.int("limit"),
        revision: read.int("revision"),
        sort_order: read.choice("sort_order", &ORDERS),
        sort_target: read.choice("sort_target", &TARGETS),
        serializable: read.flag("serializable"),
        keys_only: read.flag("keys_only"),
        count_only: read.flag("count_only"),
        min_mod_revision: read.int("min_mod_revision"),
        max_mod_revision: read.int("max_mod_revision"),
        min_create_revision: read.int("min_create_revision"),
        max_create_revision: read.int("max_create_revision"),
    }
}

fn put(read: &mut Reader<'_>) -> PutRequest {
    PutRequest {
        key: read.bytes("key"),
        value: read.bytes("value"),
        lease: read.int("lease"),
        prev_kv: read.flag("prev_kv"),
        ignore_value: read.flag("ignore_value"),
        ignore_lease: read.flag("ignore_lease"),
    }
}

fn delete_range(read: &mut Reader<'_>) -> DeleteRangeRequest {
    DeleteRangeRequest { key: read.bytes("key"), range_end: read.bytes("range_end"), prev_kv: read.flag("prev_kv") }
}

fn txn(read: &mut Reader<'_>) -> TxnRequest {
    TxnRequest {
        compare: each(read, "compare", compare),
        success: each(read, "success", operation),
        failure: each(read, "failure", operation),
    }
}

/// A list of messages; the first that is wrong makes the whole wrong.
fn each<T>(read: &mut Reader<'_>, name: &'static str, one: fn(&Value) -> Result<T, String>) -> Vec<T> {
    let mut all = Vec::new();
    for given in read.list(name) {
        match one(given) {
            Ok(message) => all.push(message),
            Err(wrong) => read.fail(wrong),
        }
    }
    all
}

/// What is compared stands beside the other fields, under the name of its kind.
fn compare(given: &Value) -> Result<Compare, String> {
    const RESULTS: [(&str, CompareResult); 4] = [
        ("EQUAL", CompareResult::Equal),
        ("GREATER", CompareResult::Greater),
        ("LESS", CompareResult::Less),
        ("NOT_EQUAL", CompareResult::NotEqual),
    ];
    let mut read = Reader::of(given);
    // It says again what the other field's name says.
    let _ = read.get("target");
    let mut target = CompareTarget::default();
    if read.get("version").is_some() {
        target = CompareTarget::Version(read.int("version"));
    }
    if read.get("create_revision").is_some() {
        target = CompareTarget::Create(read.int("create_revision"));
    }
    if read.get("mod_revision").is_some() {
        target = CompareTarget::Mod(read.int("mod_revision"));
    }
    if read.get("value").is_some() {
        target = CompareTarget::Value(read.bytes("value"));
    }
    if read.get("lease").is_some() {
        target = CompareTarget::Lease(read.int("lease"));
    }
    let result = read.choice("result", &RESULTS);
    let compare = Compare { result, target, key: read.bytes("key"), range_end: read.bytes("range_end") };
    read.finish().map(|()| compare)
}

fn operation(given: &Value) -> Result<RequestOp, String> {
    let (name, given) = given.as_object().and_then(|given| given.iter().next()).ok_or("an operation is an object")?;
    let mut read = Reader::of(given);
    let operation = match name.to_ascii_lowercase().replace('_', "").as_str() {
        "requestrange" => RequestOp::Range(range(&mut read)),
        "requestput" => RequestOp::Put(put(&mut read)),
        "requestdeleterange" => RequestOp::DeleteRange(delete_range(&mut read)),
        "requesttxn" => RequestOp::Txn(txn(&mut read)),
        _ => return Err(format!("unknown field \"{name}\"")),
    };
    read.finish().map(|()| operation)
}
