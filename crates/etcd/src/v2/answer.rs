//! Answers to requests for keys, as HTTP (etcd: v2http/client.go, `writeKeyEvent`, `writeKeyError`).

use serde_json::Value;

use super::auth::{AuthAnswer, Refusal};
use super::error::Error;
use super::event::Event;
use super::json::to_json_text;
use super::request::KeyRequest;
use crate::rpc::HttpResponse;

/// The header that names the cluster. The member that answers fills in its value.
pub(crate) const CLUSTER_ID: &str = "X-Etcd-Cluster-Id";

/// The answer to a request that was carried out, or failed, when the log was at `raft_index` in `raft_term`.
pub fn answer<E: AsRef<Event>>(
    request: &KeyRequest,
    result: &Result<E, Error>,
    raft_index: u64,
    raft_term: u64,
) -> HttpResponse {
    match result {
        Err(error) => refusal(error),
        Ok(event) => {
            let event = event.as_ref();
            let body = to_json_text(&event.to_json(request.no_value_on_success)) + "\n";
            let status = if event.is_created() { 201 } else { 200 };
            indexed(HttpResponse::json(status, body), event.etcd_index, raft_index, raft_term)
        }
    }
}

/// An answer with the three indexes in its headers.
pub fn indexed(response: HttpResponse, etcd_index: u64, raft_index: u64, raft_term: u64) -> HttpResponse {
    response
        .with(CLUSTER_ID, "")
        .with("X-Etcd-Index", etcd_index)
        .with("X-Raft-Index", raft_index)
        .with("X-Raft-Term", raft_term)
}

/// The answer to a request that failed.
pub fn refusal(error: &Error) -> HttpResponse {
    HttpResponse::json(error.status(), to_json_text(&error.to_json()) + "\n")
        .with(CLUSTER_ID, "")
        .with("X-Etcd-Index", error.index)
}

/// The answer to a request about users and roles (etcd: v2http/client_auth.go).
pub fn auth_answer(answer: AuthAnswer) -> HttpResponse {
    let response = match answer {
        Ok((status, Value::Null)) => HttpResponse::json(status, ""),
        Ok((status, json)) => HttpResponse::json(status, to_json_text(&json) + "\n"),
        Err(Refusal(status, words)) => HttpResponse::json(status, to_json_text(&serde_json::json!({"message": words}))),
    };
    response.with(CLUSTER_ID, "")
}
