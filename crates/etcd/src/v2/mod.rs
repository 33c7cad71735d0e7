//! etcd's API, version 2: a tree of keys beside the key-value store of version 3, with its own index, spoken over HTTP
//! with JSON (etcd 3.4: etcdserver/api/v2store, v2http, v2error).
//!
//! [`Store`] is replicated: it changes only by requests that come through the log, and those carry the time at which
//! they were proposed. [`WatchHub`] is a member's own: it knows which clients wait for which keys.

mod answer;
mod auth;
mod error;
mod event;
mod form;
mod history;
mod json;
mod node;
mod path;
mod request;
mod stats;
mod store;
mod watch;
mod write;

#[cfg(test)]
mod tests;

pub(crate) use answer::CLUSTER_ID;
pub use answer::{answer, auth_answer, indexed, refusal};
pub use auth::{Auth, AuthAnswer, AuthChange, Permissions, Refusal, Wanted};
pub use error::{Code, Error};
pub use event::{Action, Event, NodeView};
pub use form::{Form, percent_decode};
pub use json::to_json_text;
pub use path::clean;
pub use request::{KeyRequest, Method};
pub use store::{Notice, Outcome, Store};
pub use watch::{Watch, WatchHub, WatchId};
