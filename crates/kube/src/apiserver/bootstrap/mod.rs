//! What the server itself puts into an empty cluster, and puts back when somebody has taken it away
//! (`pkg/controlplane/controller`).

mod flows;
mod rbac;

use serde_json::{Value, json};

use super::server::{Out, Server};
use super::task::Caller;
use crate::api::{Request, Resource, User, Verb};

/// Namespaces that are always there.
const NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// An object to be there: group, plural, namespace, content.
type Wanted = (&'static str, &'static str, String, Value);

impl Server {
    /// Creates what is missing.
    pub(super) fn set_up(&mut self, out: &mut Out) {
        for name in NAMESPACES {
            self.ensure("", "namespaces", "", json!({ "metadata": { "name": name } }), out);
        }
        let mut wanted = rbac::objects();
        wanted.extend(flows::objects());
        wanted.extend(self.own_objects());
        for (group, plural, namespace, body) in wanted {
            self.ensure(group, plural, &namespace, body, out);
        }
    }

    fn own_objects(&self) -> Vec<Wanted> {
        let mut wanted = priority_classes();
        wanted.extend(services(&self.config.address, &self.config.service_cidr));
        let at = self.clock.stamp(self.now);
        wanted.extend(config_maps(&at));
        wanted.extend(api_services(&self.resources, &at));
        wanted
    }

    fn ensure(&mut self, group: &'static str, plural: &'static str, namespace: &str, body: Value, out: &mut Out) {
        let name = body["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let known = |resource: &&Resource| resource.plural == plural && resource.group == group;
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
            namespace: namespace.to_owned().into(),
            name: "".into(),
            options: Default::default(),
            body: Some(body.into()),
        };
        self.begin(Caller::Inside, request.into(), out);
    }
}

fn priority_classes() -> Vec<Wanted> {
    let class = |name: &str, value: i64, description: &str| {
        let body = json!({
            "metadata": { "name": name }, "value": value, "description": description,
            "preemptionPolicy": "PreemptLowerPriority",
        });
        ("scheduling.k8s.io", "priorityclasses", String::new(), body)
    };
    let cluster =
        "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.";
    let node = "Used for system critical pods that must not be moved from their current node.";
    vec![class("system-node-critical", 2_000_001_000, node), class("system-cluster-critical", 2_000_000_000, cluster)]
}

/// The service `kubernetes`, by which pods reach the API, and what belongs to it.
fn services(address: &str, cidr: &str) -> Vec<Wanted> {
    let first = super::admission::first_address(cidr);
    let labels = json!({ "component": "apiserver", "provider": "kubernetes" });
    let service = json!({
        "metadata": { "name": "kubernetes", "labels": labels },
        "spec": {
            "ports": [{ "name": "https", "protocol": "TCP", "port": 443, "targetPort": 6443 }],
            "clusterIP": first, "type": "ClusterIP", "sessionAffinity": "None", "ipFamilyPolicy": "SingleStack",
            "internalTrafficPolicy": "Cluster",
        },
    });
    let port = json!({ "name": "https", "port": 6443, "protocol": "TCP" });
    let endpoints = json!({
        "metadata": { "name": "kubernetes", "labels": { "endpointslice.kubernetes.io/skip-mirror": "true" } },
        "subsets": [{ "addresses": [{ "ip": address }], "ports": [port] }],
    });
    let slice = json!({
        "metadata": { "name": "kubernetes", "labels": { "kubernetes.io/service-name": "kubernetes" } },
        "addressType": "IPv4",
        "endpoints": [{ "addresses": [address], "conditions": { "ready": true } }],
        "ports": [{ "name": "https", "protocol": "TCP", "port": 6443 }],
    });
    let range = json!({ "metadata": { "name": "kubernetes" }, "spec": { "cidrs": [cidr] } });
    let default = || "default".to_owned();
    vec![
        ("networking.k8s.io", "servicecidrs", String::new(), range),
        ("", "services", default(), service),
        ("", "endpoints", default(), endpoints),
        ("discovery.k8s.io", "endpointslices", default(), slice),
    ]
}

/// By what extensions know who asked on whose behalf, and since when it is tracked which old tokens are used
/// (`pkg/controlplane/controller/clusterauthenticationtrust`, `…/legacytokentracking`).
fn config_maps(at: &str) -> Vec<Wanted> {
    let authority = crate::controllers::stand_in();
    let trust = json!({
        "client-ca-file": authority,
        "requestheader-allowed-names": "[\"front-proxy-client\"]",
        "requestheader-client-ca-file": authority,
        "requestheader-extra-headers-prefix": "[\"X-Remote-Extra-\"]",
        "requestheader-group-headers": "[\"X-Remote-Group\"]",
        "requestheader-username-headers": "[\"X-Remote-User\"]",
    });
    let since = json!({ "since": at.split('T').next().unwrap_or_default() });
    let map = |name: &str, data: Value| {
        let body = json!({ "metadata": { "name": name }, "data": data });
        ("", "configmaps", "kube-system".to_owned(), body)
    };
    vec![
        map("extension-apiserver-authentication", trust),
        map("kube-apiserver-legacy-service-account-token-tracking", since),
    ]
}

/// One for each group and version that is served here (`kube-aggregator`).
fn api_services(resources: &[Resource], at: &str) -> Vec<Wanted> {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    let mut wanted = Vec::new();
    for resource in resources {
        let served = (resource.group.as_ref(), resource.version.as_ref());
        if seen.contains(&served) || resource.custom || resource.group == "apiregistration.k8s.io" {
            continue;
        }
        seen.push(served);
        let (group, version) = served;
        let mut spec = json!({});
        if !group.is_empty() {
            spec["group"] = group.into();
        }
        spec["version"] = version.into();
        spec["groupPriorityMinimum"] = if group.is_empty() { 18_000 } else { 17_800 }.into();
        spec["versionPriority"] = 15.into();
        let condition = json!({
            "type": "Available", "status": "True", "lastTransitionTime": at, "reason": "Local",
            "message": "Local APIServices are always available",
        });
        let body = json!({
            "metadata": {
                "name": format!("{version}.{group}"), "labels": { "kube-aggregator.kubernetes.io/automanaged": "onstart" },
            },
            "spec": spec, "status": { "conditions": [condition] },
        });
        wanted.push(("apiregistration.k8s.io", "apiservices", String::new(), body));
    }
    wanted
}
