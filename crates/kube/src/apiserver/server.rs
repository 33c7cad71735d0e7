//! The running process: the cache's feeding, and the way of a request through waiting, working out and storing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use etcd::rpc::{DeleteRangeRequest, PutRequest, RequestOp, TxnRequest};
use etcd::server::Msg as EtcdMsg;
use sim::{Cause, Input, Micros, NodeId, Time};

use super::backend::{Backend, if_unchanged};
use super::cache::Cache;
use super::compaction::Compaction;
use super::feed::end_watch;
use super::heartbeat::Identity;
use super::task::{Caller, Pending, Task};
use super::watchers::Watchers;
use super::write::{Change, Context, Plan};
use super::{Config, authz, read, write};
use crate::Clock;
use crate::api::{Object, Reason, Request, Resource, Status, Verb, built_in};
use crate::{Msg, Note};

pub(super) type Out = sim::Out<Msg, Note>;

/// How often the server tries to set something up.
const MAX_EARLY: u32 = 20;
/// How long a request may take (`--request-timeout`).
const REQUEST_TIMEOUT: Micros = Micros::secs(60);
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) config: Arc<Config>,
    pub(super) clock: Clock,
    pub(super) now: Time,
    pub(super) resources: Arc<Vec<Resource>>,
    pub(super) cache: Cache,
    pub(super) watchers: Watchers,
    pub(super) backend: Backend,
    pub(super) ready: bool,
    pub(super) tasks: BTreeMap<u64, Task>,
    last_task: u64,
    pub(super) by_caller: BTreeMap<(NodeId, u64), u64>,
    pub(super) deadlines: BTreeSet<(Time, u64)>,
    pub(super) identity: Identity,
    pub(super) compaction: Compaction,
    /// The components of the control plane that are connected.
    pub(super) alive: Vec<(NodeId, String)>,
    /// Where the kubelet of each node is.
    pub(super) kubelets: BTreeMap<String, NodeId>,
    /// The kubelets that were asked for logs, by task, and whether they have begun to answer.
    pub(super) asked: BTreeMap<u64, (NodeId, bool)>,
    /// When watches end that were asked for a time.
    pub(super) watch_ends: BTreeSet<(Time, (NodeId, u64))>,
    /// Those for which etcd is to be asked how far it is.
    pub(super) unprobed: Vec<u64>,
    /// Those that wait until the cache is so far.
    pub(super) waiting: BTreeMap<i64, Vec<u64>>,
}

impl Server {
    pub(super) fn new(config: Arc<Config>) -> Self {
        Self {
            clock: Clock { epoch: config.epoch },
            now: Time::ZERO,
            resources: Arc::new(built_in()),
            cache: Cache::default(),
            watchers: Watchers::default(),
            backend: Backend::new(config.etcd.clone()),
            config,
            ready: false,
            tasks: BTreeMap::new(),
            last_task: 0,
            by_caller: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            kubelets: BTreeMap::new(),
            asked: BTreeMap::new(),
            identity: Identity::default(),
            compaction: Compaction::default(),
            alive: Vec::new(),
            watch_ends: BTreeSet::new(),
            unprobed: Vec::new(),
            waiting: BTreeMap::new(),
        }
    }

    pub(super) fn is_ready(&self) -> bool {
        self.ready
    }

    /// Whether etcd answers.
    pub(super) fn reaches_etcd(&self) -> bool {
        self.ready && self.backend.is_reached()
    }

    /// Whether etcd tells it what changes.
    pub(super) fn has_watch(&self) -> bool {
        self.backend.is_watching()
    }

    pub(super) fn watches(&self) -> usize {
        self.watchers.len()
    }

    pub(super) fn next_wakeup(&self) -> Option<Time> {
        let deadline = self.deadlines.first().map(|(at, _)| *at);
        let watch_end = self.watch_ends.first().map(|(at, _)| *at);
        [deadline, watch_end, self.backend.retry_at, self.identity.next, self.compaction.next]
            .into_iter()
            .flatten()
            .min()
    }

    pub(super) fn start(&mut self, now: Time, out: &mut Out) {
        (self.now, self.backend.now) = (now, now);
        self.backend.list(out);
    }

    pub(super) fn input(&mut self, now: Time, input: Input<Msg>, out: &mut Out) {
        (self.now, self.backend.now) = (now, now);
        match input {
            Input::Message { from, msg: Msg::Call { id, request } } => {
                self.seen(from, &request);
                self.begin(Caller::Component { node: from, id }, request, out);
            }
            Input::Message {
                from,
                msg: Msg::Etcd(EtcdMsg::Call { id, request: etcd::rpc::Request::Http(request), .. }),
            } => {
                self.http(from, id, &request, out);
            }
            Input::Message { from, msg: Msg::Cancel { id } | Msg::Etcd(EtcdMsg::Cancel { id }) } => {
                self.cancel(from, id, out);
            }
            Input::Message { from, msg: Msg::Etcd(EtcdMsg::Dial { id }) } => {
                out.send(from, EtcdMsg::Accepted { id }.into());
            }
            Input::Disconnected { peer } if !self.backend.is_member(peer) => self.forget(peer, out),
            Input::Refused { peer, msg: Msg::Call { .. } | Msg::Host(_) } => self.kubelet_gone(peer, out),
            Input::Message { from, msg: Msg::Host(msg) } => self.container_said(from, msg.said().clone(), out),
            Input::Message {
                from,
                msg: Msg::Etcd(EtcdMsg::StreamSend { id, request: etcd::rpc::Request::Http(request) }),
            } => self.typed(from, id, &request, out),
            Input::Message { from, msg: msg @ (Msg::Answer { .. } | Msg::Event { .. } | Msg::End { .. }) } => {
                self.kubelet_said(from, msg, out);
            }
            Input::Wakeup => self.wake(out),
            input => {
                for answer in self.backend.input(input) {
                    self.answered(answer, out);
                }
            }
        }
        self.probe(out);
    }

    // Clients.

    pub(super) fn begin(&mut self, caller: Caller, request: Arc<Request>, out: &mut Out) {
        self.last_task += 1;
        let number = self.last_task;
        let deadline = self.now + REQUEST_TIMEOUT;
        let cause = out.cause();
        // The server's own work goes on until it is done.
        if caller != Caller::Inside {
            self.deadlines.insert((deadline, number));
        }
        if let Some(address) = caller.address() {
            self.by_caller.insert(address, number);
        }
        let old_will_do = !read::wants_fresh(&request);
        let task = Task {
            caller,
            request,
            cause,
            deadline,
            fresh: false,
            lost_races: 0,
            pending: None,
            parts: None,
            warnings: Vec::new(),
        };
        self.tasks.insert(number, task);
        if self.ready && old_will_do { self.run(number, out) } else { self.unprobed.push(number) }
    }

    pub(super) fn end(&mut self, number: u64) -> Option<Task> {
        let task = self.tasks.remove(&number)?;
        self.deadlines.remove(&(task.deadline, number));
        // Nobody will ask what came of it.
        if let Some(pending) = &task.pending {
            self.cache.unsent(&pending.key, number);
        }
        if let Some(address) = task.caller.address() {
            self.by_caller.remove(&address);
        }
        Some(task)
    }

    pub(super) fn finish(&mut self, number: u64, result: Result<Object, Status>, out: &mut Out) {
        if let Some(task) = self.end(number) {
            self.reply(task.caller, &task.request, result, &task.warnings, out);
        }
    }

    pub(super) fn reply(
        &mut self,
        caller: Caller,
        request: &Request,
        result: Result<Object, Status>,
        warnings: &[String],
        out: &mut Out,
    ) {
        match caller {
            Caller::Http { node, id } => self.http_reply((node, id), request, result, warnings, out),
            Caller::Component { node, id } => out.send(node, Msg::Answer { id, result }),
            Caller::Part { of } => self.part_done(of, result, out),
            Caller::Inside => {}
        }
    }

    /// One of the objects of a collection is deleted. What was gone already is as good.
    fn part_done(&mut self, number: u64, result: Result<Object, Status>, out: &mut Out) {
        if let Err(status) = result
            && status.reason != Reason::NotFound
        {
            return self.finish(number, Err(status), out);
        }
        let Some(parts) = self.tasks.get_mut(&number).and_then(|task| task.parts.as_mut()) else { return };
        parts.0 -= 1;
        if parts.0 == 0 {
            let whole = parts.1.clone();
            self.finish(number, Ok(whole), out);
        }
    }

    fn delete_collection(&mut self, number: u64, request: &Request, resource: &Resource, out: &mut Out) {
        let names = read::select(&self.cache, request, resource).map(|(objects, ..)| {
            let name = |object: &&Object| (object.namespace().to_owned(), object.name().to_owned());
            objects.iter().map(name).collect::<Vec<_>>()
        });
        let whole = read::answer(&self.cache, request, resource, self.clock.seconds(self.now));
        match (names, whole) {
            (Ok(names), Ok(whole)) if !names.is_empty() => {
                if let Some(task) = self.tasks.get_mut(&number) {
                    task.parts = Some((names.len(), whole));
                }
                for (namespace, name) in names {
                    let mut one = Request {
                        verb: Verb::Delete,
                        namespace: namespace.into(),
                        name: name.into(),
                        ..request.clone()
                    };
                    one.options.label_selector = "".into();
                    one.options.field_selector = "".into();
                    self.begin(Caller::Part { of: number }, one.into(), out);
                }
            }
            (_, whole) => self.finish(number, whole, out),
        }
    }

    pub(super) fn cancel(&mut self, node: NodeId, id: u64, out: &mut Out) {
        self.watchers.remove(node, id);
        if let Some(number) = self.by_caller.get(&(node, id)).copied() {
            self.stop_asking(number, out);
            self.end(number);
        }
    }

    fn forget(&mut self, node: NodeId, out: &mut Out) {
        self.unseen(node);
        self.kubelet_gone(node, out);
        self.watchers.forget(node);
        let range = (node, 0)..=(node, u64::MAX);
        let numbers: Vec<_> = self.by_caller.range(range).map(|(_, number)| *number).collect();
        for number in numbers {
            self.stop_asking(number, out);
            self.end(number);
        }
    }

    fn wake(&mut self, out: &mut Out) {
        if self.identity.next.is_some_and(|at| at <= self.now) {
            self.beat(out);
        }
        if self.compaction.next.is_some_and(|at| at <= self.now) {
            self.propose_compaction(out);
        }
        if self.backend.retry_at.is_some_and(|at| at <= self.now) {
            self.backend.retry_at = None;
            if !self.ready {
                self.backend.list(out);
            } else if !self.backend.is_watching() {
                self.backend.watch(self.cache.revision(), out);
            }
        }
        while let Some((at, (node, id))) = self.watch_ends.first().copied()
            && at <= self.now
        {
            self.watch_ends.remove(&(at, (node, id)));
            if let Some(watcher) = self.watchers.remove(node, id) {
                out.with_cause(watcher.cause, |out| end_watch(watcher.caller, out));
            }
        }
        while let Some((at, number)) = self.deadlines.first().copied()
            && at <= self.now
        {
            self.deadlines.remove(&(at, number));
            let Some(cause) = self.tasks.get(&number).map(|task| task.cause) else { continue };
            let why = "the server was unable to return a response in the time allotted, but may still be processing the request";
            out.with_cause(cause, |out| self.finish(number, Err(Status::new(Reason::Timeout, why)), out));
        }
    }

    // Working out.

    /// Asks etcd how far it is, once for all who wait for that. What comes while it is asked waits for the next time.
    fn probe(&mut self, out: &mut Out) {
        if !self.ready || self.unprobed.is_empty() || self.backend.is_probing() || self.backend.retry_at.is_some() {
            return;
        }
        let tasks = std::mem::take(&mut self.unprobed);
        let cause = tasks.iter().find_map(|number| self.tasks.get(number)).map_or(Cause::default(), |task| task.cause);
        out.with_cause(cause, |out| self.backend.probe(tasks, out));
    }

    pub(super) fn run(&mut self, number: u64, out: &mut Out) {
        let Some(task) = self.tasks.get(&number) else { return };
        let (request, cause, fresh) = (Arc::clone(&task.request), task.cause, task.fresh);
        authz::remember(&mut self.cache, &request.user, &request.namespace);
        let resources = Arc::clone(&self.resources);
        out.with_cause(cause, |out| {
            let found = find(&resources, &request).and_then(|resource| {
                self.authorize(&request, resource)?;
                Ok(resource)
            });
            match (&request.verb, found) {
                (_, Err(status)) => self.finish(number, Err(status), out),
                (Verb::Watch, Ok(resource)) => self.open_watch(number, &request, resource, out),
                (Verb::Get | Verb::List, Ok(resource)) if resource.plural == "componentstatuses" => {
                    let result = self.component_statuses(&request, resource);
                    self.finish(number, result, out);
                }
                (Verb::Get, Ok(_)) if Self::is_log(&request) => self.ask_for_log(number, &request, out),
                (_, Ok(_)) if Self::is_exec(&request) => self.ask_to_exec(number, &request, out),
                (Verb::Get | Verb::List, Ok(resource)) => {
                    let result = read::answer(&self.cache, &request, resource, self.clock.seconds(self.now));
                    self.finish(number, result, out);
                }
                (Verb::DeleteCollection, Ok(resource)) => self.delete_collection(number, &request, resource, out),
                (_, Ok(resource)) => match self.planned(number, &request, resource, out) {
                    // What looks wrong may only look old.
                    Err(_) if !fresh || self.is_early(number) => self.unprobed.push(number),
                    Err(status) => self.finish(number, Err(status), out),
                    Ok(plan) => self.carry_out(number, plan, out),
                },
            }
        });
    }

    /// Of what the server sets up, something may want what is only about to be there.
    fn is_early(&mut self, number: u64) -> bool {
        match self.tasks.get_mut(&number) {
            Some(task) if task.caller == Caller::Inside && task.lost_races < MAX_EARLY => {
                task.lost_races += 1;
                true
            }
            _ => false,
        }
    }

    fn plan(&mut self, request: &Request, resource: &Resource, out: &mut Out) -> (Result<Plan, Status>, Vec<String>) {
        let mut random = || out.random();
        let mut context = Context {
            cache: &self.cache,
            config: &self.config,
            clock: self.clock,
            now: self.now,
            random: &mut random,
            warnings: Vec::new(),
        };
        let plan = write::plan(&mut context, request, resource);
        (plan, context.warnings)
    }

    fn planned(&mut self, number: u64, request: &Request, resource: &Resource, out: &mut Out) -> Result<Plan, Status> {
        let (plan, warnings) = self.plan(request, resource, out);
        if let Some(task) = self.tasks.get_mut(&number) {
            task.warnings = warnings;
        }
        plan
    }

    fn carry_out(&mut self, number: u64, plan: Plan, out: &mut Out) {
        let Change { key, revision, value, told, also, others } = match plan {
            Plan::Answer(object) => return self.finish(number, Ok(object), out),
            Plan::Change(change) => change,
        };
        let mut ops = vec![match value {
            Some(value) => {
                let bytes = etcd::Bytes::from(value.to_string());
                let lease = if key.starts_with("/registry/events/") { self.lease_for_event(out) } else { 0 };
                let put = PutRequest { key: key.as_str().into(), value: bytes.clone(), lease, ..PutRequest::default() };
                self.cache.sent(&key, number, bytes, value);
                RequestOp::Put(put)
            }
            None => RequestOp::DeleteRange(DeleteRangeRequest { key: key.as_str().into(), ..Default::default() }),
        }];
        ops.extend(also);
        self.store(number, if_unchanged(&key, revision, &others, ops), Pending { key, answer: told }, out);
    }

    fn store(&mut self, number: u64, txn: TxnRequest, pending: Pending, out: &mut Out) {
        if let Some(task) = self.tasks.get_mut(&number) {
            task.pending = Some(pending);
            self.backend.txn(number, txn, out);
        }
    }
}

/// The kind that a request is about.
fn find<'a>(resources: &'a [Resource], request: &Request) -> Result<&'a Resource, Status> {
    let fits = |resource: &&Resource| {
        resource.plural == request.resource
            && resource.group == request.group
            && (request.version.is_empty() || resource.version == request.version)
    };
    let why = "the server could not find the requested resource";
    resources.iter().find(fits).ok_or_else(|| Status::new(Reason::NotFound, why))
}
