//! Raft's picture: timers, votes and logs of the members, and the messages between them.

use crate::{
    cluster::{Cluster, Member},
    view, wire,
};
use etcd::server::Server;
use kube::Msg;
use protocol::{Happening, RaftMember, RaftView, WireFate, WireMessage};
use sim::{InFlight, NodeId};

/// Messages on their way that are told.
const FLIGHTS_MAX: usize = 60;

/// The picture, with what `happened` lately. Messages on their way are told only where the clock runs so slowly that
/// somebody can see them there.
pub(super) fn view(cluster: &Cluster, happened: Vec<Happening>, slow: bool) -> RaftView {
    let mut members: Vec<RaftMember> = cluster.members().iter().map(|found| member(cluster, found)).collect();
    members.sort_by(|a, b| a.name.cmp(&b.name));
    let all: Vec<WireMessage> = flights(cluster).filter(|_| slow).map(|flight| message(cluster, &flight)).collect();
    let flights_skipped = all.len().saturating_sub(FLIGHTS_MAX) as u64;
    let flights = all.into_iter().take(FLIGHTS_MAX).collect();
    RaftView { members, flights, flights_skipped, happened }
}

/// Whether a node is one of the etcd members.
fn is_member(cluster: &Cluster, node: NodeId) -> bool {
    cluster.members().iter().any(|member| member.node == node)
}

/// Messages on their way between members that a person would want to see.
pub(super) fn flights(cluster: &Cluster) -> impl Iterator<Item = InFlight<'_, Msg>> {
    let between = |flight: &InFlight<'_, Msg>| is_member(cluster, flight.from) && is_member(cluster, flight.to);
    cluster.sim.in_flight().filter(move |flight| between(flight) && wire::kind(flight.msg).is_some())
}

/// Whether a message that was sent between members after the record `after` is on its way; with `heartbeats`, whether
/// any message is.
pub(crate) fn is_caught(cluster: &Cluster, after: u64, heartbeats: bool) -> bool {
    use protocol::WireKind::{Heartbeat, HeartbeatAnswer};
    flights(cluster).any(|flight| {
        let heartbeat = matches!(wire::kind(flight.msg), Some(Heartbeat | HeartbeatAnswer));
        heartbeats || (flight.sent.0 > after && !heartbeat)
    })
}

fn message(cluster: &Cluster, flight: &InFlight<'_, Msg>) -> WireMessage {
    WireMessage {
        id: flight.sent.0,
        from: cluster.name_of(flight.from).into(),
        to: cluster.name_of(flight.to).into(),
        kind: wire::kind(flight.msg).unwrap_or(protocol::WireKind::Other),
        label: wire::label(cluster, flight.msg),
        sent_at: flight.sent_at.as_micros(),
        arrives_at: flight.deliver_at.as_micros(),
        fate: WireFate::Carried,
        root: cluster.sim.trace().get(flight.sent).map_or(0, |record| record.cause.root),
    }
}

fn member(cluster: &Cluster, member: &Member) -> RaftMember {
    let seen = view::look(cluster, member);
    let inside = cluster.server(member.node).and_then(Server::inside);
    let (acts_at, patience) = match &inside {
        // A member's clock may stand behind the world's.
        Some(inside) => (world_time(cluster, member, inside.acts_at.as_micros()), inside.patience.0),
        None => (0, 0),
    };
    let votes = inside.map(|inside| inside.votes).unwrap_or_default();
    let candidate = seen.role.ends_with("candidate");
    let named = |(voter, granted): (u64, bool)| (view::name_of(&seen, voter).unwrap_or_default(), granted);
    RaftMember {
        name: member.name.clone(),
        acts_at,
        patience,
        votes: if candidate { votes.into_iter().map(named).collect() } else { Vec::new() },
        first_index: seen.first_index,
        log: view::entries(&seen),
        peers: view::peers(&seen),
    }
}

/// A moment of a member's clock on the world's.
pub(super) fn world_time(cluster: &Cluster, member: &Member, local: u64) -> u64 {
    let now = cluster.sim.now().as_micros();
    let shown = cluster.sim.local_time(member.node).map_or(now, sim::Time::as_micros);
    local.saturating_add(now.saturating_sub(shown))
}
