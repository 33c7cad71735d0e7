//! What every namespace gets by itself: the service account `default` and the certificate of the cluster's authority
//! (`pkg/controller/serviceaccount/serviceaccounts_controller.go`, `pkg/controller/certificates/rootcacertpublisher`).

use super::controller::{Controller, Plan, View, Wakes};
use crate::client::{Change, Key, Kind, kinds};
use serde_json::json;
use sim::Micros;

pub(super) static ACCOUNTS: Controller = Controller {
    account: "service-account-controller",
    workers: 1,
    seeds: &[],
    wake: |view, change, wakes| wake(view, change, &kinds::SERVICE_ACCOUNTS, "default", wakes),
    sync: accounts,
};

pub(super) static ROOT_CA: Controller = Controller {
    account: "root-ca-cert-publisher",
    workers: 1,
    seeds: &[],
    wake: |view, change, wakes| wake(view, change, &kinds::CONFIG_MAPS, BUNDLE, wakes),
    sync: root_ca,
};

const BUNDLE: &str = "kube-root-ca.crt";
const DESCRIPTION: &str = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

/// A namespace is looked at when it is new, and when somebody took away or changed what it should have.
fn wake(view: &View, change: &Change, kind: &Kind, name: &str, wakes: &mut Wakes) {
    let changed = view.client.kind(change.kind);
    if *changed == kinds::NAMESPACES {
        wakes.extend(change.new.as_ref().map(|namespace| (Key::from(namespace.name()), Micros::ZERO)));
    } else if changed == kind
        && change.old.is_some()
        && let Some(object) = change.object().filter(|object| object.name() == name)
    {
        wakes.push((object.namespace().into(), Micros::ZERO));
    }
}

fn is_active(view: &View, namespace: &str) -> bool {
    let namespace = view.client.cache(&kinds::NAMESPACES).get("", namespace);
    namespace.is_some_and(|namespace| namespace.text("/status/phase") != "Terminating" && !namespace.is_terminating())
}

fn accounts(view: &mut View, namespace: &str) -> Plan {
    let mut plan = Plan::default();
    if is_active(view, namespace) && view.client.cache(&kinds::SERVICE_ACCOUNTS).get(namespace, "default").is_none() {
        plan.then(kinds::SERVICE_ACCOUNTS.create(json!({ "kind": "ServiceAccount", "apiVersion": "v1",
            "metadata": { "name": "default", "namespace": namespace } })));
    }
    plan
}

fn root_ca(view: &mut View, namespace: &str) -> Plan {
    let mut plan = Plan::default();
    if !is_active(view, namespace) {
        return plan;
    }
    let data = json!({ "ca.crt": view.root_ca });
    match view.client.cache(&kinds::CONFIG_MAPS).get(namespace, BUNDLE) {
        None => plan.then(kinds::CONFIG_MAPS.create(json!({ "kind": "ConfigMap", "apiVersion": "v1",
            "metadata": { "name": BUNDLE, "namespace": namespace,
                "annotations": { "kubernetes.io/description": DESCRIPTION } },
            "data": data }))),
        Some(stored) if stored.pointer("/data") != Some(&data) => {
            plan.then(kinds::CONFIG_MAPS.update(stored.edit(|map| map["data"] = data)));
        }
        Some(_) => {}
    }
    plan
}
