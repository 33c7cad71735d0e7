//! Version 3 as JSON over HTTP (etcd: the gRPC gateway, api/etcdserverpb/gw): `bytes` are base64, 64-bit integers are
//! strings, and what has its default value is left out.
//!
//! Written field by field and not derived: derived, the JSON of these sixty messages was a twentieth of the worker.

mod answers;
mod fields;
mod requests;

use serde_json::Value;
use sim::NodeId;

use super::pending::{Pending, object};
use super::{Asked, allowing_all_origins};
use crate::rpc::*;
use crate::server::process::Process;
use crate::server::proposals::Caller;
use crate::server::{Effects, Msg};
use crate::v2::to_json_text;

impl Process {
    pub(super) fn http_gateway(
        &mut self,
        caller: Caller,
        asked: &Asked<'_>,
        out: &mut Effects,
    ) -> Option<HttpResponse> {
        let old = self.config.version.starts_with("3.4.");
        let path = asked.path.trim_start_matches("/v3beta").trim_start_matches("/v3");
        let body: &[u8] = if asked.request.body.is_empty() { b"{}" } else { &asked.request.body };
        let Ok(body) = serde_json::from_slice::<Value>(body) else {
            return Some(failure(&Status::new(Code::InvalidArgument, not_json(body)), old));
        };
        let request = match requests::request(path, &body) {
            None => return Some(HttpResponse::error(404, "Not Found")),
            Some(_) if asked.method != "POST" => return Some(HttpResponse::error(405, "Method Not Allowed")),
            Some(Err(words)) => return Some(failure(&Status::new(Code::InvalidArgument, words), old)),
            Some(Ok(request)) => request,
        };
        let token = asked.request.header("Authorization");
        if matches!(request, Request::Watch(_) | Request::LeaseKeepAlive(_)) {
            let head = Response::Http(HttpResponse { more: true, ..allowing_all_origins(HttpResponse::json(200, "")) });
            self.stream_item(caller.node, caller.call, head, out);
            self.streams.expect_json(&caller);
            self.open_stream(caller, token.map(str::to_owned), request, out);
            return None;
        }
        self.http_call(caller, Pending::Gateway { old }, request, token, out);
        None
    }

    /// A message of a stream as a line of JSON, or the error that it ends with. A renewal is one question, which has one
    /// answer.
    pub(crate) fn http_stream_part(
        &mut self,
        node: NodeId,
        call: u64,
        result: Result<Response, Status>,
        out: &mut Effects,
    ) {
        let more = matches!(result, Ok(Response::Watch(_)));
        let json = match result {
            Ok(response) => object([("result", answers::shown(&response))]),
            Err(status) => {
                let http = http_status(status.code);
                let error = object([
                    ("grpc_code", status.code.number().into()),
                    ("http_code", http.into()),
                    ("message", status.message.as_str().into()),
                    ("http_status", status_text(http).into()),
                ]);
                object([("error", error)])
            }
        };
        let body = to_json_text(&json) + "\n";
        let part = Response::Http(HttpResponse { body: body.into(), more, ..HttpResponse::default() });
        if more {
            out.send(node, Msg::StreamItem { id: call, response: part });
        } else {
            self.streams.close(node, call);
            let caller = Caller { node, call, forwarded: false, cause: out.cause() };
            self.answer(&caller, Ok(part), out);
        }
    }
}

/// The answer of a call; `old` as release 3.4 words it.
pub(super) fn answer(result: Result<Response, Status>, old: bool) -> HttpResponse {
    match result {
        Ok(response) => HttpResponse::json(200, to_json_text(&answers::shown(&response))),
        Err(status) => failure(&status, old),
    }
}

/// An error as the gateway's first version shows it (grpc-gateway: runtime/errors.go); earlier ones, as in release 3.4,
/// have the fields in another order.
fn failure(status: &Status, old: bool) -> HttpResponse {
    let words = status.message.as_str();
    let (code, message) = (("code", status.code.number().into()), ("message", words.into()));
    let [second, third] = if old { [message, code] } else { [code, message] };
    HttpResponse::json(http_status(status.code), to_json_text(&object([("error", words.into()), second, third])))
}

fn http_status(code: Code) -> u16 {
    match code {
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
    }
}

/// Why a text is no JSON, in Go's words where it is clear from its beginning (Go: encoding/json).
pub(super) fn not_json(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    match text.trim_start().chars().next() {
        Some(c) if !"{[\"-0123456789tfn".contains(c) => {
            format!("invalid character '{c}' looking for beginning of value")
        }
        _ => "unexpected end of JSON input".to_owned(),
    }
}

#[cfg(test)]
mod tests;
