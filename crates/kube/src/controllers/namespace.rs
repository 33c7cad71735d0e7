//! Empties a namespace that is being deleted, pods first, and then lets it go (`pkg/controller/namespace`).

use super::controller::{Call, Controller, Plan, View, Wakes};
use crate::api::{Object, Verb};
use crate::client::{Change, Key, kinds};
use serde_json::{Value, json};
use sim::Micros;

pub(super) static CONTROLLER: Controller =
    Controller { account: "namespace-controller", workers: 10, seeds: &[], wake, sync };

/// So long after the request others may still create in it without having heard, and so long it is waited for pods.
const GRACE: Micros = Micros::secs(5);

fn wake(view: &View, change: &Change, wakes: &mut Wakes) {
    if *view.client.kind(change.kind) != kinds::NAMESPACES {
        return;
    }
    let ended = |object: &Option<Object>| object.as_ref().is_some_and(Object::is_terminating);
    if ended(&change.new) && !ended(&change.old) {
        wakes.extend(change.new.as_ref().map(|namespace| (Key::from(namespace.name()), GRACE)));
    }
}

fn sync(view: &mut View, name: &str) -> Plan {
    let mut plan = Plan::default();
    let Some(namespace) = view.client.cache(&kinds::NAMESPACES).get("", name).filter(|one| one.is_terminating()) else {
        return plan;
    };
    let pods: Vec<&Object> = view.client.cache(&kinds::PODS).in_namespace(name).collect();
    if !pods.is_empty() {
        if pods.iter().any(|pod| !pod.is_terminating()) {
            plan.then(kinds::PODS.request(Verb::DeleteCollection, name, ""));
        }
        let remain = format!("Some resources are remaining: pods. has {} resource instances", pods.len());
        tell(view, namespace, Some(remain), &mut plan);
        plan.look_again(GRACE);
        return plan;
    }
    let mut remain = Vec::new();
    let mut calls = Vec::new();
    for (kind, cache) in view.client.kinds().filter(|(kind, _)| kind.namespaced) {
        let count = cache.in_namespace(name).count();
        if count > 0 {
            calls.push(Call::new(kind.request(Verb::DeleteCollection, name, "")));
            let group = if kind.group.is_empty() { String::new() } else { format!(".{}", kind.group) };
            remain.push(format!("{}{group} has {count} resource instances", kind.plural));
        }
    }
    if calls.is_empty() {
        plan.then(kinds::EVENTS.request(Verb::DeleteCollection, name, ""));
        let mut request = kinds::NAMESPACES.update(namespace.edit(|one| one["spec"]["finalizers"] = json!([])));
        request.subresource = "finalize".into();
        plan.then(request);
        return plan;
    }
    plan.step(calls);
    // What has no finalizers is gone at once.
    plan.look_again(Micros::millis(100));
    plan
}

fn tell(view: &View, namespace: &Object, remain: Option<String>, plan: &mut Plan) {
    let before = namespace.list("/status/conditions");
    let remaining = match remain {
        Some(remain) => ("NamespaceContentRemaining", "True", "SomeResourcesRemain", remain),
        None => ("NamespaceContentRemaining", "False", "ContentRemoved", "All content successfully removed".into()),
    };
    let conditions: Vec<Value> = [
        (
            "NamespaceDeletionDiscoveryFailure",
            "False",
            "ResourcesDiscovered",
            "All resources successfully discovered".to_owned(),
        ),
        (
            "NamespaceDeletionGroupVersionParsingFailure",
            "False",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed".into(),
        ),
        (
            "NamespaceDeletionContentFailure",
            "False",
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization".into(),
        ),
        remaining,
        (
            "NamespaceFinalizersRemaining",
            "False",
            "ContentHasNoFinalizers",
            "All content-preserving finalizers finished".into(),
        ),
    ]
    .into_iter()
    .map(|(kind, status, reason, message)| {
        let old = before.iter().find(|one| one["type"] == kind && one["status"] == status);
        let since = old.map_or_else(|| view.stamp().into(), |old| old["lastTransitionTime"].clone());
        json!({ "type": kind, "status": status, "lastTransitionTime": since, "reason": reason, "message": message })
    })
    .collect();
    if before != conditions.as_slice() {
        let told = namespace.edit(|one| one["status"]["conditions"] = conditions.into());
        plan.then_always(kinds::NAMESPACES.update_status(told));
    }
}
