//! Linearizable reads without the log: the leader confirms that it still leads, and the read is served once the index
//! committed then has been applied (Raft thesis, 6.4; etcd: server/etcdserver/v3_server.go, `linearizableReadLoop`).

use sim::{Micros, NodeId, Time};

use super::note::Note;
use super::process::Process;
use super::proposals::Caller;
use super::{Effects, leases};
use crate::rpc::{Request, Status, errors};

/// How often an unanswered question for the read index is asked again (etcd: `readIndexRetryTime`).
const RETRY: Micros = Micros::millis(500);

#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) caller: Caller,
    pub(crate) token: Option<String>,
    pub(crate) request: Request,
}

/// A question for the read index that was asked, and who waits for its answer.
#[derive(Clone, Debug)]
struct Asked {
    id: u64,
    since: Time,
    asked_at: Time,
    reads: Vec<Read>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Reads {
    /// For the next question: one at a time is asked, for all who came meanwhile.
    waiting: Vec<(Time, Read)>,
    asked: Option<Asked>,
    /// Confirmed to be current at an index that has not been applied here yet.
    confirmed: Vec<(u64, Time, Read)>,
}

impl Reads {
    fn retain(&mut self, keep: impl Fn(&Caller) -> bool) {
        self.waiting.retain(|(_, read)| keep(&read.caller));
        self.confirmed.retain(|(_, _, read)| keep(&read.caller));
        if let Some(asked) = &mut self.asked {
            asked.reads.retain(|read| keep(&read.caller));
        }
    }

    pub(crate) fn cancel(&mut self, node: NodeId, call: u64) {
        self.retain(|caller| (caller.node, caller.call) != (node, call));
    }

    pub(crate) fn forget(&mut self, node: NodeId) {
        self.retain(|caller| caller.node != node);
    }
}

impl Process {
    /// Puts off a request until this member knows that it is current.
    pub(crate) fn read_when_current(&mut self, read: Read) {
        self.reads.waiting.push((self.now, read));
    }

    /// Asks for the read index on behalf of all who wait, unless a question is under way.
    pub(crate) fn flush_reads(&mut self) -> Option<sim::Cause> {
        if self.reads.asked.is_some() || self.reads.waiting.is_empty() {
            return None;
        }
        let waiting = core::mem::take(&mut self.reads.waiting);
        let since = waiting.first().map_or(self.now, |(since, _)| *since);
        let id = self.proposals.fresh_id();
        let reads: Vec<_> = waiting.into_iter().map(|(_, read)| read).collect();
        let cause = reads.last().map(|read| read.caller.cause);
        self.reads.asked = Some(Asked { id, since, asked_at: self.now, reads });
        self.ask_read_index(id);
        cause
    }

    fn ask_read_index(&mut self, id: u64) {
        if let Err(error) = self.raft.read_index(id.to_be_bytes().as_slice())
            && error.is_fatal()
        {
            self.fail(error.to_string());
        }
    }

    /// The question may have been dropped: by a leader that had not committed anything in its term, for instance.
    pub(crate) fn ask_again_for_read_index(&mut self) {
        if let Some(asked) = &mut self.reads.asked {
            asked.asked_at = self.now;
            let id = asked.id;
            self.ask_read_index(id);
        }
    }

    pub(crate) fn retry_reads(&mut self) {
        if self.reads.asked.as_ref().is_some_and(|asked| self.now - asked.asked_at >= RETRY) {
            self.ask_again_for_read_index();
        }
    }

    /// Raft has confirmed reads.
    pub(crate) fn read_states(&mut self, states: &[raft::ReadState], out: &mut Effects) {
        for state in states {
            let Some(asked) = self.reads.asked.take_if(|asked| state.context.as_slice() == asked.id.to_be_bytes())
            else {
                continue;
            };
            out.note(Note::ReadConfirmed { index: state.index });
            let since = asked.since;
            self.reads.confirmed.extend(asked.reads.into_iter().map(|read| (state.index, since, read)));
        }
        self.serve_confirmed_reads(out);
    }

    /// Serves the reads whose index has been applied.
    pub(crate) fn serve_confirmed_reads(&mut self, out: &mut Effects) {
        if self.reads.confirmed.is_empty() {
            return;
        }
        let applied = self.applied.index;
        let (ready, waiting): (Vec<_>, Vec<_>) =
            core::mem::take(&mut self.reads.confirmed).into_iter().partition(|(index, ..)| *index <= applied);
        self.reads.confirmed = waiting;
        for (_, _, read) in ready {
            self.serve_read(read, out);
        }
    }

    /// The leader that was asked leads no more: whether its answer would have been right cannot be known.
    pub(crate) fn fail_reads_of_former_leader(&mut self, out: &mut Effects) {
        if let Some(asked) = self.reads.asked.take() {
            self.fail_reads(asked.reads, &errors::leader_changed(), out);
        }
    }

    fn fail_reads(&mut self, reads: Vec<Read>, status: &Status, out: &mut Effects) {
        for read in reads {
            let Caller { node, call, .. } = read.caller;
            match read.request {
                Request::LeaseKeepAlive(_) => self.end_stream(node, call, leases::not_primary(), out),
                _ => self.answer(&read.caller, Err(status.clone()), out),
            }
        }
    }

    /// Answers the reads that have waited since before `deadline`.
    pub(crate) fn check_read_timeouts(&mut self, deadline: Time, out: &mut Effects) {
        if let Some(asked) = self.reads.asked.take_if(|asked| asked.since <= deadline) {
            self.fail_reads(asked.reads, &errors::timeout(), out);
        }
        let (late, waiting): (Vec<_>, Vec<_>) =
            core::mem::take(&mut self.reads.confirmed).into_iter().partition(|(_, since, _)| *since <= deadline);
        self.reads.confirmed = waiting;
        let late = late.into_iter().map(|(_, _, read)| read).collect();
        self.fail_reads(late, &errors::timeout(), out);
    }
}
