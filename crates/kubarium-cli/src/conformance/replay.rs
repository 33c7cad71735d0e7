//! Replays a case on a fresh world of its setup.

use super::case::{Answer, Case, Setup, Step};
use super::score::{self, Bound};
use lab::{Job, Operation, SessionId, World, WorldSetup};
use protocol::Nodes;
use std::collections::BTreeMap;

const SECOND: u64 = 1_000_000;
/// A step that takes longer is given up, as the recording harness did.
const STEP_LIMIT: u64 = 100 * SECOND;
/// What a person takes to turn to the next terminal after starting something in one, and before ending it.
const TERMINAL_PAUSE: u64 = SECOND / 2;
/// How long a started command may take to come to its end after its signal.
const END_LIMIT: u64 = 10 * SECOND;
/// How long members may take to agree on a leader.
const WAIT_LIMIT: u64 = 30 * SECOND;

/// How a case went.
pub struct Outcome {
    pub answers: Vec<Option<Answer>>,
    /// For each scored step: its subcommand, and why it failed.
    pub scored: Vec<Scored>,
}

/// One scored step.
pub struct Scored {
    pub step: usize,
    pub label: String,
    /// Why it failed, words and all.
    pub failure: Option<String>,
    /// Why it failed with help texts compared by what they offer.
    pub offers_failure: Option<String>,
}

/// Runs a case from its first step to its last in a world that begins at `epoch`, in seconds since 1970. `all_help` says
/// that it shows nothing but help.
pub fn replay(case: &Case, epoch: u64, all_help: bool) -> Outcome {
    let mut run = Run::new(&case.setup, epoch);
    let mut outcome = Outcome { answers: Vec::new(), scored: Vec::new() };
    for (index, step) in case.steps.iter().enumerate() {
        let answer = run.step(step);
        if let Some(expected) = step.expected() {
            let mut ids = run.bound.clone();
            let offers_failure = score::compare_offers(&expected, answer.as_ref(), &mut ids, all_help).err();
            let failure = score::compare(&expected, answer.as_ref(), &mut run.bound).err();
            outcome.scored.push(Scored { step: index, label: step.label(), failure, offers_failure });
        }
        outcome.answers.push(answer);
    }
    outcome
}

struct Run {
    world: World,
    session: SessionId,
    background: BTreeMap<String, Box<dyn Job>>,
    bound: Bound,
}

impl Run {
    fn new(setup: &Setup, epoch: u64) -> Self {
        let flags = setup.args.split_terminator("--").filter_map(|flag| {
            let (name, value) = flag.trim_matches(',').split_once([',', '='])?;
            Some((name.to_string(), value.to_string()))
        });
        let world_setup = WorldSetup {
            kubelet: false,
            kubernetes: false,
            nodes: Nodes::FEW,
            bare: false,
            members: setup.members,
            version: setup.version.clone(),
            tls: setup.tls,
            extra: setup.extra,
            flags: flags.collect(),
            epoch,
        };
        let mut world = World::new(1, &world_setup, &machine::maker());
        if setup.members > 0 {
            world.wait_until_settled(WAIT_LIMIT);
        }
        let session = world.log_in();
        Self { world, session, background: BTreeMap::new(), bound: Bound::new() }
    }

    fn step(&mut self, step: &Step) -> Option<Answer> {
        if let Some(op) = &step.op {
            self.operate(op, &step.args);
            return None;
        }
        if let Some(name) = &step.end {
            return Some(self.end(name, step.signal.as_deref().unwrap_or("INT")));
        }
        let script = self.with_ids(step.cmd.as_deref()?);
        if let Some(name) = &step.bg {
            // A second terminal starts with what the first one has exported.
            let session = self.world.copy_session(self.session);
            let job = self.world.exec(&script, session);
            self.background.insert(name.clone(), job);
            self.pass(TERMINAL_PAUSE);
            return None;
        }
        let job = self.world.exec(&script, self.session);
        self.run_to_end(&*job, STEP_LIMIT);
        Some(answer(&*job))
    }

    /// Ids stand in commands by the names they were first seen under.
    fn with_ids(&self, script: &str) -> String {
        self.bound.iter().fold(script.to_string(), |text, (name, value)| {
            let decimal = u64::from_str_radix(value, 16).map(|id| id.to_string()).unwrap_or_default();
            text.replace(&format!("<{name}>"), value).replace(&format!("<{name}d>"), &decimal)
        })
    }

    fn pass(&mut self, micros: u64) {
        let until = self.world.now() + micros;
        self.world.run_until(until);
    }

    fn run_to_end(&mut self, job: &dyn Job, limit: u64) {
        let until = self.world.now() + limit;
        self.world.run_while(until, &mut || job.code().is_none());
    }

    fn end(&mut self, name: &str, signal: &str) -> Answer {
        let Some(job) = self.background.remove(name) else {
            return Answer { stdout: String::new(), stderr: format!("nothing runs under the name {name}"), code: 1 };
        };
        self.pass(TERMINAL_PAUSE);
        if job.code().is_none() {
            job.signal(signal);
            self.run_to_end(&*job, END_LIMIT);
        }
        answer(&*job)
    }

    fn operate(&mut self, op: &str, args: &[String]) {
        match (op, args) {
            ("sleep", [seconds]) => self.pass((seconds.parse::<f64>().unwrap_or(0.0) * 1e6) as u64),
            ("wait", _) => {
                self.world.wait_until_settled(WAIT_LIMIT);
            }
            _ => {
                if let Some(operation) = Operation::parse(op, args) {
                    self.world.operate(&operation);
                }
            }
        }
    }
}

fn answer(job: &dyn Job) -> Answer {
    Answer {
        stdout: String::from_utf8_lossy(&job.stdout()).into_owned(),
        stderr: String::from_utf8_lossy(&job.stderr()).into_owned(),
        code: job.code().unwrap_or(124),
    }
}
