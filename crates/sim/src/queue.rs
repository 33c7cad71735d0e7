//! What will happen, in the order in which it will.

use core::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::{Cause, EventId, NodeId, Time};

/// One thing that will happen.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Upcoming {
    /// A packet reaches its destination, unless it was taken off the wire or moved to another moment.
    Arrive(EventId),
    /// A node asked to be woken; stale if it has asked for another moment since.
    Wakeup(NodeId),
    /// A write became durable, if the process that wrote it still lives.
    DiskDone { node: NodeId, write: u64 },
    /// A process hears that another one, which it waited for, has ended.
    Ended { parent: NodeId, child: NodeId, cause: Cause },
}

#[derive(Clone, Debug)]
struct Slot {
    at: Time,
    sequence: u64,
    what: Upcoming,
}

/// Reversed, because the heap hands out its greatest: the earliest, and of those at one moment the first queued.
impl Ord for Slot {
    fn cmp(&self, other: &Slot) -> Ordering {
        (other.at, other.sequence).cmp(&(self.at, self.sequence))
    }
}

impl PartialOrd for Slot {
    fn partial_cmp(&self, other: &Slot) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Slot {
    fn eq(&self, other: &Slot) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Slot {}

#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    heap: BinaryHeap<Slot>,
    sequence: u64,
}

impl Queue {
    pub(crate) fn push(&mut self, at: Time, what: Upcoming) {
        self.sequence += 1;
        self.heap.push(Slot { at, sequence: self.sequence, what });
    }

    pub(crate) fn peek(&self) -> Option<(Time, Upcoming)> {
        self.heap.peek().map(|slot| (slot.at, slot.what))
    }

    pub(crate) fn pop(&mut self) -> Option<(Time, Upcoming)> {
        self.heap.pop().map(|slot| (slot.at, slot.what))
    }
}
