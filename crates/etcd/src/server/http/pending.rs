//! Calls on their way, and how each kind of answer looks in HTTP.

use serde_json::{Map, Value};

use super::health::{Probe, health_answer};
use super::{gateway, members};
use crate::rpc::{HttpResponse, Response, Status};
use crate::v2::{Code, Error, refusal};

/// What an HTTP client waits for.
#[derive(Clone, Debug)]
pub(super) enum Pending {
    /// A key of version 2.
    Keys,
    /// Whether the member can serve; `reason` as releases since 3.5 give one.
    Health { with_reason: bool },
    /// The same in more detail.
    Probe(Probe),
    /// A membership change of version 2.
    Members(members::Change),
    /// A call of version 3; `old` as release 3.4 words its errors.
    Gateway { old: bool },
}

impl Pending {
    pub(super) fn translate(self, result: Result<Response, Status>) -> HttpResponse {
        match self {
            Pending::Keys => match result {
                Ok(Response::Http(response)) => response,
                Ok(_) => raft_error("received response with no Event/Watcher"),
                Err(status) => raft_error(&status.message),
            },
            Pending::Health { with_reason } => match result {
                Ok(_) => health_answer("", with_reason),
                Err(status) if with_reason => health_answer(&format!("RANGE ERROR:{}", status.message), true),
                Err(status) => health_answer(&format!("QGET ERROR:{}", status.message), false),
            },
            Pending::Probe(probe) => probe.answer(result.err()),
            Pending::Members(change) => change.answer(result),
            Pending::Gateway { old } => gateway::answer(result, old),
        }
    }
}

/// What went wrong on the way through the log, in the words of version 2.
fn raft_error(cause: &str) -> HttpResponse {
    refusal(&Error { code: Code::RaftInternal, cause: cause.to_owned(), index: 0 })
}

/// A JSON object of these fields.
pub(super) fn object(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>().into()
}
