//! Sending and delivering: what becomes of a message between two actors.

use std::sync::Arc;

use crate::network::{Flight, Packet};
use crate::queue::Upcoming;
use crate::{Actor, Cause, EventId, Input, Kind, Mail, Micros, NodeId, Payload, Power, Sim, Time, Why};

/// How many messages wait at most for a paused process, or on one direction of a cut link.
const WAITING: usize = 16_384;

impl<A: Actor> Sim<A> {
    pub(crate) fn send(&mut self, from: NodeId, to: NodeId, msg: Arc<A::Msg>, cause: Cause) -> EventId {
        let reliable = msg.reliable();
        let outside = self.outside.contains(&from) || self.outside.contains(&to);
        let fate = self.network.route(self.now, (from, to), outside, msg.size(), reliable, &mut self.random);
        let incarnation = self.nodes.get(&to).and_then(|node| node.life());
        if let Some(node) = self.nodes.get_mut(&from) {
            node.peers.insert(to);
        }
        let flight = |deliver_at, cause, msg| Flight {
            from,
            to,
            sent_at: self.now,
            deliver_at,
            cause,
            packet: Packet::Message(msg),
            incarnation,
            reliable,
            lost: fate.lost,
            held: false,
        };
        let now = self.now;
        let mut put = |deliver_at: Time, cause: Cause, msg: Arc<A::Msg>| {
            let sent = self.trace.push(now, from, cause, Kind::Sent { to, deliver_at, msg: Arc::clone(&msg) });
            let cause = Cause { event: sent, root: cause.root };
            self.flights.push(sent, flight(deliver_at, cause, msg));
            self.queue.push(deliver_at, Upcoming::Arrive(sent));
            cause
        };
        match fate.duplicate_at {
            None => put(fate.deliver_at, cause, msg).event,
            Some(again_at) => {
                let first = put(fate.deliver_at, cause, Arc::clone(&msg));
                put(again_at, first, msg);
                first.event
            }
        }
    }

    /// Sends what a machine's kernel says by itself: it keeps the order of the connection.
    fn send_signal(&mut self, from: NodeId, to: NodeId, packet: Packet<A::Msg>, cause: Cause) {
        let outside = self.outside.contains(&from) || self.outside.contains(&to);
        let fate = self.network.route(self.now, (from, to), outside, 0, true, &mut self.random);
        let flight = Flight {
            from,
            to,
            sent_at: self.now,
            deliver_at: fate.deliver_at,
            cause,
            packet,
            incarnation: self.nodes.get(&to).and_then(|node| node.life()),
            reliable: true,
            lost: false,
            held: false,
        };
        let id = self.record(from, cause, Kind::Reset { to });
        self.flights.push(id, flight);
        self.queue.push(fate.deliver_at, Upcoming::Arrive(id));
    }

    /// Tells a peer that the process of `from` died, or has closed their connection.
    pub(crate) fn send_broken(&mut self, from: NodeId, to: NodeId, cause: Cause) {
        self.send_signal(from, to, Packet::Broken, cause);
    }

    pub(crate) fn arrive(&mut self, packet: EventId) {
        let Some(flight) = self.flights.get(packet) else { return };
        let (from, to) = (flight.from, flight.to);
        if flight.lost {
            return self.drop_message(packet, Why::Lost);
        }
        // What follows something that is held is held behind it, or it would overtake it.
        if self.network.is_cut(from, to) || (flight.reliable && self.network.held_between(from, to) > 0) {
            if !flight.reliable {
                return self.drop_message(packet, Why::Cut);
            }
            if self.network.held_between(from, to) >= WAITING {
                return self.drop_message(packet, Why::Overflow);
            }
            self.network.hold(from, to, packet);
            return self.mark_held(packet);
        }
        if self.outside.contains(&to) {
            return self.deliver_outside(packet);
        }
        let Some(node) = self.nodes.get_mut(&to) else { return self.refuse(packet) };
        match node.power {
            Power::Off => self.drop_message(packet, Why::PoweredOff),
            Power::Dead => self.refuse(packet),
            _ if flight.incarnation.is_some_and(|life| life != node.incarnation) => {
                self.drop_message(packet, Why::Reset);
            }
            Power::Paused if node.inbox.len() >= WAITING => self.drop_message(packet, Why::Overflow),
            Power::Paused => {
                node.inbox.push_back(Upcoming::Arrive(packet));
                self.mark_held(packet);
            }
            Power::Running => self.deliver(packet),
        }
    }

    fn mark_held(&mut self, packet: EventId) {
        let Some(flight) = self.flights.get_mut(packet) else { return };
        flight.held = true;
        let (from, to, cause) = (flight.from, flight.to, flight.cause);
        if matches!(flight.packet, Packet::Message(_)) {
            self.record(to, cause, Kind::Held { from, sent: packet });
        }
    }

    pub(crate) fn drop_message(&mut self, packet: EventId, why: Why) {
        let Some(flight) = self.flights.remove(packet) else { return };
        if matches!(flight.packet, Packet::Message(_)) {
            let kind = Kind::Dropped { from: flight.from, to: flight.to, sent: packet, why };
            self.record(flight.to, flight.cause, kind);
        }
    }

    /// Nobody listens at the destination: its machine says so.
    fn refuse(&mut self, packet: EventId) {
        let Some(flight) = self.flights.remove(packet) else { return };
        let Packet::Message(msg) = flight.packet else { return };
        let kind = Kind::Dropped { from: flight.from, to: flight.to, sent: packet, why: Why::Refused };
        let cause = self.follow(flight.to, flight.cause, kind);
        self.send_signal(flight.to, flight.from, Packet::Refused { msg, sent: packet }, cause);
    }

    /// Takes a packet off the wire, records its arrival, and gives the receiver and what that gets to know.
    fn open(&mut self, packet: EventId) -> Option<(NodeId, Input<A::Msg>, Cause)> {
        let Flight { from, to, cause, packet: contents, .. } = self.flights.remove(packet)?;
        let (kind, input) = match contents {
            Packet::Message(msg) => {
                let msg = Arc::unwrap_or_clone(msg);
                (Kind::Delivered { from, sent: packet }, Input::Message { from, msg })
            }
            Packet::Refused { msg, sent } => {
                let msg = Arc::unwrap_or_clone(msg);
                (Kind::Refused { peer: from, sent }, Input::Refused { peer: from, msg })
            }
            Packet::Broken => (Kind::Disconnected { peer: from }, Input::Disconnected { peer: from }),
        };
        let cause = self.follow(to, cause, kind);
        Some((to, input, cause))
    }

    fn deliver(&mut self, packet: EventId) {
        let Some((to, input, cause)) = self.open(packet) else { return };
        if let Some(node) = self.nodes.get_mut(&to) {
            match &input {
                Input::Message { from, .. } => node.peers.insert(*from),
                Input::Refused { peer, .. } | Input::Disconnected { peer } => node.peers.remove(peer),
                Input::Start | Input::Stop | Input::Wakeup | Input::DiskDone { .. } | Input::Ended { .. } => false,
            };
        }
        self.input(to, input, cause);
    }

    fn deliver_outside(&mut self, packet: EventId) {
        if let Some((to, input, cause)) = self.open(packet) {
            self.mail.push(Mail { at: self.now, to, input, cause });
        }
    }

    /// Delivers what was held on links that are open again, before anything that is still on its way there.
    pub(crate) fn release_held(&mut self) {
        for packet in self.network.release() {
            if let Some(flight) = self.flights.get_mut(packet) {
                flight.held = false;
            }
            self.arrive(packet);
        }
    }

    /// Holds up a message, and with one that must not be overtaken everything behind it.
    pub(crate) fn delay(&mut self, packet: EventId, by: Micros) {
        let Some(first) = self.flights.get(packet).filter(|flight| !flight.held) else { return };
        let (from, to, reliable) = (first.from, first.to, first.reliable);
        for (id, flight) in self.flights.iter_mut().filter(|(id, _)| **id >= packet) {
            let behind = reliable && flight.reliable && (flight.from, flight.to) == (from, to) && !flight.held;
            if *id == packet || behind {
                flight.deliver_at += by;
                self.queue.push(flight.deliver_at, Upcoming::Arrive(*id));
                self.network.not_before(from, to, flight.deliver_at);
            }
        }
    }
}
