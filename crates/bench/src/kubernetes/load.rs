//! Somebody at the API server who creates Deployments, and sees how far the cluster is.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use kube::api::{Object, User};
use kube::client::{Client, Happened, Out, Settings, kinds};
use kube::{Clock, Look, Msg, Note, Placed};
use serde_json::{Value, json};
use sim::{Actor, Input, NodeId, Time};

/// Where the API server is, and from where on those who load it are.
const API_SERVER: NodeId = NodeId(100);
const LOADS: u32 = 500;

/// What the nodes and Deployments of the cluster say.
#[derive(Debug, Default)]
pub(super) struct Seen {
    nodes: RefCell<BTreeMap<String, bool>>,
    ready: Cell<u32>,
    deployments: RefCell<BTreeMap<String, u32>>,
}

impl Seen {
    pub(super) fn ready_nodes(&self) -> u32 {
        self.ready.get()
    }

    pub(super) fn available_pods(&self) -> u32 {
        self.deployments.borrow().values().sum()
    }

    fn node(&self, node: &Object) {
        let is_ready = |one: &Value| one["type"] == "Ready" && one["status"] == "True";
        let ready = node.list("/status/conditions").iter().any(is_ready);
        let before = self.nodes.borrow_mut().insert(node.name().into(), ready).unwrap_or(false);
        self.ready.set(self.ready.get() + u32::from(ready) - u32::from(before));
    }

    fn deployment(&self, deployment: &Object) {
        let available = deployment.number("/status/availableReplicas").unwrap_or(0);
        self.deployments.borrow_mut().insert(deployment.name().into(), u32::try_from(available).unwrap_or(0));
    }
}

/// Somebody who creates Deployments, or only looks on.
#[derive(Clone, Debug)]
pub(super) struct Load {
    client: Client,
    deployments: Vec<u32>,
    seen: Rc<Seen>,
}

impl Load {
    pub(super) fn placed(number: u32, epoch: u64, deployments: Vec<u32>, seen: Rc<Seen>) -> Placed {
        let user = User { name: "kubernetes-admin".into(), groups: vec!["system:masters".into()] };
        let client = Client::new(Settings {
            server: API_SERVER,
            address: "172.18.0.10:6443".into(),
            user: Arc::new(user),
            agent: "load".into(),
            host: "load".into(),
            clock: Clock { epoch },
            rate: None,
        });
        let component = Box::new(Load { client, deployments, seen });
        Placed {
            name: format!("load {number}"),
            node: NodeId(LOADS + number),
            component,
            listens: Vec::new(),
            starts: true,
            files: Vec::new(),
        }
    }
}

impl Actor for Load {
    type Msg = Msg;
    type Note = Note;

    fn handle(&mut self, now: Time, input: Input<Msg>, out: &mut Out) {
        if matches!(input, Input::Start) {
            let kind = if self.deployments.is_empty() { kinds::NODES } else { kinds::DEPLOYMENTS };
            self.client.watch(now, kind, "", out);
            for (number, replicas) in std::mem::take(&mut self.deployments).into_iter().enumerate() {
                self.client.call(now, kinds::DEPLOYMENTS.create(deployment(&format!("load-{number}"), replicas)), out);
            }
        }
        for happened in self.client.handle(now, &input, out) {
            if let Happened::Changed(change) = happened
                && let Some(object) = &change.new
            {
                match object.kind() {
                    "Node" => self.seen.node(object),
                    _ => self.seen.deployment(object),
                }
            }
        }
    }

    fn next_wakeup(&self) -> Option<Time> {
        self.client.next_wakeup()
    }

    fn crash(&mut self, _lose_unsynced: bool) {
        self.client = self.client.restarted();
    }

    fn wipe(&mut self) {}
}

impl kube::Seen for Load {
    fn look(&self) -> Look {
        Look::default()
    }
}

/// As `kubectl create deployment NAME --image=nginx --replicas=REPLICAS` makes it.
fn deployment(name: &str, replicas: u32) -> Value {
    let labels = json!({ "app": name });
    json!({
        "kind": "Deployment", "apiVersion": "apps/v1",
        "metadata": { "name": name, "namespace": "default", "labels": labels },
        "spec": {
            "replicas": replicas, "selector": { "matchLabels": labels },
            "template": {
                "metadata": { "labels": labels },
                "spec": { "containers": [{ "name": "nginx", "image": "nginx" }] },
            },
        },
    })
}
