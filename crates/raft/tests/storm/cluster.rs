//! Members, the network between them, and what must always hold.

use std::collections::BTreeMap;

use raft::{
    ConfChangeSingle, ConfChangeTransition, ConfChangeType, ConfChangeV2, MemStorage, Message, MessageKind, Role,
    SnapshotStatus,
};

use crate::member::{Member, State};

/// What may happen.
#[derive(Clone, Copy)]
pub struct Weather {
    /// How many members there are at first.
    pub first_members: u64,
    /// Whether writes take their time.
    pub asynchronous: bool,
    /// Whether members come and go.
    pub membership: bool,
    /// Whether candidates ask first, and leaders check their quorum.
    pub pre_vote: bool,
}

const MEMBERS: u64 = 5;

pub struct Cluster {
    members: Vec<Member>,
    network: Vec<Message>,
    weather: Weather,
    random: u64,
    /// Who led each term.
    leaders: BTreeMap<u64, u64>,
    /// The state after each index: the same everywhere.
    states: BTreeMap<u64, u64>,
    /// For each read, what was committed somewhere when it was asked for.
    reads: BTreeMap<u64, u64>,
    /// Which side each member is on, while the network is cut in two: bits by position.
    side: u64,
    harm: Option<String>,
}

impl Cluster {
    /// The first members, who know each other, and others who may join.
    pub fn new(seed: u64, weather: Weather) -> Cluster {
        let member = |id| Member::new(id, seed, weather, MemStorage::new()).expect("a new member");
        Cluster {
            members: (1..=MEMBERS).map(member).collect(),
            network: Vec::new(),
            weather,
            random: seed.wrapping_mul(0x2545_f491_4f6c_dd1d) | 1,
            leaders: BTreeMap::new(),
            states: BTreeMap::new(),
            reads: BTreeMap::new(),
            side: 0,
            harm: None,
        }
    }

    fn random(&mut self, below: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) % below
    }

    /// The highest index applied anywhere.
    pub fn applied(&self) -> u64 {
        self.states.last_key_value().map_or(0, |(&index, _)| index)
    }

    /// What happened, as far as it can be seen.
    pub fn course(&self) -> (BTreeMap<u64, u64>, BTreeMap<u64, u64>, Vec<Message>) {
        (self.leaders.clone(), self.states.clone(), self.network.clone())
    }

    /// Lets `steps` random things happen.
    pub fn storm(&mut self, steps: u64) -> Result<(), String> {
        for step in 0..steps {
            self.happen(step)?;
            self.settle()?;
        }
        Ok(())
    }

    /// Ends all harm, and expects everybody to agree soon.
    pub fn calm(&mut self) -> Result<(), String> {
        let before = self.applied();
        self.side = 0;
        for round in 0..600 {
            for at in 0..self.members.len() {
                self.members[at].node.tick().map_err(|error| error.to_string())?;
            }
            if round % 20 == 0
                && let Some(at) = self.leader()
            {
                // A member that joined after the last snapshot cannot use it, since it does not name the member.
                self.members[at].compact();
                let _ = self.members[at].node.propose("calm");
            }
            for _ in 0..20 {
                for message in std::mem::take(&mut self.network) {
                    self.deliver(message)?;
                }
                for at in 0..self.members.len() {
                    self.finish(at, true)?;
                    self.finish(at, false)?;
                }
                self.settle()?;
            }
        }
        let Some(leader) = self.leader() else { return Err("no leader in calm weather".to_owned()) };
        let last = self.members[leader].state.index;
        if last <= before {
            return Err(format!("nothing was applied after {before} in calm weather"));
        }
        for id in self.members[leader].node.status().membership.voters.ids() {
            let index = self.members[id as usize - 1].state.index;
            if index != last {
                return Err(format!("voter {id} applied {index} of {last} in calm weather"));
            }
        }
        Ok(())
    }

    fn leader(&self) -> Option<usize> {
        let leads = |member: &Member| member.node.basic_status().soft_state.role == Role::Leader;
        let term = |at: &usize| self.members[*at].node.basic_status().hard_state.term;
        (0..self.members.len()).filter(|&at| leads(&self.members[at])).max_by_key(term)
    }

    fn happen(&mut self, step: u64) -> Result<(), String> {
        let at = self.random(MEMBERS) as usize;
        let what = self.random(100);
        let node = &mut self.members[at].node;
        match what {
            0..35 => node.tick().map_err(|error| error.to_string())?,
            // Members talk much: with fewer, more and more messages would wait, and nothing else would ever happen.
            35..75 => return (0..4).try_for_each(|_| self.deliver_random()),
            75..80 => drop(node.propose(step.to_le_bytes().to_vec())),
            80..83 => {
                let committed = self.members.iter().map(|m| m.node.basic_status().hard_state.commit).max();
                self.reads.insert(step, committed.unwrap_or(0));
                let _ = self.members[at].node.read_index(step.to_le_bytes().to_vec());
            }
            83..85 => self.members[at].compact(),
            85..87 => return self.restart(at),
            87..88 => {
                let to = self.random(MEMBERS) + 1;
                let _ = self.members[at].node.transfer_leader(to);
            }
            88..90 => drop(node.campaign()),
            92 => drop(node.forget_leader()),
            93 => self.side = if self.random(3) == 0 { 0 } else { self.random(1 << MEMBERS) },
            90..92 if self.weather.membership => self.change_membership(),
            // Writes and applied entries come at their own pace.
            _ if self.weather.asynchronous => {
                let append = self.random(2) == 0;
                return self.finish(at, append);
            }
            _ => {}
        }
        Ok(())
    }

    fn deliver_random(&mut self) -> Result<(), String> {
        if self.network.is_empty() {
            return Ok(());
        }
        // What was sent first mostly arrives first.
        let near = self.network.len().min(if self.random(4) == 0 { usize::MAX } else { 3 });
        let which = self.random(near as u64) as usize;
        match self.random(20) {
            0 => {
                let lost = self.network.remove(which);
                self.report_lost(&lost);
                Ok(())
            }
            1 => self.deliver(self.network[which].clone()),
            _ => {
                let message = self.network.remove(which);
                self.deliver(message)
            }
        }
    }

    fn report_lost(&mut self, lost: &Message) {
        let node = &mut self.members[lost.from as usize - 1].node;
        if lost.kind == MessageKind::Snap {
            let _ = node.report_snapshot(lost.to, SnapshotStatus::Failure);
        } else {
            let _ = node.report_unreachable(lost.to);
        }
    }

    fn deliver(&mut self, message: Message) -> Result<(), String> {
        let side = |id: u64| self.side >> (id - 1) & 1;
        if side(message.from) != side(message.to) {
            self.report_lost(&message);
            return Ok(());
        }
        let (kind, from, to) = (message.kind, message.from as usize - 1, message.to as usize - 1);
        self.members[to].step(message)?;
        if kind == MessageKind::Snap {
            // A snapshot that arrives may still be of no use. Its sender waits until it is told to go on.
            let _ = self.members[from].node.report_snapshot(to as u64 + 1, SnapshotStatus::Finish);
        }
        Ok(())
    }

    fn restart(&mut self, at: usize) -> Result<(), String> {
        let seed = self.random(u64::MAX);
        let member = &self.members[at];
        // Messages that were sent stay on their way.
        self.members[at] = Member::new(at as u64 + 1, seed, self.weather, member.disk())?;
        Ok(())
    }

    /// Proposes a change to the leader that leaves two voters at least.
    fn change_membership(&mut self) {
        let Some(leader) = self.leader() else { return };
        let voters = self.members[leader].node.status().membership.voters;
        let changes = if voters.is_joint() {
            Vec::new()
        } else {
            let mut voters = voters.incoming.0;
            let mut changes = Vec::new();
            for _ in 0..=self.random(2) {
                let node_id = self.random(MEMBERS) + 1;
                let change_type = match self.random(3) {
                    0 => ConfChangeType::AddLearnerNode,
                    1 => ConfChangeType::RemoveNode,
                    _ => ConfChangeType::AddNode,
                };
                if change_type == ConfChangeType::AddNode {
                    voters.insert(node_id);
                } else {
                    voters.remove(&node_id);
                }
                changes.push(ConfChangeSingle { change_type, node_id });
            }
            if voters.len() < 2 {
                return;
            }
            changes
        };
        let explicit = !changes.is_empty() && self.random(3) == 0;
        let transition = if explicit { ConfChangeTransition::JointExplicit } else { ConfChangeTransition::Auto };
        let change = ConfChangeV2 { transition, changes, ..ConfChangeV2::default() };
        let _ = self.members[leader].node.propose_conf_change(change);
    }

    fn finish(&mut self, at: usize, append: bool) -> Result<(), String> {
        self.on_member(at, |member, out, applied| member.finish_one(append, out, applied))
    }

    /// Lets everybody do what they want done, and looks whether all is well.
    fn settle(&mut self) -> Result<(), String> {
        for at in 0..self.members.len() {
            self.on_member(at, Member::work)?;
            let status = self.members[at].node.basic_status();
            if status.soft_state.role == Role::Leader {
                let leader = *self.leaders.entry(status.hard_state.term).or_insert(status.id);
                if leader != status.id {
                    return Err(format!("{leader} and {} both lead term {}", status.id, status.hard_state.term));
                }
            }
            for (context, index) in std::mem::take(&mut self.members[at].reads) {
                let step = context.as_slice().try_into().map(u64::from_le_bytes).map_err(|_| "a foreign read")?;
                if index < self.reads[&step] {
                    return Err(format!("read {step} was served at {index}, before {}", self.reads[&step]));
                }
            }
        }
        self.harm.take().map_or(Ok(()), Err)
    }

    fn on_member(
        &mut self,
        at: usize,
        action: impl FnOnce(&mut Member, &mut Vec<Message>, &mut dyn FnMut(State)) -> Result<(), String>,
    ) -> Result<(), String> {
        let (states, harm) = (&mut self.states, &mut self.harm);
        let mut applied = |state: State| {
            if *states.entry(state.index).or_insert(state.digest) != state.digest {
                *harm = Some(format!("member {} differs from others at index {}", at + 1, state.index));
            }
        };
        action(&mut self.members[at], &mut self.network, &mut applied)
            .map_err(|error| format!("member {}: {error}", at + 1))
    }
}
