//! The running process: the cache's feeding, and the way of a request through waiting, working out and storing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use etcd::rpc::{DeleteRangeRequest, PutRequest, RequestOp, Response, TxnRequest};
use etcd::server::Msg as EtcdMsg;
use sim::{Cause, Input, Micros, NodeId, Time};

use super::backend::{Answer, Backend, Purpose, if_unchanged};
use super::cache::Cache;
use super::task::{Caller, Pending, Task, Told};
use super::view::View;
use super::watchers::Watchers;
use super::write::{Change, Context, Plan};
use super::{Config, custom, http, read, write};
use crate::api::{Clock, Object, Reason, Request, Resource, Status, Verb, built_in};
use crate::{Msg, Note};

pub(super) type Out = sim::Out<Msg, Note>;

/// How long a request may take (`--request-timeout`).
const REQUEST_TIMEOUT: Micros = Micros::secs(60);
/// How often a change is worked out anew because somebody else was faster, before the client is told to try again.
const MAX_LOST_RACES: u32 = 100;

#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) config: Arc<Config>,
    pub(super) clock: Clock,
    pub(super) now: Time,
    pub(super) resources: Arc<Vec<Resource>>,
    pub(super) cache: Cache,
    pub(super) watchers: Watchers,
    backend: Backend,
    ready: bool,
    tasks: BTreeMap<u64, Task>,
    last_task: u64,
    by_caller: BTreeMap<(NodeId, u64), u64>,
    deadlines: BTreeSet<(Time, u64)>,
    /// When watches end that were asked for a time.
    watch_ends: BTreeSet<(Time, (NodeId, u64))>,
    /// Those for which etcd is to be asked how far it is.
    unprobed: Vec<u64>,
    /// Those that wait until the cache is so far.
    waiting: BTreeMap<i64, Vec<u64>>,
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

    pub(super) fn watches(&self) -> usize {
        self.watchers.len()
    }

    pub(super) fn next_wakeup(&self) -> Option<Time> {
        let deadline = self.deadlines.first().map(|(at, _)| *at);
        let watch_end = self.watch_ends.first().map(|(at, _)| *at);
        [deadline, watch_end, self.backend.retry_at].into_iter().flatten().min()
    }

    pub(super) fn start(&mut self, now: Time, out: &mut Out) {
        (self.now, self.backend.now) = (now, now);
        self.backend.list(out);
    }

    pub(super) fn input(&mut self, now: Time, input: Input<Msg>, out: &mut Out) {
        (self.now, self.backend.now) = (now, now);
        match input {
            Input::Message { from, msg: Msg::Call { id, request } } => {
                self.begin(Caller::Component { node: from, id }, request, out);
            }
            Input::Message {
                from,
                msg: Msg::Etcd(EtcdMsg::Call { id, request: etcd::rpc::Request::Http(request), .. }),
            } => {
                self.http(from, id, &request, out);
            }
            Input::Message { from, msg: Msg::Cancel { id } | Msg::Etcd(EtcdMsg::Cancel { id }) } => {
                self.cancel(from, id);
            }
            Input::Message { from, msg: Msg::Etcd(EtcdMsg::Dial { id }) } => {
                out.send(from, EtcdMsg::Accepted { id }.into());
            }
            Input::Disconnected { peer } if !self.backend.is_member(peer) => self.forget(peer),
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

    fn end(&mut self, number: u64) -> Option<Task> {
        let task = self.tasks.remove(&number)?;
        self.deadlines.remove(&(task.deadline, number));
        if let Some(address) = task.caller.address() {
            self.by_caller.remove(&address);
        }
        Some(task)
    }

    fn finish(&mut self, number: u64, result: Result<Object, Status>, out: &mut Out) {
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
        let whole = read::answer(&self.cache, request, resource, self.clock.unix(self.now));
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

    fn cancel(&mut self, node: NodeId, id: u64) {
        self.watchers.remove(node, id);
        if let Some(number) = self.by_caller.get(&(node, id)).copied() {
            self.end(number);
        }
    }

    fn forget(&mut self, node: NodeId) {
        self.watchers.forget(node);
        let range = (node, 0)..=(node, u64::MAX);
        let numbers: Vec<_> = self.by_caller.range(range).map(|(_, number)| *number).collect();
        for number in numbers {
            self.end(number);
        }
    }

    fn wake(&mut self, out: &mut Out) {
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

    fn run(&mut self, number: u64, out: &mut Out) {
        let Some(task) = self.tasks.get(&number) else { return };
        let (request, cause, fresh) = (Arc::clone(&task.request), task.cause, task.fresh);
        out.with_cause(cause, |out| {
            let found = self.resource(&request).and_then(|resource| {
                self.authorize(&request, &resource)?;
                Ok(resource)
            });
            match (&request.verb, found) {
                (_, Err(status)) => self.finish(number, Err(status), out),
                (Verb::Watch, Ok(resource)) => self.open_watch(number, &request, &resource, out),
                (Verb::Get | Verb::List, Ok(resource)) => {
                    let result = read::answer(&self.cache, &request, &resource, self.clock.unix(self.now));
                    self.finish(number, result, out);
                }
                (Verb::DeleteCollection, Ok(resource)) => self.delete_collection(number, &request, &resource, out),
                (_, Ok(resource)) => match self.planned(number, &request, &resource, out) {
                    // What looks wrong may only look old.
                    Err(_) if !fresh => self.unprobed.push(number),
                    Err(status) => self.finish(number, Err(status), out),
                    Ok(plan) => self.carry_out(number, plan, out),
                },
            }
        });
    }

    fn resource(&self, request: &Request) -> Result<Resource, Status> {
        let fits = |resource: &&Resource| {
            resource.plural == request.resource
                && resource.group == request.group
                && (request.version.is_empty() || resource.version == request.version)
        };
        let why = "the server could not find the requested resource";
        self.resources.iter().find(fits).cloned().ok_or_else(|| Status::new(Reason::NotFound, why))
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
                let put = PutRequest { key: key.as_str().into(), value: bytes.clone(), ..PutRequest::default() };
                self.cache.sent(&key, bytes, value);
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

    // What etcd says.

    fn answered(&mut self, answer: Answer, out: &mut Out) {
        match answer {
            Answer::Reply(Purpose::List, _, Ok(Response::Range(range))) => {
                self.cache.replace(&range.kvs, range.header.revision);
                self.backend.watch(range.header.revision, out);
                self.ready = true;
                self.learn_resources();
                self.set_up(out);
                self.caught_up(out);
            }
            Answer::Reply(Purpose::List, ..) => self.backend.turn(self.now),
            Answer::Reply(Purpose::Probe(tasks), _, Ok(response)) => {
                let revision = response.header().revision;
                self.wait_for(revision, tasks, out);
            }
            Answer::Reply(Purpose::Probe(tasks), ..) => {
                self.unprobed.extend(tasks);
                self.backend.turn(self.now);
            }
            Answer::Reply(Purpose::Txn(number), cause, result) => {
                out.with_cause(cause, |out| self.stored(number, result, out));
            }
            Answer::Watch(watch) => self.changed(&watch, out),
            Answer::WatchEnded => self.backend.turn(self.now),
        }
    }

    fn stored(&mut self, number: u64, result: Result<Response, etcd::rpc::Status>, out: &mut Out) {
        let Some(pending) = self.tasks.get_mut(&number).and_then(|task| task.pending.take()) else { return };
        let txn = match result {
            Ok(Response::Txn(txn)) => txn,
            Ok(_) => return,
            Err(status) => {
                self.cache.unsent(&pending.key);
                return self.finish(number, Err(Status::new(Reason::Unknown, status.message)), out);
            }
        };
        let revision = txn.header.revision;
        if txn.succeeded {
            let object = match pending.answer {
                Told::Other(object) => object,
                Told::Stored => self.cache.stored(&pending.key, revision),
                Told::Scale => write::scale_of(&self.cache.stored(&pending.key, revision)),
            };
            return self.finish(number, Ok(object), out);
        }
        self.cache.unsent(&pending.key);
        let Some(task) = self.tasks.get_mut(&number) else { return };
        task.lost_races += 1;
        task.fresh = true;
        if task.lost_races > MAX_LOST_RACES {
            let name = task.request.name.to_string();
            return self.finish(number, Err(Status::conflict("", &name)), out);
        }
        self.wait_for(revision, vec![number], out);
    }

    /// Goes on with tasks when the cache is as far as `revision`.
    fn wait_for(&mut self, revision: i64, tasks: Vec<u64>, out: &mut Out) {
        for number in &tasks {
            if let Some(task) = self.tasks.get_mut(number) {
                task.fresh = true;
            }
        }
        if self.cache.revision() >= revision {
            return tasks.into_iter().for_each(|number| self.run(number, out));
        }
        self.waiting.entry(revision).or_default().extend(tasks);
        // Changes outside of the registry do not come by the watch; that they happened has to be asked for.
        self.backend.ask_progress(out);
    }

    fn caught_up(&mut self, out: &mut Out) {
        while let Some(entry) = self.waiting.first_entry()
            && *entry.key() <= self.cache.revision()
        {
            entry.remove().into_iter().for_each(|number| self.run(number, out));
        }
    }

    fn changed(&mut self, watch: &etcd::rpc::WatchResponse, out: &mut Out) {
        if watch.canceled {
            return self.start_over(out);
        }
        for event in &watch.events {
            let Some(change) = self.cache.apply(event) else { continue };
            if change.key.starts_with(custom::DEFINITIONS) {
                self.learn_resources();
            }
            for watcher in self.watchers.concerned(&change) {
                if let Some((kind, object)) = watcher.sees(&change) {
                    let unix = self.clock.unix(self.now);
                    match watcher.caller {
                        Caller::Component { node, id } => out.send(node, Msg::Event { id, kind, object }),
                        Caller::Http { node, id } => {
                            http::send_lines(node, id, watcher.view.line(kind, object, unix), out);
                        }
                        Caller::Inside | Caller::Part { .. } => {}
                    }
                }
            }
        }
        if !watch.fragment && !watch.created {
            self.cache.advance(watch.header.revision);
        }
        self.caught_up(out);
    }

    /// What etcd has compacted the cache has missed: everything is read anew, and clients have to do the same.
    fn start_over(&mut self, out: &mut Out) {
        self.ready = false;
        for watcher in self.watchers.take() {
            if let Caller::Http { node, id } = watcher.caller {
                let why = format!("too old resource version: {} ({})", watcher.since, self.cache.revision());
                http::send_lines(node, id, http::error_line(&Status::new(Reason::Expired, why)), out);
            }
            out.with_cause(watcher.cause, |out| end_watch(watcher.caller, out));
        }
        self.backend.list(out);
    }

    /// Custom resources come and go with their definitions.
    fn learn_resources(&mut self) {
        let mut resources = built_in();
        resources.extend(custom::resources(&self.cache));
        self.resources = Arc::new(resources);
    }

    fn open_watch(&mut self, number: u64, request: &Request, resource: &Resource, out: &mut Out) {
        let opened = read::open(&self.cache, request, resource);
        let Some(task) = self.end(number) else { return };
        let (caller, cause) = (task.caller, task.cause);
        match opened {
            Err(status) => self.reply(caller, request, Err(status), &[], out),
            Ok(opened) => {
                let view = View::of(&self.cache, request, resource);
                match caller {
                    Caller::Component { node, id } => {
                        for (kind, object) in opened.events {
                            out.send(node, Msg::Event { id, kind, object });
                        }
                    }
                    Caller::Http { node, id } => {
                        let unix = self.clock.unix(self.now);
                        let lines: Vec<_> =
                            opened.events.into_iter().map(|(kind, object)| view.line(kind, object, unix)).collect();
                        self.http_watch((node, id), request, &lines.concat(), out);
                    }
                    Caller::Inside | Caller::Part { .. } => {}
                }
                let until = match request.options.timeout_seconds {
                    seconds if seconds > 0 => Some(self.now + Micros::secs(seconds.unsigned_abs())),
                    _ => None,
                };
                if let (Some(until), Some(address)) = (until, caller.address()) {
                    self.watch_ends.insert((until, address));
                }
                let (prefix, selector, since) = (opened.prefix, opened.selector, self.cache.revision());
                self.watchers.insert(super::watchers::Watcher { caller, prefix, selector, since, cause, view });
            }
        }
    }
}

fn end_watch(caller: Caller, out: &mut Out) {
    match caller {
        Caller::Component { node, id } => out.send(node, Msg::End { id }),
        Caller::Http { node, id } => http::end(node, id, out),
        Caller::Inside | Caller::Part { .. } => {}
    }
}
