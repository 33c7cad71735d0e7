//! The process: elects itself leader, watches, and runs the controllers' plans.

use super::controller::{Call, Controller, Memory, Plan, Step, View};
use super::{
    accounts, autoscaler, bootstrap, cronjob, daemonset, deployment, disruption, endpoints, endpointslice,
    endpointslicemirroring, eviction, garbage, job, namespace, nodes, pod_gc, quota, replicaset, signing, statefulset,
    tokens, ttl, volumes,
};
use crate::Clock;
use crate::api::{Object, Status, User};
use crate::client::{Client, Election, Elector, Happened, Key, Kind, Out, Queue, Rate, Said, Settings, kinds};
use crate::component::{Look, Seen};
use crate::log::Log;
use crate::{Msg, Note};
use serde_json::json;
use sim::{Actor, Input, Micros, NodeId, Time};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// What the controller manager has to know.
#[derive(Clone, Debug)]
pub struct Config {
    pub server: NodeId,
    /// The server's address, as it stands in messages.
    pub address: String,
    /// Seconds since 1970 at the simulation's start.
    pub epoch: u64,
    /// The machine it runs on.
    pub host: String,
    /// The certificate of the cluster's authority, as PEM; every namespace gets it.
    pub root_ca: String,
    /// 20 a second and 30 at once, unless set otherwise.
    pub rate: Option<Rate>,
}

impl Config {
    /// With the real one's defaults.
    pub fn new(server: NodeId, epoch: u64, host: impl Into<String>) -> Self {
        let rate = Some(Rate { per_second: 20, burst: 30 });
        let address = "172.18.0.10:6443".into();
        Self { server, address, epoch, host: host.into(), root_ca: stand_in(), rate }
    }
}

/// The controllers, in the order in which they are asked.
static CONTROLLERS: &[&Controller] = &[
    &accounts::ACCOUNTS,
    &accounts::ROOT_CA,
    &nodes::IPAM,
    &nodes::LIFECYCLE,
    &eviction::CONTROLLER,
    &deployment::CONTROLLER,
    &replicaset::CONTROLLER,
    &replicaset::REPLICATION,
    &job::CONTROLLER,
    &cronjob::CONTROLLER,
    &daemonset::CONTROLLER,
    &statefulset::CONTROLLER,
    &endpoints::CONTROLLER,
    &endpointslice::CONTROLLER,
    &endpointslicemirroring::CONTROLLER,
    &namespace::CONTROLLER,
    &garbage::CONTROLLER,
    &pod_gc::CONTROLLER,
    &tokens::CONTROLLER,
    &ttl::CONTROLLER,
    &disruption::CONTROLLER,
    &autoscaler::CONTROLLER,
    &quota::CONTROLLER,
    &bootstrap::CLEANER,
    &bootstrap::SIGNER,
    &signing::CONTROLLER,
    &volumes::BINDER,
    &volumes::CLAIM_PROTECTION,
    &volumes::VOLUME_PROTECTION,
];

/// What is watched.
const WATCHED: &[Kind] = &[
    kinds::NAMESPACES,
    kinds::NODES,
    kinds::PODS,
    kinds::REPLICA_SETS,
    kinds::DEPLOYMENTS,
    kinds::REPLICATION_CONTROLLERS,
    kinds::SERVICES,
    kinds::ENDPOINTS,
    kinds::ENDPOINT_SLICES,
    kinds::JOBS,
    kinds::CRON_JOBS,
    kinds::DAEMON_SETS,
    kinds::STATEFUL_SETS,
    kinds::REVISIONS,
    kinds::LEASES,
    kinds::CONFIG_MAPS,
    kinds::SECRETS,
    kinds::SERVICE_ACCOUNTS,
    kinds::CLAIMS,
    kinds::VOLUMES,
    kinds::DISRUPTION_BUDGETS,
    kinds::QUOTAS,
    kinds::LIMIT_RANGES,
    kinds::SCALERS,
    kinds::POD_TEMPLATES,
    kinds::INGRESSES,
    kinds::NETWORK_POLICIES,
    kinds::ROLES,
    kinds::ROLE_BINDINGS,
    kinds::PRIORITY_CLASSES,
    kinds::CRDS,
    kinds::SIGNING_REQUESTS,
    kinds::CLUSTER_ROLE_BINDINGS,
];

/// The accounts that the controllers of the real one have, which it makes as it starts them
/// (`--use-service-account-credentials`, `pkg/controller/clientbuilder`).
const ACCOUNTS: &str = "attachdetach-controller bootstrap-signer certificate-controller \
    clusterrole-aggregation-controller cronjob-controller daemon-set-controller deployment-controller \
    device-taint-eviction-controller disruption-controller endpoint-controller endpointslice-controller \
    endpointslicemirroring-controller ephemeral-volume-controller expand-controller generic-garbage-collector \
    horizontal-pod-autoscaler job-controller legacy-service-account-token-cleaner namespace-controller \
    node-controller persistent-volume-binder pod-garbage-collector pv-protection-controller \
    pvc-protection-controller replicaset-controller replication-controller resource-claim-controller \
    resourcequota-controller root-ca-cert-publisher service-account-controller service-cidrs-controller \
    statefulset-controller token-cleaner ttl-after-finished-controller ttl-controller \
    validatingadmissionpolicy-status-controller volumeattributesclass-protection-controller";

/// Something of the size and shape of the authority's certificate, for clusters whose authority nobody made.
pub(crate) fn stand_in() -> String {
    use base64::Engine;
    use sha2::{Digest, Sha256};
    let blocks = (0..25_u8).flat_map(|number| Sha256::digest([number]));
    // A sequence of 779 bytes, as DER writes it.
    let der: Vec<u8> = [0x30, 0x82, 0x03, 0x0b].into_iter().chain(blocks).take(783).collect();
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: String = text.as_bytes().chunks(64).map(|line| format!("{}\n", String::from_utf8_lossy(line))).collect();
    format!("-----BEGIN CERTIFICATE-----\n{lines}-----END CERTIFICATE-----\n")
}

/// A key that is worked on.
#[derive(Clone, Debug)]
struct Work {
    steps: VecDeque<Step>,
    open: usize,
    has_failed: bool,
    /// What a call was refused with.
    error: String,
    again: Option<Micros>,
    takes: Micros,
}

#[derive(Clone, Debug, Default)]
struct Desk {
    queue: Queue,
    works: BTreeMap<Key, Work>,
    /// Keys whose workers are busy until then with what they have looked at.
    busy: BTreeSet<(Time, Key)>,
    memory: BTreeMap<Key, Memory>,
    /// What the last attempt failed with.
    errors: BTreeMap<Key, String>,
}

/// kube-controller-manager.
#[derive(Clone, Debug)]
pub struct ControllerManager {
    client: Client,
    elector: Elector,
    desks: Vec<Desk>,
    /// The calls under way: whose, about what, and what is told of the outcome.
    calls: BTreeMap<u64, (usize, Key, Call)>,
    /// One account a controller, each with its own allowance.
    accounts: Vec<Arc<User>>,
    root_ca: String,
    log: Log,
}

impl ControllerManager {
    pub fn new(config: Config) -> Self {
        let client = Client::new(Settings {
            server: config.server,
            address: config.address.into(),
            user: Arc::new(account("")),
            agent: "kube-controller-manager".into(),
            host: config.host.into(),
            clock: Clock { epoch: config.epoch },
            rate: config.rate,
        });
        let elector = Elector::new("kube-controller-manager");
        let accounts = CONTROLLERS.iter().map(|controller| Arc::new(account(controller.account))).collect();
        Self {
            client,
            elector,
            desks: vec![Desk::default(); CONTROLLERS.len()],
            calls: BTreeMap::new(),
            accounts,
            root_ca: config.root_ca,
            log: Log::new(Clock { epoch: config.epoch }),
        }
    }

    /// Whether it is the one that works.
    pub fn is_leader(&self) -> bool {
        self.elector.is_leader()
    }

    /// Tells an event, and its own log.
    fn tell(&mut self, now: Time, said: Said, out: &mut Out) {
        let about = |field: &str| said.about[field].as_str().unwrap_or_default();
        let object = match about("namespace") {
            "" => about("name").to_owned(),
            namespace => format!("{namespace}/{}", about("name")),
        };
        let kind = if said.is_warning { "Warning" } else { "Normal" };
        let (of, reason, message) = (about("kind"), &said.reason, &said.message);
        let text = format!(
            "\"Event occurred\" object={object:?} kind={of:?} type={kind:?} reason=\"{reason}\" message={message:?}"
        );
        self.log.info(now, "event.go:389", &text);
        self.client.tell(now, said, out);
    }

    fn lost(&mut self, now: Time, out: &mut Out) {
        out.note(Note::Said("leaderelection lost".into()));
        self.log.error(now, "controllermanager.go:355", "\"leaderelection lost\"");
        out.exit(1);
    }

    fn begin(&mut self, now: Time, out: &mut Out) {
        // One that is there already stays as it is, so what becomes of the requests does not matter.
        for name in ACCOUNTS.split_whitespace() {
            let account = json!({ "kind": "ServiceAccount", "apiVersion": "v1",
                "metadata": { "name": name, "namespace": "kube-system" } });
            self.client.call(now, kinds::SERVICE_ACCOUNTS.create(account), out);
        }
        for kind in WATCHED {
            self.client.watch(now, kind.clone(), "", out);
        }
        for (desk, controller) in self.desks.iter_mut().zip(CONTROLLERS) {
            controller.seeds.iter().for_each(|seed| desk.queue.add((*seed).into(), out.cause()));
            let text = format!("\"Started controller\" controller={:?}", controller.account);
            self.log.info(now, "controllermanager.go:810", &text);
        }
    }

    fn happened(&mut self, now: Time, happened: Happened, out: &mut Out) {
        match happened {
            Happened::Answer { id, result } => {
                match self.elector.answer(now, id, &result, &mut self.client, &mut self.log, out) {
                    Some(Election::Won) => self.begin(now, out),
                    Some(Election::Lost) => self.lost(now, out),
                    Some(Election::Same) => {}
                    None => self.answered(now, id, result, out),
                }
            }
            Happened::Changed(change) => {
                let mut wakes = Vec::new();
                for (desk, controller) in self.desks.iter_mut().zip(CONTROLLERS) {
                    let (memory, root_ca) = (&mut desk.memory, self.root_ca.as_str());
                    let view = View { client: &self.client, now, memory, error: "", root_ca };
                    (controller.wake)(&view, &change, &mut wakes);
                    for (key, after) in wakes.drain(..) {
                        if after == Micros::ZERO {
                            desk.queue.add(key, out.cause());
                        } else {
                            desk.queue.add_after(key, now + after, out.cause());
                        }
                    }
                }
            }
        }
    }

    fn answered(&mut self, now: Time, id: u64, result: Result<Object, Status>, out: &mut Out) {
        let Some((index, key, call)) = self.calls.remove(&id) else { return };
        let result = match result {
            Err(status) if (call.forgives)(&status) => None,
            result => Some(result),
        };
        let told = match &result {
            None => None,
            Some(Ok(object)) => call.done.map(|mut said| {
                said.message = said.message.replace("{name}", object.name());
                said
            }),
            Some(Err(status)) => call.failed.map(|mut said| {
                said.message = said.message.replace("{error}", &status.message);
                said
            }),
        };
        if let Some(said) = told {
            self.tell(now, said, out);
        }
        if let Some(work) = self.desks[index].works.get_mut(&key) {
            work.open -= 1;
            if let Some(Err(status)) = result {
                work.has_failed = true;
                work.error = status.message;
            }
            if work.open == 0 {
                self.go_on(now, index, key, out);
            }
        }
    }

    /// The next step of a plan, or its end.
    fn go_on(&mut self, now: Time, index: usize, key: Key, out: &mut Out) {
        let desk = &mut self.desks[index];
        let Some(work) = desk.works.get_mut(&key) else { return };
        while let Some(step) = work.steps.pop_front() {
            if work.has_failed && !step.always {
                continue;
            }
            work.open = step.calls.len();
            for call in step.calls {
                let user = Arc::clone(&self.accounts[index]);
                let id = self.client.call_as(now, user, call.request.clone(), out);
                self.calls.insert(id, (index, key.clone(), call));
            }
            return;
        }
        let Some(work) = desk.works.remove(&key) else { return };
        if work.has_failed {
            let (account, error) = (CONTROLLERS[index].account, &work.error);
            let text = format!("\"Error syncing\" controller={account:?} key=\"{key}\" err={error:?}");
            self.log.warn(now, "controller_utils.go:1", &text);
            desk.errors.insert(key.clone(), work.error);
            desk.queue.retry(key.clone(), now, out.cause());
        } else {
            desk.errors.remove(&key);
            desk.queue.forget(&key);
        }
        if let Some(after) = work.again {
            desk.queue.add_after(key.clone(), now + after, out.cause());
        }
        if work.takes > Micros::ZERO {
            desk.busy.insert((now + work.takes, key));
        } else {
            desk.queue.done(&key);
        }
    }

    /// Hands keys to whoever is free.
    fn work(&mut self, now: Time, out: &mut Out) {
        for desk in &mut self.desks {
            while desk.busy.first().is_some_and(|(until, _)| *until <= now)
                && let Some((_, key)) = desk.busy.pop_first()
            {
                desk.queue.done(&key);
            }
        }
        if !self.elector.is_leader() || !self.client.synced() {
            return;
        }
        let mut is_idle = false;
        while !is_idle {
            is_idle = true;
            for (index, controller) in CONTROLLERS.iter().enumerate() {
                let desk = &mut self.desks[index];
                if desk.queue.busy() >= controller.workers {
                    continue;
                }
                let Some((key, cause)) = desk.queue.next(now) else { continue };
                is_idle = false;
                let root_ca = self.root_ca.as_str();
                let error = desk.errors.get(&key).map_or("", String::as_str);
                let mut view = View { client: &self.client, now, memory: &mut desk.memory, error, root_ca };
                let Plan { steps, again, said, failed, takes } = (controller.sync)(&mut view, &key);
                desk.works.insert(
                    key.clone(),
                    Work { steps: steps.into(), open: 0, has_failed: failed, error: String::new(), again, takes },
                );
                out.with_cause(cause, |out| {
                    said.into_iter().for_each(|said| self.tell(now, said, out));
                    self.go_on(now, index, key, out);
                });
            }
        }
    }
}

/// A controller's account; one without a name is the manager itself.
fn account(name: &str) -> User {
    if name.is_empty() {
        return User { name: "system:kube-controller-manager".into(), groups: Vec::new() };
    }
    let groups = ["system:serviceaccounts", "system:serviceaccounts:kube-system"].map(str::to_owned).into();
    User { name: format!("system:serviceaccount:kube-system:{name}"), groups }
}

impl Actor for ControllerManager {
    type Msg = Msg;
    type Note = Note;

    fn handle(&mut self, now: Time, input: Input<Msg>, out: &mut Out) {
        match &input {
            Input::Start => {
                self.log.info(now, "controllermanager.go:185", "\"Starting\" version=\"v1.36.2\"");
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
        self.work(now, out);
    }

    fn next_wakeup(&self) -> Option<Time> {
        let queues = self.desks.iter().filter_map(|desk| desk.queue.next_wakeup());
        let busy = self.desks.iter().filter_map(|desk| desk.busy.first().map(|(until, _)| *until));
        queues.chain(busy).chain(self.client.next_wakeup()).chain(self.elector.next_wakeup()).min()
    }

    fn crash(&mut self, _lose_unsynced: bool) {
        self.client = self.client.restarted();
        self.elector = Elector::new("kube-controller-manager");
        self.desks = vec![Desk::default(); CONTROLLERS.len()];
        self.calls.clear();
    }

    fn wipe(&mut self) {}
}

impl Seen for ControllerManager {
    fn log(&mut self) -> Option<&mut Log> {
        Some(&mut self.log)
    }

    fn look(&self) -> Look {
        let waiting: usize = self.desks.iter().map(|desk| desk.queue.len()).sum();
        let working: usize = self.desks.iter().map(|desk| desk.works.len()).sum();
        let leads = if self.elector.is_leader() { "leader, it works" } else { "not the leader, it waits" };
        let mut look = Look::of(&self.log)
            .with("Election", leads)
            .with("Controllers", CONTROLLERS.len())
            .with("Objects to look at", waiting)
            .with("Objects worked on", working)
            .with("Requests under way", self.calls.len());
        for (desk, controller) in self.desks.iter().zip(CONTROLLERS) {
            let failing = desk.errors.len();
            if desk.queue.len() + desk.works.len() + failing > 0 {
                let names: Vec<&str> = desk.works.keys().take(3).map(|key| &**key).collect();
                let at = if names.is_empty() { String::new() } else { format!(", at {}", names.join(", ")) };
                look = look.with(controller.account, format!("{} waiting, {failing} failed{at}", desk.queue.len()));
            }
        }
        look
    }
}
