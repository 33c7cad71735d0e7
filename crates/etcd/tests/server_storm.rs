//! Random faults against clients that write and read, with every invariant checked after every event.

mod server_common;

use std::collections::BTreeMap;

use kubarium_etcd::invariants::Checker;
use kubarium_etcd::rpc::*;
use kubarium_etcd::server::{Config, Msg};
use server_common::{CLIENT, Cluster, cluster_with};
use sim::{Cause, Fault, Input, Micros, NodeId, Random};

/// One story: faults and requests from a seed, then everything is repaired, and what was acknowledged must be there.
struct Storm {
    cluster: Cluster,
    checker: Checker,
    random: Random,
    members: u32,
    asked: u64,
    /// The last acknowledged value of each key, and those whose outcome is not known: they may be applied at any time.
    acknowledged: BTreeMap<u64, (u64, Vec<u64>)>,
    open: BTreeMap<u64, u64>,
}

const KEYS: u64 = 5;

impl Storm {
    fn new(members: u32, seed: u64) -> Storm {
        let configs = Config::local_cluster(members, seed)
            .into_iter()
            .map(|config| Config { snapshot_count: 30, snapshot_catch_up_entries: 5, keep_log: false, ..config })
            .collect();
        Storm {
            cluster: cluster_with(configs, seed),
            checker: Checker::default(),
            random: Random::new(seed ^ 0x5eed),
            members,
            asked: 1_000_000,
            acknowledged: BTreeMap::new(),
            open: BTreeMap::new(),
        }
    }

    fn node(&mut self) -> NodeId {
        NodeId(u32::try_from(self.random.below(u64::from(self.members))).expect("small"))
    }

    fn run(&mut self, length: Micros) {
        let end = self.cluster.now() + length;
        while self.cluster.sim.next_event_time().is_some_and(|next| next <= end) {
            self.cluster.sim.step();
            let sim = &self.cluster.sim;
            let servers: Vec<_> = sim.nodes().filter_map(|node| sim.actor(node)).collect();
            if let Err(violation) = self.checker.observe(servers) {
                panic!("{violation} at {}", sim.now());
            }
            for mail in self.cluster.sim.take_mail() {
                self.receive(mail.input);
            }
        }
        self.cluster.sim.run_until(end);
    }

    /// Each value is the number of its request, and no key has two requests under way.
    fn put(&mut self) {
        self.asked += 1;
        let id = self.asked;
        let key = id % KEYS;
        if self.open.values().any(|open| open % KEYS == key) {
            return;
        }
        let to = self.node();
        let request = PutRequest { key: key.to_string().into(), value: id.to_string().into(), ..Default::default() };
        self.open.insert(id, id);
        self.acknowledged.entry(key).or_default().1.push(id);
        let msg = Msg::Call { id, token: None, request: request.into() };
        self.cluster.sim.inject(CLIENT, to, msg, Cause::default());
    }

    fn receive(&mut self, input: Input<Msg>) {
        match input {
            Input::Message { msg: Msg::Reply { id, result }, .. } => {
                let was_open = self.open.remove(&id).is_some();
                if was_open && result.is_ok() {
                    let (last, maybe) = self.acknowledged.entry(id % KEYS).or_default();
                    *last = id;
                    maybe.retain(|other| *other != id);
                }
            }
            Input::Refused { msg: Msg::Call { id, .. }, .. } => {
                self.open.remove(&id);
            }
            Input::Disconnected { .. } => self.open.clear(),
            _ => {}
        }
    }

    fn meddle(&mut self) {
        let node = self.node();
        let other = self.node();
        let share = u32::try_from(self.random.below(300_000)).expect("small");
        let fault = match self.random.below(14) {
            0 => Fault::Crash { node, lose_unsynced: true },
            1 => Fault::Crash { node, lose_unsynced: false },
            2 => Fault::PowerOff { node },
            3 | 4 => Fault::Restart { node, wipe: false },
            5 => Fault::Pause { node },
            6 | 7 => Fault::Resume { node },
            8 => Fault::Cut { from: node, to: other },
            9 => Fault::CutOff { node },
            10 => Fault::HealAll,
            11 => Fault::Loss { from: None, to: Some(node), per_million: share },
            12 => Fault::Reorder { from: Some(node), to: None, per_million: share },
            _ => Fault::Duplicate { from: None, to: None, per_million: share },
        };
        self.cluster.fault(fault);
    }

    fn play(mut self) {
        for _ in 0..40 {
            self.meddle();
            for _ in 0..3 {
                self.put();
                let pause = self.random.below(300_000);
                self.run(Micros(pause));
            }
        }
        self.cluster.fault(Fault::HealAll);
        for node in (0..self.members).map(NodeId) {
            self.cluster.fault(Fault::Resume { node });
            self.cluster.fault(Fault::Restart { node, wipe: false });
        }
        self.run(Micros::secs(10));
        let leader = self.cluster.wait_leader();
        for (key, (last, maybe)) in self.acknowledged {
            let value = self.cluster.get(leader, &key.to_string()).expect("the cluster is whole again");
            let value: u64 = value.map_or(0, |value| value.parse().expect("a number"));
            assert!(value == last || maybe.contains(&value), "key {key} is {value}, not {last} or one of {maybe:?}");
        }
    }
}

#[test]
fn no_storm_breaks_a_promise() {
    for seed in 0..18 {
        let members = [3, 5, 1][(seed % 3) as usize];
        println!("seed {seed}, {members} members");
        Storm::new(members, seed).play();
    }
}

/// Two clusters with the same members taken for one: the checker has to notice where their stories part.
#[test]
fn the_checker_notices_histories_that_differ() {
    let mut one = server_common::cluster(3, 1);
    let mut other = one.clone();
    one.put(0, "a", "1").expect("the cluster is whole");
    other.put(0, "a", "2").expect("the cluster is whole");
    // Until the followers have heard of the commit.
    one.run(Micros::millis(300));
    other.run(Micros::millis(300));
    let mut checker = Checker::default();
    checker.observe([one.server(0), one.server(1)]).expect("they agree");
    let violation = checker.observe([other.server(2)]).expect_err("it has another entry");
    assert!(violation.to_string().contains("another entry at index 9"), "{violation}");

    let mut one = server_common::cluster(3, 1);
    let mut other = one.clone();
    let mut checker = Checker::default();
    // A second vote: the leader of one story is dead in the other.
    one.fault(server_common::kill(0));
    one.wait_leader();
    other.fault(server_common::kill(0));
    let dead = if one.server(1).view().role == "leader" { 1 } else { 2 };
    other.fault(server_common::kill(dead));
    other.fault(server_common::start(0));
    let (first, second) = (one.wait_leader(), other.wait_leader());
    assert_ne!(one.server(first).view().id, other.server(second).view().id);
    checker.observe([one.server(first)]).expect("one leader");
    let violation = checker.observe([other.server(second)]).expect_err("two leaders at one term");
    assert!(violation.to_string().contains("both lead at term 3"), "{violation}");
}
