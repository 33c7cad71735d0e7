//! The network: how long messages take, and what can go wrong with them on their way.

use sorted::{SortedMap, SortedSet};
use std::collections::VecDeque;
use std::sync::Arc;

use crate::{Cause, EventId, Micros, NodeId, Random, Time};

/// One direction between two addresses, while nothing is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// How long a message takes at least.
    pub latency: Micros,
    /// How much longer it takes at random, at most.
    pub jitter: Micros,
    /// How many bytes pass in a second; 0 is no limit.
    pub bytes_per_second: u64,
}

/// How long a sender waits before it sends again what got lost: TCP's first time-out on a local network, doubled each
/// time (RFC 6298).
const RETRANSMISSION: Micros = Micros::millis(200);
/// How often something is sent again at most before it gets through; keeps the delay below half a minute.
const RETRANSMISSIONS: u32 = 7;

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Conditions {
    pub(crate) loss: u32,
    pub(crate) duplicate: u32,
    pub(crate) reorder: u32,
    pub(crate) extra: Micros,
    pub(crate) jitter: Micros,
}

impl Conditions {
    fn is_normal(&self) -> bool {
        let Conditions { loss, duplicate, reorder, extra, jitter } = self;
        *loss == 0 && *duplicate == 0 && *reorder == 0 && *extra == Micros::ZERO && *jitter == Micros::ZERO
    }

    fn worsen(&mut self, other: &Conditions) {
        self.loss = self.loss.max(other.loss);
        self.duplicate = self.duplicate.max(other.duplicate);
        self.reorder = self.reorder.max(other.reorder);
        self.extra += other.extra;
        self.jitter += other.jitter;
    }
}

/// Which directions a condition is about; `None` is every address.
type Selector = (Option<NodeId>, Option<NodeId>);

/// The links of a world and their present state.
#[derive(Clone, Debug)]
pub struct Network {
    /// The link between two machines for which none was set.
    pub between_machines: Link,
    /// The link to and from addresses outside of the simulation, and from a machine to itself.
    pub to_outside: Link,
    links: SortedMap<(NodeId, NodeId), Link>,
    cuts: SortedSet<(NodeId, NodeId)>,
    cut_off: SortedSet<NodeId>,
    conditions: SortedMap<Selector, Conditions>,
    /// When the latest message of each direction arrives: what keeps them in order.
    latest: SortedMap<(NodeId, NodeId), Time>,
    held: SortedMap<(NodeId, NodeId), VecDeque<EventId>>,
}

/// Half a millisecond between machines; a twentieth on loopback.
impl Default for Network {
    fn default() -> Network {
        let gigabyte = 1_000_000_000;
        Network {
            between_machines: Link { latency: Micros(500), jitter: Micros(50), bytes_per_second: gigabyte },
            to_outside: Link { latency: Micros(25), jitter: Micros(5), bytes_per_second: 4 * gigabyte },
            links: SortedMap::new(),
            cuts: SortedSet::new(),
            cut_off: SortedSet::new(),
            conditions: SortedMap::new(),
            latest: SortedMap::new(),
            held: SortedMap::new(),
        }
    }
}

/// What the network decided about a message when it was sent.
pub(crate) struct Fate {
    pub(crate) deliver_at: Time,
    pub(crate) lost: bool,
    pub(crate) duplicate_at: Option<Time>,
}

impl Network {
    /// Sets one direction between two addresses.
    pub fn set_link(&mut self, from: NodeId, to: NodeId, link: Link) {
        self.links.insert((from, to), link);
    }

    /// Whether nothing passes from one address to another.
    pub fn is_cut(&self, from: NodeId, to: NodeId) -> bool {
        if self.cuts.is_empty() && self.cut_off.is_empty() || from == to {
            return false;
        }
        self.cut_off.contains(&from) || self.cut_off.contains(&to) || self.cuts.contains(&(from, to))
    }

    /// Whether a node was cut off from everyone.
    pub fn is_cut_off(&self, node: NodeId) -> bool {
        self.cut_off.contains(&node)
    }

    /// The directions that are cut one by one (partitions included), in order.
    pub fn cuts(&self) -> impl Iterator<Item = (NodeId, NodeId)> {
        self.cuts.iter().copied()
    }

    pub(crate) fn cut(&mut self, from: NodeId, to: NodeId) {
        self.cuts.insert((from, to));
    }

    pub(crate) fn heal(&mut self, from: NodeId, to: NodeId) {
        self.cuts.remove(&(from, to));
    }

    pub(crate) fn cut_off(&mut self, node: NodeId) {
        self.cut_off.insert(node);
    }

    pub(crate) fn reconnect(&mut self, node: NodeId) {
        self.cut_off.remove(&node);
    }

    pub(crate) fn heal_all(&mut self) {
        self.cuts.clear();
        self.cut_off.clear();
        self.conditions.clear();
    }

    pub(crate) fn change(&mut self, selector: Selector, change: impl FnOnce(&mut Conditions)) {
        let conditions = self.conditions.entry(selector).or_default();
        change(conditions);
        if conditions.is_normal() {
            self.conditions.remove(&selector);
        }
    }

    fn conditions(&self, from: NodeId, to: NodeId) -> Conditions {
        let mut all = Conditions::default();
        if !self.conditions.is_empty() {
            for selector in [(None, None), (Some(from), None), (None, Some(to)), (Some(from), Some(to))] {
                if let Some(conditions) = self.conditions.get(&selector) {
                    all.worsen(conditions);
                }
            }
        }
        all
    }

    /// Decides when a message of `size` bytes sent `now` arrives, and what goes wrong with it.
    pub(crate) fn route(
        &mut self,
        now: Time,
        (from, to): (NodeId, NodeId),
        outside: bool,
        size: u64,
        reliable: bool,
        random: &mut Random,
    ) -> Fate {
        let usual = if outside || from == to { self.to_outside } else { self.between_machines };
        let link = if self.links.is_empty() { usual } else { *self.links.get(&(from, to)).unwrap_or(&usual) };
        let conditions = self.conditions(from, to);
        let transfer = size.saturating_mul(1_000_000).checked_div(link.bytes_per_second).unwrap_or(0);
        let jitter = random.below(link.jitter.0.saturating_add(conditions.jitter.0).saturating_add(1));
        let mut took = link.latency + conditions.extra + Micros(transfer) + Micros(jitter);

        let mut lost = random.chance(conditions.loss);
        if reliable {
            let mut attempt = 0;
            while lost && attempt < RETRANSMISSIONS {
                took += RETRANSMISSION.times(1 << attempt);
                attempt += 1;
                lost = random.chance(conditions.loss);
            }
            lost = false;
        }
        let overtaken = !reliable && random.chance(conditions.reorder);
        let duplicated = !reliable && random.chance(conditions.duplicate);

        let latest = self.latest.entry((from, to)).or_default();
        let mut deliver_at = now + took;
        if overtaken {
            // Late by several times its usual way, and not a mark that others wait for.
            deliver_at += took.times(1 + random.below(8));
        } else {
            deliver_at = deliver_at.max(*latest);
            *latest = deliver_at;
        }
        let duplicate_at = duplicated.then(|| deliver_at + Micros(random.below(took.0.saturating_mul(4)) + 1));
        Fate { deliver_at, lost, duplicate_at }
    }

    /// What is sent from now on in this direction arrives no earlier than `at`.
    pub(crate) fn not_before(&mut self, from: NodeId, to: NodeId, at: Time) {
        let latest = self.latest.entry((from, to)).or_default();
        *latest = at.max(*latest);
    }

    pub(crate) fn hold(&mut self, from: NodeId, to: NodeId, packet: EventId) {
        self.held.entry((from, to)).or_default().push_back(packet);
    }

    pub(crate) fn held_between(&self, from: NodeId, to: NodeId) -> usize {
        if self.held.is_empty() { 0 } else { self.held.get(&(from, to)).map_or(0, VecDeque::len) }
    }

    /// Takes out what is held on links that are open now, in order.
    pub(crate) fn release(&mut self) -> Vec<EventId> {
        let open: Vec<_> = self.held.keys().copied().filter(|(from, to)| !self.is_cut(*from, *to)).collect();
        open.iter().filter_map(|pair| self.held.remove(pair)).flatten().collect()
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Packet<M> {
    Message(Arc<M>),
    /// The answer of a machine on which nobody listens.
    Refused {
        msg: Arc<M>,
        sent: EventId,
    },
    /// The sender's process died.
    Broken,
}

#[derive(Clone, Debug)]
pub(crate) struct Flight<M> {
    pub(crate) from: NodeId,
    pub(crate) to: NodeId,
    pub(crate) sent_at: Time,
    pub(crate) deliver_at: Time,
    pub(crate) cause: Cause,
    pub(crate) packet: Packet<M>,
    /// Which life of the receiver it was sent to; none if it was dead or is outside.
    pub(crate) incarnation: Option<u64>,
    pub(crate) reliable: bool,
    pub(crate) lost: bool,
    pub(crate) held: bool,
}

/// A message on its way.
#[derive(Clone, Copy, Debug)]
pub struct InFlight<'a, M> {
    /// The record of its sending.
    pub sent: EventId,
    /// Who sent it.
    pub from: NodeId,
    /// To whom.
    pub to: NodeId,
    /// When it was sent.
    pub sent_at: Time,
    /// When it arrives; in the past if it is held.
    pub deliver_at: Time,
    /// Whether it waits for a cut link to heal or a paused process to resume.
    pub held: bool,
    /// What it says.
    pub msg: &'a M,
}
