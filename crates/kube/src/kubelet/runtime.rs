//! The container runtime, as the kubelet sees it through CRI: sandboxes, containers, images. Nothing really runs; what a
//! container would do is [`super::process`]'s.

use super::process::{Script, script};
use crate::api::Object;
use sim::{Micros, NodeId, Time};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What a process takes to end after SIGTERM.
const STOPPING: Micros = Micros::millis(100);
/// How long a pull takes, and one that fails.
const PULL: Micros = Micros::millis(600);
const FAILED_PULL: Micros = Micros::millis(700);
/// Parts of names that no registry has.
/// After so long without its runtime a node is not ready.
const PATIENCE: Micros = Micros::secs(30);
/// Lines of a process's output that are kept.
const PRINTED: usize = 500;
const UNKNOWN: [&str; 7] = ["nope", "nonexist", "doesnotexist", "typo", "ngnix", "invalid", ":bad"];

/// A container.
#[derive(Clone, Debug)]
pub(super) struct Container {
    /// 64 hexadecimal digits.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) image: String,
    /// Which attempt this is, from 0.
    pub(super) attempt: i64,
    pub(super) started: Time,
    script: Script,
    end: Option<(Time, i64)>,
    /// The process that really runs in it, if one does. Others are imitated.
    pub(super) process: Option<NodeId>,
    /// What that process has printed; of others, what the host has of it beside what their script says.
    printed: VecDeque<(Time, String)>,
    /// When that process is killed, because it was asked to end and has not yet.
    kill_at: Option<Time>,
    /// Its process is the host's to run.
    runs_here: bool,
}

/// A process that has to be told to end: which, and whether it is killed.
pub(super) type Signal = (NodeId, bool);

/// What has happened in the runtime that the host has to know.
#[derive(Clone, Debug)]
pub(super) enum News {
    Started { uid: String, id: String },
    Ends { id: String, at: Time },
    Down { uid: String },
}

impl Container {
    /// When it ended and with which code.
    pub(super) fn exit(&self, now: Time) -> Option<(Time, i64)> {
        self.end.filter(|(at, _)| *at <= now)
    }

    pub(super) fn is_running(&self, now: Time) -> bool {
        self.exit(now).is_none()
    }

    /// When it will end, as far as is known.
    pub(super) fn end(&self) -> Option<Time> {
        self.end.map(|(at, _)| at).or(self.kill_at)
    }

    /// SIGTERM, and SIGKILL after `grace`. A process has to be told.
    fn stop(&mut self, now: Time, grace: Micros) -> Option<Signal> {
        if let Some(process) = self.process {
            if !self.is_running(now) {
                return None;
            }
            let until = now + grace;
            self.kill_at = Some(self.kill_at.map_or(until, |at| at.min(until)));
            return Some((process, grace == Micros::ZERO));
        }
        let (after, code) = match self.script.ignores_term || grace.0 == 0 {
            true => (grace, 137),
            false => (Micros(STOPPING.0.min(grace.0)), 0),
        };
        if self.is_running(now) && self.end.is_none_or(|(at, _)| at > now + after) {
            self.end = Some((now + after, code));
        }
        None
    }

    pub(super) fn runs_here(&self) -> bool {
        self.runs_here
    }

    /// When it prints next after a moment.
    pub(super) fn next_line(&self, after: Time) -> Option<Time> {
        Some(self.started + self.script.next_line(after.since(self.started))?)
    }

    /// What it has printed: when, and the line.
    pub(super) fn log(&self, now: Time) -> Vec<(Time, String)> {
        if self.process.is_some() {
            return self.printed.iter().cloned().collect();
        }
        let until = self.exit(now).map_or(now, |(at, _)| at);
        let printed = self.script.printed(until.since(self.started));
        let printed = printed.into_iter().map(|(after, line)| (self.started + after, line));
        let mut all: Vec<_> = printed.chain(self.printed.iter().filter(|(at, _)| *at <= until).cloned()).collect();
        all.sort_by_key(|(at, _)| *at);
        all
    }
}

/// What runs in a container.
#[derive(Clone, Copy)]
pub(super) enum Program<'a> {
    /// This command, imitated or left to the host, and whether it gets input.
    Imitated(&'a [&'a str], bool),
    /// A process of its own.
    Process(NodeId),
}

/// A pod's network and what runs in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Sandbox {
    /// Empty on the node's own network.
    pub(super) ip: String,
    pub(super) is_ready: bool,
    pub(super) made: Time,
    /// Namespace and name of the pod.
    pub(super) pod: (String, String),
    /// In the order they were started; of each name the last two are kept.
    pub(super) containers: Vec<Container>,
}

impl Sandbox {
    /// The last attempt of a container.
    pub(super) fn last(&self, name: &str) -> Option<&Container> {
        self.containers.iter().rfind(|container| container.name == name)
    }

    /// The attempt before that.
    pub(super) fn before_last(&self, name: &str) -> Option<&Container> {
        self.containers.iter().rev().filter(|container| container.name == name).nth(1)
    }

    pub(super) fn runs_something(&self, now: Time) -> bool {
        self.containers.iter().any(|container| container.is_running(now))
    }
}

/// A pull that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pull {
    pub(super) asked: Time,
    pub(super) began: Time,
    pub(super) until: Time,
    pub(super) is_good: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Runtime {
    /// By the pod's uid.
    pub(super) sandboxes: BTreeMap<String, Sandbox>,
    /// What was pulled.
    images: BTreeSet<String>,
    /// One image is pulled at a time.
    puller_free: Time,
    /// `10.244.1.`
    network: String,
    last_ip: u64,
    /// What the host was not told yet.
    pub(super) news: Vec<News>,
    /// containerd does not answer.
    pub(super) down: Option<Down>,
}

/// Since when containerd is away, when it is looked for next, and whether it was just asked.
#[derive(Clone, Debug)]
pub(super) struct Down {
    pub(super) since: Time,
    pub(super) look_at: Time,
    pub(super) is_asked: bool,
}

impl Runtime {
    pub(super) fn new(network: String) -> Self {
        let (sandboxes, images) = (BTreeMap::new(), BTreeSet::new());
        Self { sandboxes, images, puller_free: Time::ZERO, network, last_ip: 1, news: Vec::new(), down: None }
    }

    /// Whether it has been away for longer than the kubelet puts up with (`pkg/kubelet/runtime.go`).
    pub(super) fn is_lost(&self, now: Time) -> bool {
        self.down.as_ref().is_some_and(|down| down.since + PATIENCE <= now)
    }

    pub(super) fn sandbox(&self, uid: &str) -> Option<&Sandbox> {
        self.sandboxes.get(uid)
    }

    /// Makes a pod's sandbox, with an address of its own unless it is on the node's network.
    pub(super) fn run_sandbox(&mut self, now: Time, pod: &Object, on_host_network: bool) {
        let ip = if on_host_network { String::new() } else { self.free_ip() };
        let name = (pod.namespace().to_owned(), pod.name().to_owned());
        let sandbox = Sandbox { ip, is_ready: true, made: now, pod: name, containers: Vec::new() };
        self.sandboxes.insert(pod.uid().to_owned(), sandbox);
    }

    /// Addresses are given in turn, so that one is not given again at once (`host-local`).
    fn free_ip(&mut self) -> String {
        for _ in 0..254 {
            self.last_ip = self.last_ip % 254 + 1;
            let ip = format!("{}{}", self.network, self.last_ip);
            let is_taken = self.sandboxes.values().any(|one| one.is_ready && one.ip == ip);
            if self.last_ip > 1 && !is_taken {
                return ip;
            }
        }
        String::new()
    }

    pub(super) fn has_image(&self, image: &str) -> bool {
        self.images.contains(image)
    }

    /// An image is there from now on.
    pub(super) fn add_image(&mut self, image: &str) {
        self.images.insert(image.to_owned());
    }

    pub(super) fn images(&self) -> impl Iterator<Item = &String> {
        self.images.iter()
    }

    pub(super) fn pull(&mut self, now: Time, image: &str) -> Pull {
        let is_good = !UNKNOWN.iter().any(|part| image.contains(part));
        let began = self.puller_free.max(now);
        let until = began + if is_good { PULL } else { FAILED_PULL };
        self.puller_free = until;
        Pull { asked: now, began, until, is_good }
    }

    /// Creates a container and starts it.
    pub(super) fn start(&mut self, now: Time, uid: &str, name: &str, image: &str, program: Program, chance: [u64; 4]) {
        self.add_image(image);
        let Some(sandbox) = self.sandboxes.get_mut(uid) else { return };
        let attempt = sandbox.last(name).map_or(0, |last| last.attempt + 1);
        let id: String = chance.iter().map(|part| format!("{part:016x}")).collect();
        let runs_here = matches!(program, Program::Imitated(argv, stdin) if crate::host::runs_here(image, argv, stdin));
        let (script, process) = match program {
            Program::Imitated(argv, _) if !runs_here => (script(image, argv), None),
            Program::Imitated(..) => (Script::unknown(), None),
            Program::Process(process) => (Script::default(), Some(process)),
        };
        let end = script.end.map(|(after, code)| (now + after, code));
        if let Some(oldest) = sandbox.before_last(name).map(|container| container.id.clone()) {
            sandbox.containers.retain(|container| container.id != oldest);
        }
        let (name, image) = (name.to_owned(), image.to_owned());
        let (printed, kill_at) = (VecDeque::new(), None);
        self.news.push(News::Started { uid: uid.to_owned(), id: id.clone() });
        let container =
            Container { id, name, image, attempt, started: now, script, end, process, printed, kill_at, runs_here };
        sandbox.containers.push(container);
    }

    /// Stops one container of a pod, or all. Gives the processes that have to be told.
    pub(super) fn stop(&mut self, now: Time, uid: &str, name: Option<&str>, grace: Micros) -> Vec<Signal> {
        let containers = self.sandboxes.get_mut(uid).into_iter().flat_map(|sandbox| &mut sandbox.containers);
        let mut signals = Vec::new();
        for one in containers.filter(|one| name.is_none_or(|name| one.name == name)) {
            signals.extend(one.stop(now, grace));
            self.news.extend(one.end().map(|at| News::Ends { id: one.id.clone(), at }));
        }
        signals
    }

    /// The containers in which a process runs, as far as is known.
    fn processes(&mut self, now: Time) -> impl Iterator<Item = &mut Container> {
        let all = self.sandboxes.values_mut().flat_map(|sandbox| &mut sandbox.containers);
        all.filter(move |one| one.process.is_some() && one.is_running(now))
    }

    /// The processes that run, as far as is known.
    pub(super) fn running(&mut self, now: Time) -> Vec<NodeId> {
        self.processes(now).filter_map(|one| one.process).collect()
    }

    /// The processes that were asked to end and have had their time.
    pub(super) fn overdue(&mut self, now: Time) -> Vec<NodeId> {
        let late = |one: &&mut Container| one.kill_at.is_some_and(|at| at <= now);
        self.processes(now).filter(late).filter_map(|one| one.process).collect()
    }

    /// A process has ended.
    pub(super) fn ended(&mut self, now: Time, process: NodeId, code: i64) {
        let ended = self.processes(now).filter(|one| one.process == Some(process));
        let ended = ended.map(|one| {
            one.end = Some((now, code));
            News::Ends { id: one.id.clone(), at: now }
        });
        let news: Vec<News> = ended.collect();
        self.news.extend(news);
    }

    /// A process has printed something. It may have ended since.
    pub(super) fn printed(&mut self, now: Time, process: NodeId, lines: &[String]) {
        let all = self.sandboxes.values_mut().flat_map(|sandbox| &mut sandbox.containers);
        let Some(one) = all.filter(|one| one.process == Some(process)).max_by_key(|one| one.started) else { return };
        for line in lines {
            // No two lines have the same time, so that a follower can tell them apart.
            let at = one.printed.back().map_or(now, |(last, _)| now.max(*last + Micros(1)));
            one.printed.push_back((at, line.clone()));
            if one.printed.len() > PRINTED {
                one.printed.pop_front();
            }
        }
    }

    fn by_id(&mut self, id: &str) -> Option<&mut Container> {
        self.sandboxes.values_mut().flat_map(|sandbox| &mut sandbox.containers).find(|one| one.id == id)
    }

    /// The host says that a container has written a line.
    pub(super) fn wrote(&mut self, id: &str, now: Time, line: &str) {
        if let Some(one) = self.by_id(id) {
            one.printed.push_back((now, line.to_owned()));
            if one.printed.len() > PRINTED {
                one.printed.pop_front();
            }
        }
    }

    /// A process that the host runs has ended.
    pub(super) fn over(&mut self, id: &str, now: Time, code: i64) {
        if let Some(one) = self.by_id(id).filter(|one| one.is_running(now)) {
            one.end = Some((now, code));
        }
    }

    /// The pod's network is taken down.
    pub(super) fn stop_sandbox(&mut self, uid: &str) {
        if let Some(sandbox) = self.sandboxes.get_mut(uid) {
            sandbox.is_ready = false;
            self.news.push(News::Down { uid: uid.to_owned() });
        }
    }

    pub(super) fn remove(&mut self, uid: &str) {
        if self.sandboxes.remove(uid).is_some_and(|sandbox| sandbox.is_ready) {
            self.news.push(News::Down { uid: uid.to_owned() });
        }
    }
}
