//! What travelled on the network, as the diagram draws it.

use crate::cluster::Cluster;
use etcd::server::Msg as EtcdMsg;
use kube::Msg;
use protocol::{WireFate, WireKind, WireMessage};
use raft::MessageKind;
use sim::{EventId, Kind};
use sorted::SortedMap;

/// The number of the latest record of the trace.
pub(crate) fn last(cluster: &Cluster) -> u64 {
    cluster.sim.trace().last().0
}

/// Whether a message a person would want to see has arrived since the record `after`.
pub(crate) fn arrived_since(cluster: &Cluster, after: u64) -> bool {
    let trace = cluster.sim.trace();
    trace.since(EventId(after)).any(|record| match &record.kind {
        Kind::Delivered { sent, .. } => {
            trace.get(*sent).is_some_and(|sent| matches!(&sent.kind, Kind::Sent { msg, .. } if kind(msg).is_some()))
        }
        Kind::Dropped { .. } | Kind::Refused { .. } => true,
        _ => false,
    })
}

/// Messages sent after the record `cursor`, which is moved on: the latest `limit` of them, and how many more there were.
pub(crate) fn since(cluster: &Cluster, cursor: &mut u64, limit: usize) -> (Vec<WireMessage>, u64) {
    let trace = cluster.sim.trace();
    let mut sent = Vec::new();
    let mut fates = SortedMap::new();
    for record in trace.since(EventId(*cursor)) {
        match &record.kind {
            Kind::Sent { to, deliver_at, msg } => {
                if let Some(kind) = kind(msg) {
                    sent.push((record, *to, *deliver_at, msg, kind));
                }
            }
            Kind::Dropped { sent, why, .. } => {
                let fate = if *why == sim::Why::Refused { WireFate::Refused } else { WireFate::Lost };
                fates.insert(*sent, fate);
            }
            Kind::Refused { sent, .. } => {
                fates.insert(*sent, WireFate::Refused);
            }
            _ => {}
        }
    }
    *cursor = trace.last().0;
    let skipped = sent.len().saturating_sub(limit);
    let messages = sent.into_iter().skip(skipped).map(|(record, to, deliver_at, msg, kind)| WireMessage {
        id: record.id.0,
        from: drawn_at(cluster.name_of(record.node)),
        to: drawn_at(cluster.name_of(to)),
        kind,
        label: label(cluster, msg),
        sent_at: record.at.as_micros(),
        arrives_at: deliver_at.as_micros(),
        fate: fates.get(&record.id).copied().unwrap_or(WireFate::Carried),
        root: record.cause.root,
    });
    (messages.collect(), skipped as u64)
}

/// Where a message begins or ends on the diagram: what a node's machine sends comes from its containers.
fn drawn_at(name: &str) -> String {
    name.strip_prefix(kube::MACHINE).map_or_else(|| name.to_owned(), |node| format!("{}{node}", kube::RUNTIME))
}

/// What a message is about; `None` for those that are too much noise to draw.
pub(crate) fn kind(msg: &Msg) -> Option<WireKind> {
    Some(match msg {
        Msg::Etcd(msg) => return kind_of_etcd(msg),
        Msg::Call { .. } | Msg::Cancel { .. } => WireKind::Request,
        Msg::Answer { .. } | Msg::End { .. } => WireKind::Reply,
        Msg::Event { .. } => WireKind::Event,
        // What processes of one machine tell each other goes over no wire.
        Msg::Exec { .. }
        | Msg::Signal { .. }
        | Msg::Launched
        | Msg::Printed { .. }
        | Msg::Unit { .. }
        | Msg::Manifests => {
            return None;
        }
        Msg::Host(msg) if msg.is_answer() => WireKind::Reply,
        Msg::Host(_) => WireKind::Request,
    })
}

fn kind_of_etcd(msg: &EtcdMsg) -> Option<WireKind> {
    use EtcdMsg as Msg;
    Some(match msg {
        Msg::LinkHeartbeat { .. } => return None,
        Msg::Dial { .. } | Msg::Call { .. } | Msg::StreamSend { .. } | Msg::Cancel { .. } | Msg::Forward { .. } => {
            WireKind::Request
        }
        Msg::Accepted { .. } | Msg::Reply { .. } | Msg::StreamEnd { .. } | Msg::Forwarded { .. } => WireKind::Reply,
        Msg::StreamItem { .. } => WireKind::Event,
        Msg::Peer(peer) => match peer.message.kind {
            MessageKind::App => WireKind::Append,
            MessageKind::AppResp => WireKind::AppendAnswer,
            MessageKind::Heartbeat => WireKind::Heartbeat,
            MessageKind::HeartbeatResp => WireKind::HeartbeatAnswer,
            MessageKind::Vote | MessageKind::PreVote => WireKind::Vote,
            MessageKind::VoteResp | MessageKind::PreVoteResp => WireKind::VoteAnswer,
            MessageKind::Snap => WireKind::Snapshot,
            MessageKind::Prop | MessageKind::ReadIndex => WireKind::Request,
            MessageKind::ReadIndexResp => WireKind::Reply,
            _ => WireKind::Other,
        },
        Msg::Removed { .. } | Msg::AskMembers | Msg::TellMembers(_) => WireKind::Other,
    })
}

/// A message in a few words.
pub(crate) fn label(_cluster: &Cluster, msg: &Msg) -> String {
    match msg {
        Msg::Etcd(msg @ EtcdMsg::Peer(_)) => format!("{} ({msg})", msg.kind()),
        Msg::Etcd(EtcdMsg::Dial { .. }) => "connect".into(),
        Msg::Etcd(EtcdMsg::Accepted { .. }) => "connected".into(),
        other => other.to_string(),
    }
}
