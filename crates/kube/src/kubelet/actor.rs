//! The process: watches the pods of its node, and gives each a worker.

use super::backoff::Backoff;
use super::config::{self, Sort};
use super::host::Streams;
use super::logs::Follower;
use super::node::NodeAgent;
use super::runtime::Runtime;
use super::setup::Setup;
use super::statics::{Program, is_mirror};
use super::status::{Place, status};
use super::worker::{Life, Relist, Stage, Worker};
use crate::Clock;
use crate::Msg;
use crate::Note;
use crate::api::{Object, Status, User, Verb};
use crate::client::{Change, Client, Happened, Out, Settings, kinds};
use crate::host::HostMsg;
use crate::log::Log;
use crate::node::health;
use serde_json::Value;
use sim::{Actor, Input, Micros, NodeId, Time};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How often statuses are compared with what is stored, and told again that were not taken (`syncPeriod`).
const STATUS_SYNC: Micros = Micros::secs(10);

/// What a kubelet has to know.
#[derive(Clone, Debug)]
pub struct Config {
    pub server: NodeId,
    /// The server's address, as it stands in messages.
    pub address: String,
    /// Seconds since 1970 at the simulation's start.
    pub epoch: u64,
    /// The node's name.
    pub name: String,
    pub ip: String,
    /// The first three numbers of its pods' addresses, with the dot: `10.244.1.`
    pub network: String,
    pub cpu: String,
    pub memory: String,
    pub labels: Vec<(String, String)>,
    pub taints: Vec<Value>,
    /// The files in its folder of manifests, by name.
    pub manifests: BTreeMap<String, Vec<u8>>,
    /// The images that the node has from the start.
    pub images: Vec<String>,
    /// The programs that are processes of their own when a static pod runs them.
    pub processes: Vec<Program>,
    /// The process that it asks for containers, if one can be there or not.
    pub containerd: Option<NodeId>,
    /// Where the node's operating system is, if it has one.
    pub host: Option<NodeId>,
    /// The servers that a kubeconfig file may name, by their addresses.
    pub servers: Arc<[(String, NodeId)]>,
    /// Whether the node is set up already; otherwise the kubelet goes by the files that it finds.
    pub is_set_up: bool,
    /// Whether pods can be given a network.
    pub has_network: bool,
}

impl Config {
    /// A node with 4 processors and 8 GiB.
    pub fn new(server: NodeId, epoch: u64, name: &str, ip: &str, network: &str) -> Self {
        Self {
            server,
            address: "172.18.0.10:6443".into(),
            epoch,
            name: name.into(),
            ip: ip.into(),
            network: network.into(),
            cpu: "4".into(),
            memory: "8Gi".into(),
            labels: Vec::new(),
            taints: Vec::new(),
            manifests: BTreeMap::new(),
            images: Vec::new(),
            processes: Vec::new(),
            containerd: None,
            host: None,
            servers: Arc::default(),
            is_set_up: true,
            has_network: true,
        }
    }
}

/// What a call was made for.
#[derive(Clone, Debug)]
pub(super) enum Then {
    /// A pod's status is told.
    Told(String),
    /// A pod that is over is taken off the API server.
    Deleted,
    /// A pod's config map or secret is read.
    Read(String, Sort, String),
    /// A mirror of a static pod is made.
    Mirrored(String),
    /// A mirror that stands for nothing is taken away: its name.
    Unmirrored(String),
}

/// kubelet.
#[derive(Clone, Debug)]
pub struct Kubelet {
    pub(super) config: Config,
    pub(super) client: Client,
    pub(super) node: NodeAgent,
    pub(super) runtime: Runtime,
    pub(super) workers: BTreeMap<String, Worker>,
    pub(super) backoff: Backoff,
    pub(super) relist: Relist,
    relisted: Time,
    pub(super) calls: BTreeMap<u64, Then>,
    pub(super) followers: Vec<Follower>,
    /// The mirrors of static pods that the API server has, by namespace and name.
    pub(super) mirrors: BTreeSet<(String, String)>,
    /// Until when an API server that did not answer is told nothing.
    pub(super) quiet: Option<Time>,
    pub(super) log: Log,
    pub(super) streams: Streams,
    pub(super) setup: Setup,
}

impl Kubelet {
    pub fn new(config: Config) -> Self {
        let user = User { name: format!("system:node:{}", config.name), groups: vec!["system:nodes".into()] };
        let client = Client::new(Settings {
            server: config.server,
            address: config.address.clone().into(),
            user: Arc::new(user),
            agent: "kubelet".into(),
            host: config.name.clone().into(),
            clock: Clock { epoch: config.epoch },
            rate: None,
        });
        let mut runtime = Runtime::new(config.network.clone());
        config.images.iter().for_each(|image| runtime.add_image(image));
        let clock = Clock { epoch: config.epoch };
        Self {
            config,
            client,
            node: NodeAgent::default(),
            runtime,
            workers: BTreeMap::new(),
            backoff: Backoff::default(),
            relist: Relist::default(),
            relisted: Time::ZERO,
            calls: BTreeMap::new(),
            followers: Vec::new(),
            mirrors: BTreeSet::new(),
            quiet: None,
            log: Log::new(clock),
            streams: Streams::default(),
            setup: Setup::default(),
        }
    }

    /// Starts, as far as what lies on the node lets it.
    fn come_up(&mut self, now: Time, out: &mut Out) {
        if !self.config.is_set_up
            && let Err(why) = self.setup.check()
        {
            self.log.error(now, "run.go:72", &format!("\"command failed\" err={why:?}"));
            return out.exit(1);
        }
        self.go_by_kubeconfig();
        let waits = !self.config.is_set_up && self.bootstrap(now);
        self.log.info(now, "server.go:530", "\"Kubelet version\" kubeletVersion=\"v1.36.2\"");
        self.log.info(now, "kubelet.go:2482", "\"Starting kubelet main sync loop\"");
        // The runtime is listed once a second from some moment on.
        self.relist = Relist { first: now + Micros(out.random() % 1_000_000) };
        self.relisted = now;
        // Without a certificate there is nothing to ask for, but what its manifests say it runs: its own API server may be
        // among that.
        if !waits {
            self.begin_asking(now, out);
        }
        self.read_manifests(now, out);
        self.adopt(now, out);
        self.runtime.down = None;
        self.reach_runtime(out);
    }

    /// Asks where its kubeconfig file says.
    fn go_by_kubeconfig(&mut self) {
        let Some((host, port)) = self.setup.endpoint().filter(|_| !self.config.is_set_up) else { return };
        let server = self.config.servers.iter().find(|(address, _)| *address == host).map(|(_, server)| *server);
        if let Some(server) = server {
            self.client.turn_to(server, format!("{host}:{port}").into());
        }
    }

    /// Registers its node, and watches.
    fn begin_asking(&mut self, now: Time, out: &mut Out) {
        self.node.start(now);
        self.client.watch(now, kinds::PODS, format!("spec.nodeName={}", self.config.name), out);
        if let Some(host) = self.config.host {
            // Containers get variables that name services; and the host may have news.
            self.client.watch(now, kinds::SERVICES, "", out);
            out.send(host, Msg::from(HostMsg::Begun));
        }
    }

    /// The pod's object as the API server has it: of a static pod its mirror.
    pub(super) fn stored<'a>(client: &'a Client, worker: &Worker) -> Option<&'a Object> {
        let stored = client.cache(&kinds::PODS).get(worker.pod.namespace(), worker.pod.name())?;
        let is_it = match worker.is_static {
            true => stored.annotation("kubernetes.io/config.mirror") == Some(worker.pod.uid()),
            false => stored.uid() == worker.pod.uid(),
        };
        is_it.then_some(stored)
    }

    fn changed(&mut self, now: Time, change: &Change, out: &mut Out) {
        match (&change.old, &change.new) {
            (_, Some(pod)) if is_mirror(pod) => {
                self.doubt(now, pod.annotation("kubernetes.io/config.mirror").unwrap_or_default(), change);
                self.mirrors.insert((pod.namespace().to_owned(), pod.name().to_owned()));
            }
            (Some(old), None) if is_mirror(old) => {
                self.mirrors.remove(&(old.namespace().to_owned(), old.name().to_owned()));
            }
            (_, Some(pod)) => {
                if let Some(old) = change.old.as_ref().filter(|old| old.uid() != pod.uid()) {
                    self.gone(old.uid(), out);
                }
                self.doubt(now, pod.uid(), change);
                self.wanted(now, pod, out);
            }
            (Some(old), None) => self.gone(old.uid(), out),
            (None, None) => {}
        }
    }

    /// A status that somebody else has written is put right, as when the node was taken for lost
    /// (`pkg/kubelet/status/status_manager.go`, `needsReconcile`).
    fn doubt(&mut self, now: Time, uid: &str, change: &Change) {
        let (Some(old), Some(new)) = (&change.old, &change.new) else { return };
        let Some(worker) = self.workers.get_mut(uid) else { return };
        if worker.telling.is_none() && old.pointer("/status") != new.pointer("/status") {
            let since = now.0.saturating_sub(self.relist.first.0);
            worker.doubted = Some(self.relist.first + STATUS_SYNC.times(since / STATUS_SYNC.0 + 1));
        }
    }

    fn wanted(&mut self, now: Time, pod: &Object, out: &mut Out) {
        let uid = pod.uid().to_owned();
        let is_done = matches!(pod.text("/status/phase"), "Succeeded" | "Failed");
        let Some(worker) = self.workers.get_mut(&uid) else {
            let mut worker = Worker::new(pod.clone(), now, out.cause());
            if is_done {
                (worker.life, worker.pending) = (Life::Over, false);
            }
            self.workers.insert(uid.clone(), worker);
            if pod.is_terminating() {
                self.end(&uid, pod, out);
            }
            return;
        };
        let has_changed = worker.pod.pointer("/spec") != pod.pointer("/spec")
            || worker.pod.pointer("/metadata/generation") != pod.pointer("/metadata/generation");
        worker.pod = pod.clone();
        if pod.is_terminating() && worker.life == Life::Wanted {
            self.end(&uid, pod, out);
        } else if pod.is_terminating() && worker.life == Life::Over {
            self.finish(now, &uid, out);
        } else if has_changed && worker.life == Life::Wanted {
            (worker.pending, worker.cause) = (true, out.cause());
        }
    }

    /// A pod shall end.
    fn end(&mut self, uid: &str, pod: &Object, out: &mut Out) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        if worker.life != Life::Wanted {
            return;
        }
        worker.grace = pod.number("/metadata/deletionGracePeriodSeconds").unwrap_or(30);
        (worker.life, worker.pending, worker.cause) = (Life::Unwanted, true, out.cause());
        // Whatever it was doing, it stops.
        if worker.stage != Stage::Idle {
            worker.stage = Stage::Idle;
        }
    }

    fn gone(&mut self, uid: &str, out: &mut Out) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        worker.is_gone = true;
        match worker.life {
            Life::Over => {
                self.workers.remove(uid);
                self.runtime.remove(uid);
                self.backoff.forget(uid);
            }
            Life::Wanted => {
                worker.grace = 2;
                (worker.life, worker.pending, worker.cause) = (Life::Unwanted, true, out.cause());
                worker.stage = Stage::Idle;
            }
            _ => {}
        }
    }

    /// Nothing is left of a pod: the API server may forget it too.
    pub(super) fn finish(&mut self, now: Time, uid: &str, out: &mut Out) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        worker.life = Life::Over;
        if worker.is_static {
            return self.static_gone(now, uid, out);
        }
        if worker.is_gone {
            return self.gone(uid, out);
        }
        if let Some(stored) = Self::stored(&self.client, worker).filter(|stored| stored.is_terminating()) {
            let mut request = kinds::PODS.delete(stored);
            request.options.deletion.grace_seconds = Some(0);
            let id = self.client.call(now, request, out);
            self.calls.insert(id, Then::Deleted);
        }
    }

    /// Tells a pod's status if it has changed, once what was told before has arrived.
    pub(super) fn tell(&mut self, now: Time, uid: &str, out: &mut Out) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        worker.doubted = None;
        let Some(stored) = Self::stored(&self.client, worker).cloned() else { return };
        if worker.telling.is_some() || self.quiet.is_some() {
            worker.is_status_due = true;
            return;
        }
        worker.is_status_due = false;
        let place = Place { now, clock: self.client.clock(), node_ip: &self.config.ip };
        let view = match worker.is_static {
            true => worker.pod.with("status", stored.pointer("/status").cloned().unwrap_or_default()),
            false => stored.clone(),
        };
        // The status follows from the pod as it is stored.
        let own = std::mem::replace(&mut worker.pod, view);
        let status = status(&place, worker, self.runtime.sandbox(uid));
        worker.pod = own;
        if stored.pointer("/status") == Some(&status) {
            return;
        }
        let request = kinds::PODS.update_status(stored.with("status", status));
        let id = self.client.call(now, request, out);
        worker.telling = Some(id);
        self.calls.insert(id, Then::Told(uid.to_owned()));
    }

    fn answered(&mut self, now: Time, id: u64, result: Result<Object, Status>, out: &mut Out) {
        let then = self.calls.remove(&id);
        let tells = matches!(then, Some(Then::Told(_) | Then::Mirrored(_) | Then::Unmirrored(_)));
        if tells && result.as_ref().is_err_and(|status| status.reason.code() >= 500) {
            self.quiet = Some(now + STATUS_SYNC);
        }
        match (then, result) {
            (Some(Then::Told(uid)), result) => {
                let Some(worker) = self.workers.get_mut(&uid) else { return };
                worker.telling = None;
                if result.is_err_and(|status| status.reason.code() != 404) || worker.is_status_due {
                    // Somebody else wrote it: the watch brings what, and then it is told again.
                    worker.is_status_due = true;
                    self.tell(now, &uid, out);
                }
            }
            (Some(Then::Read(uid, sort, name)), result) => self.was_read(now, &uid, (sort, name), result.ok(), out),
            (Some(Then::Mirrored(uid)), Ok(_)) => self.tell(now, &uid, out),
            _ => {}
        }
    }

    /// Reads what a pod takes from config maps and secrets. Says whether there is anything to wait for.
    pub(super) fn read_config(&mut self, now: Time, uid: &str, out: &mut Out) -> bool {
        let Some(worker) = self.workers.get_mut(uid) else { return false };
        let wanted = config::wanted(&worker.pod);
        if wanted.is_empty() {
            return false;
        }
        worker.stage = Stage::Reading(wanted.len());
        let namespace = worker.pod.namespace().to_owned();
        for (sort, name) in wanted {
            let id = self.client.call(now, sort.kind().request(Verb::Get, &namespace, &name), out);
            self.calls.insert(id, Then::Read(uid.to_owned(), sort, name));
        }
        true
    }

    fn was_read(&mut self, now: Time, uid: &str, what: (Sort, String), found: Option<Object>, out: &mut Out) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        worker.read.insert(what, found);
        if let Stage::Reading(open) = worker.stage {
            worker.stage = if open > 1 { Stage::Reading(open - 1) } else { Stage::Idle };
            if open <= 1 {
                self.has_read(now, uid, out);
            }
        }
    }

    fn run(&mut self, now: Time, out: &mut Out) {
        // Those that waited for the list look first; what the list shows they look at next time.
        self.advance(now, out);
        let tick = self.relist.last(now);
        if tick > self.relisted && now >= self.relist.first {
            self.relisted = tick;
            for (uid, worker) in &mut self.workers {
                let seen = seen(&self.runtime, uid, tick);
                let is_news = seen.iter().any(|one| !worker.seen.contains(one));
                worker.seen = seen;
                worker.pending |= is_news && worker.life < Life::Over;
            }
            self.advance(now, out);
        }
        self.probe(now, out);
        let due: Vec<String> = self
            .workers
            .iter()
            .filter(|(_, one)| one.is_status_due || one.doubted.is_some_and(|at| at <= now))
            .filter(|(_, one)| one.telling.is_none())
            .map(|(uid, _)| uid.clone())
            .collect();
        due.iter().for_each(|uid| self.tell(now, uid, out));
    }
}

/// The containers that a pod had at a moment, and which of them had ended.
fn seen(runtime: &Runtime, uid: &str, at: Time) -> Vec<(String, bool)> {
    let Some(sandbox) = runtime.sandbox(uid).filter(|sandbox| sandbox.made <= at) else { return Vec::new() };
    let there = sandbox.containers.iter().filter(|one| one.started <= at);
    let containers = there.map(|one| (one.id.clone(), !one.is_running(at)));
    containers.chain([(String::new(), false)]).collect()
}

impl Actor for Kubelet {
    type Msg = Msg;
    type Note = Note;

    fn handle(&mut self, now: Time, input: Input<Msg>, out: &mut Out) {
        if health::answer(&input, out) {
            return;
        }
        match &input {
            Input::Start => self.come_up(now, out),
            Input::Stop => out.exit(0),
            Input::Message { from, msg: Msg::Call { id, request } } => self.log_asked(now, *from, *id, request, out),
            Input::Message { from, msg: Msg::Cancel { id } } => {
                self.log_cancelled(*from, *id);
                self.host_said(now, *from, &HostMsg::HangUp { id: *id }, out);
            }
            Input::Message { from, msg: Msg::Host(msg) } => self.host_said(now, *from, msg.said(), out),
            Input::Message { msg: Msg::Manifests, .. } => self.read_manifests(now, out),
            Input::Message { from, msg: Msg::Printed { lines } } => self.runtime.printed(now, *from, lines),
            Input::Message { from, msg: Msg::Launched } => self.launched(*from, out),
            Input::Ended { node, .. } if self.config.containerd == Some(*node) => self.lose_runtime(now),
            Input::Ended { node, code } => self.process_ended(now, *node, *code),
            _ => {}
        }
        for happened in self.client.handle(now, &input, out) {
            match happened {
                Happened::Changed(change) if *self.client.kind(change.kind) != kinds::PODS => {}
                Happened::Changed(change) => self.changed(now, &change, out),
                Happened::Answer { id, result } if self.token_came(id, &result, out) => {}
                Happened::Answer { id, result } if self.setup.is_asking() => {
                    if self.was_answered(now, id, &result) {
                        self.begin_asking(now, out);
                    }
                }
                Happened::Answer { id, result } => {
                    let Self { node, config, runtime, client, log, .. } = self;
                    if !node.answer(now, id, &result, config, runtime, client, log, out) {
                        self.answered(now, id, result, out);
                    }
                }
            }
        }
        self.quiet = self.quiet.filter(|until| *until > now);
        if self.setup.is_asking() {
            self.ask_on(now, out);
        } else {
            self.sees_network(now);
            self.node.time(now, &self.config, &self.runtime, &mut self.client, &mut self.log, out);
            self.mirror(now, out);
        }
        self.kill_overdue(now, out);
        self.look_for_runtime(now, out);
        if self.runtime.down.is_none() {
            self.run(now, out);
        }
        self.follow(now, out);
        self.tell_host(out);
    }

    fn next_wakeup(&self) -> Option<Time> {
        // Without a runtime there is nothing to do but to look for it.
        let workers = match &self.runtime.down {
            Some(down) => Some(down.look_at),
            None => self.workers.iter().filter_map(|(uid, worker)| self.worker_wakeup(uid, worker)).min(),
        };
        let others =
            [self.client.next_wakeup(), self.node.next_wakeup(), self.follow_wakeup(), self.setup.next_wakeup()];
        others.into_iter().chain([workers, self.quiet]).flatten().min()
    }

    fn crash(&mut self, _lose_unsynced: bool) {
        // The containers are the runtime's, which is another process: they go on.
        self.client = self.client.restarted();
        self.node = NodeAgent::default();
        self.workers.clear();
        self.backoff = Backoff::default();
        self.followers.clear();
        self.streams = self.streams.restarted();
        self.calls.clear();
        self.mirrors.clear();
        self.quiet = None;
        self.setup.crash();
    }

    fn wipe(&mut self) {
        if !self.config.is_set_up {
            self.config.has_network = false;
        }
        self.runtime = Runtime::new(self.config.network.clone());
    }
}

impl Kubelet {
    fn worker_wakeup(&self, uid: &str, worker: &Worker) -> Option<Time> {
        if worker.life == Life::Over {
            return None;
        }
        let waits = match &worker.stage {
            Stage::Reading(_) => None,
            Stage::Volumes(until) => Some(*until),
            Stage::Pulling(_, pull) => Some(pull.until),
            Stage::Stopping => {
                self.runtime.sandbox(uid).into_iter().flat_map(|one| &one.containers).filter_map(|one| one.end()).max()
            }
            Stage::Idle if worker.pending => Some(worker.free_at(self.relist)),
            Stage::Idle => worker.retry_at.map(|at| at.max(worker.free_at(self.relist))),
        };
        let containers = self.runtime.sandbox(uid).map_or(&[][..], |sandbox| &sandbox.containers);
        let unseen =
            |end: Time, id: &str| !worker.seen.iter().any(|(one, ended)| one == id && *ended) && end > Time::ZERO;
        let ends = containers.iter().filter_map(|one| one.end().filter(|end| unseen(*end, &one.id)));
        // A sandbox in which no container could be made is news as well: the pod is looked at once more, and then its
        // status says why.
        let bare = self.runtime.sandbox(uid).filter(|sandbox| sandbox.containers.is_empty());
        let bare = bare.filter(|_| worker.seen.is_empty()).map(|sandbox| sandbox.made);
        let news = ends.chain(bare).map(|moment| self.relist.from(moment.max(self.relisted + Micros(1))));
        let probes = worker.probes.values().map(|probe| probe.next);
        let doubted = worker.doubted.filter(|_| worker.telling.is_none());
        let probes = probes.filter(|_| worker.life == Life::Wanted);
        waits.into_iter().chain(doubted).chain(news).chain(probes).min()
    }
}
