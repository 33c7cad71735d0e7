//! A component's connection with the API server: its calls, its informers, its events.

use super::event::Recorder;
use super::informer::Informer;
use super::limit::Limiter;
use super::{Cache, Change, Kind, Out, Rate, Said, key};
use crate::Clock;
use crate::Msg;
use crate::api::{Object, Reason, Request, Status, User, Verb, Words};
use sim::{Cause, Input, Micros, NodeId, Time};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// How long an answer may take. The API server itself gives up after a minute.
const PATIENCE: Micros = Micros::secs(64);

/// What a client has to know.
#[derive(Clone, Debug)]
pub struct Settings {
    pub server: NodeId,
    /// As the server's address stands in messages: `172.18.0.10:6443`.
    pub address: Words,
    pub user: Arc<User>,
    /// The program: `kube-scheduler`.
    pub agent: Words,
    /// The machine it runs on, for events.
    pub host: Words,
    pub clock: Clock,
    /// How many requests it allows itself; watches and events do not count.
    pub rate: Option<Rate>,
}

/// What a component gets to know from its client.
#[derive(Clone, Debug)]
pub enum Happened {
    /// A call was answered, or failed on the way.
    Answer { id: u64, result: Result<Object, Status> },
    /// Something that is watched changed.
    Changed(Change),
}

#[derive(Clone, Debug)]
struct Call {
    request: Arc<Request>,
    deadline: Time,
    /// An event's, which nobody waits for.
    is_event: bool,
}

/// A connection with the API server.
#[derive(Clone, Debug)]
pub struct Client {
    settings: Settings,
    next_id: u64,
    calls: BTreeMap<u64, Call>,
    deadlines: BTreeSet<(Time, u64)>,
    limiter: Limiter,
    /// Calls that wait for the rate.
    waiting: VecDeque<(Time, Cause, u64)>,
    informers: Vec<Informer>,
    recorder: Recorder,
}

impl Client {
    pub fn new(settings: Settings) -> Self {
        let limiter = Limiter::new(settings.rate);
        let recorder = Recorder::new(settings.agent.clone(), settings.host.clone(), settings.clock);
        Self {
            settings,
            next_id: 0,
            calls: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            limiter,
            waiting: VecDeque::new(),
            informers: Vec::new(),
            recorder,
        }
    }

    /// Asks another server from now on, which answers nothing that was asked before.
    pub fn turn_to(&mut self, server: NodeId, address: Words) {
        (self.settings.server, self.settings.address) = (server, address);
    }

    /// A new process with the same settings; numbers are not used again, so late answers find nobody.
    #[must_use]
    pub fn restarted(&self) -> Self {
        Self { next_id: self.next_id, ..Self::new(self.settings.clone()) }
    }

    /// The same with numbers from here on, for one of several clients at one address.
    #[must_use]
    pub fn numbered_from(self, first: u64) -> Self {
        Self { next_id: first, ..self }
    }

    /// The process ends, and with it its watches.
    pub fn close(&self, out: &mut Out) {
        for id in self.informers.iter().filter_map(Informer::watch) {
            out.send(self.settings.server, Msg::Cancel { id });
        }
    }

    pub fn clock(&self) -> Clock {
        self.settings.clock
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Watches a kind from now on; gives the number of it in [`Change::kind`].
    pub fn watch(&mut self, now: Time, kind: Kind, field_selector: impl Into<Words>, out: &mut Out) -> usize {
        let mut informer = Informer::new(kind, field_selector.into());
        informer.start(now);
        self.informers.push(informer);
        self.open_watches(now, out);
        self.informers.len() - 1
    }

    /// Whether everything that is watched is known.
    pub fn synced(&self) -> bool {
        self.informers.iter().all(|informer| informer.synced)
    }

    /// What is known of a watched kind.
    pub fn cache(&self, kind: &Kind) -> &Cache {
        static NOTHING: std::sync::LazyLock<Cache> = std::sync::LazyLock::new(Cache::default);
        self.informers.iter().find(|one| one.kind == *kind).map_or(&NOTHING, |one| &one.cache)
    }

    /// The watched kind with this number.
    pub fn kind(&self, index: usize) -> &Kind {
        &self.informers[index].kind
    }

    /// The watched kinds.
    pub fn kinds(&self) -> impl Iterator<Item = (&Kind, &Cache)> {
        self.informers.iter().map(|informer| (&informer.kind, &informer.cache))
    }

    /// Sends a request; its answer comes as [`Happened::Answer`] with the number given.
    pub fn call(&mut self, now: Time, request: Request, out: &mut Out) -> u64 {
        self.call_as(now, Arc::clone(&self.settings.user), request, out)
    }

    /// The same in another one's name.
    pub fn call_as(&mut self, now: Time, user: Arc<User>, request: Request, out: &mut Out) -> u64 {
        let at = self.limiter.take(now);
        let id = self.note_call(now, user, request, false);
        if at > now {
            self.waiting.push_back((at, out.cause(), id));
        } else {
            self.send(id, out);
        }
        id
    }

    /// Sends a request that the rate does not hold up: the lease of a leader is renewed by a client of its own
    /// (`cmd/kube-controller-manager/app/controllermanager.go`, `leaderElectAndRun`), or who has much to do would lose it.
    pub fn call_unlimited(&mut self, now: Time, request: Request, out: &mut Out) -> u64 {
        let id = self.note_call(now, Arc::clone(&self.settings.user), request, false);
        self.send(id, out);
        id
    }

    /// Tells what happened to an object, as an event.
    pub fn tell(&mut self, now: Time, said: Said, out: &mut Out) {
        self.recorder.tell(now, said, out.cause());
        self.send_event(now, out);
    }

    /// Takes an input; says what the component gets to know by it.
    pub fn handle(&mut self, now: Time, input: &Input<Msg>, out: &mut Out) -> Vec<Happened> {
        let mut happened = Vec::new();
        match input {
            Input::Message { msg: Msg::Answer { id, result }, .. } => {
                if let Some(index) = self.informer_of(*id) {
                    let chance = out.random();
                    self.informers[index].failed(now, result.as_ref().err(), chance);
                } else {
                    self.answered(*id, result.clone(), out, &mut happened);
                }
            }
            Input::Message { msg: Msg::Event { id, kind, object }, .. } => {
                if let Some(index) = self.informer_of(*id) {
                    let changes = self.informers[index].event(index, *kind, object.clone());
                    happened.extend(changes.into_iter().map(Happened::Changed));
                }
            }
            Input::Message { msg: Msg::End { id }, .. } => {
                if let Some(index) = self.informer_of(*id) {
                    self.informers[index].ended(now);
                }
            }
            Input::Refused { msg: Msg::Call { id, .. }, .. } => {
                let why = format!("dial tcp {}: connect: connection refused", self.settings.address);
                self.broken(now, &[*id], &why, out, &mut happened);
            }
            Input::Disconnected { peer } if *peer == self.settings.server => {
                let waiting: BTreeSet<u64> = self.waiting.iter().map(|(_, _, id)| *id).collect();
                let watches = self.informers.iter().filter_map(Informer::watch);
                let ids: Vec<u64> =
                    self.calls.keys().copied().filter(|id| !waiting.contains(id)).chain(watches).collect();
                self.broken(now, &ids, "unexpected EOF", out, &mut happened);
            }
            Input::Wakeup => self.time(now, out, &mut happened),
            _ => {}
        }
        self.open_watches(now, out);
        self.send_event(now, out);
        happened
    }

    pub fn next_wakeup(&self) -> Option<Time> {
        let waiting = self.waiting.front().map(|(at, _, _)| *at);
        let deadline = self.deadlines.first().map(|(at, _)| *at);
        let watches = self.informers.iter().filter_map(Informer::next_wakeup);
        watches.chain(waiting).chain(deadline).chain(self.recorder.next_wakeup()).min()
    }

    fn time(&mut self, now: Time, out: &mut Out, happened: &mut Vec<Happened>) {
        while let Some((_, cause, id)) = self.waiting.pop_front_if(|(at, _, _)| *at <= now) {
            out.with_cause(cause, |out| self.send(id, out));
        }
        while let Some((at, id)) = self.deadlines.first().copied().filter(|(at, _)| *at <= now) {
            self.deadlines.remove(&(at, id));
            if self.calls.contains_key(&id) {
                out.send(self.settings.server, Msg::Cancel { id });
                let why = "net/http: request canceled (Client.Timeout exceeded while awaiting headers)";
                self.broken(now, &[id], why, out, happened);
            }
        }
        self.recorder.time(now);
    }

    fn broken(&mut self, now: Time, ids: &[u64], why: &str, out: &mut Out, happened: &mut Vec<Happened>) {
        for id in ids {
            if let Some(index) = self.informer_of(*id) {
                let chance = out.random();
                self.informers[index].failed(now, None, chance);
            } else {
                self.answered(*id, Err(Status::new(Reason::ServiceUnavailable, why)), out, happened);
            }
        }
    }

    fn answered(&mut self, id: u64, result: Result<Object, Status>, out: &mut Out, happened: &mut Vec<Happened>) {
        let Some(call) = self.calls.remove(&id) else { return };
        self.deadlines.remove(&(call.deadline, id));
        if call.is_event {
            return self.recorder.answered(out.random(), &result);
        }
        // What a component has written itself it knows at once.
        if let Ok(object) = &result
            && let Some(change) = self.learn(&call.request, object)
        {
            happened.push(Happened::Changed(change));
        }
        happened.push(Happened::Answer { id, result });
    }

    fn learn(&mut self, request: &Request, object: &Object) -> Option<Change> {
        let index = self.informers.iter().position(|informer| informer.kind.is_of(request))?;
        let cache = &mut self.informers[index].cache;
        if request.verb == Verb::Delete {
            let stays = object.kind() != "Status"
                && (!object.list("/metadata/finalizers").is_empty()
                    || object.number("/metadata/deletionGracePeriodSeconds").is_some_and(|grace| grace > 0));
            if !stays {
                let place = if request.namespace.is_empty() {
                    request.name.to_string()
                } else {
                    format!("{}/{}", request.namespace, request.name)
                };
                return cache.removed_by_answer(index, &place.into());
            }
        }
        let writes = matches!(request.verb, Verb::Create | Verb::Update | Verb::Patch(_) | Verb::Delete);
        let is_whole = object.kind() == self.informers[index].kind.kind && !object.resource_version().is_empty();
        // Only what is watched is kept: a field selector may leave an object out.
        let is_known = self.informers[index].cache.by_key(&key(object)).is_some();
        let cache = &mut self.informers[index].cache;
        (writes && is_whole && (is_known || request.verb == Verb::Create)).then(|| cache.put(index, object.clone()))?
    }

    fn informer_of(&self, id: u64) -> Option<usize> {
        self.informers.iter().position(|informer| informer.watch() == Some(id))
    }

    fn open_watches(&mut self, now: Time, out: &mut Out) {
        for index in 0..self.informers.len() {
            if self.informers[index].wants_watch(now) {
                self.next_id += 1;
                let mut request = self.informers[index].open(self.next_id);
                request.user = Arc::clone(&self.settings.user);
                request.agent = self.settings.agent.clone();
                out.send(self.settings.server, Msg::Call { id: self.next_id, request: Arc::new(request) });
            }
        }
    }

    fn send_event(&mut self, now: Time, out: &mut Out) {
        if let Some((request, cause)) = self.recorder.next(now) {
            let id = self.note_call(now, Arc::clone(&self.settings.user), request, true);
            out.with_cause(cause, |out| self.send(id, out));
        }
    }

    fn note_call(&mut self, now: Time, user: Arc<User>, mut request: Request, is_event: bool) -> u64 {
        self.next_id += 1;
        request.user = user;
        request.agent = self.settings.agent.clone();
        let deadline = now + PATIENCE;
        self.deadlines.insert((deadline, self.next_id));
        self.calls.insert(self.next_id, Call { request: Arc::new(request), deadline, is_event });
        self.next_id
    }

    fn send(&mut self, id: u64, out: &mut Out) {
        if let Some(call) = self.calls.get(&id) {
            out.send(self.settings.server, Msg::Call { id, request: Arc::clone(&call.request) });
        }
    }
}
