//! What a component is to the kernel, and what it can ask for.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Payload, Random, Time};

/// An address on the simulated network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeId(pub u32);

/// The number of one trace record, counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EventId(pub u64);

impl EventId {
    /// No record: what nothing in the trace caused.
    pub const NONE: EventId = EventId(0);
}

/// Why something happens: the record it follows from, and the tree it belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cause {
    /// The parent record.
    pub event: EventId,
    /// The root of the causal tree, numbered by whoever injects requests; 0 is the cluster's own doing.
    pub root: u64,
}

/// A component: sans-IO, without a clock of its own.
pub trait Actor: Clone {
    /// What it says to others.
    type Msg: Clone + Payload;
    /// What it writes in the trace about itself, such as "became leader at term 3".
    type Note: Clone + Payload;

    /// Takes one input at `now` and writes what shall be done into `out`.
    fn handle(&mut self, now: Time, input: Input<Self::Msg>, out: &mut Out<Self::Msg, Self::Note>);

    /// When it wants an [`Input::Wakeup`] next. Asked again after every input.
    fn next_wakeup(&self) -> Option<Time>;

    /// The process dies: forget what is not on disk. With `lose_unsynced`, also what was written but for which
    /// [`Input::DiskDone`] did not arrive yet.
    fn crash(&mut self, lose_unsynced: bool);

    /// The disk is replaced by an empty one. Called only while the process is dead.
    fn wipe(&mut self);
}

/// What happens to a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input<M> {
    /// The process started. What was durable is there unless it was wiped.
    Start,
    /// The process is asked to end (SIGTERM); it answers with [`Out::exit`] when it is ready.
    Stop,
    /// A message arrived.
    Message {
        /// Who sent it.
        from: NodeId,
        /// What it says.
        msg: M,
    },
    /// The time that `next_wakeup` named has come.
    Wakeup,
    /// What was handed to [`Out::disk`] under this token is durable.
    DiskDone {
        /// The token it was handed over with.
        token: u64,
    },
    /// Nobody listens at that address: the connection was refused.
    Refused {
        /// Where the message was sent to.
        peer: NodeId,
        /// The message, undelivered.
        msg: M,
    },
    /// The peer's process died; every connection with it broke.
    Disconnected {
        /// Whose process died.
        peer: NodeId,
    },
    /// A process that was waited for ([`Out::wait`]) does not run any more.
    Ended {
        /// Whose process.
        node: NodeId,
        /// Its exit code; none if it was killed.
        code: Option<i32>,
    },
}

pub(crate) enum Effect<M, N> {
    /// Shared from here on by the message's way, the trace, and forks of the world.
    Send {
        to: NodeId,
        msg: Arc<M>,
    },
    Disk {
        token: u64,
        bytes: u64,
    },
    Note(N),
    Exit {
        code: i32,
    },
    Start {
        node: NodeId,
        msg: Arc<M>,
    },
    Signal {
        node: NodeId,
        kill: bool,
    },
    Wait {
        node: NodeId,
    },
    HangUp {
        to: NodeId,
    },
}

/// Where a component writes what it wants done while it handles an input. Everything written inherits the cause of
/// the input unless it is written under another one (see [`Out::with_cause`]).
pub struct Out<M, N> {
    pub(crate) effects: Vec<(Cause, Effect<M, N>)>,
    pub(crate) random: Random,
    cause: Cause,
}

impl<M, N> Out<M, N> {
    /// An empty one, for driving an actor by hand. `seed` feeds [`Out::random`].
    pub fn new(seed: u64) -> Out<M, N> {
        Out::with_random(Random::new(seed), Cause::default())
    }

    pub(crate) fn with_random(random: Random, cause: Cause) -> Out<M, N> {
        Out { effects: Vec::new(), random, cause }
    }

    /// Sends a message. It arrives later, or not at all.
    pub fn send(&mut self, to: NodeId, msg: M) {
        self.effects.push((self.cause, Effect::Send { to, msg: Arc::new(msg) }));
    }

    /// Writes `bytes` to the disk; [`Input::DiskDone`] with `token` tells when they are durable. Writes are done one
    /// after the other.
    pub fn disk(&mut self, token: u64, bytes: u64) {
        self.effects.push((self.cause, Effect::Disk { token, bytes }));
    }

    /// Writes a note in the trace.
    pub fn note(&mut self, note: N) {
        self.effects.push((self.cause, Effect::Note(note)));
    }

    /// Ends the process after this input, as a crash that loses nothing written.
    pub fn exit(&mut self, code: i32) {
        self.effects.push((self.cause, Effect::Exit { code }));
    }

    /// Starts another process of the same machine, and hands it its arguments as its first message. One that runs already
    /// is left alone.
    pub fn start(&mut self, node: NodeId, arguments: M) {
        self.effects.push((self.cause, Effect::Start { node, msg: Arc::new(arguments) }));
    }

    /// Ends another process of the same machine: asks it to ([`Input::Stop`]), or kills it.
    pub fn signal(&mut self, node: NodeId, kill: bool) {
        self.effects.push((self.cause, Effect::Signal { node, kill }));
    }

    /// Asks to be told once when another process of the same machine has ended ([`Input::Ended`]); at once, if it does not
    /// run. Who dies meanwhile has to ask again.
    pub fn wait(&mut self, node: NodeId) {
        self.effects.push((self.cause, Effect::Wait { node }));
    }

    /// Breaks the connection with a peer, which is told as if this process had died ([`Input::Disconnected`]).
    pub fn hang_up(&mut self, to: NodeId) {
        self.effects.push((self.cause, Effect::HangUp { to }));
    }

    /// 64 random bits from the world's generator.
    pub fn random(&mut self) -> u64 {
        self.random.bits()
    }

    /// The cause that what is written now inherits. Keep it with work that has to wait or is batched.
    pub const fn cause(&self) -> Cause {
        self.cause
    }

    /// Writes what `body` writes under another cause, that of work that had waited.
    pub fn with_cause<R>(&mut self, cause: Cause, body: impl FnOnce(&mut Self) -> R) -> R {
        let before = core::mem::replace(&mut self.cause, cause);
        let result = body(self);
        self.cause = before;
        result
    }

    /// Lets a component inside this one write its own kinds of messages and notes, which are then converted.
    pub fn nested<M2, N2, R>(&mut self, body: impl FnOnce(&mut Out<M2, N2>) -> R) -> R
    where
        M: From<M2>,
        M2: Clone,
        N: From<N2>,
    {
        let mut inner = Out::with_random(self.random.clone(), self.cause);
        let result = body(&mut inner);
        self.random = inner.random;
        self.effects.extend(inner.effects.into_iter().map(|(cause, effect)| {
            let effect = match effect {
                Effect::Send { to, msg } => Effect::Send { to, msg: Arc::new(Arc::unwrap_or_clone(msg).into()) },
                Effect::Disk { token, bytes } => Effect::Disk { token, bytes },
                Effect::Note(note) => Effect::Note(note.into()),
                Effect::Exit { code } => Effect::Exit { code },
                Effect::Start { node, msg } => Effect::Start { node, msg: Arc::new(Arc::unwrap_or_clone(msg).into()) },
                Effect::Signal { node, kill } => Effect::Signal { node, kill },
                Effect::Wait { node } => Effect::Wait { node },
                Effect::HangUp { to } => Effect::HangUp { to },
            };
            (cause, effect)
        }));
        result
    }

    /// The messages written so far, taken out; for driving an actor by hand.
    pub fn take_sent(&mut self) -> Vec<(NodeId, M)>
    where
        M: Clone,
    {
        let (sent, rest): (Vec<_>, Vec<_>) =
            self.effects.drain(..).partition(|(_, effect)| matches!(effect, Effect::Send { .. }));
        self.effects = rest;
        let message = |(_, effect)| match effect {
            Effect::Send { to, msg } => Some((to, Arc::unwrap_or_clone(msg))),
            _ => None,
        };
        sent.into_iter().filter_map(message).collect()
    }

    pub(crate) fn set_cause(&mut self, cause: Cause) {
        self.cause = cause;
    }
}
