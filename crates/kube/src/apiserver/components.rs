//! `ComponentStatus`: whether the components of the control plane are there, as the server finds when it is asked
//! (`pkg/registry/core/componentstatus`). It knows of them by their connections.

use serde_json::{Value, json};
use sim::NodeId;

use super::server::Server;
use super::view::View;
use crate::api::{Object, Request, Resource, Status, Verb};

/// Name, the user it asks as, and the port of its health.
const COMPONENTS: [(&str, &str, u16); 2] =
    [("controller-manager", "system:kube-controller-manager", 10_257), ("scheduler", "system:kube-scheduler", 10_259)];

impl Server {
    /// Somebody asks: if it is one of the components, it lives; if it is a kubelet, this is where it is.
    pub(super) fn seen(&mut self, node: NodeId, request: &Request) {
        if let Some(name) = request.user.name.strip_prefix("system:node:") {
            if self.config.kubelets.is_empty() && self.kubelets.get(name) != Some(&node) {
                self.kubelets.insert(name.to_owned(), node);
            }
            return;
        }
        if COMPONENTS.iter().any(|(_, user, _)| *user == request.user.name)
            && !self.alive.iter().any(|(known, _)| *known == node)
        {
            self.alive.push((node, request.user.name.clone()));
        }
    }

    /// A machine's process died.
    pub(super) fn unseen(&mut self, node: NodeId) {
        self.alive.retain(|(known, _)| *known != node);
    }

    /// Answers `get` and `list`.
    pub(super) fn component_statuses(&self, request: &Request, resource: &Resource) -> Result<Object, Status> {
        let etcd = self.reaches_etcd();
        let mut all = vec![status("etcd-0", etcd, "ok".into(), "context deadline exceeded".into())];
        for (name, user, port) in COMPONENTS {
            let lives = self.alive.iter().any(|(_, known)| known == user);
            let address = format!("127.0.0.1:{port}");
            let error = format!("Get \"https://{address}/healthz\": dial tcp {address}: connect: connection refused");
            all.push(status(name, lives, "ok".into(), error));
        }
        let unix = self.clock.seconds(self.now);
        let view = View::of(&self.cache, request, resource);
        if request.verb == Verb::Get {
            let found = all.into_iter().find(|status| status.name() == request.name);
            let found = found.ok_or_else(|| Status::not_found("componentstatus", &request.name))?;
            let table = || view.table(&[&found], json!({}), unix).into();
            return Ok(if request.options.table { table() } else { found.clone() });
        }
        if request.options.table {
            return Ok(view.table(&all.iter().collect::<Vec<_>>(), json!({}), unix).into());
        }
        let items: Vec<Value> = all.iter().map(|status| (**status).clone()).collect();
        Ok(json!({ "kind": "ComponentStatusList", "apiVersion": "v1", "metadata": {}, "items": items }).into())
    }
}

/// A component that cannot be reached says why in its message.
fn status(name: &str, healthy: bool, message: String, error: String) -> Object {
    let (word, message) = if healthy { ("True", message) } else { ("False", error) };
    let condition = json!({ "type": "Healthy", "status": word, "message": message });
    json!({ "kind": "ComponentStatus", "apiVersion": "v1", "metadata": { "name": name }, "conditions": [condition] })
        .into()
}
