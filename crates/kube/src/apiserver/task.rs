//! A request while it is worked on.

use std::sync::Arc;

use sim::{Cause, NodeId, Time};

use crate::api::{Object, Request};

/// Who waits for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// The server itself: what it sets up at its start.
    Inside,
    /// A task that consists of several.
    Part { of: u64 },
    /// A component of the cluster.
    Component { node: NodeId, id: u64 },
    /// A client that speaks HTTP.
    Http { node: NodeId, id: u64 },
}

impl Caller {
    pub(super) fn address(self) -> Option<(NodeId, u64)> {
        match self {
            Self::Inside | Self::Part { .. } => None,
            Self::Component { node, id } | Self::Http { node, id } => Some((node, id)),
        }
    }
}

/// A request while it is worked on.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) caller: Caller,
    pub(super) request: Arc<Request>,
    pub(super) cause: Cause,
    /// When it is given up.
    pub(super) deadline: Time,
    /// The cache has been seen to be as new as the request, so a refusal stands.
    pub(super) fresh: bool,
    /// How often somebody else was faster.
    pub(super) lost_races: u32,
    /// What is on its way to etcd.
    pub(super) pending: Option<Pending>,
    /// What it waits for that it consists of, and what it answers then.
    pub(super) parts: Option<(usize, Object)>,
    /// What the client is warned of.
    pub(super) warnings: Vec<String>,
}

/// A change on its way to etcd.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) key: String,
    /// What the client is told when it holds.
    pub(super) answer: Told,
}

/// What a client is told about a change that was stored.
#[derive(Clone, Debug)]
pub(super) enum Told {
    /// The object, with its new resource version.
    Stored,
    /// Something else, such as the `Status` of a deletion, or a `Scale`.
    Other(Object),
    /// The `Scale` of the object that was stored.
    Scale,
}
