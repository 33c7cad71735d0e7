//! `/v2/auth`: users, roles and the switch of version 2 (etcd 3.4: v2http/client_auth.go), and who may reach which key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::members::{line, message};
use super::pending::Pending;
use super::{Asked, check_method};
use crate::apply::Op;
use crate::auth::{AuthInfo, hash_password};
use crate::rpc::HttpResponse;
use crate::server::Effects;
use crate::server::process::Process;
use crate::server::proposals::Caller;
use crate::v2::{AuthChange, CLUSTER_ID, KeyRequest, Method, Permissions, Wanted, auth_answer};

/// Name and password of a request's `Authorization` header; `Some` of nobody when it has one that cannot be read.
fn login(asked: &Asked<'_>) -> Option<(String, String)> {
    let header = asked.request.header("Authorization").filter(|header| !header.is_empty())?;
    let decoded = header.strip_prefix("Basic ").and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
    let text = String::from_utf8_lossy(&decoded).into_owned();
    Some(text.split_once(':').map(|(name, password)| (name.to_owned(), password.to_owned())).unwrap_or_default())
}

impl Process {
    /// Whether the request may change what only root may change.
    pub(super) fn is_root_of_v2(&self, asked: &Asked<'_>) -> bool {
        let login = login(asked);
        self.machine.v2.auth().is_root(login.as_ref().map(|(name, password)| (name.as_str(), password.as_str())))
    }

    /// Whether a request for a key of version 2 may be carried out.
    pub(super) fn may_reach(&self, asked: &Asked<'_>, request: &KeyRequest) -> bool {
        let login = login(asked);
        let write = !matches!(request.method, Method::Get | Method::Head | Method::QuorumGet);
        let wanted = Wanted { key: &request.path, write, recursive: request.recursive };
        self.machine.v2.auth().may(login.as_ref().map(|(name, password)| (name.as_str(), password.as_str())), wanted)
    }

    pub(super) fn http_auth(
        &mut self,
        caller: Caller,
        asked: &Asked<'_>,
        rest: &str,
        out: &mut Effects,
    ) -> Option<HttpResponse> {
        let parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
        let (kind, name) = match parts[..] {
            [kind @ ("users" | "roles")] => (kind, None),
            [kind @ ("users" | "roles"), name] => (kind, Some(name)),
            ["users" | "roles", ..] => return Some(message(400, "Invalid path")),
            ["enable"] => ("enable", None),
            _ => return Some(super::not_found()),
        };
        let allowed: &[&str] = if kind != "enable" && name.is_none() { &["GET"] } else { &["GET", "PUT", "DELETE"] };
        if let Some(refused) = check_method(asked, allowed) {
            return Some(refused);
        }
        let open_to_all = kind == "enable" && asked.method == "GET";
        if !open_to_all && !self.is_root_of_v2(asked) {
            return Some(unauthorized());
        }
        let auth = self.machine.v2.auth();
        let change = match (asked.method, kind) {
            ("GET", "users") => return Some(auth_answer(auth.show_users(name))),
            ("GET", "roles") => return Some(auth_answer(auth.show_roles(name))),
            ("GET", _) => {
                let json = super::pending::object([("enabled", auth.is_enabled().into())]);
                return Some(line(200, &json).with(CLUSTER_ID, ""));
            }
            ("PUT", "enable") => Ok(AuthChange::Enable),
            ("DELETE", "enable") => Ok(AuthChange::Disable),
            ("DELETE", "users") => Ok(AuthChange::DeleteUser(name.unwrap_or_default().to_owned())),
            ("DELETE", _) => Ok(AuthChange::DeleteRole(name.unwrap_or_default().to_owned())),
            (_, kind) => {
                let json = serde_json::from_slice::<Value>(&asked.request.body).ok().filter(Value::is_object);
                match (json, kind) {
                    (None, _) => Err("Invalid JSON in request body."),
                    (Some(json), "users") => put_user(&json, name.unwrap_or_default(), out.random()),
                    (Some(json), _) => put_role(&json, name.unwrap_or_default()),
                }
            }
        };
        match change {
            Ok(change) => {
                self.http_wait(caller, Pending::Keys, None);
                self.propose(caller, AuthInfo::default(), Op::V2Auth(change), out);
                None
            }
            Err(words) => Some(message(400, words).with(CLUSTER_ID, "")),
        }
    }
}

/// What is said to somebody who is not root.
pub(super) fn unauthorized() -> HttpResponse {
    message(401, "Insufficient credentials")
}

fn texts(json: &Value) -> Vec<String> {
    json.as_array().into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

fn put_user(json: &Value, name: &str, salt: u64) -> Result<AuthChange, &'static str> {
    if json["user"].as_str().unwrap_or_default() != name {
        return Err("User JSON name does not match the name in the URL");
    }
    let password = match json["password"].as_str().unwrap_or_default() {
        "" => String::new(),
        password => hash_password(password, salt),
    };
    let (roles, grant, revoke) = (texts(&json["roles"]), texts(&json["grant"]), texts(&json["revoke"]));
    let changes = !grant.is_empty() || !revoke.is_empty();
    if changes && !roles.is_empty() {
        return Err("User JSON contains both roles and grant/revoke");
    }
    Ok(AuthChange::PutUser { name: name.to_owned(), password, roles, grant, revoke })
}

fn permissions(json: &Value) -> Permissions {
    let patterns = |json: &Value| json.is_array().then(|| texts(json).into_iter().collect());
    Permissions { read: patterns(&json["kv"]["read"]), write: patterns(&json["kv"]["write"]) }
}

fn put_role(json: &Value, name: &str) -> Result<AuthChange, &'static str> {
    if json["role"].as_str().unwrap_or_default() != name {
        return Err("Role JSON name does not match the name in the URL");
    }
    let (own, grant, revoke) =
        (permissions(&json["permissions"]), permissions(&json["grant"]), permissions(&json["revoke"]));
    if grant.is_empty() && revoke.is_empty() {
        return Ok(AuthChange::AddRole(name.to_owned(), own));
    }
    if !own.is_empty() {
        return Err("Role JSON contains both permissions and grant/revoke");
    }
    Ok(AuthChange::ChangeRole { name: name.to_owned(), grant, revoke })
}
