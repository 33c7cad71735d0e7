//! What a controller is, and what it wants done.

use crate::Clock;
use crate::api::{Object, Request, Status};
use crate::client::{Change, Client, Key, Said};
use sim::{Micros, Time};
use std::collections::BTreeMap;

/// A controller.
pub(super) struct Controller {
    /// Its service account in `kube-system`.
    pub(super) account: &'static str,
    /// How many keys it works on at once.
    pub(super) workers: usize,
    /// Keys to begin with, for what happens by the clock.
    pub(super) seeds: &'static [&'static str],
    /// What is to be looked at after a change, and after how long.
    pub(super) wake: fn(&View, &Change, &mut Wakes),
    /// What is to be done about a key.
    pub(super) sync: fn(&mut View, &str) -> Plan,
}

/// Keys to look at, each after a while.
pub(super) type Wakes = Vec<(Key, Micros)>;

/// What a controller sees.
pub(super) struct View<'a> {
    pub(super) client: &'a Client,
    pub(super) now: Time,
    /// What the controller remembers, which is little: when it saw what.
    pub(super) memory: &'a mut BTreeMap<Key, Memory>,
    /// What the key's last attempt failed with; empty if it went well.
    pub(super) error: &'a str,
    /// The certificate of the cluster's authority, as PEM.
    pub(super) root_ca: &'a str,
}

/// What a controller remembers about a key.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    pub(super) at: Time,
    pub(super) text: String,
}

impl View<'_> {
    pub(super) fn clock(&self) -> Clock {
        self.client.clock()
    }

    /// The present moment as objects write it.
    pub(super) fn stamp(&self) -> String {
        self.clock().stamp(self.now)
    }

    /// How long it is until so many seconds after a written time; `None` if they are over.
    pub(super) fn remaining(&self, stamp: &str, seconds: i64) -> Option<Micros> {
        let at = self.clock().time_of(stamp)? + Micros::secs(seconds.max(0).unsigned_abs());
        (at > self.now).then(|| at - self.now)
    }
}

/// What is to be done about a key, step by step.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    /// Look again after a while.
    pub(super) again: Option<Micros>,
    /// What is told whatever becomes of the steps.
    pub(super) said: Vec<Said>,
    /// It cannot go on: try again, later each time.
    pub(super) failed: bool,
    /// How long the worker was busy with it. What changes meanwhile is looked at together, once.
    pub(super) takes: Micros,
}

/// How many objects a worker looks at in a millisecond.
const LOOKS: usize = 50;

/// Requests that are made at once; the next step waits for them.
#[derive(Clone, Debug, Default)]
pub(super) struct Step {
    pub(super) calls: Vec<Call>,
    /// It is done even if a step before it failed.
    pub(super) always: bool,
}

/// A request, and what is told of its outcome.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) request: Request,
    /// `{name}` in the message stands for the name of the object in the answer.
    pub(super) done: Option<Said>,
    /// `{error}` in the message stands for the refusal.
    pub(super) failed: Option<Said>,
    /// The refusals that are as good as success.
    pub(super) forgives: fn(&Status) -> bool,
}

impl Call {
    pub(super) fn new(request: Request) -> Self {
        Self { request, done: None, failed: None, forgives: is_gone }
    }

    pub(super) fn saying(mut self, done: Said, failed: Said) -> Self {
        (self.done, self.failed) = (Some(done), Some(failed));
        self
    }
}

/// What a request is about is gone, or its namespace is going: there is nothing left to do.
fn is_gone(status: &Status) -> bool {
    status.reason.code() == 404
        || (status.reason.code() == 403 && status.message.ends_with("because it is being terminated"))
}

impl Plan {
    /// One request after what was planned before.
    pub(super) fn then(&mut self, request: Request) {
        self.step(vec![Call::new(request)]);
    }

    /// One request after what was planned before, whatever becomes of that.
    pub(super) fn then_always(&mut self, request: Request) {
        self.steps.push(Step { calls: vec![Call::new(request)], always: true });
    }

    /// Some at once, after what was planned before.
    pub(super) fn step(&mut self, calls: Vec<Call>) {
        if !calls.is_empty() {
            self.steps.push(Step { calls, always: false });
        }
    }

    /// All of so many objects were looked at. For few that takes no time that anybody would see; for thousands it takes a
    /// real controller as long, and that is why it can look at all of them whenever one has changed.
    pub(super) fn looked_at(&mut self, count: usize) {
        self.takes = self.takes.max(Micros::millis((count / LOOKS) as u64));
    }

    /// Look again at the earlier of two times.
    pub(super) fn look_again(&mut self, after: Micros) {
        self.again = Some(self.again.map_or(after, |before| before.min(after)));
    }
}

/// A step for many alike: one, then two, then four at once, so that one that fails fails alone
/// (`pkg/controller/replicaset`, `slowStartBatch`).
pub(super) fn slow_start(plan: &mut Plan, calls: Vec<Call>) {
    let mut size = 1;
    let mut calls = calls.into_iter();
    loop {
        let batch: Vec<Call> = calls.by_ref().take(size).collect();
        if batch.is_empty() {
            return;
        }
        plan.step(batch);
        size *= 2;
    }
}

/// The key of the object that has another one in its care, if it is of this kind.
pub(super) fn controller_key(object: &Object, kind: &str) -> Option<Key> {
    let owner = object.controller()?;
    (owner["kind"] == kind).then(|| format!("{}/{}", object.namespace(), owner["name"].as_str().unwrap_or("")).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_looking_at_many_takes_a_worker_time() {
        let takes = |count: usize| {
            let mut plan = Plan::default();
            plan.looked_at(count);
            plan.takes
        };
        assert_eq!([3, 49, 500, 5_000].map(takes), [0, 0, 10, 100].map(Micros::millis));
    }
}
