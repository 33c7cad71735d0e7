//! A cluster of three nodes for tests.

use crate::Msg;
use crate::api::{EventKind, Object, Verb};
use crate::apiserver::testing::{CLIENT, World, request};
use crate::controllers::{self, ControllerManager};
use crate::host::{self, Host};
use crate::kubelet::{self, Kubelet};
use crate::proxy::{self, Proxy};
use crate::scheduler::{self, Scheduler};
use serde_json::{Value, json};
use sim::{EventId, Kind, Micros, NodeId, Time};

pub const MANAGER: NodeId = NodeId(101);
pub const SCHEDULER: NodeId = NodeId(102);
/// The kubelets of `controlplane`, `worker1` and `worker2`.
pub const KUBELETS: [NodeId; 3] = [NodeId(110), NodeId(111), NodeId(112)];

/// Their operating systems, and their kube-proxies.
pub const HOSTS: [NodeId; 3] = [NodeId(120), NodeId(121), NodeId(122)];
pub const PROXIES: [NodeId; 3] = [NodeId(130), NodeId(131), NodeId(132)];

fn host_config(index: usize, name: &str) -> host::Config {
    let route = |index: usize| {
        let (ip, network) = (format!("172.18.0.1{index}"), format!("10.244.{index}."));
        host::Route { ip, network, host: HOSTS[index] }
    };
    let host::Route { ip, network, .. } = route(index);
    host::Config {
        name: name.into(),
        ip,
        network,
        server: crate::apiserver::testing::API,
        servers: [("172.18.0.10".to_owned(), crate::apiserver::testing::API)].into(),
        kubelet: KUBELETS[index],
        proxy: PROXIES[index],
        routes: (0..3).map(route).collect(),
        epoch: EPOCH,
    }
}

const EPOCH: u64 = 1_767_225_600;

pub struct Cluster {
    pub world: World,
    watches: Vec<u64>,
}

impl Cluster {
    /// Started, with its nodes ready.
    pub fn new() -> Self {
        Self::of(false)
    }

    fn of(has_network: bool) -> Self {
        let mut world = World::new();
        let api = crate::apiserver::testing::API;
        world.add(MANAGER, ControllerManager::new(controllers::Config::new(api, EPOCH, "controlplane")));
        world.add(SCHEDULER, Scheduler::new(scheduler::Config::new(api, EPOCH, "controlplane")));
        for (index, name) in ["controlplane", "worker1", "worker2"].into_iter().enumerate() {
            let (ip, network) = (format!("172.18.0.1{index}"), format!("10.244.{index}."));
            let mut config = kubelet::Config::new(api, EPOCH, name, &ip, &network);
            if index == 0 {
                config.taints = vec![json!({ "key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule" })];
            }
            if has_network {
                config.host = Some(HOSTS[index]);
                world.add(HOSTS[index], Host::new(host_config(index, name)));
                let proxy = proxy::Config {
                    server: api,
                    address: "172.18.0.10:6443".into(),
                    epoch: EPOCH,
                    node: name.into(),
                    host: HOSTS[index],
                };
                world.add(PROXIES[index], Proxy::new(proxy));
            }
            world.add(KUBELETS[index], Kubelet::new(config));
        }
        world.run(Micros::secs(10));
        // A kubelet may not say itself what its node is for.
        let label = json!({ "metadata": { "labels": { "node-role.kubernetes.io/control-plane": "" } } });
        world.patch("nodes", "", "controlplane", label).expect("it exists");
        Self { world, watches: Vec::new() }
    }

    /// The same with what carries traffic: an operating system and kube-proxy on each node, and CoreDNS, all ready.
    pub fn with_network() -> Self {
        static WORLD: std::sync::OnceLock<World> = std::sync::OnceLock::new();
        let world = WORLD.get_or_init(|| Self::networked().world.clone());
        Self { world: world.clone(), watches: Vec::new() }
    }

    fn networked() -> Self {
        let mut cluster = Self::of(true);
        for object in crate::kubeadm::objects() {
            let kind = object["kind"].as_str().unwrap_or_default().to_lowercase() + "s";
            let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default().to_owned();
            cluster.world.create(&kind, &namespace, object);
        }
        cluster.run(20);
        cluster
    }

    /// Runs a program in a container of the namespace `default`: what it wrote, what it complained of, and the `Status` of
    /// its end; the answer's own text when there was no stream.
    pub fn exec(&mut self, pod: &str, command: &[&str]) -> (String, String, String) {
        self.exec_for(pod, command, 3)
    }

    /// The same, looked at for so many seconds.
    pub fn exec_for(&mut self, pod: &str, command: &[&str], seconds: u64) -> (String, String, String) {
        let escape = |word: &&str| word.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let words: Vec<String> = command.iter().map(|word| format!("command={}", escape(word))).collect();
        let target = format!("/api/v1/namespaces/default/pods/{pod}/exec?{}", words.join("&"));
        let parts = self.world.stream("POST", &target, Micros::secs(seconds));
        let mut seen = <(String, String, String)>::default();
        for part in parts {
            let text = String::from_utf8_lossy(&part.body).into_owned();
            match part.body.first() {
                Some(1) => seen.0.push_str(&text[1..]),
                Some(2) => seen.1.push_str(&text[1..]),
                Some(3) => {
                    let status: Value = serde_json::from_str(&text[1..]).expect("a status");
                    let code = status.pointer("/details/causes/0/message").or(status.get("status"));
                    seen.2 = code.and_then(Value::as_str).unwrap_or_default().to_owned();
                }
                _ => seen.2.push_str(&text),
            }
        }
        seen
    }

    pub fn run(&mut self, seconds: u64) {
        self.world.run(Micros::secs(seconds));
    }

    pub fn get(&mut self, resource: &str, name: &str) -> Option<Object> {
        self.world.get(resource, if resource == "nodes" { "" } else { "default" }, name).ok()
    }

    pub fn list(&mut self, resource: &str) -> Vec<Object> {
        let namespace = if resource == "nodes" { "" } else { "default" };
        let list = self.world.call(request(Verb::List, resource, namespace, "", Value::Null)).expect("a list");
        list.list("/items").iter().cloned().map(Object::from).collect()
    }

    pub fn delete(&mut self, resource: &str, name: &str) {
        self.world.call(request(Verb::Delete, resource, "default", name, Value::Null)).expect("it can be deleted");
    }

    /// What components were refused so far because they may not do it, or asked it wrongly.
    pub fn refusals(&self) -> Vec<String> {
        let mut refusals: Vec<String> = self
            .world
            .sim
            .records_since(EventId::NONE)
            .filter_map(|record| match &record.kind {
                Kind::Delivered { .. } => None,
                Kind::Sent { msg, .. } => match &**msg {
                    Msg::Answer { result: Err(status), .. } if [401, 403, 422].contains(&status.reason.code()) => {
                        let is_late = status.message.ends_with("because it is being terminated");
                        (!is_late).then(|| status.message.clone())
                    }
                    _ => None,
                },
                _ => None,
            })
            .collect();
        refusals.sort();
        refusals.dedup();
        refusals
    }

    /// Notes from now on what happens to a resource.
    pub fn watch(&mut self, resource: &str) {
        let id = self.world.send(request(Verb::Watch, resource, "default", "", Value::Null));
        self.watches.push(id);
        self.world.run(Micros::millis(20));
        self.world.events(id);
    }

    /// What happened since, in the order it was stored, each with the milliseconds since `began`.
    pub fn story(&mut self, began: Time) -> Vec<(u64, String)> {
        self.world.run(Micros::millis(20));
        let mut seen: Vec<(i64, u64, String)> = Vec::new();
        for record in self.world.sim.records_since(EventId::NONE) {
            if let Kind::Sent { to: CLIENT, msg, .. } = &record.kind
                && let Msg::Event { id, kind, object } = &**msg
                && self.watches.contains(id)
                && record.at >= began
            {
                seen.push((object.revision(), (record.at - began).as_millis(), told(*kind, object)));
            }
        }
        seen.sort_by_key(|(revision, ..)| *revision);
        seen.into_iter().map(|(_, at, line)| (at, line)).collect()
    }
}

/// Whatever a test is about, components do what they may and ask it rightly. In a test that fails anyway this comes second.
impl Drop for Cluster {
    fn drop(&mut self) {
        assert_eq!(self.refusals(), Vec::<String>::new());
    }
}

fn told(kind: EventKind, object: &Object) -> String {
    let detail = match object.kind() {
        "Pod" => {
            let conditions: Vec<String> = object
                .list("/status/conditions")
                .iter()
                .map(|one| {
                    format!(
                        "{}={}",
                        one["type"].as_str().unwrap_or_default(),
                        one["status"].as_str().unwrap_or_default()
                    )
                })
                .collect();
            let state = object.list("/status/containerStatuses").iter().map(|one| one["state"].to_string());
            let states: Vec<String> = state.collect();
            format!(
                "{} on {} ip {} [{}] {} {}",
                object.text("/status/phase"),
                object.text("/spec/nodeName"),
                object.text("/status/podIP"),
                conditions.join(","),
                states.join(" "),
                object
                    .number("/metadata/deletionGracePeriodSeconds")
                    .map_or(String::new(), |grace| format!("grace {grace}")),
            )
        }
        "Event" => format!("{} {} (x{})", object.text("/reason"), object.text("/message"), object["count"]),
        _ => format!("spec {} status {}", object["spec"]["replicas"], object["status"]),
    };
    format!("{} {} {detail}", kind.name(), object.title())
}

/// A Deployment of nginx as the API server would complete it.
pub fn deployment(name: &str, replicas: i64) -> Value {
    json!({
        "kind": "Deployment", "apiVersion": "apps/v1", "metadata": { "name": name, "labels": { "app": name } },
        "spec": {
            "replicas": replicas, "selector": { "matchLabels": { "app": name } },
            "template": { "metadata": { "labels": { "app": name } }, "spec": pod_spec("nginx", &[]) },
            "strategy": { "type": "RollingUpdate", "rollingUpdate": { "maxUnavailable": "25%", "maxSurge": "25%" } },
            "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600,
        },
    })
}

/// A pod's spec of one container as the API server would complete it.
pub fn pod_spec(image: &str, command: &[&str]) -> Value {
    let mut container = json!({ "name": "c", "image": image, "resources": {}, "imagePullPolicy": "Always",
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File" });
    if !command.is_empty() {
        container["command"] = command.into();
    }
    json!({ "containers": [container], "restartPolicy": "Always", "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst", "securityContext": {}, "schedulerName": "default-scheduler" })
}

/// A service that selects pods by their label `app`.
pub fn service(name: &str) -> Value {
    json!({ "kind": "Service", "apiVersion": "v1", "metadata": { "name": name },
        "spec": { "selector": { "app": name }, "type": "ClusterIP", "clusterIP": "10.96.1.1",
            "ports": [{ "port": 80, "protocol": "TCP", "targetPort": 80 }] } })
}

/// A Job of busybox as the API server would complete it.
pub fn job(name: &str, command: &[&str], completions: i64, parallelism: i64, backoff_limit: i64) -> Value {
    let mut spec = pod_spec("busybox", command);
    spec["restartPolicy"] = "Never".into();
    json!({ "kind": "Job", "apiVersion": "batch/v1", "metadata": { "name": name },
        "spec": { "completions": completions, "parallelism": parallelism, "backoffLimit": backoff_limit,
            "completionMode": "NonIndexed", "suspend": false,
            "template": { "metadata": { "labels": { "job-name": name } }, "spec": spec } } })
}
