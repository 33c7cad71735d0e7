//! The simulation: actors, clock, network and trace together.

use sorted::{Backlog, SortedMap, SortedSet};
use std::sync::Arc;

use crate::actor::Effect;
use crate::network::{Flight, Packet};
use crate::node::{Node, Write};
use crate::queue::{Queue, Upcoming};
use crate::{
    Actor, Cause, EventId, InFlight, Input, Kind, Micros, Network, NodeId, Out, Power, Random, Record, Time, Trace,
};

/// What reached an address outside of the simulation.
#[derive(Clone, Debug)]
pub struct Mail<M> {
    /// When it arrived.
    pub at: Time,
    /// The outside address it arrived at.
    pub to: NodeId,
    /// A message, a refused connection, or a broken one.
    pub input: Input<M>,
    /// What to name as the cause of what follows from it.
    pub cause: Cause,
}

/// How many records a trace keeps unless told otherwise.
const TRACE_CAPACITY: usize = 100_000;

pub(crate) type Effects<A> = Vec<(Cause, Effect<<A as Actor>::Msg, <A as Actor>::Note>)>;

/// A world of actors. Cloning it forks it: both go on alike from the same random numbers until their inputs differ.
pub struct Sim<A: Actor> {
    pub(crate) now: Time,
    pub(crate) nodes: SortedMap<NodeId, Node<A>>,
    pub(crate) outside: SortedSet<NodeId>,
    pub(crate) network: Network,
    pub(crate) queue: Queue,
    pub(crate) flights: Backlog<EventId, Flight<A::Msg>>,
    pub(crate) random: Random,
    pub(crate) trace: Trace<A>,
    pub(crate) mail: Vec<Mail<A::Msg>>,
    /// An empty buffer kept for the next input's effects.
    spare: Effects<A>,
}

impl<A: Actor> Clone for Sim<A> {
    fn clone(&self) -> Sim<A> {
        Sim {
            now: self.now,
            nodes: self.nodes.clone(),
            outside: self.outside.clone(),
            network: self.network.clone(),
            queue: self.queue.clone(),
            flights: self.flights.clone(),
            random: self.random.clone(),
            trace: self.trace.clone(),
            mail: self.mail.clone(),
            spare: Vec::new(),
        }
    }
}

impl<A: Actor> Sim<A> {
    /// An empty world whose chance is named by `seed`.
    pub fn new(seed: u64) -> Sim<A> {
        Sim {
            now: Time::ZERO,
            nodes: SortedMap::new(),
            outside: SortedSet::new(),
            network: Network::default(),
            queue: Queue::default(),
            flights: Backlog::new(),
            random: Random::new(seed),
            trace: Trace::new(TRACE_CAPACITY),
            mail: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// Adds a machine with its process not yet started; [`crate::Fault::Restart`] starts it.
    pub fn add_node(&mut self, node: NodeId, actor: A) {
        self.nodes.insert(node, Node::new(actor));
    }

    /// Makes an address one of the outside world: what arrives there waits in [`Sim::take_mail`].
    pub fn add_outside(&mut self, address: NodeId) {
        self.outside.insert(address);
    }

    /// The present moment.
    pub const fn now(&self) -> Time {
        self.now
    }

    /// The process of a node.
    pub fn actor(&self, node: NodeId) -> Option<&A> {
        self.nodes.get(&node).map(|node| &*node.actor)
    }

    /// The process of a node, to set something up; whoever changes a running one leaves the record of inputs behind.
    pub fn actor_mut(&mut self, node: NodeId) -> Option<&mut A> {
        self.nodes.get_mut(&node).map(|node| Arc::make_mut(&mut node.actor))
    }

    /// Whether a node's process runs.
    pub fn power(&self, node: NodeId) -> Option<Power> {
        self.nodes.get(&node).map(|node| node.power)
    }

    /// Every node, in order.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> {
        self.nodes.keys().copied()
    }

    /// What the clock of a node shows.
    pub fn local_time(&self, node: NodeId) -> Option<Time> {
        self.nodes.get(&node).map(|node| node.clock.local(self.now))
    }

    /// The network and its present state.
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// The network, to set up its links.
    pub const fn network_mut(&mut self) -> &mut Network {
        &mut self.network
    }

    /// How long the disk of a node usually takes to make a write durable (1 ms unless set).
    pub fn set_disk_sync(&mut self, node: NodeId, sync: Micros) {
        if let Some(node) = self.nodes.get_mut(&node) {
            node.disk.sync = sync;
        }
    }

    /// What happened.
    pub const fn trace(&self) -> &Trace<A> {
        &self.trace
    }

    /// The kept records with a number above `id`, oldest first.
    pub fn records_since(&self, id: EventId) -> impl Iterator<Item = &Record<A::Msg, A::Note>> {
        self.trace.since(id)
    }

    /// How many records are kept from now on; 0 for none. The hash does not depend on it.
    pub fn set_trace_capacity(&mut self, capacity: usize) {
        self.trace.set_capacity(capacity);
    }

    /// The messages on their way, in the order they were sent.
    pub fn in_flight(&self) -> impl Iterator<Item = InFlight<'_, A::Msg>> {
        self.flights.iter().filter_map(|(id, flight)| {
            let Packet::Message(msg) = &flight.packet else { return None };
            let Flight { from, to, sent_at, deliver_at, held, .. } = *flight;
            Some(InFlight { sent: *id, from, to, sent_at, deliver_at, held, msg: &**msg })
        })
    }

    /// Takes out what arrived at outside addresses, oldest first.
    pub fn take_mail(&mut self) -> Vec<Mail<A::Msg>> {
        core::mem::take(&mut self.mail)
    }

    /// Sends a message from an outside address. Gives the record of its sending.
    pub fn inject(&mut self, from: NodeId, to: NodeId, msg: A::Msg, cause: Cause) -> EventId {
        self.send(from, to, Arc::new(msg), cause)
    }

    /// Writes a note in the trace from outside, such as the command that requests follow from.
    pub fn note(&mut self, node: NodeId, note: A::Note, cause: Cause) -> EventId {
        self.record(node, cause, Kind::Note(note))
    }

    /// When the next thing happens.
    pub fn next_event_time(&mut self) -> Option<Time> {
        self.skip_stale();
        self.queue.peek().map(|(at, _)| at)
    }

    /// Lets the next thing happen and gives its moment; none if nothing ever will.
    pub fn step(&mut self) -> Option<Time> {
        self.skip_stale();
        self.go_on()
    }

    /// Lets the head of the queue happen, which is not stale.
    fn go_on(&mut self) -> Option<Time> {
        let (at, what) = self.queue.pop()?;
        self.now = self.now.max(at);
        self.happen(what);
        Some(self.now)
    }

    /// Lets everything happen that happens until `end`, and sets the clock to it.
    pub fn run_until(&mut self, end: Time) {
        while self.next_event_time().is_some_and(|next| next <= end) {
            self.go_on();
        }
        self.now = self.now.max(end);
    }

    /// Lets everything happen that happens within `length` from now.
    pub fn run_for(&mut self, length: Micros) {
        self.run_until(self.now + length);
    }

    pub(crate) fn record(&mut self, node: NodeId, cause: Cause, kind: Kind<A::Msg, A::Note>) -> EventId {
        self.trace.push(self.now, node, cause, kind)
    }

    pub(crate) fn happen(&mut self, what: Upcoming) {
        match what {
            Upcoming::Arrive(packet) => self.arrive(packet),
            Upcoming::Wakeup(id) => {
                if let Some(node) = self.nodes.get_mut(&id) {
                    node.queued = None;
                    node.wanted = None;
                    let cause = self.follow(id, Cause::default(), Kind::Timer);
                    self.input(id, Input::Wakeup, cause);
                }
            }
            Upcoming::DiskDone { node: id, write } => {
                let Some(node) = self.nodes.get_mut(&id) else { return };
                if node.power == Power::Paused {
                    node.inbox.push_back(what);
                    return;
                }
                let Some(Write { token, cause }) = node.disk.writes.remove(write) else { return };
                let cause = self.follow(id, cause, Kind::DiskDone { token });
                self.input(id, Input::DiskDone { token }, cause);
            }
            Upcoming::Ended { parent, child, cause } => {
                let Some(code) = self.nodes.get(&child).map(|child| child.code) else { return };
                let Some(node) = self.nodes.get_mut(&parent) else { return };
                match node.power {
                    Power::Paused => node.inbox.push_back(what),
                    Power::Running => {
                        let cause = self.follow(parent, cause, Kind::Disconnected { peer: child });
                        self.input(parent, Input::Ended { node: child, code }, cause);
                    }
                    Power::Dead | Power::Off => {}
                }
            }
        }
    }

    /// Records what happened to a node and gives the cause for what follows from it.
    pub(crate) fn follow(&mut self, node: NodeId, cause: Cause, kind: Kind<A::Msg, A::Note>) -> Cause {
        Cause { event: self.record(node, cause, kind), root: cause.root }
    }

    /// Hands an input to a running process and does what it asks for.
    pub(crate) fn input(&mut self, id: NodeId, input: Input<A::Msg>, cause: Cause) {
        let Some(node) = self.nodes.get_mut(&id).filter(|node| node.power == Power::Running) else { return };
        let woken = matches!(input, Input::Wakeup);
        let mut out = Out::with_random(self.random.clone(), cause);
        out.effects = core::mem::take(&mut self.spare);
        let actor = Arc::make_mut(&mut node.actor);
        actor.handle(node.clock.local(self.now), input, &mut out);
        out.set_cause(cause);
        self.random = out.random;
        let mut exit = None;
        for (cause, effect) in out.effects.drain(..) {
            match effect {
                Effect::Send { to, msg } => {
                    self.send(id, to, msg, cause);
                }
                Effect::Disk { token, bytes } => self.write(id, token, bytes, cause),
                Effect::Note(note) => {
                    self.record(id, cause, Kind::Note(note));
                }
                Effect::Exit { code } => exit = Some((code, cause)),
                Effect::Start { node, msg } => self.spawn(id, node, Arc::unwrap_or_clone(msg), cause),
                Effect::Signal { node, kill } => self.signal(node, kill, cause),
                Effect::Wait { node } => self.wait(id, node, cause),
                Effect::HangUp { to } => self.send_broken(id, to, cause),
            }
        }
        self.spare = out.effects;
        match exit {
            Some((code, cause)) => self.end(id, Some(code), false, true, cause),
            None => self.schedule(id, woken),
        }
    }

    fn write(&mut self, id: NodeId, token: u64, bytes: u64, cause: Cause) {
        let Some(node) = self.nodes.get_mut(&id) else { return };
        let done_at = node.disk.write(self.now, bytes);
        let event = self.trace.push(self.now, id, cause, Kind::DiskWrite { token, bytes, done_at });
        let write = node.disk.wait(Write { token, cause: Cause { event, root: cause.root } });
        self.queue.push(done_at, Upcoming::DiskDone { node: id, write });
    }

    /// Asks a process when it wants to be woken and queues that. A process that was just woken is not woken again at
    /// the same moment, so that a mistake in one cannot stop the world's time.
    pub(crate) fn schedule(&mut self, id: NodeId, woken: bool) {
        let Some(node) = self.nodes.get_mut(&id) else { return };
        if node.power != Power::Running {
            return;
        }
        let earliest = if woken { self.now + Micros(1) } else { self.now };
        node.wanted = node.actor.next_wakeup().and_then(|local| node.clock.global(local)).map(|at| at.max(earliest));
        if let Some(wanted) = node.wanted
            && node.queued.is_none_or(|queued| wanted < queued)
        {
            node.queued = Some(wanted);
            self.queue.push(wanted, Upcoming::Wakeup(id));
        }
    }

    /// Takes entries off the head of the queue that stand for nothing any more.
    fn skip_stale(&mut self) {
        while let Some((at, what)) = self.queue.peek() {
            match what {
                Upcoming::Arrive(packet) => {
                    if self.flights.get(packet).is_some_and(|flight| flight.deliver_at <= at) {
                        return;
                    }
                }
                Upcoming::Wakeup(id) => {
                    let Some(node) = self.nodes.get_mut(&id) else { return };
                    if node.queued == Some(at) {
                        if node.power == Power::Running && node.wanted == Some(at) {
                            return;
                        }
                        node.queued = None;
                        if node.power == Power::Running
                            && let Some(wanted) = node.wanted
                        {
                            node.queued = Some(wanted);
                            self.queue.pop();
                            self.queue.push(wanted, Upcoming::Wakeup(id));
                            continue;
                        }
                    }
                }
                Upcoming::DiskDone { node, write } => {
                    if self.nodes.get(&node).is_some_and(|node| node.disk.writes.contains_key(write)) {
                        return;
                    }
                }
                Upcoming::Ended { .. } => return,
            }
            self.queue.pop();
        }
    }
}
