//! `/v2/keys`: reading, writing and waiting for keys of version 2 (etcd: v2http/client.go, `keysHandler`).

use super::pending::Pending;
use super::{Asked, SYNC_INTERVAL, allowing_all_origins, check_method};
use crate::apply::Op;
use crate::auth::AuthInfo;
use crate::rpc::{HttpResponse, Response};
use crate::server::Effects;
use crate::server::process::Process;
use crate::server::proposals::Caller;
use crate::v2::{
    Code, Error, Event, Form, KeyRequest, Method, Notice, answer, indexed, percent_decode, refusal, to_json_text,
};

impl Process {
    pub(super) fn http_keys(
        &mut self,
        caller: Caller,
        asked: &Asked<'_>,
        key: &str,
        out: &mut Effects,
    ) -> Option<HttpResponse> {
        if let Some(refused) = check_method(asked, &["HEAD", "GET", "PUT", "POST", "DELETE"]) {
            return Some(refused);
        }
        let request = match key_request(asked, key, self.unix_micros()) {
            Ok(request) => request,
            Err(error) => return Some(refusal(&error)),
        };
        if !self.may_reach(asked, &request) {
            return Some(refusal(&Error {
                code: Code::Unauthorized,
                cause: "Insufficient credentials".into(),
                index: 0,
            }));
        }
        if request.method.is_replicated() {
            self.http_wait(caller, Pending::Keys, None);
            self.propose(caller, AuthInfo::default(), Op::V2(request), out);
            return None;
        }
        if request.wait {
            return self.watch_key(caller, &request, out);
        }
        let result = self.machine.v2.get(&request, request.time);
        let mut response = answer(&request, &result, self.applied.index, self.term());
        if request.method == Method::Head {
            let length = response.body.len();
            response = response.with("Content-Length", length);
            response.body = "".into();
        }
        Some(response)
    }

    /// The headers go out at once, the change when there is one.
    fn watch_key(&mut self, caller: Caller, request: &KeyRequest, out: &mut Effects) -> Option<HttpResponse> {
        self.http.last_watch += 1;
        let id = self.http.last_watch;
        let watch = match self.http.hub.watch(id, request, &self.machine.v2) {
            Ok(watch) => watch,
            Err(error) => return Some(refusal(&error)),
        };
        let head = indexed(HttpResponse::json(200, ""), watch.start_index, self.applied.index, self.term());
        let mut head = HttpResponse { more: true, ..allowing_all_origins(head) };
        self.name_cluster(&mut head);
        self.stream_item(caller.node, caller.call, Response::Http(head), out);
        match watch.known {
            // A stream that begins in the past tells of one change and of no other, as etcd's does.
            Some(event) if request.stream => {
                self.http.watches.insert(id, caller);
                self.stream_item(caller.node, caller.call, Response::Http(part(&event, true)), out);
                None
            }
            Some(event) => Some(part(&event, false)),
            None => {
                self.http.watches.insert(id, caller);
                None
            }
        }
    }

    /// Keys of version 2 have changed: whoever waits for them is told.
    pub(crate) fn keys_changed(&mut self, notices: &[Notice], out: &mut Effects) {
        for notice in notices {
            for (id, keeps_watching) in self.http.hub.notify(notice) {
                let part = part(&notice.event, keeps_watching);
                if keeps_watching {
                    if let Some(caller) = self.http.watches.get(&id).copied() {
                        self.stream_item(caller.node, caller.call, Response::Http(part), out);
                    }
                } else if let Some(caller) = self.http.watches.remove(&id) {
                    self.http_answer(&caller, part, out);
                }
            }
        }
    }

    /// The leader lets all members remove expired keys at the same place in the log.
    pub(super) fn sync_expiring_keys(&mut self, out: &mut Effects) {
        let every = (SYNC_INTERVAL.as_micros() / self.config.heartbeat.as_micros().max(1)).max(1);
        if self.is_leader() && self.ticks.is_multiple_of(every) && self.machine.v2.has_expiring_keys() {
            self.propose_own(Op::V2(KeyRequest::new(Method::Sync, "/", self.unix_micros())), out);
        }
    }
}

/// One part of a body that tells of changes.
fn part(event: &Event, more: bool) -> HttpResponse {
    let body = to_json_text(&event.to_json(false)) + "\n";
    HttpResponse { body: body.into(), more, ..HttpResponse::default() }
}

/// The request that URL and body make. Fields in the body come before those in the URL.
fn key_request(asked: &Asked<'_>, key: &str, now: u64) -> Result<KeyRequest, Error> {
    let invalid = |cause: String| Error { code: Code::InvalidForm, cause, index: 0 };
    let method = match asked.method {
        "PUT" => Method::Put,
        "POST" => Method::Post,
        "DELETE" => Method::Delete,
        "HEAD" => Method::Head,
        _ => Method::Get,
    };
    let content_type = asked.request.header("Content-Type").unwrap_or_default();
    let has_form = matches!(method, Method::Put | Method::Post)
        && content_type.split(';').next().is_some_and(|kind| kind.trim() == "application/x-www-form-urlencoded");
    let body = if has_form { String::from_utf8_lossy(&asked.request.body) } else { "".into() };
    let form = Form::parse(&body).map_err(invalid)?.and(Form::parse(asked.query).map_err(invalid)?);
    let key = percent_decode(key, false).map_err(invalid)?;
    form.key_request(method, &key, now)
}
