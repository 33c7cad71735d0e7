//! The API over HTTP, as kubectl and curl speak it (`staging/src/k8s.io/apiserver/pkg/endpoints`).

mod discovery;
mod health;
mod query;
mod route;
#[cfg(test)]
mod tests;

use etcd::rpc::{Code, HttpRequest, HttpResponse, Response, Status as RpcStatus};
use etcd::server::Msg as EtcdMsg;
use serde_json::{Value, json};
use sim::NodeId;

use super::server::{Out, Server};
use super::task::Caller;
use crate::api::{EventKind, Object, Reason, Request, Status, User, Verb};
use route::Route;

impl Server {
    /// A request over HTTP.
    pub(super) fn http(&mut self, node: NodeId, id: u64, request: &HttpRequest, out: &mut Out) {
        let (user, credential) = match self.authenticate(request) {
            Ok(known) => known,
            Err(status) => return reply(node, id, status_response(&status), out),
        };
        match route::parse(request, user, self) {
            Ok(Route::Api(mut request)) => {
                request.options.credential = credential.into();
                self.begin(Caller::Http { node, id }, (*request).into(), out);
            }
            Ok(Route::Other { path, query, user }) => {
                let response = self.other(&path, &query, &user, request);
                reply(node, id, response, out);
            }
            Err(status) => reply(node, id, status_response(&status), out),
        }
    }

    /// What has an address but is no resource.
    fn other(&self, path: &str, query: &query::Query, user: &User, request: &HttpRequest) -> HttpResponse {
        if let Err(status) = self.authorize_path(user, &request.method.to_lowercase(), path) {
            return status_response(&status);
        }
        let accept = request.header("accept").unwrap_or_default();
        if let Some(found) = discovery::answer(self, path, accept) {
            return found;
        }
        health::answer(self, path, query).unwrap_or_else(not_found)
    }

    /// Answers a request that came over HTTP.
    pub(super) fn http_reply(
        &self,
        (node, id): (NodeId, u64),
        request: &Request,
        result: Result<Object, Status>,
        warnings: &[String],
        out: &mut Out,
    ) {
        let response = match result {
            Ok(object) if object.is_string() => {
                HttpResponse::new(200, "text/plain", object.as_str().unwrap_or_default())
            }
            Ok(object) => {
                let code = if request.verb == Verb::Create { 201 } else { 200 };
                let response = json_response(code, &object);
                warnings.iter().fold(response, |response, warning| response.with("Warning", quoted(warning)))
            }
            Err(status) => status_response(&status),
        };
        reply(node, id, with_warnings(response, request), out);
    }

    /// The head of a watch, and what it is told first.
    pub(super) fn http_watch(&self, (node, id): (NodeId, u64), request: &Request, lines: &str, out: &mut Out) {
        let mut head = with_warnings(HttpResponse::json(200, lines), request);
        head.more = true;
        out.send(node, EtcdMsg::StreamItem { id, response: head.into() }.into());
    }
}

/// One line of a watch: an event.
pub(super) fn line(kind: EventKind, object: &Value) -> String {
    format!("{{\"type\":\"{}\",\"object\":{object}}}\n", kind.name())
}

/// The line that says why a watch ends.
pub(super) fn error_line(status: &Status) -> String {
    format!("{{\"type\":\"ERROR\",\"object\":{}}}\n", status.to_value())
}

/// The head of a text that comes in parts, and its first part.
pub(super) fn begin_text(node: NodeId, id: u64, text: &str, out: &mut Out) {
    let mut head = HttpResponse::new(200, "text/plain", text);
    head.more = true;
    out.send(node, EtcdMsg::StreamItem { id, response: head.into() }.into());
}

/// More of the body of a watch.
pub(super) fn send_lines(node: NodeId, id: u64, lines: String, out: &mut Out) {
    let part = HttpResponse { body: lines.into(), more: true, ..HttpResponse::default() };
    out.send(node, EtcdMsg::StreamItem { id, response: part.into() }.into());
}

/// The end of the body of a watch.
pub(super) fn end(node: NodeId, id: u64, out: &mut Out) {
    out.send(node, EtcdMsg::StreamEnd { id, status: RpcStatus::new(Code::Ok, "") }.into());
}

fn reply(node: NodeId, id: u64, response: HttpResponse, out: &mut Out) {
    out.send(node, EtcdMsg::Reply { id, result: Ok(Response::Http(response)) }.into());
}

fn json_response(code: u16, value: &Value) -> HttpResponse {
    HttpResponse::json(code, format!("{value}\n")).with("Cache-Control", "no-cache, private")
}

/// A warning as its header has it (RFC 7234).
fn quoted(warning: &str) -> String {
    format!("299 - \"{}\"", warning.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Versions that are going away say so in a header, whatever becomes of the request
/// (`pkg/endpoints/handlers/…`, `AddWarning` at installation).
fn with_warnings(response: HttpResponse, request: &Request) -> HttpResponse {
    let warning = match (request.group.as_ref(), request.resource.as_ref()) {
        ("", "endpoints") => "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
        ("", "componentstatuses") => "v1 ComponentStatus is deprecated in v1.19+",
        _ => return response,
    };
    response.with("Warning", quoted(warning))
}

pub(super) fn status_response(status: &Status) -> HttpResponse {
    match status.reason {
        // The filter that ends what takes too long does not write the type, so clients use words of their own
        // (`pkg/server/filters/timeout.go`).
        Reason::Timeout => {
            let message = "Timeout: request did not complete within the allotted timeout";
            let body = json!({
                "metadata": {}, "status": "Failure", "message": message, "reason": "Timeout", "details": {}, "code": 504,
            });
            HttpResponse::json(504, format!("{body}\n"))
        }
        reason => json_response(reason.code(), &status.to_value()),
    }
}

fn not_found() -> HttpResponse {
    HttpResponse::new(404, "text/plain; charset=utf-8", "404 page not found\n")
}
