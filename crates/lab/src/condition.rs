//! What is done to a process's surroundings: its network, its disk, its clock.

use crate::cluster::Cluster;
use border::LEARNER;
use protocol::Fault as Press;
use sim::{Fault, Micros, NodeId};

/// How long a slow disk takes to make a write durable: etcd begins to complain at one second.
const SLOW_SYNC: Micros = Micros::millis(1_200);

/// What was done to the surroundings of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Condition {
    /// The network carries nothing from it, and nothing to it.
    pub cut_outgoing: bool,
    pub cut_incoming: bool,
    pub slow_disk: bool,
    pub stopped_clock: bool,
}

impl Cluster {
    /// Does something to the network, the disk or the clock of a process.
    pub fn set_condition(&mut self, name: &str, press: Press) {
        let Some(node) = self.node(name) else { return };
        let all: Vec<(NodeId, Condition)> = self.conditions().collect();
        let condition = |id: NodeId| all.iter().find(|(of, _)| *of == id).map(|(_, is)| *is).unwrap_or_default();
        let mut now = condition(node);
        let everybody = all.iter().map(|(other, _)| *other).chain([LEARNER]);
        let others: Vec<NodeId> = everybody.filter(|other| *other != node).collect();
        let outgoing = others.iter().map(|other| (node, *other));
        let incoming = others.iter().map(|other| (*other, node));
        let cut = |(from, to): (NodeId, NodeId)| Fault::Cut { from, to };
        let faults: Vec<Fault> = match press {
            Press::CutOff => {
                (now.cut_outgoing, now.cut_incoming) = (true, true);
                vec![Fault::CutOff { node }]
            }
            Press::CutOutgoing => {
                now.cut_outgoing = true;
                outgoing.map(cut).collect()
            }
            Press::CutIncoming => {
                now.cut_incoming = true;
                incoming.map(cut).collect()
            }
            Press::Reconnect => {
                (now.cut_outgoing, now.cut_incoming) = (false, false);
                let heal = |(from, to): (NodeId, NodeId)| Fault::Heal { from, to };
                // A direction between two machines is open again only if the other end did not cut it too.
                let still = |(from, to): &(NodeId, NodeId)| {
                    let other = condition(if *from == node { *to } else { *from });
                    if *from == node { other.cut_incoming } else { other.cut_outgoing }
                };
                let healed = outgoing.chain(incoming).filter(|link| !still(link)).map(heal);
                std::iter::once(Fault::Reconnect { node }).chain(healed).collect()
            }
            Press::SlowDisk | Press::NormalDisk => {
                now.slow_disk = press == Press::SlowDisk;
                vec![Fault::SlowDisk { node, sync: now.slow_disk.then_some(SLOW_SYNC) }]
            }
            Press::StopClock => {
                now.stopped_clock = true;
                vec![Fault::StopClock { node }]
            }
            Press::StartClock => {
                now.stopped_clock = false;
                vec![Fault::StartClock { node }]
            }
            Press::Kill | Press::Stop | Press::Restart | Press::Pause | Press::Resume => Vec::new(),
        };
        faults.iter().for_each(|fault| self.fault(fault));
        if let Some(condition) = self.condition_mut(node) {
            *condition = now;
        }
    }
}
