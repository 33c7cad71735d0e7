//! What a member answers over plain HTTP on its client port (etcd: etcdserver/api/etcdhttp, v2http, and the JSON
//! gateway to version 3).
//!
//! Most of it is translation: a request becomes a call of version 3, or a proposal, and is remembered as pending; when
//! the answer goes out, [`Process::translated`] puts it into the words of HTTP.

mod auth;
mod gateway;
mod health;
mod keys;
mod members;
mod metrics;
mod pending;
mod stats;

use sorted::SortedMap;

use sim::{Micros, NodeId, Time};

use super::Effects;
use super::process::Process;
use super::proposals::Caller;
use super::requests::Call;
use crate::rpc::*;
use crate::store::{ChangeId, Store};
use crate::v2::{CLUSTER_ID, WatchHub, WatchId, clean};

use pending::Pending;

/// How often the leader says what time it is while keys may expire (etcd: etcdserver/server.go, `SyncTicker`).
const SYNC_INTERVAL: Micros = Micros::millis(500);

/// A call that waits for an answer which then has to be translated.
#[derive(Clone, Debug)]
struct Waiting {
    pending: Pending,
    caller: Caller,
    /// When it is given up, if before the server's own time-out.
    until: Option<Time>,
}

/// What `/metrics` and `/v2/stats` count since the process began and nobody else does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    puts: u64,
    deletes: u64,
    pub(crate) leaders: u64,
    pub(crate) received_appends: u64,
    pub(crate) sent_appends: u64,
    pub(crate) failed_proposals: u64,
}

impl Counts {
    /// Keys have changed.
    pub(crate) fn changed(&mut self, changes: &[ChangeId], store: &Store) {
        let changed = changes.iter().filter_map(|id| store.change(*id));
        let deletes = changed.filter(|change| change.record.tombstone).count() as u64;
        self.deletes += deletes;
        self.puts += changes.len() as u64 - deletes;
    }
}

/// What a member knows of its HTTP clients.
#[derive(Clone, Debug, Default)]
pub(crate) struct Http {
    pub(crate) counts: Counts,
    waiting: SortedMap<(NodeId, u64), Waiting>,
    hub: WatchHub,
    watches: SortedMap<WatchId, Caller>,
    last_watch: WatchId,
}

impl Http {
    /// A client went away.
    pub(crate) fn cancel(&mut self, node: NodeId, call: u64) {
        self.waiting.remove(&(node, call));
        let gone = |caller: &Caller| (caller.node, caller.call) == (node, call);
        self.end_watches(gone);
    }

    /// A client's machine is gone.
    pub(crate) fn forget(&mut self, node: NodeId) {
        self.waiting.retain(|(client, _), _| *client != node);
        self.end_watches(|caller| caller.node == node);
    }

    fn end_watches(&mut self, gone: impl Fn(&Caller) -> bool) {
        let hub = &mut self.hub;
        self.watches.retain(|id, caller| {
            let gone = gone(caller);
            if gone {
                hub.cancel(*id);
            }
            !gone
        });
    }
}

/// Path and query of a request, and how it was made.
struct Asked<'a> {
    method: &'a str,
    /// Still percent-encoded.
    path: &'a str,
    query: &'a str,
    request: &'a HttpRequest,
}

impl Process {
    /// Answers a request of an HTTP client, or sees to it that it will be answered.
    pub(crate) fn http(&mut self, caller: Caller, request: &HttpRequest, out: &mut Effects) {
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let asked = Asked { method: &request.method, path, query, request };
        let canonical = canonical(path);
        if canonical != path {
            let location = if query.is_empty() { canonical } else { format!("{canonical}?{query}") };
            let body = format!("<a href=\"{location}\">{}</a>.\n\n", status_text(301));
            let response = HttpResponse::new(301, "text/html; charset=utf-8", body).with("Location", location);
            return self.http_answer(&caller, response, out);
        }
        if let Some(response) = self.serve(caller, &asked, out) {
            let response = if request.at_peer_port { response } else { allowing_all_origins(response) };
            self.http_answer(&caller, response, out);
        }
    }

    fn serve(&mut self, caller: Caller, asked: &Asked<'_>, out: &mut Effects) -> Option<HttpResponse> {
        if asked.request.at_peer_port {
            return Some(self.serve_peer_port(asked));
        }
        let minor_4 = self.config.version.starts_with("3.4.");
        if asked.method == "OPTIONS" {
            return Some(HttpResponse { status: 200, ..HttpResponse::default() });
        }
        match asked.path {
            "/version" => Some(self.http_version(asked)),
            "/health" => self.http_health(caller, asked, out),
            "/metrics" => Some(self.http_metrics()),
            "/livez" | "/readyz" if !minor_4 => self.http_probe(caller, asked, out),
            path if path.starts_with("/v3/") || path.starts_with("/v3beta/") && minor_4 => {
                self.http_gateway(caller, asked, out)
            }
            path if !path.starts_with("/v2/") || !self.config.enable_v2 => Some(not_found()),
            "/v2/machines" => Some(self.http_machines(asked)),
            "/v2/stats/self" => Some(self.http_stats_self(asked)),
            "/v2/stats/leader" => Some(self.http_stats_leader(asked)),
            "/v2/stats/store" => Some(self.http_stats_store(asked)),
            path => match (under(path, "/v2/keys"), under(path, "/v2/members"), under(path, "/v2/auth")) {
                (Some(key), ..) => self.http_keys(caller, asked, key, out),
                (_, Some(member), _) => self.http_members(caller, asked, member, out),
                (.., Some(rest)) => self.http_auth(caller, asked, rest, out),
                _ => Some(not_found()),
            },
        }
    }

    /// What a person may read on the peer port (etcd: etcdhttp/peer.go, `newPeerHandler`). Raft's own pages are not among
    /// it: members speak to each other over connections of their own here.
    fn serve_peer_port(&self, asked: &Asked<'_>) -> HttpResponse {
        match asked.path {
            "/version" => self.http_version(asked),
            "/members" => self.http_peer_members(asked),
            _ => not_found(),
        }
    }

    /// Makes a call of version 3 on behalf of an HTTP client.
    fn http_call(
        &mut self,
        caller: Caller,
        pending: Pending,
        request: Request,
        token: Option<&str>,
        out: &mut Effects,
    ) {
        self.http_wait(caller, pending, None);
        self.call(Call { caller, token: token.map(str::to_owned), request }, out);
    }

    fn http_wait(&mut self, caller: Caller, pending: Pending, patience: Option<Micros>) {
        let until = patience.map(|patience| self.now + patience);
        self.http.waiting.insert((caller.node, caller.call), Waiting { pending, caller, until });
    }

    fn http_answer(&mut self, caller: &Caller, response: HttpResponse, out: &mut Effects) {
        self.answer(caller, Ok(Response::Http(response)), out);
    }

    /// The answer to a call, in the words of HTTP if it came that way.
    pub(crate) fn translated(&mut self, caller: &Caller, result: Result<Response, Status>) -> Result<Response, Status> {
        if caller.forwarded {
            return result;
        }
        let mut result = match self.http.waiting.remove(&(caller.node, caller.call)) {
            Some(waiting) => Ok(Response::Http(allowing_all_origins(waiting.pending.translate(result)))),
            None => result,
        };
        if let Ok(Response::Http(response)) = &mut result {
            self.name_cluster(response);
        }
        result
    }

    fn name_cluster(&self, response: &mut HttpResponse) {
        for (_, value) in response.headers.iter_mut().filter(|(name, _)| name == CLUSTER_ID) {
            *value = format!("{:x}", self.identity.cluster);
        }
    }

    /// What has to be done from time to time.
    pub(crate) fn check_http(&mut self, out: &mut Effects) {
        let now = self.now;
        let late: Vec<Caller> = self
            .http
            .waiting
            .values()
            .filter(|waiting| waiting.until.is_some_and(|until| until <= now))
            .map(|waiting| waiting.caller)
            .collect();
        for caller in late {
            self.proposals.cancel(caller.node, caller.call);
            self.reads.cancel(caller.node, caller.call);
            self.answer(&caller, Err(errors::timeout()), out);
        }
        self.sync_expiring_keys(out);
    }

    /// Microseconds since 1970.
    fn unix_micros(&self) -> u64 {
        self.config.epoch * 1_000_000 + self.now.as_micros()
    }
}

/// A path without empty parts and dots, but with its slash at the end (Go: net/http, `cleanPath`).
fn canonical(path: &str) -> String {
    let cleaned = clean(path);
    if path.ends_with('/') && cleaned != "/" { cleaned + "/" } else { cleaned }
}

/// What follows a prefix of a path: nothing, or a path.
fn under<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    path.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn not_found() -> HttpResponse {
    HttpResponse::error(404, "404 page not found")
}

/// An answer on the client port says that pages of any origin may read it (etcd: embed/serve.go, `addCORSHeader`).
fn allowing_all_origins(response: HttpResponse) -> HttpResponse {
    // The last part of a stream comes without a head.
    if response.status == 0 {
        return response;
    }
    response
        .with("Access-Control-Allow-Methods", "POST, GET, OPTIONS, PUT, DELETE")
        .with("Access-Control-Allow-Origin", "*")
        .with("Access-Control-Allow-Headers", "accept, content-type, authorization")
}

/// The refusal of a method that is not among those allowed (etcd: v2http/http.go, `allowMethod`).
fn check_method(asked: &Asked<'_>, allowed: &[&str]) -> Option<HttpResponse> {
    (!allowed.contains(&asked.method))
        .then(|| HttpResponse::error(405, "Method Not Allowed").with("Allow", allowed.join(",")))
}
