//! Static pods: what a kubelet runs because a file in its folder of manifests says so, API server or not
//! (`pkg/kubelet/config/file.go`, `pkg/kubelet/pod/mirror_client.go`). Those of the control plane are processes of their
//! own; everybody may see them by the mirrors that the kubelet keeps at the API server.

use super::actor::{Config, Kubelet, Then};
use super::runtime::Down;
use super::worker::{Life, Stage, Worker};
use crate::Clock;
use crate::Msg;
use crate::api::Object;
use crate::client::{Out, kinds};
use serde_json::{Value, json};
use sim::{Micros, NodeId, Time};
use std::sync::Arc;

/// Where kubeadm puts the manifests, and tells the kubelet to look (`staticPodPath`).
pub(super) const MANIFESTS: &str = "/etc/kubernetes/manifests";

/// How often a runtime that is away is looked for.
const LOOK_AGAIN: Micros = Micros::secs(1);
const SILENCE: Micros = Micros::millis(1);

/// What a killed process ends with.
const KILLED: i64 = 137;

/// A process that a pod runs.
#[derive(Clone, Debug)]
pub struct Program {
    /// The first word of its command line, without the directory.
    pub name: String,
    pub process: NodeId,
    /// Whether a static pod runs it; otherwise a DaemonSet's does.
    pub is_static: bool,
    /// Who starts it on the kubelet's behalf, if it needs more than to be started.
    pub host: Option<NodeId>,
}

impl Kubelet {
    /// Compares the folder of manifests with what runs.
    pub(super) fn read_manifests(&mut self, now: Time, out: &mut Out) {
        let mut wanted: Vec<Object> = Vec::new();
        for (file, content) in &self.config.manifests {
            match manifest(content) {
                Ok(manifest) => wanted.push(static_pod(&manifest, &self.config, now)),
                Err(why) => {
                    let path = format!("{MANIFESTS}/{file}");
                    let text = format!("\"Could not process manifest file\" path={path:?} err={why:?}");
                    self.log.error(now, "file_linux.go:115", &text);
                }
            }
        }
        let cause = out.cause();
        for (uid, worker) in self.workers.iter_mut().filter(|(_, worker)| worker.is_static) {
            if worker.life == Life::Wanted && !wanted.iter().any(|pod| pod.uid() == uid) {
                worker.grace = worker.pod.number("/spec/terminationGracePeriodSeconds").unwrap_or(30);
                (worker.life, worker.pending, worker.cause, worker.stage) = (Life::Unwanted, true, cause, Stage::Idle);
                let text = format!("\"SyncLoop REMOVE\" source=\"file\" pods=[\"{}\"]", place(&worker.pod));
                self.log.info(now, "kubelet.go:2553", &text);
            }
        }
        for pod in wanted {
            // A pod of the same name has to be gone first.
            let is_known = |worker: &Worker| worker.is_static && place(&worker.pod) == place(&pod);
            if self.workers.values().any(is_known) {
                continue;
            }
            self.log.info(
                now,
                "kubelet.go:2537",
                &format!("\"SyncLoop ADD\" source=\"file\" pods=[\"{}\"]", place(&pod)),
            );
            let mut worker = Worker::new(pod.clone(), now, cause);
            worker.is_static = true;
            self.workers.insert(pod.uid().to_owned(), worker);
        }
    }

    /// A kubelet that comes back finds the containers that its runtime has kept running: it hears of their ends from now
    /// on, and ends those for which there is no manifest any more.
    pub(super) fn adopt(&mut self, now: Time, out: &mut Out) {
        self.runtime.running(now).into_iter().for_each(|process| out.wait(process));
        // Of other pods it hears by and by.
        let is_static =
            |process: NodeId| self.config.processes.iter().any(|known| known.process == process && known.is_static);
        let has_process =
            |sandbox: &super::runtime::Sandbox| sandbox.containers.iter().filter_map(|one| one.process).any(is_static);
        let orphans = self
            .runtime
            .sandboxes
            .iter()
            .filter(|(uid, sandbox)| has_process(sandbox) && !self.workers.contains_key(*uid));
        let orphans: Vec<String> = orphans.map(|(uid, _)| uid.clone()).collect();
        for uid in orphans {
            self.stop_containers(now, &uid, None, Micros::ZERO, out);
            self.runtime.remove(&uid);
        }
    }

    /// Hears from now on when containerd ends; if it does not run, in this very moment.
    pub(super) fn reach_runtime(&mut self, out: &mut Out) {
        if let Some(containerd) = self.config.containerd {
            out.wait(containerd);
        }
    }

    /// containerd does not answer. What runs in its containers goes on.
    pub(super) fn lose_runtime(&mut self, now: Time) {
        let down = &mut self.runtime.down;
        let since = down.as_ref().map_or(now, |down| down.since);
        if down.is_none() {
            let why = "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: dial \
                unix /run/containerd/containerd.sock: connect: connection refused\"";
            self.log.error(now, "generic.go:256", &format!("\"GenericPLEG: Unable to retrieve pods\" err={why:?}"));
        }
        *down = Some(Down { since, look_at: now + LOOK_AGAIN, is_asked: false });
    }

    /// Looks whether containerd is there again: nothing has been heard of its end since it was asked.
    pub(super) fn look_for_runtime(&mut self, now: Time, out: &mut Out) {
        let Some(down) = self.runtime.down.as_mut().filter(|down| down.look_at <= now) else { return };
        if down.is_asked {
            self.runtime.down = None;
            self.workers
                .values_mut()
                .filter(|worker| worker.life < Life::Over)
                .for_each(|worker| worker.pending = true);
            return;
        }
        (down.is_asked, down.look_at) = (true, now + SILENCE);
        self.reach_runtime(out);
    }

    /// The process that a container is, if it is one.
    pub(super) fn process(&self, uid: &str, argv: &[&str]) -> Option<NodeId> {
        let worker = self.workers.get(uid)?;
        let program = argv.first()?.rsplit('/').next()?;
        let is_it = |known: &&Program| {
            let is_of_daemon = !known.is_static && worker.pod.namespace() == "kube-system";
            known.name == program && if worker.is_static { known.is_static } else { is_of_daemon }
        };
        self.config.processes.iter().find(is_it).map(|known| known.process)
    }

    /// Starts a process.
    pub(super) fn launch(&mut self, process: NodeId, argv: &[&str], out: &mut Out) {
        let arguments = Arc::new(argv.iter().map(|word| (*word).to_owned()).collect());
        match self.host_of(process) {
            // It says when it has tried.
            Some(host) => out.send(host, Msg::Exec { arguments }),
            None => {
                out.start(process, Msg::Exec { arguments });
                out.wait(process);
            }
        }
    }

    /// A host has started what it was asked to start, or has tried.
    pub(super) fn launched(&mut self, host: NodeId, out: &mut Out) {
        self.config.processes.iter().filter(|known| known.host == Some(host)).for_each(|known| out.wait(known.process));
    }

    /// A process has ended.
    pub(super) fn process_ended(&mut self, now: Time, process: NodeId, code: Option<i32>) {
        let code = code.map_or(KILLED, i64::from);
        let known = self.config.processes.iter().find(|known| known.process == process);
        let name = known.map_or("", |known| known.name.as_str());
        let text = format!("\"SyncLoop (PLEG): container died\" container={name:?} exitCode={code}");
        self.log.info(now, "kubelet.go:2569", &text);
        self.runtime.ended(now, process, code);
    }

    /// Stops one container of a pod, or all.
    pub(super) fn stop_containers(&mut self, now: Time, uid: &str, name: Option<&str>, grace: Micros, out: &mut Out) {
        for (process, kill) in self.runtime.stop(now, uid, name, grace) {
            self.signal(process, kill, out);
        }
    }

    fn signal(&self, process: NodeId, kill: bool, out: &mut Out) {
        match self.host_of(process) {
            Some(host) => out.send(host, Msg::Signal { kill }),
            None => out.signal(process, kill),
        }
    }

    fn host_of(&self, process: NodeId) -> Option<NodeId> {
        self.config.processes.iter().find(|known| known.process == process).and_then(|known| known.host)
    }

    /// Kills what was asked to end and has not.
    pub(super) fn kill_overdue(&mut self, now: Time, out: &mut Out) {
        if !self.config.processes.is_empty() {
            self.runtime.overdue(now).into_iter().for_each(|process| self.signal(process, true, out));
        }
    }

    /// When a process comes back that does not run, in words.
    pub(super) fn comes_back(&self, process: NodeId, now: Time) -> Option<String> {
        let known = self.config.processes.iter().find(|known| known.process == process)?;
        let runs_it = |worker: &&Worker| {
            let commands =
                worker.pod.list("/spec/containers").iter().filter_map(|container| container["command"][0].as_str());
            let mut programs = commands.filter_map(|word| word.rsplit('/').next());
            worker.is_static == known.is_static
                && worker.life == Life::Wanted
                && programs.any(|program| program == known.name)
        };
        let Some(worker) = self.workers.values().find(runs_it) else {
            return Some(match known.is_static {
                true => format!("not by itself: no manifest in {MANIFESTS} runs it"),
                false => "not by itself: no pod on this node runs it".to_owned(),
            });
        };
        let seconds = worker.retry_at.map_or(0, |at| at.since(now).0.div_ceil(1_000_000));
        Some(match seconds {
            0 => "the kubelet starts it again at once".to_owned(),
            seconds => format!("the kubelet starts it again in {seconds} s (back-off)"),
        })
    }

    /// Nothing is left of a static pod. Another one of its name may have waited for that.
    pub(super) fn static_gone(&mut self, now: Time, uid: &str, out: &mut Out) {
        self.workers.remove(uid);
        self.runtime.remove(uid);
        self.backoff.forget(uid);
        self.read_manifests(now, out);
    }

    /// Sees to it that every static pod has its mirror, and that no mirror stands for nothing.
    pub(super) fn mirror(&mut self, now: Time, out: &mut Out) {
        if !self.client.synced() || self.quiet.is_some() {
            return;
        }
        self.unmirror(now, out);
        let Some(node) = self.node_reference() else { return };
        let missing = |(uid, worker): &(&String, &Worker)| {
            let asked = |then: &Then| matches!(then, Then::Mirrored(one) if one == *uid);
            let place = || (worker.pod.namespace().to_owned(), worker.pod.name().to_owned());
            // This is asked of every pod of the node each time: most are told by the first word.
            worker.is_static
                && worker.life == Life::Wanted
                && !self.mirrors.contains(&place())
                && !self.calls.values().any(asked)
        };
        let missing: Vec<(String, Object)> =
            self.workers.iter().filter(missing).map(|(uid, worker)| (uid.clone(), worker.pod.clone())).collect();
        for (uid, pod) in missing {
            let mut pod = (*pod).clone();
            if let Some(metadata) = pod["metadata"].as_object_mut() {
                metadata.shift_remove("uid");
            }
            pod["metadata"]["annotations"]["kubernetes.io/config.mirror"] = uid.as_str().into();
            pod["metadata"]["ownerReferences"] = json!([node]);
            let id = self.client.call(now, kinds::PODS.create(pod), out);
            self.calls.insert(id, Then::Mirrored(uid));
        }
    }

    /// Takes mirrors away that stand for no static pod, or that somebody has deleted: the pod gets a new one.
    fn unmirror(&mut self, now: Time, out: &mut Out) {
        let stale = |(namespace, name): &&(String, String)| {
            let asked = |then: &Then| matches!(then, Then::Unmirrored(one) if one == name);
            let Some(mirror) = self.client.cache(&kinds::PODS).get(namespace, name) else { return false };
            let uid = mirror.annotation("kubernetes.io/config.mirror").unwrap_or_default();
            let stands = self.workers.get(uid).is_some_and(|worker| worker.is_static);
            (!stands || mirror.is_terminating()) && !self.calls.values().any(asked)
        };
        let stale: Vec<(String, String)> = self.mirrors.iter().filter(stale).cloned().collect();
        for (namespace, name) in stale {
            let Some(mirror) = self.client.cache(&kinds::PODS).get(&namespace, &name).cloned() else { continue };
            let mut request = kinds::PODS.delete(&mirror);
            request.options.deletion.grace_seconds = Some(0);
            let id = self.client.call(now, request, out);
            self.calls.insert(id, Then::Unmirrored(name));
        }
    }

    fn node_reference(&self) -> Option<Value> {
        let node = self.node.node()?;
        Some(json!({ "apiVersion": "v1", "kind": "Node", "name": node.name(), "uid": node.uid(), "controller": true }))
    }
}

pub(super) fn is_mirror(pod: &Object) -> bool {
    pod.annotation("kubernetes.io/config.mirror").is_some()
}

/// A pod as the kubelet's log names it.
pub(super) fn place(pod: &Object) -> String {
    format!("{}/{}", pod.namespace(), pod.name())
}

/// Reads a manifest.
fn manifest(content: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(content).map_err(|_| "yaml: invalid leading UTF-8 octet".to_owned())?;
    let first = yaml::documents(text)?.into_iter().next().unwrap_or_default();
    match (first["kind"].as_str(), first["metadata"]["name"].as_str()) {
        (Some("Pod"), Some(_)) if first["spec"]["containers"].is_array() => Ok(first),
        (Some("Pod"), _) => Err("invalid pod: metadata.name and spec.containers are required".into()),
        _ => Err("couldn't parse as pod(Object 'Kind' is missing), please check config file".into()),
    }
}

/// A manifest's pod, as the kubelet of this node runs it.
fn static_pod(manifest: &Value, config: &Config, now: Time) -> Object {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(manifest.to_string().as_bytes());
    let hash: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let mut pod = manifest.clone();
    let name = format!("{}-{}", pod["metadata"]["name"].as_str().unwrap_or_default(), config.name);
    pod["kind"] = "Pod".into();
    pod["apiVersion"] = "v1".into();
    pod["metadata"]["name"] = name.into();
    if pod["metadata"]["namespace"].is_null() {
        pod["metadata"]["namespace"] = "default".into();
    }
    pod["metadata"]["uid"] = hash.as_str().into();
    let seen = Clock { epoch: config.epoch }.micros(now);
    for (key, value) in [("hash", hash.as_str()), ("seen", &seen), ("source", "file")] {
        pod["metadata"]["annotations"][format!("kubernetes.io/config.{key}")] = value.into();
    }
    pod["spec"]["nodeName"] = config.name.as_str().into();
    // It stays whatever becomes of its node (`pkg/kubelet/config/common.go`, `applyDefaults`).
    let stays = json!({ "effect": "NoExecute", "operator": "Exists" });
    match pod["spec"]["tolerations"].as_array_mut() {
        Some(tolerations) => tolerations.push(stays),
        None => pod["spec"]["tolerations"] = json!([stays]),
    }
    pod.into()
}
