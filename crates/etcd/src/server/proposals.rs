//! Requests that go through the log: proposing them, and finding who waits for the outcome.

use std::collections::VecDeque;

use sorted::Backlog;

use sim::{Cause, NodeId, Time};

use super::members::MemberId;
use crate::apply::Command;

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
    waiting: Backlog<u64, Waiting>,
    /// Encoded, waiting for raft to take them: for a leader to be known, or for the disk.
    queue: VecDeque<(u64, Cause, raft::Entry)>,
    /// Where commands are encoded.
    buffer: Vec<u8>,
}

impl Proposals {
    /// Ids are made as etcd makes them: two bytes of the member's id, five of the time it started in milliseconds, and
    /// a counter (etcd: pkg/idutil/id.go). Lease ids come from here, too.
    pub(crate) fn new(member: MemberId, unix_millis: u64) -> Proposals {
        let suffix = (unix_millis & 0xff_ffff_ffff) << 8;
        Proposals {
            next_id: member << 48 | suffix,
            waiting: Backlog::new(),
            queue: VecDeque::new(),
            buffer: Vec::new(),
        }
    }

    pub(crate) fn fresh_id(&mut self) -> u64 {
        let prefix = self.next_id & 0xffff << 48;
        self.next_id = prefix | (self.next_id.wrapping_add(1) & 0xffff_ffff_ffff);
        self.next_id
    }

    pub(crate) fn encode(&mut self, command: &Command) -> raft::Bytes {
        command.encode_by(&mut self.buffer)
    }

    /// Puts an entry into the queue for raft, and remembers who waits for it.
    pub(crate) fn enqueue(&mut self, id: u64, waiter: Waiter, now: Time, cause: Cause, entry: raft::Entry) {
        self.waiting.push(id, Waiting { waiter, started: now });
        self.queue.push_back((id, cause, entry));
    }

    /// Takes the next entry that raft shall be asked to append; who gave up meanwhile is left out.
    pub(crate) fn next_queued(&mut self) -> Option<(u64, Cause, raft::Entry)> {
        loop {
            let next = self.queue.pop_front()?;
            if self.waiting.contains_key(next.0) {
                return Some(next);
            }
        }
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
        self.waiting.remove(id)
    }

    /// A client gave up. Its proposal may be applied all the same.
    pub(crate) fn cancel(&mut self, node: NodeId, call: u64) {
        self.let_go(|caller| caller.node == node && caller.call == call);
    }

    /// A client's machine is gone with everything it waited for.
    pub(crate) fn forget(&mut self, node: NodeId) {
        self.let_go(|caller| caller.node == node);
    }

    fn let_go(&mut self, gone: impl Fn(&Caller) -> bool) {
        let is_gone = |waiting: &Waiting| matches!(&waiting.waiter, Waiter::Caller(caller) if gone(caller));
        let ids: Vec<u64> = self.waiting.iter().filter(|(_, waiting)| is_gone(waiting)).map(|(id, _)| *id).collect();
        for id in ids {
            self.waiting.remove(id);
        }
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
