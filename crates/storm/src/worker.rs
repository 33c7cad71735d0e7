//! A client that calls: one call after the other, each to a member by chance. It gives up on what takes too long, as a
//! client with a deadline does, and then does not know what became of it.

use etcd::rpc::{Response, Status};
use etcd::server::Msg;
use sim::{Input, Micros, NodeId, Random, Time};

use crate::history::Outcome;
use crate::model::{Act, Answer, Condition, Field, Item, KEYS, Key, Keys, Lease, Op, Seen};
use crate::plan::{Part, Role};
use crate::scene::{Scene, some_millis};
use crate::wire;

/// A call under way.
struct Pending {
    message: u64,
    call: usize,
    to: NodeId,
    deadline: Time,
}

pub(crate) struct Worker {
    role: Role,
    random: Random,
    pending: Option<Pending>,
    pub(crate) wake: Time,
    /// What it saw of each key last: what it compares with.
    seen: [Item; KEYS],
    /// The lease it holds, with its time to live.
    lease: Option<(Lease, Micros)>,
    /// Once the storm is over, it reads everything once more and stops.
    pub(crate) finished: bool,
}

impl Worker {
    pub(crate) fn new(role: Role, now: Time) -> Worker {
        let mut random = Random::new(role.seed);
        let wake = now + some_millis(&mut random, 200);
        Worker { role, random, pending: None, wake, seen: Default::default(), lease: None, finished: false }
    }

    /// The time it asked for has come.
    pub(crate) fn wake(&mut self, scene: &mut Scene) {
        let now = scene.now();
        if let Some(pending) = &self.pending {
            if now < pending.deadline {
                self.wake = pending.deadline;
                return;
            }
            // It gives up; sometimes it tells the member.
            let (message, to) = (pending.message, pending.to);
            if self.random.below(2) == 0 {
                scene.send(self.role.client, to, Msg::Cancel { id: message });
            }
            self.settle(scene, None);
            return;
        }
        if self.finished {
            self.wake = Time(u64::MAX);
            return;
        }
        let op = if scene.calm { Op::Act(Act::Get(Keys::all())) } else { self.choose(scene) };
        let to = scene.any_machine(&mut self.random);
        let call = scene.begin(self.role.client, to, op.clone());
        let message = scene.ask(self.role.client, to, wire::request(&op));
        let deadline = now + Micros::millis(1_000 + self.random.below(4_000));
        self.pending = Some(Pending { message, call, to, deadline });
        self.wake = deadline;
    }

    /// The call is over.
    fn settle(&mut self, scene: &mut Scene, outcome: Option<Outcome>) {
        let Some(pending) = self.pending.take() else { return };
        let pause = if outcome.is_some() { 120 } else { 20 };
        let op = scene.history.calls[pending.call].op.clone();
        let outcome = outcome.unwrap_or_else(|| wire::unanswered(&op));
        if let Outcome::Answered { answer, .. } = &outcome {
            self.learn(scene, &op, answer);
            self.finished |= scene.calm;
        }
        scene.end(pending.call, outcome);
        self.wake = scene.now() + some_millis(&mut self.random, pause);
        if let Op::Renew { ttl, .. } = op
            && !scene.calm
            && self.random.below(10) == 0
        {
            // It oversleeps: the lease is about to be revoked when it goes on.
            self.wake += ttl + some_millis(&mut self.random, 600);
        }
    }

    pub(crate) fn receive(&mut self, scene: &mut Scene, input: Input<Msg>) {
        let Some(pending) = &self.pending else { return };
        let message = pending.message;
        match input {
            Input::Message { msg: Msg::Reply { id, result }, .. } if id == message => self.answered(scene, result),
            Input::Message { from, msg: Msg::StreamItem { id, response } } if id == message => {
                scene.send(self.role.client, from, Msg::Cancel { id });
                self.renewed(scene, &response);
            }
            Input::Message { msg: Msg::StreamEnd { id, status }, .. } if id == message => {
                self.answered(scene, Err(status));
            }
            Input::Refused { msg: Msg::Call { id, .. }, .. } if id == message => {
                self.settle(scene, Some(Outcome::Void));
            }
            Input::Disconnected { peer } if peer == pending.to => self.settle(scene, None),
            _ => {}
        }
    }

    fn answered(&mut self, scene: &mut Scene, result: Result<Response, Status>) {
        let Some(pending) = &self.pending else { return };
        let call = &mut scene.history.calls[pending.call];
        if let (Op::Grant { ttl, .. }, Some(granted)) = (&mut call.op, wire::granted(&result)) {
            *ttl = granted;
        }
        let outcome = wire::outcome(&call.op, result);
        self.settle(scene, Some(outcome));
    }

    /// A renewal counts if no member that had been deposed without knowing can have answered it: etcd's leader renews
    /// without asking anybody.
    fn renewed(&mut self, scene: &mut Scene, response: &Response) {
        let Some(pending) = &self.pending else { return };
        let since = scene.history.calls[pending.call].called.at;
        let outcome = match wire::renewed(response) {
            Some((lease, granted)) if scene.had_one_leader_since(since) => {
                scene.history.calls[pending.call].op = Op::Renew { lease, ttl: granted };
                Outcome::Answered { revision: None, answer: Answer::Ok }
            }
            Some(_) => Outcome::Void,
            None => {
                self.lease = None;
                Outcome::Void
            }
        };
        self.settle(scene, Some(outcome));
    }

    fn learn(&mut self, scene: &mut Scene, op: &Op, answer: &Answer) {
        match (op, answer) {
            (Op::Grant { lease, ttl }, Answer::Ok) => {
                self.lease = Some((*lease, *ttl));
                scene.leases.push(*lease);
            }
            (Op::Act(Act::Put { lease, .. }), Answer::NoLease) if self.lease.is_some_and(|(own, _)| own == *lease) => {
                self.lease = None;
            }
            (_, Answer::Done { seen, .. }) => {
                for (key, item) in seen.iter().filter_map(items).flatten() {
                    if let Some(known) = self.seen.get_mut(usize::from(*key)) {
                        *known = *item;
                    }
                }
            }
            _ => {}
        }
    }

    fn choose(&mut self, scene: &mut Scene) -> Op {
        match self.role.part {
            Part::Leases => self.choose_for_lease(scene),
            _ => self.choose_for_keys(scene),
        }
    }

    fn key(&mut self) -> Key {
        // Few keys, so that clients meet, and some more than others.
        let most = 1 + self.random.below(KEYS as u64);
        self.random.below(most) as Key
    }

    fn keys(&mut self) -> Keys {
        let first = self.key();
        let more = if self.random.below(3) == 0 { self.random.below((KEYS as u64) - u64::from(first)) } else { 0 };
        Keys { first, end: first + 1 + more as Key }
    }

    fn put(&mut self, scene: &mut Scene) -> Act {
        let lease = if self.random.below(8) == 0 { scene.leases.last().copied().unwrap_or(0) } else { 0 };
        Act::Put { key: self.key(), value: scene.fresh_value(), lease }
    }

    fn choose_for_keys(&mut self, scene: &mut Scene) -> Op {
        match self.random.below(100) {
            0..28 => Op::Act(self.put(scene)),
            28..50 => Op::Act(Act::Get(self.keys())),
            50..60 => Op::Act(Act::Delete(self.keys())),
            60..80 => self.compare_and_swap(scene),
            80..86 => self.exchange(scene),
            86..92 => Op::Local(self.keys()),
            _ => {
                let back = self.random.below(12) as u32;
                Op::Past { keys: self.keys(), revision: (scene.revision + 2).saturating_sub(back).max(1) }
            }
        }
    }

    /// Writes a key if it is still as it was seen; else it reads how it is now.
    fn compare_and_swap(&mut self, scene: &mut Scene) -> Op {
        let key = self.key();
        let seen = self.seen[usize::from(key)];
        let (field, is) = match self.random.below(4) {
            0 if seen.exists() => (Field::Value, seen.value),
            1 => (Field::Version, seen.version),
            2 => (Field::Created, seen.created),
            _ => (Field::Modified, seen.modified),
        };
        let then = if self.random.below(6) == 0 {
            vec![Act::Delete(Keys::one(key))]
        } else {
            vec![Act::Put { key, value: scene.fresh_value(), lease: 0 }, Act::Get(Keys::one(key))]
        };
        let otherwise = vec![Act::Get(Keys::one(key))];
        Op::Txn { conditions: vec![Condition { key, field, is }], then, otherwise }
    }

    /// Several keys at once: two written and one deleted, or everything read.
    fn exchange(&mut self, scene: &mut Scene) -> Op {
        let first = self.random.below(KEYS as u64 - 2) as Key;
        let seen = self.seen[usize::from(first)];
        let conditions = vec![Condition { key: first, field: Field::Modified, is: seen.modified }];
        let put = |scene: &mut Scene, key| Act::Put { key, value: scene.fresh_value(), lease: 0 };
        let then = vec![put(scene, first), put(scene, first + 1), Act::Delete(Keys::one(first + 2))];
        Op::Txn { conditions, then, otherwise: vec![Act::Get(Keys { first, end: first + 3 })] }
    }

    fn choose_for_lease(&mut self, scene: &mut Scene) -> Op {
        let Some((lease, ttl)) = self.lease else {
            // Sometimes it goes on with one that has ended, which must not come back.
            if let Some(gone) = scene.leases.last().copied()
                && self.random.below(3) == 0
            {
                return match self.random.below(2) {
                    0 => Op::Renew { lease: gone, ttl: Micros::secs(2) },
                    _ => Op::Act(Act::Put { key: self.key(), value: scene.fresh_value(), lease: gone }),
                };
            }
            let lease = self.role.client * 10_000 + scene.history.calls.len() as Lease;
            return Op::Grant { lease, ttl: Micros::secs(2 + self.random.below(2)) };
        };
        match self.random.below(100) {
            0..30 => Op::Act(Act::Put { key: self.key(), value: scene.fresh_value(), lease }),
            30..90 => Op::Renew { lease, ttl },
            90..94 => Op::Revoke(lease),
            _ => {
                // It neglects its lease, and begins another.
                self.lease = None;
                Op::Act(Act::Get(Keys::all()))
            }
        }
    }
}

fn items(seen: &Seen) -> Option<&Vec<(Key, Item)>> {
    if let Seen::Items(items) = seen { Some(items) } else { None }
}
