//! One storm from beginning to end.

use core::fmt;
use std::collections::BTreeSet;

use etcd::invariants::{self, Checker};
use etcd::server::{Msg, Server};
use sim::{Input, Micros, NodeId, Power, Sim, Time};

use crate::admin::{ADMIN, Admin};
use crate::history::{History, Outcome};
use crate::linearize::{Failure, MOST_STATES, linearize, revisions};
use crate::machines::{Machines, restart};
use crate::model::Op;
use crate::plan::{Part, Plan, STORM};
use crate::scene::{Scene, address};
use crate::watcher::Watcher;
use crate::worker::Worker;
use crate::{text, watching};

/// How long a whole cluster may take to answer everybody again. A message that was lost seven times over is sent again
/// for the last time after half a minute.
const RECOVERY: Micros = Micros::secs(60);

/// What a storm is made with besides its plan.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether the invariants are looked at after every event.
    pub invariants: bool,
    /// Whether the trace is kept, for telling the story.
    pub trace: bool,
    /// How many states the search for an order of the calls looks at before it gives up.
    pub most_states: usize,
    /// A bug that every member has.
    #[cfg(feature = "planted-bugs")]
    pub planted: Option<etcd::server::PlantedBug>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            invariants: true,
            trace: false,
            most_states: MOST_STATES,
            #[cfg(feature = "planted-bugs")]
            planted: None,
        }
    }
}

/// A promise that was broken.
#[derive(Clone, Debug)]
pub enum Violation {
    /// One of the invariants, and when.
    Invariant(invariants::Violation, Time),
    /// A process ended by itself for no good reason.
    Died {
        /// Whose.
        node: u32,
        /// What it said.
        reason: String,
    },
    /// The cluster was whole again and did not answer everybody.
    Stalled(String),
    /// The answers contradict each other.
    NotLinearizable(Failure),
    /// A watcher or a local read was told something wrong.
    Watch(watching::Wrong),
}

impl Violation {
    /// Whether the search for an order of the calls was given up, so that nobody knows.
    pub fn is_undecided(&self) -> bool {
        matches!(self, Violation::NotLinearizable(failure) if failure.undecided)
    }

    /// Its kind, by which it is known again in a shorter storm.
    pub fn kind(&self) -> &'static str {
        match self {
            Violation::Invariant(..) => "an invariant is broken",
            Violation::Died { .. } => "a member died",
            Violation::Stalled(_) => "no progress",
            _ if self.is_undecided() => "linearizability is undecided",
            Violation::NotLinearizable(_) => "not linearizable",
            Violation::Watch(_) => "a watch guarantee is broken",
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.kind())?;
        match self {
            Violation::Invariant(violation, at) => write!(f, "{violation} at {at}"),
            Violation::Died { node, reason } => write!(f, "etcd-{node}: {reason}"),
            Violation::Stalled(words) => f.write_str(words),
            Violation::Watch(wrong) => f.write_str(&wrong.words),
            Violation::NotLinearizable(Failure { steps, blocked, .. }) => {
                write!(f, "after {} steps none of {} calls can come next", steps.len(), blocked.len())
            }
        }
    }
}

/// How a storm went.
pub struct Course {
    /// What clients did and learned.
    pub history: History,
    /// The last revision anybody has heard of.
    pub revision: u32,
    /// How many things happened in the simulation.
    pub events: u64,
    /// The hash over the trace.
    pub hash: u64,
    /// What was broken, if anything was.
    pub violation: Option<Violation>,
    /// The world at the end.
    pub sim: Sim<Server>,
}

impl Course {
    /// Calls that were answered, and those of which nobody knows.
    pub fn counts(&self) -> (usize, usize) {
        let calls = &self.history.calls;
        let unknown = calls.iter().filter(|call| call.outcome == Outcome::Unknown).count();
        (calls.iter().filter(|call| call.answered().is_some()).count(), unknown)
    }
}

struct Storm<'a> {
    plan: &'a Plan,
    options: &'a Options,
    scene: Scene,
    machines: Machines,
    admin: Admin,
    workers: Vec<(u32, Worker)>,
    watchers: Vec<(u32, Watcher)>,
    checker: Checker,
    broken: Option<Violation>,
}

/// Runs a storm and judges it.
pub fn run(plan: &Plan, options: &Options) -> Course {
    let mut storm = Storm::new(plan, options);
    storm.play();
    storm.finish()
}

impl<'a> Storm<'a> {
    fn new(plan: &'a Plan, options: &'a Options) -> Storm<'a> {
        let mut sim = Sim::new(plan.seed);
        sim.set_trace_capacity(if options.trace { usize::MAX / 2 } else { 0 });
        sim.add_outside(address(ADMIN));
        plan.roles.iter().for_each(|role| sim.add_outside(address(role.client)));
        let machines = Machines::new(plan, options);
        let mut scene = Scene::new(sim, plan.members);
        machines.start(&mut scene);
        let admin = Admin::new(plan.seed);
        let (workers, watchers) = (Vec::new(), Vec::new());
        Storm { plan, options, scene, machines, admin, workers, watchers, checker: Checker::default(), broken: None }
    }

    fn play(&mut self) {
        self.pass_until(Time::ZERO + Micros::secs(1));
        let now = self.scene.now();
        for role in &self.plan.roles {
            match role.part {
                Part::Watches => self.watchers.push((role.client, Watcher::new(*role, &mut self.scene))),
                _ => self.workers.push((role.client, Worker::new(*role, now))),
            }
        }
        let mut agenda: BTreeSet<(Time, usize, bool)> = BTreeSet::new();
        for (number, planned) in self.plan.troubles.iter().enumerate() {
            agenda.insert((now + planned.after, number, true));
            agenda.insert((now + planned.after + planned.lasts, number, false));
        }
        let end = now + STORM;
        while let Some((at, number, begins)) = agenda.pop_first().filter(|(at, ..)| *at < end) {
            self.pass_until(at);
            self.check_processes();
            let trouble = self.plan.troubles[number].trouble;
            if self.broken.is_some() {
                return;
            }
            if begins {
                self.machines.strike(&mut self.scene, number, trouble);
                self.admin.act(&mut self.scene, &self.machines, trouble);
            } else {
                self.machines.repair(&mut self.scene, number);
            }
        }
        self.pass_until(end);
        self.calm();
    }

    /// Puts everything right and waits until everybody was answered.
    fn calm(&mut self) {
        self.scene.calm = true;
        self.machines.calm(&mut self.scene);
        let patience = self.scene.now() + RECOVERY;
        // What was begun in the storm must be over, and everything read once more.
        while self.broken.is_none() {
            self.pass_until(self.scene.now() + Micros::millis(500));
            self.check_processes();
            Admin::start_added(&mut self.scene, &mut self.machines);
            self.restart_joining();
            let revision = self.scene.revision;
            let answered = self.workers.iter().all(|(_, worker)| worker.finished);
            if answered && self.watchers.iter().all(|(_, watcher)| watcher.has_heard(&self.scene, revision)) {
                break;
            }
            if self.scene.now() >= patience {
                let waiting = if answered { "a watcher hears nothing" } else { "a client is not answered" };
                self.broken = Some(Violation::Stalled(format!("{waiting} {RECOVERY} after everything was put right")));
            }
        }
    }

    /// A member that could not join tries again.
    fn restart_joining(&mut self) {
        for node in self.scene.sim.nodes().collect::<Vec<_>>() {
            if self.scene.sim.power(node) == Some(Power::Dead) {
                restart(&mut self.scene, node);
            }
        }
    }

    /// Whether a process has ended that should not have.
    fn check_processes(&mut self) {
        const GOOD_REASONS: [&str; 3] = ["permanently removed", "cannot fetch cluster info", "unmatched member"];
        for node in self.scene.sim.nodes() {
            if self.scene.sim.power(node) != Some(Power::Dead) {
                continue;
            }
            let failure = self.scene.sim.actor(node).and_then(Server::failure).unwrap_or_default();
            if !failure.is_empty() && !GOOD_REASONS.iter().any(|good| failure.contains(good)) {
                self.broken.get_or_insert(Violation::Died { node: node.0, reason: failure.to_owned() });
            }
        }
    }

    fn next_wake(&self) -> Time {
        let workers = self.workers.iter().map(|(_, worker)| worker.wake);
        let watchers = self.watchers.iter().map(|(_, watcher)| watcher.wake);
        workers.chain(watchers).min().unwrap_or(Time(u64::MAX))
    }

    fn pass_until(&mut self, end: Time) {
        while self.broken.is_none() {
            let wake = self.next_wake();
            let limit = wake.min(end);
            if self.scene.sim.next_event_time().is_some_and(|next| next <= limit) {
                self.scene.sim.step();
                self.observe();
                for mail in self.scene.sim.take_mail() {
                    self.receive(mail.to, mail.input);
                }
                continue;
            }
            self.scene.sim.run_until(limit);
            if wake > end {
                return;
            }
            let now = self.scene.now();
            for (_, worker) in self.workers.iter_mut().filter(|(_, worker)| worker.wake <= now) {
                worker.wake(&mut self.scene);
            }
            for (_, watcher) in self.watchers.iter_mut().filter(|(_, watcher)| watcher.wake <= now) {
                watcher.wake(&mut self.scene);
            }
        }
    }

    fn receive(&mut self, to: NodeId, input: Input<Msg>) {
        if to == address(ADMIN) {
            return self.admin.receive(&mut self.scene, &mut self.machines, input);
        }
        if let Some((_, worker)) = self.workers.iter_mut().find(|(client, _)| address(*client) == to) {
            worker.receive(&mut self.scene, input);
        } else if let Some((_, watcher)) = self.watchers.iter_mut().find(|(client, _)| address(*client) == to) {
            watcher.receive(&mut self.scene, input);
        }
    }

    /// Looks at every member.
    fn observe(&mut self) {
        let sim = &self.scene.sim;
        let servers = || sim.nodes().filter_map(|node| sim.actor(node));
        if servers().filter(|server| server.believes_to_lead()).count() > 1 {
            self.scene.rivals_at = Some(sim.now());
        }
        if self.options.invariants
            && let Err(violation) = self.checker.observe(servers())
        {
            self.broken = Some(Violation::Invariant(violation, sim.now()));
        }
    }

    fn finish(mut self) -> Course {
        let history = &mut self.scene.history;
        if !self.plan.clocks_run() {
            // A clock that stood still says nothing about when a lease may end.
            for call in &mut history.calls {
                if let Op::Grant { ttl, .. } | Op::Renew { ttl, .. } = &mut call.op {
                    *ttl = Micros::ZERO;
                }
            }
        }
        let violation = self.broken.take().or_else(|| judge(history, self.options.most_states));
        let Scene { sim, history, revision, .. } = self.scene;
        Course { history, revision, events: sim.trace().last().0, hash: sim.trace().hash(), violation, sim }
    }
}

/// Holds a history against the specification, looking at no more than `most_states` states.
pub fn judge(history: &History, most_states: usize) -> Option<Violation> {
    match linearize(history, most_states) {
        Err(failure) => Some(Violation::NotLinearizable(failure)),
        Ok(steps) => watching::check(history, &revisions(history, &steps)).err().map(Violation::Watch),
    }
}

/// A call that blocked the search, in words.
pub(crate) fn blocked_words(history: &History, blocked: &[(usize, String)]) -> Vec<String> {
    blocked.iter().map(|(call, why)| format!("{}: {why}", text::call(&history.calls[*call]))).collect()
}
