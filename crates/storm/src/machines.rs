//! The members' machines: what is done to them, and how they are put right again.

use std::collections::BTreeMap;

use etcd::rpc::Member;
use etcd::server::{Config, MemberId, Server};
use sim::{Fault, Micros, NodeId, Power};

use crate::plan::{Plan, SPARES, Trouble, Who};
use crate::run::Options;
use crate::scene::Scene;

/// Entries between two snapshots of the state, and entries kept behind one: few, so that those who lag are sent one.
const SNAPSHOT_COUNT: u64 = 25;
const CATCH_UP: u64 = 5;

/// The machines of a storm and how their members are told to run.
pub(crate) struct Machines {
    configs: Vec<Config>,
    /// What to do at the end of a trouble, by its number in the plan.
    repairs: BTreeMap<usize, Vec<Fault>>,
    used: u32,
}

impl Machines {
    pub(crate) fn new(plan: &Plan, options: &Options) -> Machines {
        // Options make a difference only where bugs can be planted.
        let _ = options;
        let configs = Config::local_cluster(plan.members + SPARES, plan.seed);
        let first = configs[0].initial_cluster[..plan.members as usize].to_vec();
        let tell = |config: Config| Config {
            initial_cluster: first.clone(),
            snapshot_count: SNAPSHOT_COUNT,
            snapshot_catch_up_entries: CATCH_UP,
            keep_log: false,
            #[cfg(feature = "planted-bugs")]
            planted: options.planted,
            ..config
        };
        Machines { configs: configs.into_iter().map(tell).collect(), repairs: BTreeMap::new(), used: plan.members }
    }

    /// Starts the first members.
    pub(crate) fn start(&self, scene: &mut Scene) {
        for node in 0..self.used {
            scene.sim.add_node(NodeId(node), Server::new(self.configs[node as usize].clone()));
        }
        (0..self.used).for_each(|node| restart(scene, NodeId(node)));
    }

    /// The peer URL of a machine that no member has had yet.
    pub(crate) fn spare_url(&self) -> Option<String> {
        self.configs.get(self.used as usize).map(|config| config.advertise_peer_urls[0].clone())
    }

    /// Starts those members on their machines that were added and not started yet.
    pub(crate) fn join(&mut self, scene: &mut Scene, members: &[Member]) {
        let cluster: Vec<(String, String)> = members
            .iter()
            .filter_map(|member| Some((member.name.clone(), member.peer_urls.first()?.clone())))
            .collect();
        while let Some(config) = self.configs.get(self.used as usize) {
            if !cluster.iter().any(|(_, url)| *url == config.advertise_peer_urls[0]) {
                return;
            }
            let config = Config { join_existing: true, initial_cluster: cluster.clone(), ..config.clone() };
            let node = NodeId(self.used);
            scene.sim.add_node(node, Server::new(config));
            restart(scene, node);
            self.used += 1;
            scene.machines = self.used;
        }
    }

    /// The member that leads, as far as one can tell from outside: of those that run, the one with the latest term.
    pub(crate) fn leader(scene: &Scene) -> Option<NodeId> {
        let leads = |node: &NodeId| {
            let member = scene.sim.actor(*node)?.inspect()?;
            (member.leads && scene.sim.power(*node) == Some(Power::Running)).then_some((member.term, *node))
        };
        scene.sim.nodes().filter_map(|node| leads(&node)).max().map(|(_, node)| node)
    }

    /// The member on a machine, if its process runs.
    pub(crate) fn member(scene: &Scene, node: NodeId) -> Option<MemberId> {
        scene.sim.actor(node)?.inspect().map(|member| member.member)
    }

    pub(crate) fn find(scene: &Scene, who: Who) -> NodeId {
        let leader = Machines::leader(scene);
        match who {
            Who::Leader => leader.unwrap_or(NodeId(0)),
            Who::Node(number) => NodeId(number % scene.machines),
            Who::Follower(number) => {
                let others: Vec<NodeId> = scene.sim.nodes().filter(|node| Some(*node) != leader).collect();
                others.get(number as usize % others.len().max(1)).copied().unwrap_or(NodeId(0))
            }
        }
    }

    /// A trouble begins.
    pub(crate) fn strike(&mut self, scene: &mut Scene, number: usize, trouble: Trouble) {
        let all: Vec<NodeId> = scene.sim.nodes().collect();
        let others = |node: NodeId| all.iter().copied().filter(move |other| *other != node);
        let find = |who: Who| Machines::find(scene, who);
        let restart = |node| Fault::Restart { node, wipe: false };
        let (faults, repairs): (Vec<Fault>, Vec<Fault>) = match trouble {
            Trouble::Crash { who, lose_unsynced } => {
                let node = find(who);
                (vec![Fault::Crash { node, lose_unsynced }], vec![restart(node)])
            }
            Trouble::PowerOff(who) => {
                let node = find(who);
                (vec![Fault::PowerOff { node }], vec![restart(node)])
            }
            Trouble::Blackout => {
                let off = |node: &NodeId| Fault::PowerOff { node: *node };
                (all.iter().map(off).collect(), all.iter().copied().map(restart).collect())
            }
            Trouble::Terminate(who) => {
                let node = find(who);
                (vec![Fault::Terminate { node }], vec![restart(node)])
            }
            Trouble::Pause(who) => {
                let node = find(who);
                (vec![Fault::Pause { node }], vec![Fault::Resume { node }])
            }
            Trouble::StopClock(who) => {
                let node = find(who);
                (vec![Fault::StopClock { node }], vec![Fault::StartClock { node }])
            }
            Trouble::Isolate(who) => {
                let node = find(who);
                (vec![Fault::CutOff { node }], vec![Fault::Reconnect { node }])
            }
            Trouble::Split(one, other) => {
                let side = [Some(find(one)), other.map(find)];
                let is_inside = |node: &NodeId| side.contains(&Some(*node));
                let (inside, outside): (Vec<NodeId>, Vec<NodeId>) = all.iter().partition(|node| is_inside(node));
                cuts(inside.iter().flat_map(|a| outside.iter().flat_map(|b| [(*a, *b), (*b, *a)])))
            }
            Trouble::Deafen(who) => {
                let node = find(who);
                cuts(others(node).map(|other| (other, node)))
            }
            Trouble::Mute(who) => {
                let node = find(who);
                cuts(others(node).map(|other| (node, other)))
            }
            Trouble::CutOneWay(from, to) => cuts([(find(from), find(to))].into_iter()),
            Trouble::Loss(who, per_million) => {
                let (from, to) = (None, who.map(find));
                (vec![Fault::Loss { from, to, per_million }], vec![Fault::Loss { from, to, per_million: 0 }])
            }
            Trouble::Duplicate(who, per_million) => {
                let (from, to) = (None, who.map(find));
                (vec![Fault::Duplicate { from, to, per_million }], vec![Fault::Duplicate { from, to, per_million: 0 }])
            }
            Trouble::Reorder(who, per_million) => {
                let (from, to) = (None, who.map(find));
                (vec![Fault::Reorder { from, to, per_million }], vec![Fault::Reorder { from, to, per_million: 0 }])
            }
            Trouble::Delay(who, jitter) => {
                let (from, to, extra) = (Some(find(who)), None, Micros::ZERO);
                let usual = Fault::Delay { from, to, extra, jitter: Micros::ZERO };
                (vec![Fault::Delay { from, to, extra, jitter }], vec![usual])
            }
            Trouble::SlowDisk(who, sync) => {
                let node = find(who);
                (vec![Fault::SlowDisk { node, sync: Some(sync) }], vec![Fault::SlowDisk { node, sync: None }])
            }
            // What the administrator does.
            Trouble::MoveLeader | Trouble::Compact(_) | Trouble::Add { .. } | Trouble::Promote | Trouble::Remove(_) => {
                return;
            }
        };
        faults.into_iter().for_each(|fault| apply(scene, fault));
        self.repairs.insert(number, repairs);
    }

    /// A trouble ends.
    pub(crate) fn repair(&mut self, scene: &mut Scene, number: usize) {
        for fault in self.repairs.remove(&number).into_iter().flatten() {
            apply(scene, fault);
        }
    }

    /// All is put right.
    pub(crate) fn calm(&mut self, scene: &mut Scene) {
        self.repairs.clear();
        apply(scene, Fault::HealAll);
        for node in scene.sim.nodes().collect::<Vec<_>>() {
            for fault in [Fault::Resume { node }, Fault::StartClock { node }, Fault::SlowDisk { node, sync: None }] {
                apply(scene, fault);
            }
            restart(scene, node);
        }
    }
}

fn cuts(ways: impl Iterator<Item = (NodeId, NodeId)>) -> (Vec<Fault>, Vec<Fault>) {
    ways.filter(|(from, to)| from != to).map(|(from, to)| (Fault::Cut { from, to }, Fault::Heal { from, to })).unzip()
}

pub(crate) fn restart(scene: &mut Scene, node: NodeId) {
    apply(scene, Fault::Restart { node, wipe: false });
}

/// Every fault names a machine of this world, so none can fail.
fn apply(scene: &mut Scene, fault: Fault) {
    let done = scene.sim.apply(fault);
    debug_assert!(done.is_ok(), "{done:?}");
}
