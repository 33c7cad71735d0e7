//! One machine with its process: power, clock, disk, and who it is connected with.

use sorted::{Backlog, SortedSet};
use std::collections::VecDeque;
use std::sync::Arc;

use crate::queue::Upcoming;
use crate::{Cause, Micros, NodeId, Time};

/// Whether a process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// It runs.
    Running,
    /// It is stopped in place (SIGSTOP); what arrives waits.
    Paused,
    /// The process is dead, its machine is not: who connects is refused.
    Dead,
    /// The machine has no power: nobody answers.
    Off,
}

/// How long a disk takes to make a write durable, unless told otherwise.
pub(crate) const DISK_SYNC: Micros = Micros::millis(1);
/// How much a disk writes in a second: half a gigabyte.
const DISK_BYTES_PER_MICRO: u64 = 512;

/// What a process waits for that it has handed to its disk.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) token: u64,
    pub(crate) cause: Cause,
}

#[derive(Clone, Debug)]
pub(crate) struct Disk {
    pub(crate) sync: Micros,
    pub(crate) slow: Option<Micros>,
    busy_until: Time,
    /// Not durable yet, by number.
    pub(crate) writes: Backlog<u64, Write>,
    last_write: u64,
}

impl Disk {
    pub(crate) fn new() -> Disk {
        Disk { sync: DISK_SYNC, slow: None, busy_until: Time::ZERO, writes: Backlog::new(), last_write: 0 }
    }

    /// When a write of `bytes` handed over now is durable: writes queue up.
    pub(crate) fn write(&mut self, now: Time, bytes: u64) -> Time {
        let sync = self.slow.unwrap_or(self.sync);
        self.busy_until = self.busy_until.max(now) + sync + Micros(bytes / DISK_BYTES_PER_MICRO);
        self.busy_until
    }

    /// Remembers who waits for a write. Gives its number.
    pub(crate) fn wait(&mut self, write: Write) -> u64 {
        self.last_write += 1;
        self.writes.push(self.last_write, write);
        self.last_write
    }

    /// The process is gone, and with it what it was waiting for.
    pub(crate) fn forget(&mut self, now: Time) {
        self.busy_until = self.busy_until.min(now);
        self.writes.clear();
    }
}

/// A node's own time: the world's, less what the node's clock stood still.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock {
    behind: Micros,
    stopped_at: Option<Time>,
}

impl Clock {
    pub(crate) fn local(&self, now: Time) -> Time {
        self.stopped_at.unwrap_or(now).before(self.behind)
    }

    /// When the node's clock will show `local`; never, while it stands still.
    pub(crate) fn global(&self, local: Time) -> Option<Time> {
        self.stopped_at.is_none().then(|| local + self.behind)
    }

    pub(crate) fn stop(&mut self, now: Time) {
        self.stopped_at.get_or_insert(now);
    }

    pub(crate) fn start(&mut self, now: Time) {
        if let Some(stopped_at) = self.stopped_at.take() {
            self.behind += now - stopped_at;
        }
    }
}

#[derive(Clone)]
pub(crate) struct Node<A> {
    /// Shared between clones of a world until one of them changes it.
    pub(crate) actor: Arc<A>,
    pub(crate) power: Power,
    /// Which life of the process this is.
    pub(crate) incarnation: u64,
    pub(crate) clock: Clock,
    pub(crate) disk: Disk,
    /// Everyone this life of the process exchanged messages with.
    pub(crate) peers: SortedSet<NodeId>,
    /// What arrived while the process was paused.
    pub(crate) inbox: VecDeque<Upcoming>,
    /// How its last life ended: with a code, or killed.
    pub(crate) code: Option<i32>,
    /// Who wants to hear that this life has ended, each with the life of its own that has asked.
    pub(crate) waiting: Vec<(NodeId, u64)>,
    /// When the process wants to be woken, in the world's time.
    pub(crate) wanted: Option<Time>,
    /// The entry of the event queue that stands for it; never later than `wanted`.
    pub(crate) queued: Option<Time>,
}

impl<A> Node<A> {
    pub(crate) fn new(actor: A) -> Node<A> {
        Node {
            actor: Arc::new(actor),
            power: Power::Dead,
            incarnation: 0,
            clock: Clock::default(),
            disk: Disk::new(),
            peers: SortedSet::new(),
            inbox: VecDeque::new(),
            code: None,
            waiting: Vec::new(),
            wanted: None,
            queued: None,
        }
    }

    /// The present life of the process, if it lives.
    pub(crate) fn life(&self) -> Option<u64> {
        matches!(self.power, Power::Running | Power::Paused).then_some(self.incarnation)
    }
}
