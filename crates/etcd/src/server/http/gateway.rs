//! Version 3 as JSON over HTTP (etcd: the gRPC gateway, api/etcdserverpb/gw): `bytes` are base64, 64-bit integers are
//! strings, and what has its default value is left out.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

use super::pending::{Pending, object};
use super::{Asked, not_found};
use crate::rpc::*;
use crate::server::Effects;
use crate::server::process::Process;
use crate::server::proposals::Caller;
use crate::v2::to_json_text;

/// Integers of 32 bits, which stay numbers.
const SMALL_NUMBERS: [&str; 1] = ["hash"];
/// Fields that hold one of a set of names.
const ENUMS: [&str; 4] = ["type", "permType", "perm_type", "alarm"];

impl Process {
    pub(super) fn http_gateway(
        &mut self,
        caller: Caller,
        asked: &Asked<'_>,
        out: &mut Effects,
    ) -> Option<HttpResponse> {
        let path = asked.path.trim_start_matches("/v3beta").trim_start_matches("/v3");
        let body: &[u8] = if asked.request.body.is_empty() { b"{}" } else { &asked.request.body };
        let Ok(body) = serde_json::from_slice::<Value>(body) else {
            return Some(failure(&Status::new(Code::InvalidArgument, "invalid character in request body")));
        };
        let request = match request(path, &body) {
            None => return Some(not_found()),
            Some(_) if asked.method != "POST" => {
                return Some(failure(&Status::new(Code::Unimplemented, "Method Not Allowed")));
            }
            Some(Err(words)) => return Some(failure(&Status::new(Code::InvalidArgument, words))),
            Some(Ok(request)) => request,
        };
        self.http_call(caller, Pending::Gateway, request, asked.request.header("Authorization"), out);
        None
    }
}

/// The call a path stands for, with its fields from the body.
fn request(path: &str, body: &Value) -> Option<Result<Request, String>> {
    fn read<T: DeserializeOwned + Serialize + Default + Into<Request>>(body: &Value) -> Result<Request, String> {
        message::<T>(body).map(Into::into)
    }
    Some(match path {
        "/kv/range" => read::<RangeRequest>(body),
        "/kv/put" => read::<PutRequest>(body),
        "/kv/deleterange" => read::<DeleteRangeRequest>(body),
        "/kv/compaction" => read::<CompactionRequest>(body),
        "/kv/txn" => txn(body).map(Request::Txn),
        "/lease/grant" => read::<LeaseGrantRequest>(body),
        "/lease/revoke" | "/kv/lease/revoke" => read::<LeaseRevokeRequest>(body),
        "/lease/timetolive" | "/kv/lease/timetolive" => read::<LeaseTimeToLiveRequest>(body),
        "/lease/leases" | "/kv/lease/leases" => read::<LeaseLeasesRequest>(body),
        "/cluster/member/add" => read::<MemberAddRequest>(body),
        "/cluster/member/remove" => read::<MemberRemoveRequest>(body),
        "/cluster/member/update" => read::<MemberUpdateRequest>(body),
        "/cluster/member/promote" => read::<MemberPromoteRequest>(body),
        // As of the gateway's own call, not `etcdctl`'s: the default asks this member only.
        "/cluster/member/list" => read::<MemberListRequest>(body),
        "/maintenance/status" => read::<StatusRequest>(body),
        "/maintenance/defragment" => read::<DefragmentRequest>(body),
        "/maintenance/hash" => read::<HashKvRequest>(body),
        "/maintenance/transfer-leadership" => read::<MoveLeaderRequest>(body),
        "/auth/authenticate" => read::<AuthenticateRequest>(body),
        "/auth/enable" => read::<AuthEnableRequest>(body),
        "/auth/disable" => read::<AuthDisableRequest>(body),
        "/auth/status" => read::<AuthStatusRequest>(body),
        "/auth/user/add" => read::<AuthUserAddRequest>(body),
        "/auth/user/get" => read::<AuthUserGetRequest>(body),
        "/auth/user/list" => read::<AuthUserListRequest>(body),
        "/auth/user/delete" => read::<AuthUserDeleteRequest>(body),
        "/auth/user/changepw" => read::<AuthUserChangePasswordRequest>(body),
        "/auth/user/grant" => read::<AuthUserGrantRoleRequest>(body),
        "/auth/user/revoke" => read::<AuthUserRevokeRoleRequest>(body),
        "/auth/role/add" => read::<AuthRoleAddRequest>(body),
        "/auth/role/get" => read::<AuthRoleGetRequest>(body),
        "/auth/role/list" => read::<AuthRoleListRequest>(body),
        "/auth/role/delete" => read::<AuthRoleDeleteRequest>(body),
        _ => return None,
    })
}

/// A message from JSON: fields may be missing, be named in either style, and hold numbers as text.
fn message<T: DeserializeOwned + Serialize + Default>(given: &Value) -> Result<T, String> {
    let whole = serde_json::to_value(T::default()).map_err(|error| error.to_string())?;
    serde_json::from_value(overlay(whole, given)?).map_err(|error| error.to_string())
}

fn overlay(whole: Value, given: &Value) -> Result<Value, String> {
    match (whole, given) {
        (Value::Object(mut whole), Value::Object(given)) => {
            for (name, value) in given {
                let field = whole.keys().find(|field| same_name(field, name)).cloned();
                let field = field.ok_or_else(|| format!("unknown field \"{name}\""))?;
                let default = whole.get(&field).cloned().unwrap_or_default();
                whole.insert(field, overlay(default, value)?);
            }
            Ok(Value::Object(whole))
        }
        (Value::Number(_), Value::String(text)) => {
            let number = text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from));
            number.map(Value::Number).map_err(|_| format!("invalid number \"{text}\""))
        }
        (_, given) => Ok(given.clone()),
    }
}

/// `range_end` and `rangeEnd` are the same field.
fn same_name(field: &str, given: &str) -> bool {
    let letters = |name: &str| name.chars().filter(|c| *c != '_').collect::<String>();
    letters(field).eq_ignore_ascii_case(&letters(given))
}

fn txn(body: &Value) -> Result<TxnRequest, String> {
    let list = |name: &str| body.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    Ok(TxnRequest {
        compare: list("compare").iter().map(compare).collect::<Result<_, _>>()?,
        success: list("success").iter().map(operation).collect::<Result<_, _>>()?,
        failure: list("failure").iter().map(operation).collect::<Result<_, _>>()?,
    })
}

/// What is compared stands beside the other fields, under the name of its kind.
fn compare(given: &Value) -> Result<Compare, String> {
    const KINDS: [&str; 5] = ["version", "create_revision", "mod_revision", "value", "lease"];
    let Value::Object(given) = given else { return Err("a compare is an object".into()) };
    let kind = |name: &str| KINDS.into_iter().find(|kind| same_name(kind, name));
    let mut fields = Map::new();
    let mut target = None;
    for (name, value) in given {
        match kind(name) {
            Some("value") => target = Some(object([("value", value.clone())])),
            Some(kind) => target = Some(object([(kind, overlay(0.into(), value)?)])),
            None if name == "target" => {}
            None => {
                fields.insert(name.clone(), value.clone());
            }
        }
    }
    let mut compare: Compare = message(&Value::Object(fields))?;
    if let Some(target) = target {
        compare.target = serde_json::from_value(target).map_err(|error| error.to_string())?;
    }
    Ok(compare)
}

fn operation(given: &Value) -> Result<RequestOp, String> {
    let (name, given) = given.as_object().and_then(|given| given.iter().next()).ok_or("an operation is an object")?;
    match name.to_ascii_lowercase().replace('_', "").as_str() {
        "requestrange" => message(given).map(RequestOp::Range),
        "requestput" => message(given).map(RequestOp::Put),
        "requestdeleterange" => message(given).map(RequestOp::DeleteRange),
        "requesttxn" => txn(given).map(RequestOp::Txn),
        _ => Err(format!("unknown field \"{name}\"")),
    }
}

/// The answer of a call.
pub(super) fn answer(result: Result<Response, Status>) -> HttpResponse {
    let json = match result {
        Ok(response) => serde_json::to_value(response),
        Err(status) => return failure(&status),
    };
    // A response is an enum: its name, and in it the message.
    let message = json.ok().and_then(|json| json.as_object().and_then(|json| json.values().next().cloned()));
    let shown = shown("", message.unwrap_or_default()).unwrap_or_else(|| Value::Object(Map::new()));
    HttpResponse::json(200, to_json_text(&shown))
}

/// A value as the gateway shows it, or nothing if it is the default.
fn shown(name: &str, value: Value) -> Option<Value> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::Number(number) if number.as_u64() == Some(0) => None,
        Value::Number(number) if !SMALL_NUMBERS.contains(&name) => Some(number.to_string().into()),
        Value::String(text) if text.is_empty() => None,
        // The first name of an enum stands for its default.
        Value::String(text) if ENUMS.contains(&name) && matches!(text.as_str(), "PUT" | "READ" | "NONE") => None,
        Value::Array(items) if items.is_empty() => None,
        Value::Array(items) => {
            let whole = |item: Value| shown(name, item.clone()).unwrap_or(item);
            Some(items.into_iter().map(whole).collect())
        }
        Value::Object(fields) => {
            let fields: Map<_, _> =
                fields.into_iter().filter_map(|(name, value)| Some((name.clone(), shown(&name, value)?))).collect();
            (!fields.is_empty()).then_some(Value::Object(fields))
        }
        other => Some(other),
    }
}

/// An error as the gateway's first version shows it (grpc-gateway: runtime/errors.go).
fn failure(status: &Status) -> HttpResponse {
    let http = match status.code {
        Code::Ok => 200,
        Code::Canceled => 408,
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => 400,
        Code::DeadlineExceeded => 504,
        Code::NotFound => 404,
        Code::AlreadyExists | Code::Aborted => 409,
        Code::PermissionDenied => 403,
        Code::ResourceExhausted => 429,
        Code::Unauthenticated => 401,
        Code::Unimplemented => 501,
        Code::Unavailable => 503,
        _ => 500,
    };
    let words = status.message.as_str();
    let json = object([("error", words.into()), ("code", status.code.number().into()), ("message", words.into())]);
    HttpResponse::json(http, to_json_text(&json))
}
