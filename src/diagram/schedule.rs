//! When a message is replayed. In the world it takes half a millisecond; on the diagram a person has to see it. What one
//! request caused is replayed in its order, stretched; the cluster's own heartbeats pass at once and few at a time.

use protocol::{WireKind, WireMessage};
use std::collections::BTreeMap;

/// Wall milliseconds for a microsecond of the world: the usual half millisecond on the wire is seen for 600 ms.
const STRETCH: f64 = 1.2;
/// Between messages further apart than this, in microseconds, nothing has to be waited for.
const GAP: u64 = 20_000;
/// The replay is never further behind than this, in wall milliseconds.
const LAG_LIMIT: f64 = 5_000.0;
/// At most so many at once: more is a blur.
const CROWD: usize = 40;
const SHORTEST: f64 = 280.0;
const LONGEST: f64 = 1_000.0;
const HEARTBEAT: f64 = 900.0;

/// From when until when a message is seen, in wall milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slot {
    pub start: f64,
    pub end: f64,
}

/// What is being replayed.
#[derive(Debug, Default)]
pub struct Schedule {
    /// A moment of the world and the moment at which it is replayed.
    anchor: Option<(u64, f64)>,
    last_sent: u64,
    last_start: f64,
    ends: Vec<f64>,
    heartbeats: BTreeMap<(String, String), f64>,
}

/// Whether a message is the cluster's regular breath.
pub fn is_heartbeat(kind: WireKind) -> bool {
    matches!(kind, WireKind::Heartbeat | WireKind::HeartbeatAnswer)
}

impl Schedule {
    /// When to show a message; `None` when there is no room for it.
    pub fn plan(&mut self, message: &WireMessage, now: f64) -> Option<Slot> {
        self.ends.retain(|end| *end > now);
        if is_heartbeat(message.kind) {
            return self.plan_heartbeat(message, now);
        }
        let near = message.sent_at.checked_sub(self.last_sent).is_some_and(|gap| gap <= GAP);
        let (world, wall) = match self.anchor {
            Some(anchor) if near => anchor,
            // A new story begins when the one before is under way.
            _ => (message.sent_at, now.max(self.last_start + SHORTEST)),
        };
        // Differences within one story are small; both are exact in an f64.
        let start = (wall + message.sent_at.saturating_sub(world) as f64 * STRETCH).max(now);
        if start > now + LAG_LIMIT || self.ends.len() >= CROWD {
            return None;
        }
        self.anchor = Some((world, wall));
        self.last_sent = message.sent_at;
        self.last_start = start;
        let flight = message.arrives_at.saturating_sub(message.sent_at) as f64 * STRETCH;
        let end = start + flight.clamp(SHORTEST, LONGEST);
        self.ends.push(end);
        Some(Slot { start, end })
    }

    fn plan_heartbeat(&mut self, message: &WireMessage, now: f64) -> Option<Slot> {
        let lane = (message.from.clone(), message.to.clone());
        if self.heartbeats.get(&lane).is_some_and(|end| *end > now) {
            return None;
        }
        let end = now + HEARTBEAT;
        // A breath of pause between two of a lane, so that they do not run together into a line.
        self.heartbeats.insert(lane, end + HEARTBEAT);
        Some(Slot { start: now, end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::WireFate;

    fn message(kind: WireKind, sent_at: u64) -> WireMessage {
        WireMessage {
            id: sent_at,
            from: "etcd-0".into(),
            to: "etcd-1".into(),
            kind,
            label: String::new(),
            sent_at,
            arrives_at: sent_at + 500,
            fate: WireFate::Carried,
            root: 0,
        }
    }

    #[test]
    fn half_a_millisecond_of_the_world_is_seen_for_six_hundred() {
        let slot = Schedule::default().plan(&message(WireKind::Append, 1_000), 50.0).expect("there is room");
        assert_eq!(slot, Slot { start: 280.0, end: 880.0 });
    }

    #[test]
    fn an_answer_is_seen_after_its_question() {
        let mut schedule = Schedule::default();
        let question = schedule.plan(&message(WireKind::Append, 1_000), 1_000.0).expect("there is room");
        let answer = schedule.plan(&message(WireKind::AppendAnswer, 2_500), 1_000.0).expect("there is room");
        assert!(answer.start >= question.end, "{answer:?} {question:?}");
    }

    #[test]
    fn a_pause_of_the_world_is_not_waited_for() {
        let mut schedule = Schedule::default();
        schedule.plan(&message(WireKind::Append, 1_000), 1_000.0);
        let later = schedule.plan(&message(WireKind::Append, 9_000_000), 1_400.0).expect("there is room");
        assert!(later.start <= 1_400.0 + SHORTEST, "{later:?}");
    }

    #[test]
    fn a_flood_is_bounded() {
        let mut schedule = Schedule::default();
        let shown = (0..10_000).filter(|at| schedule.plan(&message(WireKind::Append, *at), 0.0).is_some()).count();
        assert_eq!(shown, CROWD);
    }

    #[test]
    fn heartbeats_of_a_lane_pass_one_at_a_time() {
        let mut schedule = Schedule::default();
        assert!(schedule.plan(&message(WireKind::Heartbeat, 0), 0.0).is_some());
        assert!(schedule.plan(&message(WireKind::Heartbeat, 100_000), 100.0).is_none());
        assert!(schedule.plan(&message(WireKind::Heartbeat, 2_000_000), 2_000.0).is_some());
    }
}
