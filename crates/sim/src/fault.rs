//! What can be done to a world from outside. Every fault is an input like any other: it can be logged and replayed.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{Digest, EventId, Micros, NodeId, Payload};

/// Something that goes wrong, or is put right again. Where a link is named, `None` stands for every address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// The process dies at once (SIGKILL). Its machine tells everyone connected with it.
    Crash {
        /// Whose process.
        node: NodeId,
        /// Whether writes that were not yet durable are lost.
        lose_unsynced: bool,
    },
    /// The process is asked to end (SIGTERM) and may finish what it is doing.
    Terminate {
        /// Whose process.
        node: NodeId,
    },
    /// The machine loses power: writes that were not durable are lost, and nobody is told.
    PowerOff {
        /// Which machine.
        node: NodeId,
    },
    /// A dead process is started again (a dead machine is switched on first).
    Restart {
        /// Whose process.
        node: NodeId,
        /// Whether it starts with an empty disk.
        wipe: bool,
    },
    /// The process stops running but stays alive (SIGSTOP): messages wait.
    Pause {
        /// Whose process.
        node: NodeId,
    },
    /// A paused process runs on.
    Resume {
        /// Whose process.
        node: NodeId,
    },
    /// A node's clock stands still while the rest of it runs on.
    StopClock {
        /// Whose clock.
        node: NodeId,
    },
    /// A stopped clock runs on from where it stood.
    StartClock {
        /// Whose clock.
        node: NodeId,
    },
    /// Nothing passes in this one direction any more.
    Cut {
        /// The sender.
        from: NodeId,
        /// The receiver.
        to: NodeId,
    },
    /// This one direction is open again.
    Heal {
        /// The sender.
        from: NodeId,
        /// The receiver.
        to: NodeId,
    },
    /// Nothing passes between nodes of different groups, either way. Who is in no group is not affected.
    Partition {
        /// Who can still talk with whom.
        groups: Vec<Vec<NodeId>>,
    },
    /// Nothing passes to or from this node.
    CutOff {
        /// Which node.
        node: NodeId,
    },
    /// A node that was cut off is connected again.
    Reconnect {
        /// Which node.
        node: NodeId,
    },
    /// Every cut, partition and link condition is lifted.
    HealAll,
    /// A share of the messages is lost.
    Loss {
        /// The sender, or any.
        from: Option<NodeId>,
        /// The receiver, or any.
        to: Option<NodeId>,
        /// How many in a million.
        per_million: u32,
    },
    /// A share of the messages arrives twice.
    Duplicate {
        /// The sender, or any.
        from: Option<NodeId>,
        /// The receiver, or any.
        to: Option<NodeId>,
        /// How many in a million.
        per_million: u32,
    },
    /// A share of the messages is overtaken by later ones.
    Reorder {
        /// The sender, or any.
        from: Option<NodeId>,
        /// The receiver, or any.
        to: Option<NodeId>,
        /// How many in a million.
        per_million: u32,
    },
    /// Messages take longer.
    Delay {
        /// The sender, or any.
        from: Option<NodeId>,
        /// The receiver, or any.
        to: Option<NodeId>,
        /// How much longer each takes.
        extra: Micros,
        /// How much longer still, at random, at most.
        jitter: Micros,
    },
    /// A disk takes this long to make a write durable; `None` gives it its usual speed again.
    SlowDisk {
        /// Whose disk.
        node: NodeId,
        /// How long a sync takes.
        sync: Option<Micros>,
    },
    /// One message is taken off the wire.
    DropMessage {
        /// The record of its sending.
        sent: EventId,
    },
    /// One message is held up.
    DelayMessage {
        /// The record of its sending.
        sent: EventId,
        /// How much later it arrives.
        by: Micros,
    },
}

impl Fault {
    /// The one node this is done to, if there is one.
    pub const fn node(&self) -> Option<NodeId> {
        match self {
            Fault::Crash { node, .. }
            | Fault::Terminate { node }
            | Fault::PowerOff { node }
            | Fault::Restart { node, .. }
            | Fault::Pause { node }
            | Fault::Resume { node }
            | Fault::StopClock { node }
            | Fault::StartClock { node }
            | Fault::CutOff { node }
            | Fault::Reconnect { node }
            | Fault::SlowDisk { node, .. } => Some(*node),
            _ => None,
        }
    }
}

impl Payload for Fault {
    fn digest(&self, digest: &mut Digest) {
        let any = |node: &Option<NodeId>| node.map_or(u64::MAX, |node| u64::from(node.0));
        let words: &[u64] = match self {
            Fault::Crash { node, lose_unsynced } => &[1, u64::from(node.0), u64::from(*lose_unsynced)],
            Fault::Terminate { node } => &[2, u64::from(node.0)],
            Fault::PowerOff { node } => &[3, u64::from(node.0)],
            Fault::Restart { node, wipe } => &[4, u64::from(node.0), u64::from(*wipe)],
            Fault::Pause { node } => &[5, u64::from(node.0)],
            Fault::Resume { node } => &[6, u64::from(node.0)],
            Fault::StopClock { node } => &[7, u64::from(node.0)],
            Fault::StartClock { node } => &[8, u64::from(node.0)],
            Fault::Cut { from, to } => &[9, u64::from(from.0), u64::from(to.0)],
            Fault::Heal { from, to } => &[10, u64::from(from.0), u64::from(to.0)],
            Fault::Partition { groups } => {
                digest.u64(groups.len() as u64);
                for group in groups {
                    digest.u64(group.len() as u64);
                    group.iter().for_each(|node| digest.u32(node.0));
                }
                &[11]
            }
            Fault::CutOff { node } => &[12, u64::from(node.0)],
            Fault::Reconnect { node } => &[13, u64::from(node.0)],
            Fault::HealAll => &[14],
            Fault::Loss { from, to, per_million } => &[15, any(from), any(to), u64::from(*per_million)],
            Fault::Duplicate { from, to, per_million } => &[16, any(from), any(to), u64::from(*per_million)],
            Fault::Reorder { from, to, per_million } => &[17, any(from), any(to), u64::from(*per_million)],
            Fault::Delay { from, to, extra, jitter } => &[18, any(from), any(to), extra.0, jitter.0],
            Fault::SlowDisk { node, sync } => &[19, u64::from(node.0), sync.map_or(u64::MAX, |sync| sync.0)],
            Fault::DropMessage { sent } => &[20, sent.0],
            Fault::DelayMessage { sent, by } => &[21, sent.0, by.0],
        };
        words.iter().for_each(|word| digest.u64(*word));
    }
}

/// A fault named a node that this world does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownNode(pub NodeId);

impl fmt::Display for UnknownNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this world has no node {}", self.0.0)
    }
}

impl core::error::Error for UnknownNode {}
