//! The administrator: hands leadership over, compacts, changes the membership. Like everybody else it only sends
//! requests; where the leader is it is told.

use std::collections::BTreeMap;

use etcd::rpc::*;
use etcd::server::Msg;
use sim::{Input, NodeId, Random};

use crate::history::Outcome;
use crate::machines::Machines;
use crate::model::Op;
use crate::plan::Trouble;
use crate::scene::Scene;
use crate::wire;

/// The administrator's number among the clients.
pub(crate) const ADMIN: u32 = 0;

enum Asked {
    /// A compaction, which is part of the history.
    Compaction {
        call: usize,
        to: NodeId,
    },
    Membership,
}

pub(crate) struct Admin {
    random: Random,
    asked: BTreeMap<u64, Asked>,
}

impl Admin {
    pub(crate) fn new(seed: u64) -> Admin {
        Admin { random: Random::new(seed ^ 0xad), asked: BTreeMap::new() }
    }

    /// Does its part of the troubles.
    pub(crate) fn act(&mut self, scene: &mut Scene, machines: &Machines, trouble: Trouble) {
        let leader = Machines::leader(scene).unwrap_or_else(|| scene.any_machine(&mut self.random));
        match trouble {
            Trouble::Compact(back) => {
                let op = Op::Compact(scene.revision.saturating_sub(back).max(1));
                let to = scene.any_machine(&mut self.random);
                let call = scene.begin(ADMIN, to, op.clone());
                let id = scene.ask(ADMIN, to, wire::request(&op));
                self.asked.insert(id, Asked::Compaction { call, to });
            }
            Trouble::MoveLeader => {
                let voters = members(scene, leader).into_iter().filter(|member| !member.is_learner);
                let voters: Vec<u64> = voters.map(|member| member.id).collect();
                let chosen = self.random.below(voters.len() as u64) as usize;
                if let Some(target_id) = voters.get(chosen).copied() {
                    self.ask(scene, leader, MoveLeaderRequest { target_id });
                }
            }
            Trouble::Add { learner } => {
                if let Some(url) = machines.spare_url() {
                    let request = MemberAddRequest { peer_urls: vec![url], is_learner: learner };
                    self.ask(scene, leader, request);
                }
            }
            Trouble::Promote => {
                // Whoever is asked passes it on to the leader.
                let to = scene.any_machine(&mut self.random);
                if let Some(learner) = members(scene, leader).into_iter().find(|member| member.is_learner) {
                    self.ask(scene, to, MemberPromoteRequest { id: learner.id });
                }
            }
            Trouble::Remove(who) => {
                let node = Machines::find(scene, who);
                if let Some(id) = Machines::member(scene, node) {
                    let to = scene.any_machine(&mut self.random);
                    self.ask(scene, to, MemberRemoveRequest { id });
                }
            }
            _ => {}
        }
    }

    fn ask(&mut self, scene: &mut Scene, to: NodeId, request: impl Into<Request>) {
        let id = scene.ask(ADMIN, to, request.into());
        self.asked.insert(id, Asked::Membership);
    }

    pub(crate) fn receive(&mut self, scene: &mut Scene, machines: &mut Machines, input: Input<Msg>) {
        match input {
            Input::Message { msg: Msg::Reply { id, result }, .. } => match self.asked.remove(&id) {
                Some(Asked::Compaction { call, .. }) => {
                    let outcome = wire::outcome(&scene.history.calls[call].op, result);
                    scene.end(call, outcome);
                }
                Some(Asked::Membership) => {
                    if let Ok(Response::MemberAdd(added)) = result {
                        machines.join(scene, &added.members);
                    }
                }
                None => {}
            },
            Input::Refused { msg: Msg::Call { id, .. }, .. } => {
                if let Some(Asked::Compaction { call, .. }) = self.asked.remove(&id) {
                    scene.end(call, Outcome::Void);
                }
            }
            Input::Disconnected { peer } => {
                self.asked.retain(|_, asked| !matches!(asked, Asked::Compaction { to, .. } if *to == peer));
            }
            _ => {}
        }
    }

    /// Starts what was added without the administrator having heard of it.
    pub(crate) fn start_added(scene: &mut Scene, machines: &mut Machines) {
        if let Some(leader) = Machines::leader(scene) {
            let members = members(scene, leader);
            machines.join(scene, &members);
        }
    }
}

/// The members as one of them knows them.
fn members(scene: &Scene, node: NodeId) -> Vec<Member> {
    scene.sim.actor(node).map(|server| server.view().members).unwrap_or_default()
}
