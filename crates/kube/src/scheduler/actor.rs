//! The process: watches pods and nodes, tries one pod after the other, and binds.

use super::cycle::{Outcome, find};
use super::filters::{Hint, Plugin};
use super::nodes::Nodes;
use super::preempt::{Room, make_room};
use super::queue::{Queue, Waiting};
use crate::Clock;
use crate::api::{Object, Patch, Status, User, Verb};
use crate::client::{Change, Client, Election, Elector, Happened, Key, Out, Rate, Said, Settings, key, kinds};
use crate::component::{Look, Seen};
use crate::log::Log;
use crate::{Msg, Note};
use serde_json::{Value, json};
use sim::{Actor, Input, NodeId, Time};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// What the scheduler has to know.
#[derive(Clone, Debug)]
pub struct Config {
    pub server: NodeId,
    /// The server's address, as it stands in messages.
    pub address: String,
    /// Seconds since 1970 at the simulation's start.
    pub epoch: u64,
    /// The machine it runs on.
    pub host: String,
    /// 50 a second and 100 at once, unless set otherwise.
    pub rate: Option<Rate>,
}

impl Config {
    /// With the real one's defaults.
    pub fn new(server: NodeId, epoch: u64, host: impl Into<String>) -> Self {
        let (address, rate) = ("172.18.0.10:6443".into(), Some(Rate { per_second: 50, burst: 100 }));
        Self { server, address, epoch, host: host.into(), rate }
    }
}

/// What a call was made for.
#[derive(Clone, Debug)]
enum Then {
    /// A pod is being bound to a node.
    Bound(Object, String),
    /// A victim was marked; it is deleted next.
    Marked(Object),
    Nothing,
}

/// kube-scheduler.
#[derive(Clone, Debug)]
pub struct Scheduler {
    client: Client,
    elector: Elector,
    queue: Queue,
    nodes: Nodes,
    calls: BTreeMap<u64, Then>,
    /// The uids of the pods that are being bound.
    assumed: BTreeSet<String>,
    /// Where the search begins when not all nodes are looked at.
    first: usize,
    log: Log,
    /// The last decisions, the newest last: of which pod, and what each node was found to be.
    decisions: VecDeque<(String, String)>,
}

/// Decisions that are kept for the panel.
const DECISIONS: usize = 5;

/// Who says it, in events.
const VOICE: &str = "default-scheduler";

impl Scheduler {
    pub fn new(config: Config) -> Self {
        let user = User { name: "system:kube-scheduler".into(), groups: Vec::new() };
        let client = Client::new(Settings {
            server: config.server,
            address: config.address.into(),
            user: Arc::new(user),
            agent: "kube-scheduler".into(),
            host: config.host.into(),
            clock: Clock { epoch: config.epoch },
            rate: config.rate,
        });
        Self {
            client,
            elector: Elector::new("kube-scheduler"),
            queue: Queue::default(),
            nodes: Nodes::default(),
            calls: BTreeMap::new(),
            assumed: BTreeSet::new(),
            first: 0,
            log: Log::new(Clock { epoch: config.epoch }),
            decisions: VecDeque::new(),
        }
    }

    /// Whether it is the one that works.
    pub fn is_leader(&self) -> bool {
        self.elector.is_leader()
    }

    fn happened(&mut self, now: Time, happened: Happened, out: &mut Out) {
        match happened {
            Happened::Changed(change) if *self.client.kind(change.kind) == kinds::PODS => {
                self.pod_changed(now, &change, out)
            }
            Happened::Changed(change) if *self.client.kind(change.kind) == kinds::NODES => {
                self.node_changed(now, &change)
            }
            Happened::Changed(_) => self.queue.changed(now, Hint::Claim),
            Happened::Answer { id, result } => {
                match self.elector.answer(now, id, &result, &mut self.client, &mut self.log, out) {
                    Some(Election::Won) => {
                        for kind in [kinds::NODES, kinds::PODS, kinds::CLAIMS] {
                            self.client.watch(now, kind, "", out);
                        }
                    }
                    Some(Election::Lost) => self.lost(now, out),
                    Some(Election::Same) => {}
                    None => self.answered(now, id, result, out),
                }
            }
        }
    }

    fn pod_changed(&mut self, now: Time, change: &Change, out: &mut Out) {
        let Some(object) = change.object() else { return };
        let place = key(object);
        let is_done = |pod: &Object| matches!(pod.text("/status/phase"), "Succeeded" | "Failed");
        let runs = |pod: &Option<Object>| {
            pod.as_ref().is_some_and(|pod| !pod.text("/spec/nodeName").is_empty() && !is_done(pod))
        };
        match &change.new {
            Some(pod) if runs(&change.new) => {
                self.queue.remove(&place);
                self.nodes.place(pod, pod.text("/spec/nodeName"));
                if !runs(&change.old) {
                    self.queue.changed(now, Hint::PodPlaced);
                }
            }
            Some(pod) if pod.text("/spec/nodeName").is_empty() && !is_done(pod) && !pod.is_terminating() => {
                let is_ours = pod.text("/spec/schedulerName") == VOICE && pod.list("/spec/schedulingGates").is_empty();
                if is_ours && !self.assumed.contains(pod.uid()) {
                    self.queue.put(now, pod, out.cause());
                }
            }
            _ => {
                self.queue.remove(&place);
                self.nodes.remove(&place);
                if runs(&change.old) {
                    self.queue.changed(now, Hint::PodGone);
                }
            }
        }
    }

    fn node_changed(&mut self, now: Time, change: &Change) {
        let Some(node) = &change.new else {
            if let Some(old) = &change.old {
                self.nodes.remove_node(old.name());
            }
            return;
        };
        self.nodes.put_node(node);
        let Some(old) = &change.old else { return self.queue.changed(now, Hint::NodeAdded) };
        let differs = |pointer: &str| old.pointer(pointer) != node.pointer(pointer);
        if differs("/metadata/labels") {
            self.queue.changed(now, Hint::NodeLabels);
        }
        if differs("/spec/taints") || differs("/spec/unschedulable") {
            self.queue.changed(now, Hint::NodeTaints);
        }
        if differs("/status/allocatable") {
            self.queue.changed(now, Hint::NodeResources);
        }
    }

    fn lost(&mut self, now: Time, out: &mut Out) {
        out.note(Note::Said("leaderelection lost".into()));
        self.log.error(now, "server.go:341", "\"Leaderelection lost\"");
        out.exit(1);
    }

    /// Tries the pods that are due.
    fn schedule(&mut self, now: Time, out: &mut Out) {
        if !self.elector.is_leader() || !self.client.synced() {
            return;
        }
        while let Some(Waiting { pod, cause, .. }) = self.queue.next(now) {
            out.with_cause(cause, |out| self.try_pod(now, &pod, out));
        }
    }

    fn try_pod(&mut self, now: Time, pod: &Object, out: &mut Out) {
        if let Some(message) = self.missing_claim(pod) {
            return self.fail(now, pod, message, BTreeSet::from([Plugin::VolumeBinding]), None, out);
        }
        let (outcome, why) = find(pod, &self.nodes, &mut self.first, out.random());
        let name = format!("{}/{}", pod.namespace(), pod.name());
        out.note(Note::Said(format!("{name}: {why}")));
        self.decisions.push_back((name, why));
        if self.decisions.len() > DECISIONS {
            self.decisions.pop_front();
        }
        match outcome {
            Outcome::Fits { node } => self.bind(now, pod, node, out),
            Outcome::Nowhere { message, by, may_preempt } => {
                if self.nodes.len() == 0 {
                    return self.fail(now, pod, message, by, None, out);
                }
                match make_room(pod, &self.nodes, &may_preempt) {
                    Room::Made { node, victims } => {
                        self.evict(now, pod, &node, victims, out);
                        self.fail(now, pod, message, by, Some(node), out);
                    }
                    Room::None(why) => {
                        let message = format!("{message} no new claims to deallocate, preemption: {why}");
                        self.fail(now, pod, message, by, None, out);
                    }
                }
            }
        }
    }

    /// A pod that names a claim which does not exist cannot be placed.
    fn missing_claim(&self, pod: &Object) -> Option<String> {
        let claims = self.client.cache(&kinds::CLAIMS);
        let names =
            pod.list("/spec/volumes").iter().filter_map(|one| one["persistentVolumeClaim"]["claimName"].as_str());
        let count = self.nodes.len();
        for name in names {
            let Some(claim) = claims.get(pod.namespace(), name) else {
                return Some(format!(
                    "0/{count} nodes are available: persistentvolumeclaim \"{name}\" not found. not found"
                ));
            };
            if claim.text("/status/phase") != "Bound" {
                let why = "pod has unbound immediate PersistentVolumeClaims. not found";
                return Some(format!("0/{count} nodes are available: {why}"));
            }
        }
        None
    }

    fn bind(&mut self, now: Time, pod: &Object, node: String, out: &mut Out) {
        let assumed = pod.edit(|pod| pod["spec"]["nodeName"] = node.as_str().into());
        self.nodes.place(&assumed, &node);
        self.queue.changed(now, Hint::PodPlaced);
        let mut request = kinds::PODS.request(Verb::Create, pod.namespace(), pod.name());
        request.subresource = "binding".into();
        request.body = Some(
            json!({ "kind": "Binding", "apiVersion": "v1",
                "metadata": { "name": pod.name(), "namespace": pod.namespace(), "uid": pod.uid() },
                "target": { "kind": "Node", "name": node } })
            .into(),
        );
        let id = self.client.call(now, request, out);
        self.assumed.insert(pod.uid().to_owned());
        self.calls.insert(id, Then::Bound(pod.clone(), node));
    }

    fn fail(
        &mut self,
        now: Time,
        pod: &Object,
        message: String,
        by: BTreeSet<Plugin>,
        nominated: Option<String>,
        out: &mut Out,
    ) {
        self.queue.turned_away(now, key(pod), by);
        let mut said = Said::warning(pod, VOICE, "FailedScheduling", message.as_str());
        said.action = "Scheduling".into();
        self.client.tell(now, said, out);
        let text = format!("\"Unable to schedule pod; no fit; waiting\" pod=\"{}\" err={message:?}", key(pod));
        self.log.info(now, "schedule_one.go:1117", &text);
        let old = pod.list("/status/conditions").iter().find(|one| one["type"] == "PodScheduled");
        let is_same = old.is_some_and(|old| old["status"] == "False" && old["message"] == message.as_str());
        if is_same && nominated.is_none() {
            return;
        }
        let since = old.filter(|old| old["status"] == "False").map(|old| old["lastTransitionTime"].clone());
        let mut condition = json!({ "type": "PodScheduled" });
        if let Some(generation) = pod.number("/metadata/generation") {
            condition["observedGeneration"] = generation.into();
        }
        condition["status"] = "False".into();
        condition["lastProbeTime"] = Value::Null;
        condition["lastTransitionTime"] = since.unwrap_or_else(|| self.client.clock().stamp(now).into());
        condition["reason"] = "Unschedulable".into();
        condition["message"] = message.into();
        let mut status = json!({ "conditions": [condition] });
        if let Some(node) = nominated {
            status["nominatedNodeName"] = node.into();
        }
        self.patch_status(now, pod, status, Then::Nothing, out);
    }

    fn patch_status(&mut self, now: Time, pod: &Object, status: Value, then: Then, out: &mut Out) {
        let patch = json!({ "status": status });
        let mut request = kinds::PODS.patch(Patch::Strategic, pod.namespace(), pod.name(), patch);
        request.subresource = "status".into();
        let id = self.client.call(now, request, out);
        self.calls.insert(id, then);
    }

    /// Marks the victims of a preemption; each is deleted when it is marked.
    fn evict(&mut self, now: Time, pod: &Object, node: &str, victims: Vec<Object>, out: &mut Out) {
        for victim in victims.into_iter().filter(|victim| !victim.is_terminating()) {
            let mut said =
                Said::normal(&victim, VOICE, "Preempted", format!("Preempted by pod {} on node {node}", pod.uid()));
            said.action = "Preempting".into();
            self.client.tell(now, said, out);
            let message = format!("{VOICE}: preempting to accommodate a higher priority pod");
            let condition = json!({ "type": "DisruptionTarget", "status": "True", "lastProbeTime": null,
                "lastTransitionTime": self.client.clock().stamp(now), "reason": "PreemptionByScheduler", "message": message });
            self.patch_status(now, &victim.clone(), json!({ "conditions": [condition] }), Then::Marked(victim), out);
        }
    }

    fn answered(&mut self, now: Time, id: u64, result: Result<Object, Status>, out: &mut Out) {
        let then = self.calls.remove(&id);
        if let Some(Then::Bound(pod, _)) = &then {
            self.assumed.remove(pod.uid());
        }
        match (then, result) {
            (Some(Then::Bound(pod, node)), Ok(_)) => {
                self.queue.remove(&key(&pod));
                let message = format!("Successfully assigned {}/{} to {node}", pod.namespace(), pod.name());
                let text = format!("\"Successfully bound pod to node\" pod=\"{}\" node={node:?}", key(&pod));
                self.log.info(now, "schedule_one.go:346", &text);
                let mut said = Said::normal(&pod, VOICE, "Scheduled", message);
                said.action = "Binding".into();
                self.client.tell(now, said, out);
            }
            (Some(Then::Bound(pod, _)), Err(status)) => {
                let place: Key = key(&pod);
                let is_known = self.client.cache(&kinds::PODS).by_key(&place).is_some_and(|one| one.uid() == pod.uid());
                self.nodes.remove(&place);
                if status.reason.code() == 404 || !is_known {
                    return self.queue.remove(&place);
                }
                let text = format!("\"Failed to bind pod\" pod=\"{place}\" err={:?}", status.message);
                self.log.error(now, "schedule_one.go:1002", &text);
                let mut said = Said::warning(&pod, VOICE, "FailedScheduling", status.message.as_str());
                said.action = "Binding".into();
                self.client.tell(now, said, out);
                self.queue.again(now, place);
            }
            (Some(Then::Marked(victim)), Ok(_)) => {
                let id = self.client.call(now, kinds::PODS.delete(&victim), out);
                self.calls.insert(id, Then::Nothing);
            }
            _ => {}
        }
    }
}

impl Actor for Scheduler {
    type Msg = Msg;
    type Note = Note;

    fn handle(&mut self, now: Time, input: Input<Msg>, out: &mut Out) {
        match &input {
            Input::Start => {
                self.log.info(now, "server.go:176", "\"Starting Kubernetes Scheduler\" version=\"v1.36.2\"");
                self.elector.start(now, &mut self.client, &mut self.log, out);
            }
            Input::Stop => out.exit(0),
            _ => {}
        }
        for happened in self.client.handle(now, &input, out) {
            self.happened(now, happened, out);
        }
        if self.elector.time(now, &mut self.client, &mut self.log, out) == Election::Lost {
            return self.lost(now, out);
        }
        self.schedule(now, out);
    }

    fn next_wakeup(&self) -> Option<Time> {
        let queue = self.queue.next_wakeup();
        queue.into_iter().chain(self.client.next_wakeup()).chain(self.elector.next_wakeup()).min()
    }

    fn crash(&mut self, _lose_unsynced: bool) {
        self.client = self.client.restarted();
        self.elector = Elector::new("kube-scheduler");
        self.queue = Queue::default();
        self.nodes = Nodes::default();
        self.calls.clear();
        self.assumed.clear();
    }

    fn wipe(&mut self) {}
}

impl Seen for Scheduler {
    fn look(&self) -> Look {
        let leads = if self.is_leader() { "leader, it works" } else { "not the leader, it waits" };
        let [active, backoff, unschedulable] = self.queue.lengths();
        let look = Look::of(&self.log)
            .with("Election", leads)
            .with("Nodes it knows", self.nodes.len())
            .with("Pods to place now", active)
            .with("Pods to try again later", backoff)
            .with("Pods that fit nowhere", unschedulable);
        // Each node's verdict, or its score by plugin, of the last decisions: the newest first.
        self.decisions.iter().rev().fold(look, |look, (pod, why)| look.with(pod, why))
    }

    fn log(&mut self) -> Option<&mut Log> {
        Some(&mut self.log)
    }
}
