//! What the server itself puts into an empty cluster, and puts back when somebody has taken it away
//! (`pkg/controlplane/controller`).

use serde_json::{Value, json};

use super::server::{Out, Server};
use super::task::Caller;
use crate::api::{Request, User, Verb};

/// Namespaces that are always there.
const NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

impl Server {
    /// Creates what is missing.
    pub(super) fn set_up(&mut self, out: &mut Out) {
        for name in NAMESPACES {
            self.ensure("", "namespaces", "", json!({ "metadata": { "name": name } }), out);
        }
    }

    fn ensure(
        &mut self,
        group: &'static str,
        plural: &'static str,
        namespace: &'static str,
        body: Value,
        out: &mut Out,
    ) {
        let name = body["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let known = |resource: &&crate::api::Resource| resource.plural == plural && resource.group == group;
        let Some(resource) = self.resources.iter().find(known) else { return };
        if self.cache.get(&resource.key(namespace, &name)).is_some() {
            return;
        }
        let request = Request {
            user: User { name: "system:apiserver".into(), groups: vec!["system:masters".into()] }.into(),
            agent: "kube-apiserver".into(),
            verb: Verb::Create,
            group: resource.group.clone(),
            version: resource.version.clone(),
            resource: resource.plural.clone(),
            subresource: "".into(),
            namespace: namespace.into(),
            name: "".into(),
            options: Default::default(),
            body: Some(body.into()),
        };
        self.begin(Caller::Inside, request.into(), out);
    }
}
