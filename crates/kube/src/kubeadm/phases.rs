//! What `kubeadm init` does once the control plane answers: it uploads its configuration, marks the control plane node,
//! and installs CoreDNS and kube-proxy (`cmd/kubeadm/app/cmd/phases/init`).

use crate::Clock;
use crate::api::{Patch, Reason, Request, User};
use crate::client::{Client, Happened, Kind, Settings, kinds};
use crate::component::{Look, Seen};
use crate::{Msg, Note};
use protocol::Nodes;
use serde_json::{Value, json};
use sim::{Actor, Input, Micros, NodeId, Out, Time};
use std::collections::VecDeque;
use std::sync::Arc;

/// How long it waits after a refusal before it asks again.
const RETRY: Micros = Micros::millis(500);

/// What is installed, in order.
const OBJECTS: &str = include_str!("objects.json");

/// The process: it ends when all is done, and never starts again.
#[derive(Clone, Debug)]
pub(super) struct Phases {
    client: Client,
    /// What is left to ask, the next one first.
    steps: VecDeque<Request>,
    /// The call that was sent and not answered.
    open: Option<u64>,
    retry_at: Option<Time>,
    done: bool,
}

impl Phases {
    /// For a cluster of these nodes, of which the first one's API server is at `server`.
    pub fn new(server: NodeId, epoch: u64, nodes: Nodes) -> Self {
        let user = User { name: "kubernetes-admin".into(), groups: vec!["kubeadm:cluster-admins".into()] };
        let client = Client::new(Settings {
            server,
            address: "172.18.0.10:6443".into(),
            user: Arc::new(user),
            agent: "kubeadm".into(),
            host: nodes.name(0).into(),
            clock: Clock { epoch },
            rate: None,
        });
        Self { client, steps: steps(nodes), open: None, retry_at: None, done: false }
    }

    fn go_on(&mut self, now: Time, out: &mut Out<Msg, Note>) {
        match self.steps.front() {
            Some(step) => self.open = Some(self.client.call(now, step.clone(), out)),
            None => {
                self.done = true;
                out.exit(0);
            }
        }
    }
}

impl Actor for Phases {
    type Msg = Msg;
    type Note = Note;

    fn handle(&mut self, now: Time, input: Input<Msg>, out: &mut Out<Msg, Note>) {
        if self.done {
            return;
        }
        for happened in self.client.handle(now, &input, out) {
            let Happened::Answer { id, result } = happened else { continue };
            if self.open != Some(id) {
                continue;
            }
            self.open = None;
            match result {
                // What is there already was installed before.
                Err(status) if status.reason != Reason::AlreadyExists => self.retry_at = Some(now + RETRY),
                _ => {
                    self.steps.pop_front();
                    self.go_on(now, out);
                }
            }
        }
        let retries = self.retry_at.is_some_and(|at| at <= now);
        if matches!(input, Input::Start) || retries {
            self.retry_at = None;
            self.go_on(now, out);
        }
    }

    fn next_wakeup(&self) -> Option<Time> {
        [self.client.next_wakeup(), self.retry_at].into_iter().flatten().min().filter(|_| !self.done)
    }

    fn crash(&mut self, _lose_unsynced: bool) {}

    fn wipe(&mut self) {}
}

impl Seen for Phases {
    fn look(&self) -> Look {
        let left = if self.done { "nothing".to_owned() } else { format!("{} steps", self.steps.len()) };
        Look::default().with("Left to do", left)
    }
}

fn steps(nodes: Nodes) -> VecDeque<Request> {
    let marked = json!({ "metadata": { "labels": {
        "node-role.kubernetes.io/control-plane": "",
        "node.kubernetes.io/exclude-from-external-load-balancers": "",
    } } });
    let mark = |node: u32| kinds::NODES.patch(Patch::Merge, "", &nodes.name(node), marked.clone());
    // Those that join are marked by themselves, after the first one has installed everything.
    let others = (1..u32::from(nodes.control_planes)).map(mark);
    let mut objects = objects();
    if nodes.is_highly_available() {
        objects.iter_mut().for_each(|object| name_endpoint(object, &nodes.endpoint()));
    }
    let create = |object: Value| Some(kind(object["kind"].as_str()?)?.create(object));
    std::iter::once(mark(0)).chain(objects.into_iter().filter_map(create)).chain(others).collect()
}

/// The cluster's configuration names what stands in front of its API servers.
fn name_endpoint(object: &mut Value, endpoint: &str) {
    if let Some(Value::String(text)) = object.pointer_mut("/data/ClusterConfiguration") {
        *text = text.replacen(
            "clusterName: kubernetes\n",
            &format!("clusterName: kubernetes\ncontrolPlaneEndpoint: {endpoint}:6443\n"),
            1,
        );
    }
}

/// What is installed, in order.
pub(crate) fn objects() -> Vec<Value> {
    serde_json::from_str(OBJECTS).unwrap_or_default()
}

/// The kinds of the objects it installs.
fn kind(name: &str) -> Option<Kind> {
    let known = [
        kinds::CONFIG_MAPS,
        kinds::SERVICE_ACCOUNTS,
        kinds::SERVICES,
        kinds::DEPLOYMENTS,
        kinds::DAEMON_SETS,
        kinds::CLUSTER_ROLES,
        kinds::CLUSTER_ROLE_BINDINGS,
    ];
    known.into_iter().find(|kind| kind.kind == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_of_the_list_is_installed() {
        let objects: Vec<Value> = serde_json::from_str(OBJECTS).expect("the list is JSON");
        assert_eq!(steps(Nodes::FEW).len(), objects.len() + 1);
        assert_eq!(steps(Nodes::HIGHLY_AVAILABLE).len(), objects.len() + 3);
    }
}
