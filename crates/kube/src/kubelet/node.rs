//! The node itself: how it registers, what it says of itself, and its lease (`pkg/kubelet/kubelet_node_status.go`,
//! `component-helpers/apimachinery/lease`).

use super::actor::Config;
use super::runtime::Runtime;
use crate::api::{Object, Status, Verb};
use crate::client::{Client, Out, Said, kinds};
use crate::log::Log;
use serde_json::{Value, json};
use sim::{Micros, Time};

/// The lease is renewed so often, and is good for four times as long.
const LEASE_EVERY: Micros = Micros::secs(10);
const LEASE_SECONDS: u64 = 40;
/// The status is looked at so often, and written if it has changed or is older than five minutes.
const STATUS_EVERY: Micros = Micros::secs(10);
const REPORT_EVERY: Micros = Micros::secs(300);
/// Why a node is not ready on which no network plugin has configured a network.
const NO_NETWORK: &str = "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized";
/// How soon a failed registration is tried again.
const AGAIN: u64 = 200_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Register,
    Read,
    Report,
    Lease,
    CreateLease,
}

/// What keeps a node's object and lease.
#[derive(Clone, Debug, Default)]
pub(super) struct NodeAgent {
    node: Option<Object>,
    lease: Option<Object>,
    calls: Vec<(u64, Step)>,
    register_at: Option<Time>,
    tries: u32,
    lease_at: Option<Time>,
    status_at: Option<Time>,
    reported: Option<Time>,
    has_told: bool,
    /// The node as it was when it said all that there was to say, and what that follows from.
    said: Option<(Object, Seen)>,
}

/// What a status follows from besides the node's object: whether the runtime is lost, whether there is a network, and how
/// many images there are, of which there are ever more.
type Seen = (bool, bool, usize);

impl NodeAgent {
    pub(super) fn start(&mut self, now: Time) {
        *self = Self { register_at: Some(now), ..Self::default() };
    }

    /// Something about the node has changed: its status is looked at at once.
    pub(super) fn look_now(&mut self, now: Time) {
        self.status_at = self.status_at.map(|at| at.min(now));
    }

    /// The node as the API server has it, as far as is known.
    pub(super) fn node(&self) -> Option<&Object> {
        self.node.as_ref()
    }

    pub(super) fn next_wakeup(&self) -> Option<Time> {
        [self.register_at, self.lease_at, self.status_at].into_iter().flatten().min()
    }

    pub(super) fn time(
        &mut self,
        now: Time,
        config: &Config,
        runtime: &Runtime,
        client: &mut Client,
        log: &mut Log,
        out: &mut Out,
    ) {
        if self.register_at.is_some_and(|at| at <= now) {
            self.register_at = None;
            if !self.has_told {
                let node = reference(config);
                client.tell(now, Said::normal(&node, "", "Starting", "Starting kubelet."), out);
            }
            log.info(
                now,
                "kubelet_node_status.go:74",
                &format!("\"Attempting to register node\" node={:?}", config.name),
            );
            let id = client.call(now, kinds::NODES.create(object(config, client, now, runtime)), out);
            self.calls.push((id, Step::Register));
        }
        if self.lease_at.is_some_and(|at| at <= now) {
            self.lease_at = Some(now + LEASE_EVERY);
            self.renew(now, config, client, out);
        }
        if self.status_at.is_some_and(|at| at <= now) {
            self.status_at = Some(now + STATUS_EVERY);
            let id = client.call(now, kinds::NODES.request(Verb::Get, "", &config.name), out);
            self.calls.push((id, Step::Read));
        }
    }

    /// Takes an answer; says whether it was for it.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn answer(
        &mut self,
        now: Time,
        id: u64,
        result: &Result<Object, Status>,
        config: &Config,
        runtime: &Runtime,
        client: &mut Client,
        log: &mut Log,
        out: &mut Out,
    ) -> bool {
        let Some(index) = self.calls.iter().position(|(call, _)| *call == id) else { return false };
        let (_, step) = self.calls.remove(index);
        tell(now, step, result, config, log);
        match (step, result) {
            (Step::Register, Ok(node)) => self.registered(now, node, config, client, out),
            (Step::Register, Err(status)) if status.reason.code() == 409 => {
                self.lease_at = Some(now);
                self.status_at = Some(now);
            }
            (Step::Register, Err(_)) => {
                let pause = (AGAIN << self.tries.min(5)).min(7_000_000);
                self.tries += 1;
                self.register_at = Some(now + Micros(pause));
            }
            (Step::Read, Ok(node)) => self.report(now, node, config, runtime, client, out),
            (Step::Read, Err(status)) if status.reason.code() == 404 => self.register_at = Some(now),
            (Step::Report, Ok(node)) => self.node = Some(node.clone()),
            (Step::Report, Err(_)) => self.reported = None,
            (Step::Lease | Step::CreateLease, Ok(lease)) => self.lease = Some(lease.clone()),
            (Step::Lease, Err(status)) if status.reason.code() == 404 => {
                self.lease = None;
                let id = client.call(now, kinds::LEASES.create(self.new_lease(now, config, client)), out);
                self.calls.push((id, Step::CreateLease));
            }
            (Step::Lease, Err(_)) => self.lease = None,
            _ => {}
        }
        true
    }

    fn registered(&mut self, now: Time, node: &Object, config: &Config, client: &mut Client, out: &mut Out) {
        self.node = Some(node.clone());
        self.reported = Some(now);
        self.lease_at = Some(now);
        self.status_at = Some(now + STATUS_EVERY);
        // What storage drivers the node has, which is none (`pkg/volume/csi/nodeinfomanager`). One that is there stays.
        let owner = json!({ "apiVersion": "v1", "kind": "Node", "name": node.name(), "uid": node.uid() });
        let drivers = json!({ "kind": "CSINode", "apiVersion": "storage.k8s.io/v1",
            "metadata": { "name": node.name(), "ownerReferences": [owner] }, "spec": { "drivers": null } });
        client.call(now, kinds::CSI_NODES.create(drivers), out);
        self.tell_ready(now, config, client, out);
    }

    fn tell_ready(&mut self, now: Time, config: &Config, client: &mut Client, out: &mut Out) {
        if std::mem::replace(&mut self.has_told, true) {
            return;
        }
        for reason in ["NodeHasSufficientMemory", "NodeHasNoDiskPressure", "NodeHasSufficientPID", "NodeReady"] {
            let message = format!("Node {} status is now: {reason}", config.name);
            client.tell(now, Said::normal(&reference(config), "", reason, message), out);
        }
    }

    fn renew(&mut self, now: Time, config: &Config, client: &mut Client, out: &mut Out) {
        let (request, step) = match &self.lease {
            None => (kinds::LEASES.request(Verb::Get, "kube-node-lease", &config.name), Step::Lease),
            Some(lease) => {
                let renewed = lease.edit(|lease| lease["spec"]["renewTime"] = client.clock().micros(now).into());
                (kinds::LEASES.update(renewed), Step::Lease)
            }
        };
        let is_first = self.lease.is_none();
        let id = client.call(now, request, out);
        self.calls.push((id, step));
        // One that was only read is renewed at once.
        if is_first {
            self.lease_at = Some(now + Micros::secs(1));
        }
    }

    fn new_lease(&self, now: Time, config: &Config, client: &Client) -> Value {
        let mut metadata = json!({ "name": config.name, "namespace": "kube-node-lease" });
        if let Some(node) = &self.node {
            metadata["ownerReferences"] =
                json!([{ "apiVersion": "v1", "kind": "Node", "name": node.name(), "uid": node.uid() }]);
        }
        json!({ "kind": "Lease", "apiVersion": "coordination.k8s.io/v1", "metadata": metadata,
            "spec": { "holderIdentity": config.name, "leaseDurationSeconds": LEASE_SECONDS,
                "renewTime": client.clock().micros(now) } })
    }

    fn report(
        &mut self,
        now: Time,
        node: &Object,
        config: &Config,
        runtime: &Runtime,
        client: &mut Client,
        out: &mut Out,
    ) {
        if let Some(before) = self.node.replace(node.clone())
            && before.flag("/spec/unschedulable") != node.flag("/spec/unschedulable")
        {
            let reason = if node.flag("/spec/unschedulable") { "NodeNotSchedulable" } else { "NodeSchedulable" };
            let message = format!("Node {} status is now: {reason}", config.name);
            client.tell(now, Said::normal(&reference(config), "", reason, message), out);
        }
        let is_old = self.reported.is_none_or(|at| at + REPORT_EVERY <= now);
        let seen = (runtime.is_lost(now), config.has_network, runtime.images().count());
        // Mostly nothing has happened to either.
        if !is_old && self.said.as_ref().is_some_and(|(said, then)| said.is(node) && *then == seen) {
            return self.tell_ready(now, config, client, out);
        }
        let status = status(config, client, now, Some(node), runtime);
        let without_time = |status: &Value| {
            let mut status = status.clone();
            for condition in status["conditions"].as_array_mut().into_iter().flatten() {
                if let Some(fields) = condition.as_object_mut() {
                    fields.shift_remove("lastHeartbeatTime");
                }
            }
            status
        };
        let old = node.pointer("/status").map(without_time).unwrap_or_default();
        if is_old || old != without_time(&status) {
            self.reported = Some(now);
            let id = client.call(now, kinds::NODES.update_status(node.with("status", status)), out);
            self.calls.push((id, Step::Report));
        } else {
            self.said = Some((node.clone(), seen));
        }
        self.tell_ready(now, config, client, out);
    }
}

/// What came of a step, in the log.
fn tell(now: Time, step: Step, result: &Result<Object, Status>, config: &Config, log: &mut Log) {
    let node = &config.name;
    match (step, result) {
        (Step::Register, Ok(_)) => {
            log.info(now, "kubelet_node_status.go:77", &format!("\"Successfully registered node\" node={node:?}"));
        }
        (Step::Register, Err(status)) if status.reason.code() != 409 => {
            let text = format!("\"Unable to register node with API server\" err={:?} node={node:?}", status.message);
            log.error(now, "kubelet_node_status.go:106", &text);
        }
        (Step::Read | Step::Report, Err(status)) => {
            let text = format!("\"Error updating node status, will retry\" err={:?}", status.message);
            log.error(now, "kubelet_node_status.go:461", &text);
        }
        (Step::Lease | Step::CreateLease, Err(status)) if status.reason.code() != 404 => {
            let text =
                format!("\"Failed to ensure lease exists, will retry\" err={:?} interval=\"10s\"", status.message);
            log.error(now, "controller.go:145", &text);
        }
        _ => {}
    }
}

/// The node as its events name it: its uid is its name.
fn reference(config: &Config) -> Object {
    json!({ "kind": "Node", "metadata": { "name": config.name, "uid": config.name } }).into()
}

fn object(config: &Config, client: &Client, now: Time, runtime: &Runtime) -> Value {
    let mut labels = json!({
        "beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": config.name, "kubernetes.io/os": "linux",
    });
    for (key, value) in &config.labels {
        labels[key] = value.as_str().into();
    }
    let mut node = json!({ "kind": "Node", "apiVersion": "v1",
        "metadata": { "name": config.name, "labels": labels,
            "annotations": { "volumes.kubernetes.io/controller-managed-attach-detach": "true" } },
        "spec": {}, "status": status(config, client, now, None, runtime) });
    let mut taints = config.taints.clone();
    if !config.has_network {
        // Admission gives it to nodes that are not ready yet (`plugin/pkg/admission/nodetaint`).
        taints.push(json!({ "key": "node.kubernetes.io/not-ready", "effect": "NoSchedule" }));
    }
    if !taints.is_empty() {
        node["spec"]["taints"] = taints.into();
    }
    node
}

fn status(config: &Config, client: &Client, now: Time, node: Option<&Object>, runtime: &Runtime) -> Value {
    let stamp = client.clock().stamp(now);
    let capacity =
        json!({ "cpu": config.cpu, "ephemeral-storage": "102626232Ki", "memory": config.memory, "pods": "110" });
    let condition = |(kind, status, reason, message): (&str, &str, &str, &str)| {
        let old = node.into_iter().flat_map(|node| node.list("/status/conditions")).find(|one| one["type"] == kind);
        let since = old.filter(|old| old["status"] == status).map(|old| old["lastTransitionTime"].clone());
        json!({ "type": kind, "status": status, "lastHeartbeatTime": stamp,
            "lastTransitionTime": since.unwrap_or_else(|| stamp.as_str().into()), "reason": reason, "message": message })
    };
    let ready = match (runtime.is_lost(now), config.has_network) {
        (true, _) => ("Ready", "False", "KubeletNotReady", "container runtime is down"),
        (false, false) => ("Ready", "False", "KubeletNotReady", NO_NETWORK),
        (false, true) => ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
    };
    let conditions: Vec<Value> = [
        ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ready,
    ]
    .map(condition)
    .into();
    let id = machine_id(&config.name);
    let mut status = json!({
        "capacity": capacity, "allocatable": capacity, "conditions": conditions,
        "addresses": [{ "type": "InternalIP", "address": config.ip }, { "type": "Hostname", "address": config.name }],
        "daemonEndpoints": { "kubeletEndpoint": { "Port": 10250 } },
        "nodeInfo": {
            "machineID": id, "systemUUID": dashed(&id), "bootID": dashed(&machine_id(&format!("boot {}", config.name))),
            "kernelVersion": "6.12.48+deb13-amd64", "osImage": "Debian GNU/Linux 13 (trixie)",
            "containerRuntimeVersion": "containerd://2.2.1", "kubeletVersion": "v1.36.2", "kubeProxyVersion": "",
            "operatingSystem": "linux", "architecture": "amd64",
        },
    });
    let images: Vec<Value> =
        runtime.images().take(50).map(|image| json!({ "names": [image], "sizeBytes": 62_706_233 })).collect();
    if !images.is_empty() {
        status["images"] = images.into();
    }
    status
}

fn machine_id(name: &str) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(name.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn dashed(id: &str) -> String {
    let part = |from: usize, to: usize| id.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}
