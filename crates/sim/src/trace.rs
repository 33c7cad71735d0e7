//! What happened: a bounded ring of records, and a hash over all of them.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::{Actor, Cause, Digest, EventId, Fault, NodeId, Payload, Time};

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Record<M, N> {
    /// Its number.
    pub id: EventId,
    /// When.
    pub at: Time,
    /// Where; the address of the outside world's machine for what that did.
    pub node: NodeId,
    /// What it follows from, and the tree it belongs to.
    pub cause: Cause,
    /// What it was.
    pub kind: Kind<M, N>,
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum Kind<M, N> {
    /// A process started.
    Started,
    /// A process ended: by itself with a code, or killed.
    Ended {
        /// Its exit code; none if it was killed.
        code: Option<i32>,
    },
    /// A message was sent; it is known by this record's id from here on.
    Sent {
        /// To whom.
        to: NodeId,
        /// When it will arrive if nothing happens to it.
        deliver_at: Time,
        /// The message.
        msg: Arc<M>,
    },
    /// A message arrived and was handled.
    Delivered {
        /// Who sent it.
        from: NodeId,
        /// The record of its sending.
        sent: EventId,
    },
    /// A message will not arrive.
    Dropped {
        /// Who sent it.
        from: NodeId,
        /// To whom.
        to: NodeId,
        /// The record of its sending.
        sent: EventId,
        /// Why.
        why: Why,
    },
    /// A message is held by a cut link or a paused process until that ends.
    Held {
        /// Who sent it.
        from: NodeId,
        /// The record of its sending.
        sent: EventId,
    },
    /// A machine tells a peer that the process it talks to is gone.
    Reset {
        /// Whom it tells.
        to: NodeId,
    },
    /// The sender learned that nobody listens there.
    Refused {
        /// Where it had sent to.
        peer: NodeId,
        /// The record of the sending.
        sent: EventId,
    },
    /// A node learned that a peer's process died.
    Disconnected {
        /// Whose process.
        peer: NodeId,
    },
    /// A node was woken at the time it had asked for.
    Timer,
    /// A node handed a write to its disk.
    DiskWrite {
        /// The node's name for it.
        token: u64,
        /// How much.
        bytes: u64,
        /// When it will be durable.
        done_at: Time,
    },
    /// A write is durable.
    DiskDone {
        /// The node's name for it.
        token: u64,
    },
    /// A node said something about itself.
    Note(N),
    /// Somebody meddled.
    Fault(Fault),
}

/// Why a message did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The network lost it.
    Lost,
    /// The link was cut.
    Cut,
    /// Nobody listened: the process was dead, or no such address exists.
    Refused,
    /// The machine had no power.
    PoweredOff,
    /// The process it was sent to died while it was on its way.
    Reset,
    /// Too many messages waited there already.
    Overflow,
    /// Somebody took it off the wire.
    Removed,
}

impl<M: Payload, N: Payload> Record<M, N> {
    fn digest(&self, digest: &mut Digest) {
        digest.u64(self.id.0);
        digest.u64(self.at.0);
        digest.u64(self.cause.event.0);
        digest.u64(self.cause.root);
        // The kind and the node share a word: one multiplication less on the hottest path.
        let mut tag = |tag: u64| digest.u64(tag << 32 | u64::from(self.node.0));
        match &self.kind {
            Kind::Started => tag(1),
            Kind::Ended { code } => {
                tag(2);
                digest.i64(code.map_or(i64::MAX, i64::from));
            }
            Kind::Sent { to, deliver_at, msg } => {
                tag(3);
                digest.u32(to.0);
                digest.u64(deliver_at.0);
                msg.digest(digest);
            }
            Kind::Delivered { from, sent } => {
                tag(4);
                digest.u32(from.0);
                digest.u64(sent.0);
            }
            Kind::Dropped { from, to, sent, why } => {
                tag(5);
                digest.u64(u64::from(from.0) << 32 | u64::from(to.0));
                digest.u64(sent.0);
                digest.u8(*why as u8);
            }
            Kind::Held { from, sent } => {
                tag(6);
                digest.u32(from.0);
                digest.u64(sent.0);
            }
            Kind::Refused { peer, sent } => {
                tag(7);
                digest.u32(peer.0);
                digest.u64(sent.0);
            }
            Kind::Disconnected { peer } => {
                tag(8);
                digest.u32(peer.0);
            }
            Kind::Reset { to } => {
                tag(14);
                digest.u32(to.0);
            }
            Kind::Timer => tag(9),
            Kind::DiskWrite { token, bytes, done_at } => {
                tag(10);
                digest.u64(*token);
                digest.u64(*bytes);
                digest.u64(done_at.0);
            }
            Kind::DiskDone { token } => {
                tag(11);
                digest.u64(*token);
            }
            Kind::Note(note) => {
                tag(12);
                note.digest(digest);
            }
            Kind::Fault(fault) => {
                tag(13);
                fault.digest(digest);
            }
        }
    }
}

/// Records are kept in blocks that clones of a world share.
const BLOCK: usize = 512;

type Block<A> = Vec<Record<<A as Actor>::Msg, <A as Actor>::Note>>;

/// The last records of a world, and the hash over every record there ever was.
#[derive(Clone)]
pub struct Trace<A: Actor> {
    last: u64,
    hash: Digest,
    blocks: VecDeque<Arc<Block<A>>>,
    open: Block<A>,
    capacity: usize,
}

impl<A: Actor> Trace<A> {
    /// An empty trace that keeps at least the last `capacity` records (and at most a block of 512 more). With 0 it keeps
    /// none; numbering and hash are the same whatever is kept.
    pub fn new(capacity: usize) -> Trace<A> {
        Trace { last: 0, hash: Digest::new(), blocks: VecDeque::new(), open: Vec::new(), capacity }
    }

    /// The hash over every record so far, kept or not.
    pub const fn hash(&self) -> u64 {
        self.hash.finish()
    }

    /// The number of the latest record.
    pub const fn last(&self) -> EventId {
        EventId(self.last)
    }

    /// The kept records with a number above `after`, oldest first.
    pub fn since(&self, after: EventId) -> impl Iterator<Item = &Record<A::Msg, A::Note>> {
        // The number of a kept record tells its place, so nothing is searched.
        let kept = self.blocks.len() * BLOCK + self.open.len();
        let first = self.last - kept as u64;
        let skip = after.0.saturating_sub(first);
        let skip = usize::try_from(skip).unwrap_or(usize::MAX).min(kept);
        self.blocks
            .iter()
            .skip(skip / BLOCK)
            .flat_map(|block| block.iter())
            .chain(&self.open)
            .skip(if skip / BLOCK < self.blocks.len() { skip % BLOCK } else { skip - self.blocks.len() * BLOCK })
    }

    /// One kept record.
    pub fn get(&self, id: EventId) -> Option<&Record<A::Msg, A::Note>> {
        self.since(EventId(id.0.checked_sub(1)?)).next().filter(|record| record.id == id)
    }

    /// Changes how many records are kept from now on. Growing from or shrinking to 0 forgets what was kept.
    pub fn set_capacity(&mut self, capacity: usize) {
        if self.capacity == 0 || capacity == 0 {
            self.blocks.clear();
            self.open = Vec::new();
        }
        self.capacity = capacity;
        self.trim();
    }

    pub(crate) fn push(&mut self, at: Time, node: NodeId, cause: Cause, kind: Kind<A::Msg, A::Note>) -> EventId {
        self.last += 1;
        let record = Record { id: EventId(self.last), at, node, cause, kind };
        record.digest(&mut self.hash);
        if self.capacity > 0 {
            self.open.push(record);
            if self.open.len() == BLOCK {
                let full = core::mem::replace(&mut self.open, Vec::with_capacity(BLOCK));
                self.blocks.push_back(Arc::new(full));
                self.trim();
            }
        }
        EventId(self.last)
    }

    fn trim(&mut self) {
        while self.blocks.len() * BLOCK + self.open.len() >= self.capacity.saturating_add(BLOCK) {
            if self.blocks.pop_front().is_none() {
                break;
            }
        }
    }
}
