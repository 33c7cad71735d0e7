//! Requests that go through the log: proposing them, and finding who waits for the outcome.

use std::collections::VecDeque;

use sorted::SortedMap;

use sim::{Cause, NodeId, Time};

use super::members::MemberId;

/// Who asked, and what for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    pub(crate) node: NodeId,
    pub(crate) call: u64,
    /// Whether another member passed the request on.
    pub(crate) forwarded: bool,
    pub(crate) cause: Cause,
}

/// Who waits for an entry to be applied.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Waiter {
    /// A client.
    Caller(Caller),
    /// The member itself, for its own publication; tried again until it works.
    Publish,
    /// The leader itself, for a compaction nobody asked for.
    Compactor,
    /// The leader itself: the cluster version, a lease to be revoked.
    Nobody,
}

#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) waiter: Waiter,
    pub(crate) started: Time,
}

/// Proposals on their way: not yet handed to raft, or not yet applied.
#[derive(Clone, Debug)]
pub(crate) struct Proposals {
    next_id: u64,
    /// By id, and so by age.
    waiting: SortedMap<u64, Box<Waiting>>,
    by_call: SortedMap<(NodeId, u64), u64>,
    /// Encoded, waiting for raft to take them: for a leader to be known, or for the disk.
    queue: VecDeque<(u64, Cause, raft::Entry)>,
}

impl Proposals {
    /// Ids are made as etcd makes them: two bytes of the member's id, five of the time it started in milliseconds, and
    /// a counter (etcd: pkg/idutil/id.go). Lease ids come from here, too.
    pub(crate) fn new(member: MemberId, unix_millis: u64) -> Proposals {
        let suffix = (unix_millis & 0xff_ffff_ffff) << 8;
        Proposals {
            next_id: member << 48 | suffix,
            waiting: SortedMap::new(),
            by_call: SortedMap::new(),
            queue: VecDeque::new(),
        }
    }

    pub(crate) fn fresh_id(&mut self) -> u64 {
        let prefix = self.next_id & 0xffff << 48;
        self.next_id = prefix | (self.next_id.wrapping_add(1) & 0xffff_ffff_ffff);
        self.next_id
    }

    /// Puts an entry into the queue for raft, and remembers who waits for it.
    pub(crate) fn enqueue(&mut self, id: u64, waiter: Waiter, now: Time, cause: Cause, entry: raft::Entry) {
        if let Waiter::Caller(caller) = waiter {
            self.by_call.insert((caller.node, caller.call), id);
        }
        self.waiting.insert(id, Box::new(Waiting { waiter, started: now }));
        self.queue.push_back((id, cause, entry));
    }

    /// Takes what raft shall be asked to append; who gave up meanwhile is left out.
    pub(crate) fn take_queue(&mut self) -> Vec<(u64, Cause, raft::Entry)> {
        let waiting = &self.waiting;
        self.queue.drain(..).filter(|(id, ..)| waiting.contains_key(id)).collect()
    }

    pub(crate) fn has_queued(&self) -> bool {
        !self.queue.is_empty()
    }

    /// How many wait for the outcome.
    pub(crate) fn waiting(&self) -> u64 {
        self.waiting.len() as u64
    }

    pub(crate) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// The one who waits for this entry waits no more.
    pub(crate) fn settle(&mut self, id: u64) -> Option<Waiting> {
        let waiting = self.waiting.remove(&id)?;
        if let Waiter::Caller(caller) = waiting.waiter {
            self.by_call.remove(&(caller.node, caller.call));
        }
        Some(*waiting)
    }

    /// A client gave up. Its proposal may be applied all the same.
    pub(crate) fn cancel(&mut self, node: NodeId, call: u64) {
        if let Some(id) = self.by_call.remove(&(node, call)) {
            self.waiting.remove(&id);
        }
    }

    /// A client's machine is gone with everything it waited for.
    pub(crate) fn forget(&mut self, node: NodeId) {
        let calls: Vec<_> = self.by_call.range((node, 0)..=(node, u64::MAX)).map(|(key, _)| *key).collect();
        calls.into_iter().for_each(|(node, call)| self.cancel(node, call));
    }

    /// Who has waited since before `deadline`, and whether raft had taken what they proposed.
    pub(crate) fn overdue(&mut self, deadline: Time) -> Vec<(Waiting, bool)> {
        let mut overdue = Vec::new();
        while let Some((id, waiting)) = self.waiting.first_key_value()
            && waiting.started <= deadline
        {
            let id = *id;
            // The queue is in the order of the ids.
            let taken = self.queue.binary_search_by_key(&id, |(queued, ..)| *queued).is_err();
            overdue.extend(self.settle(id).map(|waiting| (waiting, taken)));
        }
        overdue
    }
}
