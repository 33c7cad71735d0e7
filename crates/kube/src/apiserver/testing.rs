//! A world for tests: real etcd members, an API server, and whatever other components a test adds.

use std::fmt;

use etcd::rpc::{HttpRequest, HttpResponse, Response};
use etcd::server::{Config as EtcdConfig, Msg as EtcdMsg, Server as EtcdServer};
use serde_json::Value;
use sim::{Actor, Cause, EventId, Fault, Input, Micros, NodeId, Out, Sim, Time};

use super::{ApiServer, Config};
use crate::api::{EventKind, Object, Patch, Request, Status, User, Verb};
use crate::{Msg, Note};

/// Where the API server is.
pub const API: NodeId = NodeId(100);
/// The test, as a client.
pub const CLIENT: NodeId = NodeId(1_000);

/// Any component.
pub trait Part: Send + Sync {
    fn handle(&mut self, now: Time, input: Input<Msg>, out: &mut Out<Msg, Note>);
    fn next_wakeup(&self) -> Option<Time>;
    fn crash(&mut self, lose_unsynced: bool);
    fn wipe(&mut self);
    fn fork(&self) -> Box<dyn Part>;
    fn any(&self) -> &dyn std::any::Any;
}

impl<A: Actor<Msg = Msg, Note = Note> + Send + Sync + 'static> Part for A {
    fn handle(&mut self, now: Time, input: Input<Msg>, out: &mut Out<Msg, Note>) {
        Actor::handle(self, now, input, out);
    }
    fn next_wakeup(&self) -> Option<Time> {
        Actor::next_wakeup(self)
    }
    fn crash(&mut self, lose_unsynced: bool) {
        Actor::crash(self, lose_unsynced);
    }
    fn wipe(&mut self) {
        Actor::wipe(self);
    }
    fn fork(&self) -> Box<dyn Part> {
        Box::new(self.clone())
    }
    fn any(&self) -> &dyn std::any::Any {
        self
    }
}

/// A component of a test's world.
pub struct Any(Box<dyn Part>);

impl Any {
    /// The component, if it is one of these.
    pub fn get<A: 'static>(&self) -> Option<&A> {
        self.0.any().downcast_ref()
    }
}

impl Clone for Any {
    fn clone(&self) -> Self {
        Self(self.0.fork())
    }
}

impl fmt::Debug for Any {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("component")
    }
}

impl Actor for Any {
    type Msg = Msg;
    type Note = Note;

    fn handle(&mut self, now: Time, input: Input<Msg>, out: &mut Out<Msg, Note>) {
        self.0.handle(now, input, out);
    }
    fn next_wakeup(&self) -> Option<Time> {
        self.0.next_wakeup()
    }
    fn crash(&mut self, lose_unsynced: bool) {
        self.0.crash(lose_unsynced);
    }
    fn wipe(&mut self) {
        self.0.wipe();
    }
}

/// A member of etcd among components of Kubernetes.
#[derive(Clone)]
pub struct Member(pub EtcdServer);

impl Actor for Member {
    type Msg = Msg;
    type Note = Note;

    fn handle(&mut self, now: Time, input: Input<Msg>, out: &mut Out<Msg, Note>) {
        let input = match input {
            Input::Start => Input::Start,
            Input::Stop => Input::Stop,
            Input::Wakeup => Input::Wakeup,
            Input::DiskDone { token } => Input::DiskDone { token },
            Input::Disconnected { peer } => Input::Disconnected { peer },
            Input::Message { from, msg: Msg::Etcd(msg) } => Input::Message { from, msg },
            Input::Refused { peer, msg: Msg::Etcd(msg) } => Input::Refused { peer, msg },
            _ => return,
        };
        out.nested(|out| self.0.handle(now, input, out));
    }
    fn next_wakeup(&self) -> Option<Time> {
        self.0.next_wakeup()
    }
    fn crash(&mut self, lose_unsynced: bool) {
        self.0.crash(lose_unsynced);
    }
    fn wipe(&mut self) {
        self.0.wipe();
    }
}

/// What arrived of a watch.
pub type Seen = (EventKind, Object);

/// A world with one member of etcd and an API server.
#[derive(Clone)]
pub struct World {
    pub sim: Sim<Any>,
    last_call: u64,
    mail: Vec<Input<Msg>>,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// Started, and ready. It is made once and forked for every test.
    pub fn new() -> Self {
        static WORLD: std::sync::OnceLock<World> = std::sync::OnceLock::new();
        WORLD.get_or_init(|| Self::with(1)).clone()
    }

    /// The same with so many members of etcd.
    pub fn with(members: u32) -> Self {
        let mut sim = Sim::new(7);
        sim.add_outside(CLIENT);
        let mut world = Self { sim, last_call: 0, mail: Vec::new() };
        let config = Config { etcd: (0..members).map(NodeId).collect(), ..Config::default() };
        for (node, config) in (0..).map(NodeId).zip(EtcdConfig::local_cluster(members, 7)) {
            world.add(node, Member(EtcdServer::new(config)));
        }
        world.run(Micros::secs(1));
        world.add(API, ApiServer::new(config));
        world.run(Micros::secs(1));
        // The account that a controller makes for each namespace; without it there are no pods.
        for namespace in ["default", "kube-system"] {
            world.create("serviceaccounts", namespace, serde_json::json!({ "metadata": { "name": "default" } }));
        }
        world
    }

    /// How far etcd has forgotten its history.
    pub fn compacted(&self) -> i64 {
        let member = self.sim.actor(NodeId(0)).and_then(|part| part.get::<Member>());
        member.and_then(|member| member.0.inside()).map_or(0, |inside| inside.store.compact_revision())
    }

    /// Adds a component and starts it.
    pub fn add(&mut self, node: NodeId, part: impl Part + 'static) {
        self.sim.add_node(node, Any(Box::new(part)));
        self.fault(Fault::Restart { node, wipe: false });
    }

    pub fn fault(&mut self, fault: Fault) {
        self.sim.apply(fault).expect("the node exists");
    }

    pub fn run(&mut self, length: Micros) {
        self.sim.run_for(length);
        self.collect();
    }

    fn collect(&mut self) {
        self.mail.extend(self.sim.take_mail().into_iter().map(|mail| mail.input));
    }

    fn inject(&mut self, msg: impl FnOnce(u64) -> Msg) -> u64 {
        self.last_call += 1;
        let id = self.last_call;
        self.sim.inject(CLIENT, API, msg(id), Cause { event: EventId::NONE, root: id });
        id
    }

    /// Sends a request and does not wait.
    pub fn send(&mut self, request: Request) -> u64 {
        self.inject(|id| Msg::Call { id, request: request.into() })
    }

    /// Ends a call or a watch.
    pub fn cancel(&mut self, id: u64) {
        self.sim.inject(CLIENT, API, Msg::Cancel { id }, Cause::default());
        self.run(Micros::millis(5));
    }

    /// Sends a request and waits for the answer.
    pub fn call(&mut self, request: Request) -> Result<Object, Status> {
        let id = self.send(request);
        self.wait(id)
    }

    /// Waits for the answer to a call.
    pub fn wait(&mut self, id: u64) -> Result<Object, Status> {
        let of = |msg: &Msg| matches!(msg, Msg::Answer { id: of, .. } if *of == id);
        match self.take(of) {
            Some(Msg::Answer { result, .. }) => result,
            _ => panic!("no answer"),
        }
    }

    fn take(&mut self, wanted: impl Fn(&Msg) -> bool) -> Option<Msg> {
        let end = self.sim.now() + Micros::secs(70);
        loop {
            self.collect();
            let found = |input: &Input<Msg>| matches!(input, Input::Message { msg, .. } if wanted(msg));
            if let Some(at) = self.mail.iter().position(found)
                && let Input::Message { msg, .. } = self.mail.remove(at)
            {
                return Some(msg);
            }
            self.sim.next_event_time().filter(|next| *next <= end)?;
            self.sim.step();
        }
    }

    /// What a watch was told until now.
    pub fn events(&mut self, id: u64) -> Vec<Seen> {
        self.run(Micros::millis(20));
        let (mut seen, mut rest) = (Vec::new(), Vec::new());
        for input in self.mail.drain(..) {
            match input {
                Input::Message { msg: Msg::Event { id: of, kind, object }, .. } if of == id => {
                    seen.push((kind, object))
                }
                other => rest.push(other),
            }
        }
        self.mail = rest;
        seen
    }

    /// A request over HTTP as the administrator, and its whole answer.
    pub fn http(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> HttpResponse {
        let admin = "CN=kubernetes-admin,O=kubeadm:cluster-admins,issuer=kubernetes";
        let mut all = vec![("x-client-certificate".to_owned(), admin.to_owned())];
        all.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let request = HttpRequest {
            method: method.into(),
            target: target.into(),
            headers: all,
            body: body.into(),
            at_peer_port: false,
        };
        let id = self.inject(|id| EtcdMsg::Call { id, token: None, request: request.into() }.into());
        let of = |msg: &Msg| matches!(msg, Msg::Etcd(EtcdMsg::Reply { id: of, .. }) if *of == id);
        match self.take(of) {
            Some(Msg::Etcd(EtcdMsg::Reply { result: Ok(Response::Http(response)), .. })) => response,
            other => panic!("no answer over HTTP: {other:?}"),
        }
    }

    /// A request over HTTP as the administrator whose answer comes in parts: what came of it within a time, each part with
    /// its status.
    pub fn stream(&mut self, method: &str, target: &str, length: Micros) -> Vec<HttpResponse> {
        let admin = "CN=kubernetes-admin,O=kubeadm:cluster-admins,issuer=kubernetes";
        let headers = vec![("x-client-certificate".to_owned(), admin.to_owned())];
        let request = HttpRequest { method: method.into(), target: target.into(), headers, ..HttpRequest::default() };
        let call = self.inject(|id| EtcdMsg::Call { id, token: None, request: request.into() }.into());
        self.run(length);
        let mut parts = Vec::new();
        self.mail.retain(|input| match input {
            Input::Message { msg: Msg::Etcd(EtcdMsg::Reply { id, result: Ok(Response::Http(part)) }), .. }
            | Input::Message { msg: Msg::Etcd(EtcdMsg::StreamItem { id, response: Response::Http(part) }), .. }
                if *id == call =>
            {
                parts.push(part.clone());
                false
            }
            _ => true,
        });
        parts
    }

    /// Creates an object and gives it as stored.
    pub fn create(&mut self, resource: &str, namespace: &str, object: Value) -> Object {
        self.call(request(Verb::Create, resource, namespace, "", object)).expect("it can be created")
    }

    /// An object as it is now.
    pub fn get(&mut self, resource: &str, namespace: &str, name: &str) -> Result<Object, Status> {
        self.call(request(Verb::Get, resource, namespace, name, Value::Null))
    }

    /// Patches an object by merging.
    pub fn patch(&mut self, resource: &str, namespace: &str, name: &str, patch: Value) -> Result<Object, Status> {
        self.call(request(Verb::Patch(Patch::Merge), resource, namespace, name, patch))
    }

    /// The names of a list.
    pub fn names(&mut self, resource: &str, namespace: &str) -> Vec<String> {
        let list = self.call(request(Verb::List, resource, namespace, "", Value::Null)).expect("a list");
        list.list("/items")
            .iter()
            .map(|item| item["metadata"]["name"].as_str().unwrap_or_default().to_owned())
            .collect()
    }
}

/// A request of the administrator. `resource` may name a subresource: `pods/binding`, and its group: `deployments.apps`.
pub fn request(verb: Verb, resource: &str, namespace: &str, name: &str, body: Value) -> Request {
    let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
    let known = crate::api::built_in();
    let found = crate::api::find(&known, resource).expect("a resource");
    let admin = User { name: "kubernetes-admin".into(), groups: vec!["system:masters".into()] };
    Request {
        user: admin.into(),
        agent: "test".into(),
        verb,
        group: found.group.clone(),
        version: found.version.clone(),
        resource: found.plural.clone(),
        subresource: subresource.to_owned().into(),
        namespace: namespace.to_owned().into(),
        name: name.to_owned().into(),
        options: Default::default(),
        body: (!body.is_null()).then(|| body.into()),
    }
}
