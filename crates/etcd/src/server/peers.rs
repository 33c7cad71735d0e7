//! The connections between members: who answers, and since when (etcd: server/etcdserver/api/rafthttp).

use sorted::SortedMap;

use sim::{Micros, NodeId, Time};

use super::members::{MemberId, Members};
use super::process::Process;

/// How long nothing may come from a peer before its connection counts as broken (etcd: rafthttp/peer.go,
/// `ConnReadTimeout`).
const READ_TIMEOUT: Micros = Micros::secs(5);
/// How long nothing is sent to a peer before it gets a sign of life (etcd: rafthttp/stream.go, a third of the read
/// time-out).
const LINK_HEARTBEAT: Micros = Micros(5_000_000 / 3);
/// How often a peer that does not answer is dialled again (etcd: rafthttp's dial back-off).
const DIAL_INTERVAL: Micros = Micros::millis(100);

#[derive(Clone, Copy, Debug, Default)]
struct Peer {
    /// When it was heard last in this life of the process.
    heard: Option<Time>,
    /// Since when it is connected without a break.
    active_since: Option<Time>,
    sent: Option<Time>,
}

/// The peers of one member.
#[derive(Clone, Debug, Default)]
pub(crate) struct Peers(SortedMap<MemberId, Peer>);

impl Peers {
    pub(crate) fn heard(&mut self, from: MemberId, now: Time) {
        let peer = self.0.entry(from).or_default();
        peer.heard = Some(now);
        peer.active_since.get_or_insert(now);
    }

    pub(crate) fn sent(&mut self, to: MemberId, now: Time) {
        self.0.entry(to).or_default().sent = Some(now);
    }

    pub(crate) fn broken(&mut self, peer: MemberId) {
        if let Some(peer) = self.0.get_mut(&peer) {
            peer.active_since = None;
        }
    }

    pub(crate) fn remove(&mut self, peer: MemberId) {
        self.0.remove(&peer);
    }

    /// Since when a peer is connected.
    pub(crate) fn active_since(&self, peer: MemberId) -> Option<Time> {
        self.0.get(&peer).and_then(|peer| peer.active_since)
    }

    /// How many peers are connected.
    pub(crate) fn active(&self) -> usize {
        self.0.values().filter(|peer| peer.active_since.is_some()).count()
    }

    /// How many of the voters are connected since `since`, this member included (etcd:
    /// server/etcdserver/cluster_util.go, `numConnectedSince`).
    pub(crate) fn connected_since(&self, since: Time, me: MemberId, members: &Members) -> usize {
        let connected =
            |id: &MemberId| *id == me || self.active_since(*id).is_some_and(|active_since| active_since < since);
        members.voters().filter(connected).count()
    }

    /// Finds broken connections, and the peers that are to get a sign of life now.
    pub(crate) fn check(&mut self, now: Time, others: impl Iterator<Item = MemberId>) -> Vec<MemberId> {
        let mut due = Vec::new();
        for id in others {
            let peer = self.0.entry(id).or_default();
            if peer.heard.is_none_or(|heard| now - heard > READ_TIMEOUT) {
                peer.active_since = None;
            }
            let interval = if peer.active_since.is_some() { LINK_HEARTBEAT } else { DIAL_INTERVAL };
            if peer.sent.is_none_or(|sent| now - sent >= interval) {
                due.push(id);
            }
        }
        due
    }
}

impl Process {
    /// Looks up where the members run: once, and not with every message to one of them. To be called when the members or
    /// the configuration have changed.
    pub(crate) fn locate_members(&mut self) {
        let node = |id| {
            let urls = &self.members.get(id)?.peer_urls;
            Some((id, urls.iter().find_map(|url| self.config.addresses.get(url).copied())?))
        };
        self.nodes = self.members.ids().filter_map(node).collect();
    }

    /// Another member's machine, if it is known where it is.
    pub(crate) fn node_of(&self, member: MemberId) -> Option<NodeId> {
        match self.nodes.get(&member) {
            None if self.members.get(member).is_none() => self.remotes.get(&member).copied(),
            node => node.copied(),
        }
    }

    /// The member that runs on a machine.
    pub(crate) fn member_at(&self, node: NodeId) -> Option<MemberId> {
        self.members.ids().find(|id| *id != self.me() && self.node_of(*id) == Some(node))
    }
}
