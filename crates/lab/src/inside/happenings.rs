//! What just happened, in plain words: the records of the trace that a person who learns Raft would tell of.

use crate::{cluster::Cluster, wire};
use etcd::server::Msg as EtcdMsg;
use kube::{Msg, Note};
use protocol::{Happening, WireKind};
use raft::MessageKind;
use sim::{EventId, Fault, Kind, Record, Why};
use std::collections::VecDeque;

/// Happenings that are told.
const KEPT: usize = 14;
/// Records that are looked at when nobody has looked for a while: what is older has long been followed by more than
/// enough.
const LOOK_BACK: u64 = 20_000;

/// The latest happenings, and up to where the trace was read.
#[derive(Default)]
pub(super) struct Happenings {
    read: u64,
    latest: VecDeque<Happening>,
}

impl Happenings {
    /// Reads on to the end of the trace.
    pub fn catch_up(&mut self, cluster: &Cluster) {
        let trace = cluster.sim.trace();
        let last = trace.last().0;
        // Cast back to names: notes know members by their ids.
        let mut names: Option<Vec<(String, String)>> = None;
        for record in trace.since(EventId(self.read.max(last.saturating_sub(LOOK_BACK)))) {
            let Some((component, mut text)) = words(cluster, record) else { continue };
            if matches!(record.kind, Kind::Note(_)) {
                for (id, name) in names.get_or_insert_with(|| ids(cluster)) {
                    text = text.replace(id.as_str(), name);
                }
            }
            // One who asks everybody asks once.
            if self.latest.back().is_some_and(|before| before.text == text) {
                continue;
            }
            if self.latest.len() == KEPT {
                self.latest.pop_front();
            }
            self.latest.push_back(Happening { id: record.id.0, at: record.at.as_micros(), component, text });
        }
        self.read = last;
    }

    pub fn latest(&self) -> Vec<Happening> {
        self.latest.iter().cloned().collect()
    }
}

/// The members' ids as notes write them, and their names.
fn ids(cluster: &Cluster) -> Vec<(String, String)> {
    let id =
        |member: &crate::cluster::Member| (format!("{:x}", crate::view::look(cluster, member).id), member.name.clone());
    cluster.members().iter().map(id).filter(|(id, _)| id != "0").collect()
}

/// Where something happened and what; `None` for what nobody needs to be told.
fn words(cluster: &Cluster, record: &Record<Msg, Note>) -> Option<(String, String)> {
    let name = cluster.name_of(record.node).to_string();
    let text = match &record.kind {
        Kind::Note(note) => format!("{name} {note}"),
        Kind::Sent { to, msg, .. } => format!("{name} {}", sending(msg, cluster.name_of(*to))?),
        Kind::Dropped { sent, from, to, why } => {
            let why = match why {
                // Whoever connects to a dead process is told at once; the diagram shows it.
                Why::Refused => return None,
                Why::Removed => "is taken off the wire by hand",
                Why::Cut => "is lost: the link is cut",
                _ => "is lost",
            };
            let (from, to) = (cluster.name_of(*from), cluster.name_of(*to));
            format!("{} from {from} to {to} {why}", what(cluster, *sent)?)
        }
        Kind::Fault(Fault::DelayMessage { sent, by }) => {
            let to = cluster.sim.in_flight().find(|flight| flight.sent == *sent).map(|flight| flight.to);
            let to = to.map_or("its receiver", |to| cluster.name_of(to));
            format!("{} to {to} is held up for {} ms", what(cluster, *sent)?, by.0 / 1_000)
        }
        Kind::Fault(fault) => format!("{name} {}", done(fault)?),
        _ => return None,
    };
    let concerns_one = !matches!(record.kind, Kind::Dropped { .. } | Kind::Fault(Fault::DelayMessage { .. }));
    Some((if concerns_one { name } else { String::new() }, text))
}

/// The kind of a message that is still in the trace, heartbeats left out.
fn what(cluster: &Cluster, sent: EventId) -> Option<&'static str> {
    let Kind::Sent { msg, .. } = &cluster.sim.trace().get(sent)?.kind else { return None };
    match wire::kind(msg)? {
        WireKind::Heartbeat | WireKind::HeartbeatAnswer => None,
        _ => Some(msg.kind()),
    }
}

fn sending(msg: &Msg, to: &str) -> Option<String> {
    let Msg::Etcd(EtcdMsg::Peer(peer)) = msg else { return None };
    let message = &peer.message;
    Some(match message.kind {
        MessageKind::PreVote => format!("asks for a pre-vote in term {}", message.term),
        MessageKind::Vote => format!("asks for votes in term {}", message.term),
        MessageKind::App => match message.entries.as_slice() {
            [] => return None,
            [one] => format!("sends entry {} to {to}", one.index),
            [first, .., last] => format!("sends entries {} to {} to {to}", first.index, last.index),
        },
        MessageKind::AppResp if message.reject => {
            format!("tells {to} that its log does not go on at {}", message.index)
        }
        MessageKind::Prop => format!("passes a request on to {to}, the leader"),
        MessageKind::TimeoutNow => format!("hands leadership over to {to}"),
        _ => return None,
    })
}

fn done(fault: &Fault) -> Option<&'static str> {
    Some(match fault {
        Fault::Crash { .. } => "is killed",
        Fault::Terminate { .. } => "is asked to end",
        Fault::Pause { .. } => "is paused",
        Fault::Resume { .. } => "runs on",
        Fault::CutOff { .. } => "is cut off from the network",
        Fault::Reconnect { .. } => "is connected again",
        _ => return None,
    })
}
