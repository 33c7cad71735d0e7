//! Version 3 as JSON over HTTP (etcd: the gRPC gateway, api/etcdserverpb/gw): `bytes` are base64, 64-bit integers are
//! strings, and what has its default value is left out.
//!
//! Written field by field and not derived: derived, the JSON of these sixty messages was a twentieth of the worker.

mod answers;
mod fields;
mod requests;

use serde_json::Value;

use super::pending::{Pending, object};
use super::{Asked, not_found};
use crate::rpc::*;
use crate::server::Effects;
use crate::server::process::Process;
use crate::server::proposals::Caller;
use crate::v2::to_json_text;

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
        let request = match requests::request(path, &body) {
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

/// The answer of a call.
pub(super) fn answer(result: Result<Response, Status>) -> HttpResponse {
    match result {
        Ok(response) => HttpResponse::json(200, to_json_text(&answers::shown(&response))),
        Err(status) => failure(&status),
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

#[cfg(test)]
mod tests;
