//! Replays the recorded cases of `kubectl`: every case on a copy of one cluster that has come to rest.

use super::Report;
use super::case::{Answer, Answers};
use super::score::{self, Bound};
use crate::{kubernetes, parallel};
use lab::{Job, Operation, SessionId, World};
use serde::Deserialize;
use std::{collections::BTreeMap, fs, io, path::Path};

const SECOND: u64 = 1_000_000;
/// A cluster is quiet when nothing but leases was written for so long.
const QUIET: u64 = 3 * SECOND / 2;
/// How long a step may wait for that, as the recording harness did.
const SETTLE_LIMIT: u64 = 60 * SECOND;
/// A step that takes longer is given up.
const STEP_LIMIT: u64 = 130 * SECOND;

/// One file of the corpus.
#[derive(Debug, Deserialize)]
pub struct Case {
    name: String,
    /// What its steps count for.
    group: String,
    /// Files in the directory it begins in.
    #[serde(default)]
    files: BTreeMap<String, String>,
    steps: Vec<Step>,
}

/// A command, or something done to a component.
#[derive(Debug, Deserialize)]
struct Step {
    cmd: Option<String>,
    stdin: Option<String>,
    /// What the harness did before: `settle`, `immediate` or `wait:2s`.
    #[serde(default)]
    pre: String,
    /// What was typed at another terminal meanwhile.
    #[serde(default)]
    during: Vec<Meanwhile>,
    fault: Option<String>,
    #[serde(default)]
    wait_s: f64,
    #[serde(default)]
    stdout: String,
    #[serde(default)]
    stderr: String,
    #[serde(default)]
    code: i32,
}

#[derive(Debug, Deserialize)]
struct Meanwhile {
    at_ms: u64,
    cmd: String,
}

/// Replays every case of a folder, in order of their names; with `answers`, writes ours there, one file a case.
///
/// # Errors
/// When a file cannot be read, is no case, or an answer cannot be written.
pub fn run(paths: &[std::path::PathBuf], answers: Option<&Path>) -> io::Result<Report> {
    let mut cases = Vec::new();
    for path in paths {
        let case: Case = serde_json::from_slice(&fs::read(path)?)
            .map_err(|error| io::Error::other(format!("{} is no case: {error}", path.display())))?;
        cases.push((path, case));
    }
    let (mut report, mut written) = (Report::default(), Ok(()));
    parallel::each(
        &cases,
        || {
            let first = cluster_at_rest();
            move |(_, case): &(_, Case)| Replay::new(first.fork(), case).play(case)
        },
        |(path, case), ours| {
            count(&mut report, case, &ours);
            if let (Some(out), Some(name), Ok(())) = (answers, path.file_name(), &written) {
                written = serde_json::to_string(&Answers { name: case.name.clone(), steps: ours })
                    .map_err(io::Error::other)
                    .and_then(|text| fs::write(out.join(name), text));
            }
        },
    );
    written.map(|()| report)
}

/// What every case begins with a copy of.
fn cluster_at_rest() -> World {
    let mut world = kubernetes::world(1);
    world.wait_until_quiet(3 * SECOND, 120 * SECOND);
    live_as_recorded(&mut world);
    world
}

/// What the recorded cluster had been through: worker1 was drained once, so one pod of CoreDNS had moved to the control
/// plane. It was older than events are kept, and every case began in an empty namespace `default`.
fn live_as_recorded(world: &mut World) {
    // A kubelet tells within ten seconds that its node may be used again.
    let drained = "kubectl drain worker1 --ignore-daemonsets && sleep 20 && kubectl uncordon worker1 && sleep 20";
    type_and_wait(world, drained, 90 * SECOND);
    world.wait_until_quiet(3 * SECOND, 120 * SECOND);
    type_and_wait(world, "kubectl delete events --all --all-namespaces", 10 * SECOND);
}

fn type_and_wait(world: &mut World, line: &str, limit: u64) {
    let session = world.log_in();
    let job = world.exec(line, session);
    let limit = world.now() + limit;
    world.run_while(limit, &mut || job.code().is_none());
}

fn count(report: &mut Report, case: &Case, ours: &[Option<Answer>]) {
    let mut bound = Bound::new();
    let mut whole = true;
    for (index, (step, answer)) in case.steps.iter().zip(ours).enumerate() {
        let Some(cmd) = &step.cmd else { continue };
        let want = Answer { stdout: step.stdout.clone(), stderr: step.stderr.clone(), code: step.code };
        let compared = score::compare_kubectl(&want, answer.as_ref(), &mut bound);
        report.steps.count(compared.is_ok());
        report.by_offers.count(compared.is_ok());
        report.by.entry(case.group.clone()).or_default().count(compared.is_ok());
        if let Err(why) = compared {
            whole = false;
            report.failures.push(format!("=== {} step {index}: {cmd}\n{why}\n", case.name));
        }
    }
    report.cases.count(whole);
}

struct Replay {
    world: World,
    session: SessionId,
}

impl Replay {
    fn new(mut world: World, case: &Case) -> Self {
        let session = world.log_in();
        let mut replay = Self { world, session };
        for (name, content) in &case.files {
            replay.type_in(&format!("cat > {name} <<'END-OF-FILE'\n{}END-OF-FILE", whole_lines(content)));
        }
        replay
    }

    fn play(mut self, case: &Case) -> Vec<Option<Answer>> {
        case.steps.iter().map(|step| self.step(step)).collect()
    }

    fn step(&mut self, step: &Step) -> Option<Answer> {
        if let Some(fault) = &step.fault {
            self.fault(fault);
            self.pass((step.wait_s * 1e6) as u64);
            return None;
        }
        match step.pre.strip_prefix("wait:").and_then(|wait| wait.trim_end_matches('s').parse::<f64>().ok()) {
            Some(seconds) => self.pass((seconds * 1e6) as u64),
            None if step.pre == "settle" => {
                self.world.wait_until_quiet(QUIET, SETTLE_LIMIT);
            }
            None => {}
        }
        let cmd = step.cmd.as_deref()?;
        // What a step reads is given to all of it: a pipe's end, too.
        let script = match &step.stdin {
            Some(text) => format!("{{ {cmd}\n}} <<'END-OF-INPUT'\n{}END-OF-INPUT", whole_lines(text)),
            None => format!("{{ {cmd}\n}} </dev/null"),
        };
        let job = self.world.exec(&script, self.session);
        let began = self.world.now();
        let mut beside = Vec::new();
        for meanwhile in &step.during {
            self.wait_for(&*job, began + meanwhile.at_ms * 1000);
            let session = self.world.copy_session(self.session);
            beside.push(self.world.exec(&meanwhile.cmd, session));
        }
        self.wait_for(&*job, began + STEP_LIMIT);
        Some(answer(&*job))
    }

    fn type_in(&mut self, script: &str) {
        let job = self.world.exec(script, self.session);
        let limit = self.world.now() + SECOND;
        self.wait_for(&*job, limit);
    }

    fn wait_for(&mut self, job: &dyn Job, until: u64) {
        self.world.run_while(until, &mut || job.code().is_none());
    }

    fn pass(&mut self, micros: u64) {
        let until = self.world.now() + micros;
        self.world.run_until(until);
    }

    /// `stop kube-scheduler`, `freeze etcd (SIGSTOP)`, `start kubelet worker2`.
    fn fault(&mut self, fault: &str) {
        let (what, component) = fault.split_once(' ').unwrap_or((fault, ""));
        let component = component.split(" (").next().unwrap_or_default();
        // etcd's member is named after its node.
        let name = if component == "etcd" { "controlplane" } else { component }.to_owned();
        self.world.operate(&match what {
            "stop" => Operation::Stop(name),
            "start" => Operation::Start(name),
            "freeze" => Operation::Pause(name),
            _ => Operation::Resume(name),
        });
    }
}

/// A here-document ends in a line break.
fn whole_lines(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

fn answer(job: &dyn Job) -> Answer {
    Answer {
        stdout: String::from_utf8_lossy(&job.stdout()).into_owned(),
        stderr: String::from_utf8_lossy(&job.stderr()).into_owned(),
        code: job.code().unwrap_or(124),
    }
}
