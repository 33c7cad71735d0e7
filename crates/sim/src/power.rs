//! Faults: what happens to processes and machines.

use std::sync::Arc;

use crate::node::Node;
use crate::queue::Upcoming;
use crate::{Actor, Cause, EventId, Fault, Input, Kind, NodeId, Power, Sim, UnknownNode, Why};

impl<A: Actor> Sim<A> {
    /// Does something to the world, now. Gives the record of it. What is already so stays so: crashing the dead or
    /// resuming the running changes nothing.
    ///
    /// # Errors
    /// If the fault names a node that does not exist; nothing is done then.
    pub fn apply(&mut self, fault: Fault) -> Result<EventId, UnknownNode> {
        self.apply_for(fault, Cause::default())
    }

    /// As [`Sim::apply`], as part of a causal tree.
    ///
    /// # Errors
    /// If the fault names a node that does not exist; nothing is done then.
    pub fn apply_for(&mut self, fault: Fault, cause: Cause) -> Result<EventId, UnknownNode> {
        let node = fault.node();
        if let Some(node) = node
            && !self.nodes.contains_key(&node)
        {
            return Err(UnknownNode(node));
        }
        let cause = self.follow(node.unwrap_or_default(), cause, Kind::Fault(fault.clone()));
        match fault {
            Fault::Crash { node, lose_unsynced } => self.end(node, None, lose_unsynced, true, cause),
            Fault::Terminate { node } => self.input(node, Input::Stop, cause),
            Fault::PowerOff { node } => {
                self.end(node, None, true, false, cause);
                self.set_power(node, Power::Off);
            }
            Fault::Restart { node, wipe } => self.start(node, wipe, cause),
            Fault::Pause { node } => {
                if self.power(node) == Some(Power::Running) {
                    self.set_power(node, Power::Paused);
                }
            }
            Fault::Resume { node } => self.resume(node),
            Fault::StopClock { node } => self.turn_clock(node, false),
            Fault::StartClock { node } => self.turn_clock(node, true),
            Fault::Cut { from, to } => self.network.cut(from, to),
            Fault::Heal { from, to } => self.network.heal(from, to),
            Fault::Partition { groups } => self.partition(&groups),
            Fault::CutOff { node } => self.network.cut_off(node),
            Fault::Reconnect { node } => self.network.reconnect(node),
            Fault::HealAll => self.network.heal_all(),
            Fault::Loss { from, to, per_million } => self.network.change((from, to), |link| link.loss = per_million),
            Fault::Duplicate { from, to, per_million } => {
                self.network.change((from, to), |link| link.duplicate = per_million);
            }
            Fault::Reorder { from, to, per_million } => {
                self.network.change((from, to), |link| link.reorder = per_million);
            }
            Fault::Delay { from, to, extra, jitter } => self.network.change((from, to), |link| {
                link.extra = extra;
                link.jitter = jitter;
            }),
            Fault::SlowDisk { node, sync } => {
                if let Some(node) = self.nodes.get_mut(&node) {
                    node.disk.slow = sync;
                }
            }
            Fault::DropMessage { sent } => self.drop_message(sent, Why::Removed),
            Fault::DelayMessage { sent, by } => self.delay(sent, by),
        }
        self.release_held();
        Ok(cause.event)
    }

    fn set_power(&mut self, node: NodeId, power: Power) {
        if let Some(node) = self.nodes.get_mut(&node) {
            node.power = power;
        }
    }

    fn partition(&mut self, groups: &[Vec<NodeId>]) {
        for (number, group) in groups.iter().enumerate() {
            for (other_number, other) in groups.iter().enumerate() {
                if number != other_number {
                    group.iter().for_each(|from| other.iter().for_each(|to| self.network.cut(*from, *to)));
                }
            }
        }
    }

    pub(crate) fn start(&mut self, id: NodeId, wipe: bool, cause: Cause) {
        let Some(node) = self.nodes.get_mut(&id) else { return };
        if node.life().is_some() {
            return;
        }
        node.power = Power::Running;
        node.incarnation += 1;
        if wipe {
            Arc::make_mut(&mut node.actor).wipe();
        }
        let cause = self.follow(id, cause, Kind::Started);
        self.input(id, Input::Start, cause);
    }

    /// The process of `id` ends. With `tell`, its machine closes its connections.
    pub(crate) fn end(&mut self, id: NodeId, code: Option<i32>, lose_unsynced: bool, tell: bool, cause: Cause) {
        let now = self.now;
        let Some(node) = self.nodes.get_mut(&id) else { return };
        if node.life().is_none() {
            return;
        }
        node.power = Power::Dead;
        node.wanted = None;
        node.code = code;
        node.disk.forget(now);
        let waiting = core::mem::take(&mut node.waiting);
        let peers = core::mem::take(&mut node.peers);
        let inbox = core::mem::take(&mut node.inbox);
        Arc::make_mut(&mut node.actor).crash(lose_unsynced);
        let cause = self.follow(id, cause, Kind::Ended { code });
        for (parent, life) in waiting {
            if self.nodes.get(&parent).and_then(Node::life) == Some(life) {
                self.queue.push(now, Upcoming::Ended { parent, child: id, cause });
            }
        }
        for waiting in inbox {
            if let Upcoming::Arrive(packet) = waiting {
                self.drop_message(packet, Why::Reset);
            }
        }
        if tell {
            peers.into_iter().for_each(|peer| self.send_broken(id, peer, cause));
        }
    }

    /// A process starts another one of its machine.
    pub(crate) fn spawn(&mut self, parent: NodeId, id: NodeId, arguments: A::Msg, cause: Cause) {
        if self.power(id) != Some(Power::Dead) {
            return;
        }
        self.start(id, false, cause);
        self.input(id, Input::Message { from: parent, msg: arguments }, cause);
    }

    /// A process ends another one of its machine.
    pub(crate) fn signal(&mut self, id: NodeId, kill: bool, cause: Cause) {
        if kill {
            self.end(id, None, false, true, cause);
        } else {
            self.input(id, Input::Stop, cause);
        }
    }

    /// A process wants to hear when another one has ended.
    pub(crate) fn wait(&mut self, parent: NodeId, id: NodeId, cause: Cause) {
        let life = self.nodes.get(&parent).and_then(Node::life);
        let (Some(life), Some(child)) = (life, self.nodes.get_mut(&id)) else { return };
        if child.life().is_none() {
            self.queue.push(self.now, Upcoming::Ended { parent, child: id, cause });
        } else if !child.waiting.contains(&(parent, life)) {
            child.waiting.push((parent, life));
        }
    }

    fn resume(&mut self, id: NodeId) {
        let Some(node) = self.nodes.get_mut(&id).filter(|node| node.power == Power::Paused) else { return };
        node.power = Power::Running;
        for waiting in core::mem::take(&mut node.inbox) {
            if let Upcoming::Arrive(packet) = waiting
                && let Some(flight) = self.flights.get_mut(packet)
            {
                flight.held = false;
            }
            self.happen(waiting);
        }
        // What was due meanwhile is due now; after what had arrived, as a process finds it when it wakes.
        self.schedule(id, false);
    }

    fn turn_clock(&mut self, id: NodeId, on: bool) {
        let now = self.now;
        if let Some(node) = self.nodes.get_mut(&id) {
            if on {
                node.clock.start(now);
            } else {
                node.clock.stop(now);
            }
        }
        self.schedule(id, false);
    }
}
