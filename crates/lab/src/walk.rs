//! Time that passes until something is seen on the wire: a step of the clock.

use crate::{World, inside, wire};

/// How long a step takes at most, in microseconds.
const STEP_LIMIT: u64 = 10_000_000;
/// How long a message other than a heartbeat is waited for: longer than any election time-out.
const CATCH_LIMIT: u64 = 2_500_000;
/// How long any message is waited for after that.
const HEARTBEAT_LIMIT: u64 = 1_000_000;

/// A walk to the next message. It comes to the same end however it is interrupted.
pub(crate) struct Walk {
    /// The last record of the wire when it began.
    before: u64,
    aim: Aim,
    /// When it is given up.
    limit: u64,
    /// The moment it is on its way to.
    next: Option<u64>,
}

#[derive(Clone, Copy)]
enum Aim {
    /// A message between components was sent and has arrived.
    Arrival,
    /// A message is on its way between members; one of Raft's heartbeats will do, or not.
    Caught { heartbeats: bool },
}

impl Walk {
    /// Until the next message between components was sent and has arrived.
    pub fn to_arrival(world: &World) -> Self {
        Self::to(world, Aim::Arrival, STEP_LIMIT)
    }

    /// Until a message other than a heartbeat is on its way between members. When there is none for a while, a heartbeat
    /// will do.
    pub fn to_message(world: &World) -> Self {
        Self::to(world, Aim::Caught { heartbeats: false }, CATCH_LIMIT)
    }

    fn to(world: &World, aim: Aim, limit: u64) -> Self {
        Self { before: wire::last(&world.cluster), aim, limit: world.now() + limit, next: None }
    }

    /// Goes on as long as `in_time` says so; whether it has come to its end.
    pub fn advance(&mut self, world: &mut World, in_time: &mut dyn FnMut() -> bool) -> bool {
        loop {
            if world.now() >= self.limit {
                let Aim::Caught { heartbeats: false } = self.aim else { return true };
                (self.aim, self.limit) = (Aim::Caught { heartbeats: true }, world.now() + HEARTBEAT_LIMIT);
            }
            let limit = self.limit;
            let next = *self.next.get_or_insert_with(|| {
                let event = world.next_event().unwrap_or(limit);
                event.clamp(world.now(), limit)
            });
            if !world.advance(next, in_time) {
                return false;
            }
            self.next = None;
            let reached = match self.aim {
                Aim::Arrival => wire::arrived_since(&world.cluster, self.before),
                Aim::Caught { heartbeats } => inside::is_caught(&world.cluster, self.before, heartbeats),
            };
            if reached {
                return true;
            }
        }
    }
}
