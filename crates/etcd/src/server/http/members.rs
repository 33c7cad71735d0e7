//! `/v2/members` and `/v2/machines` (etcd: v2http/client.go, `membersHandler`, httptypes/member.go).

use serde_json::Value;

use super::pending::{Pending, object};
use super::{Asked, check_method, gateway::not_json};
use crate::rpc::*;
use crate::server::Effects;
use crate::server::process::Process;
use crate::server::proposals::Caller;
use crate::v2::{CLUSTER_ID, to_json_text};

/// A membership change that was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    Add,
    Remove(u64),
    Update(u64),
}

impl Change {
    pub(super) fn answer(self, result: Result<Response, Status>) -> HttpResponse {
        let response = match (self, result) {
            (Change::Add, Ok(Response::MemberAdd(added))) => line(201, &member_json(&added.member)),
            (_, Ok(_)) => HttpResponse { status: 204, ..HttpResponse::default() },
            (change, Err(status)) => change.refusal(&status),
        };
        response.with(CLUSTER_ID, "")
    }

    fn refusal(self, status: &Status) -> HttpResponse {
        match self {
            _ if *status == errors::peer_url_exist() => message(409, "membership: peerURL exists"),
            _ if *status == errors::member_exist() => message(409, "membership: ID exists"),
            Change::Remove(id) | Change::Update(id) if *status == errors::member_not_found() => {
                message(404, &format!("No such member: {id:x}"))
            }
            Change::Add if *status == errors::member_bad_urls() => {
                message(400, "URL must be of the form http://host:port")
            }
            _ => message(500, "Internal Server Error"),
        }
    }
}

impl Process {
    /// The members as their peers are shown them (etcd: etcdhttp/peer.go, `peerMembersHandler`).
    pub(super) fn http_peer_members(&self, asked: &Asked<'_>) -> HttpResponse {
        if let Some(refused) = check_method(asked, &["GET"]) {
            return refused;
        }
        let shown = self.members.list().into_iter().map(|member| {
            let mut json = object([("id", member.id.into()), ("peerURLs", member.peer_urls.into())]);
            if let Some(fields) = json.as_object_mut() {
                // Go leaves out what is empty.
                let set = [
                    ("isLearner", member.is_learner.then(|| true.into())),
                    ("name", (!member.name.is_empty()).then(|| member.name.into())),
                    ("clientURLs", (!member.client_urls.is_empty()).then(|| member.client_urls.into())),
                ];
                fields.extend(set.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
            }
            json
        });
        line(200, &shown.collect()).with(CLUSTER_ID, "")
    }
}

/// An answer in words, in JSON (etcd: v2http/httptypes/errors.go).
pub(super) fn message(status: u16, words: &str) -> HttpResponse {
    HttpResponse::json(status, to_json_text(&object([("message", words.into())])))
}

/// An answer in JSON that ends its line.
pub(super) fn line(status: u16, json: &Value) -> HttpResponse {
    HttpResponse::json(status, to_json_text(json) + "\n")
}

fn member_json(member: &Member) -> Value {
    object([
        ("id", format!("{:x}", member.id).into()),
        ("name", member.name.as_str().into()),
        ("peerURLs", member.peer_urls.clone().into()),
        ("clientURLs", member.client_urls.clone().into()),
    ])
}

impl Process {
    pub(super) fn http_machines(&self, asked: &Asked<'_>) -> HttpResponse {
        if let Some(refused) = check_method(asked, &["GET", "HEAD"]) {
            return refused;
        }
        let mut urls: Vec<String> = self.members.list().into_iter().flat_map(|member| member.client_urls).collect();
        urls.sort_unstable();
        HttpResponse::new(200, "text/plain; charset=utf-8", urls.join(", "))
    }

    pub(super) fn http_members(
        &mut self,
        caller: Caller,
        asked: &Asked<'_>,
        rest: &str,
        out: &mut Effects,
    ) -> Option<HttpResponse> {
        if let Some(refused) = check_method(asked, &["GET", "POST", "DELETE", "PUT"]) {
            return Some(refused);
        }
        if asked.method != "GET" && !self.is_root_of_v2(asked) {
            return Some(super::auth::unauthorized());
        }
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let change = match asked.method {
            "GET" => return Some(self.show_members(rest).with(CLUSTER_ID, "")),
            "POST" => peer_urls(asked.request).map(|peer_urls| {
                (Change::Add, Request::from(MemberAddRequest { peer_urls, ..MemberAddRequest::default() }))
            }),
            "DELETE" => member_id(rest).map(|id| (Change::Remove(id), MemberRemoveRequest { id }.into())),
            _ => member_id(rest).and_then(|id| {
                let peer_urls = peer_urls(asked.request)?;
                Ok((Change::Update(id), MemberUpdateRequest { id, peer_urls }.into()))
            }),
        };
        match change {
            Ok((change, request)) => {
                self.http_call(caller, Pending::Members(change), request, None, out);
                None
            }
            Err(refused) => Some(refused.with(CLUSTER_ID, "")),
        }
    }

    fn show_members(&self, which: &str) -> HttpResponse {
        match which {
            "" => {
                let members: Value = self.members.list().iter().map(member_json).collect();
                line(200, &object([("members", members)]))
            }
            "leader" => match self.members.get(self.lead()) {
                Some(leader) => line(200, &member_json(leader)),
                None => message(503, "During election"),
            },
            _ => message(404, "Not found"),
        }
    }
}

fn member_id(text: &str) -> Result<u64, HttpResponse> {
    if text.is_empty() {
        return Err(HttpResponse::error(405, "Method Not Allowed"));
    }
    u64::from_str_radix(text, 16).map_err(|_| message(404, &format!("No such member: {text}")))
}

/// The peer URLs in a request's JSON.
fn peer_urls(request: &HttpRequest) -> Result<Vec<String>, HttpResponse> {
    let content_type = request.header("Content-Type").unwrap_or_default();
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_lowercase();
    if kind != "application/json" {
        return Err(message(415, &format!("Bad Content-Type {kind}, accept application/json")));
    }
    let json: Value = serde_json::from_slice(&request.body).map_err(|_| message(400, &not_json(&request.body)))?;
    let urls = json.get("peerURLs").and_then(Value::as_array);
    let urls: Vec<String> = urls.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    let without_scheme = |url: &&String| {
        let scheme = url.split_once("://").map(|(scheme, _)| scheme);
        !matches!(scheme, Some("http" | "https" | "unix" | "unixs"))
    };
    match urls.iter().find(without_scheme) {
        Some(url) => Err(message(400, &format!("URL scheme must be http, https, unix, or unixs: {url}"))),
        None if urls.is_empty() => Err(message(400, "no valid URLs given")),
        None => Ok(urls),
    }
}
