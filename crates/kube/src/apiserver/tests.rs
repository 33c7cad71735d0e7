//! What the server does, seen by its clients.

use serde_json::{Value, json};

use super::testing::{World, request};
use crate::api::{EventKind, Patch, Request, Verb};

fn pod(name: &str) -> Value {
    json!({ "metadata": { "name": name, "labels": { "app": name } }, "spec": { "containers": [{ "name": "c", "image": "nginx" }] } })
}

fn watch(resource: &str, namespace: &str, change: impl FnOnce(&mut Request)) -> Request {
    let mut request = request(Verb::Watch, resource, namespace, "", Value::Null);
    change(&mut request);
    request
}

/// What a watch saw, in short.
fn told(seen: &[super::testing::Seen]) -> Vec<String> {
    seen.iter().map(|(kind, object)| format!("{} {}", kind.name(), object.name())).collect()
}

#[test]
fn what_is_created_is_read_and_listed_at_once() {
    let mut world = World::new();
    let made = world.create("pods", "default", pod("web"));
    assert_eq!(made.kind(), "Pod");
    assert!(made.revision() > 0 && !made.uid().is_empty());
    assert_eq!(world.get("pods", "default", "web").as_ref(), Ok(&made));
    world.create("pods", "kube-system", pod("dns"));
    assert_eq!(world.names("pods", ""), ["web", "dns"]);
    assert_eq!(world.names("pods", "default"), ["web"]);
    let missing = world.get("pods", "default", "gone").expect_err("there is none");
    assert_eq!(missing.message, "pods \"gone\" not found");
    let again = world.call(request(Verb::Create, "pods", "default", "", pod("web"))).expect_err("it is there");
    assert_eq!(again.message, "pods \"web\" already exists");
    let lost = world.call(request(Verb::Create, "pods", "lost", "", pod("web"))).expect_err("no such namespace");
    assert_eq!(lost.message, "namespaces \"lost\" not found");
}

#[test]
fn a_watch_sees_what_enters_changes_and_leaves_its_selection() {
    let mut world = World::new();
    let id = world.send(watch("pods", "default", |request| {
        request.options.label_selector = "app=web".into();
        request.options.send_initial_events = true;
    }));
    assert_eq!(told(&world.events(id)), ["BOOKMARK "]);
    world.create("pods", "default", pod("web"));
    world.create("pods", "default", pod("db"));
    world.patch("pods", "default", "db", json!({ "metadata": { "labels": { "app": "web" } } })).expect("a patch");
    world.patch("pods", "default", "web", json!({ "metadata": { "labels": { "app": "x" } } })).expect("a patch");
    assert_eq!(told(&world.events(id)), ["ADDED web", "ADDED db", "DELETED web"]);
    world.call(request(Verb::Delete, "pods", "default", "db", Value::Null)).expect("a deletion");
    assert_eq!(told(&world.events(id)), ["DELETED db"]);
    world.cancel(id);
    world.create(
        "pods",
        "default",
        json!({ "metadata": { "name": "late", "labels": { "app": "web" } } , "spec": pod("late")["spec"]}),
    );
    assert!(world.events(id).is_empty());
}

#[test]
fn a_watch_goes_on_from_the_revision_of_a_list() {
    let mut world = World::new();
    world.create("configmaps", "default", json!({ "metadata": { "name": "a" } }));
    let list = world.call(request(Verb::List, "configmaps", "default", "", Value::Null)).expect("a list");
    world.create("configmaps", "default", json!({ "metadata": { "name": "b" } }));
    world.patch("configmaps", "default", "a", json!({ "data": { "k": "v" } })).expect("a patch");
    let id = world.send(watch("configmaps", "default", |request| {
        request.options.resource_version = list.resource_version().to_owned().into();
    }));
    let seen = world.events(id);
    assert_eq!(told(&seen), ["ADDED b", "MODIFIED a"]);
    assert_eq!(seen[1].0, EventKind::Modified);
}

#[test]
fn an_update_of_an_old_revision_is_a_conflict_and_one_without_revision_is_not() {
    let mut world = World::new();
    let old = world.create("configmaps", "default", json!({ "metadata": { "name": "a" }, "data": { "n": "1" } }));
    world.patch("configmaps", "default", "a", json!({ "data": { "n": "2" } })).expect("a patch");
    let body = old.edit(|value| value["data"]["n"] = "3".into()).into_value();
    let refused = world.call(request(Verb::Update, "configmaps", "default", "a", body)).expect_err("a conflict");
    assert_eq!(
        refused.message,
        "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again"
    );
    let body = json!({ "metadata": { "name": "a" }, "data": { "n": "4" } });
    let new = world.call(request(Verb::Update, "configmaps", "default", "a", body)).expect("an update");
    assert_eq!(new.text("/data/n"), "4");
    assert_eq!(new.uid(), old.uid());
}

#[test]
fn patches_that_race_are_all_in_the_end() {
    let mut world = World::new();
    world.create("configmaps", "default", json!({ "metadata": { "name": "a" } }));
    let ids: Vec<_> = (0..20)
        .map(|n| {
            let patch = json!({ "data": { format!("k{n}"): "v" } });
            world.send(request(Verb::Patch(Patch::Merge), "configmaps", "default", "a", patch))
        })
        .collect();
    for id in ids {
        world.wait(id).expect("a patch without a revision does not conflict");
    }
    let stored = world.get("configmaps", "default", "a").expect("it is there");
    assert_eq!(stored.map("/data").map(serde_json::Map::len), Some(20));
}

#[test]
fn a_status_is_changed_at_its_own_address_and_the_rest_is_not() {
    let mut world = World::new();
    world.create("pods", "default", pod("web"));
    let patch = json!({ "spec": { "nodeName": "x" }, "status": { "phase": "Running" } });
    let after = world.patch("pods/status", "default", "web", patch.clone()).expect("a patch");
    assert_eq!((after.text("/status/phase"), after.text("/spec/nodeName")), ("Running", ""));
    let after = world.patch("pods", "default", "web", json!({ "status": { "phase": "Failed" } })).expect("a patch");
    assert_eq!(after.text("/status/phase"), "Running");
}

#[test]
fn a_bound_pod_ends_gracefully_and_its_kubelet_deletes_it() {
    let mut world = World::new();
    world.create("pods", "default", pod("web"));
    let binding = json!({ "metadata": { "name": "web" }, "target": { "kind": "Node", "name": "worker1" } });
    world.call(request(Verb::Create, "pods/binding", "default", "web", binding.clone())).expect("a binding");
    assert_eq!(world.get("pods", "default", "web").expect("a pod").text("/spec/nodeName"), "worker1");
    let again = world.call(request(Verb::Create, "pods/binding", "default", "web", binding)).expect_err("bound");
    assert!(again.message.ends_with("pod web is already assigned to node \"worker1\""), "{}", again.message);
    let ending = world.call(request(Verb::Delete, "pods", "default", "web", Value::Null)).expect("a deletion");
    assert_eq!(ending.number("/metadata/deletionGracePeriodSeconds"), Some(30));
    assert!(world.get("pods", "default", "web").is_ok_and(|pod| pod.is_terminating()));
    let mut last = request(Verb::Delete, "pods", "default", "web", Value::Null);
    last.options.deletion.grace_seconds = Some(0);
    world.call(last).expect("the last deletion");
    assert!(world.get("pods", "default", "web").is_err());
}

#[test]
fn a_finalizer_keeps_an_object_until_it_is_taken_away() {
    let mut world = World::new();
    world.create("configmaps", "default", json!({ "metadata": { "name": "a", "finalizers": ["x/y"] } }));
    world.call(request(Verb::Delete, "configmaps", "default", "a", Value::Null)).expect("a deletion");
    assert!(world.get("configmaps", "default", "a").is_ok_and(|object| object.is_terminating()));
    world.patch("configmaps", "default", "a", json!({ "metadata": { "finalizers": null } })).expect("a patch");
    assert!(world.get("configmaps", "default", "a").is_err());
}

#[test]
fn a_scale_changes_the_number_of_replicas() {
    let mut world = World::new();
    let deployment = json!({ "metadata": { "name": "web" }, "spec": {
        "replicas": 1, "selector": { "matchLabels": { "app": "web" } },
        "template": { "metadata": { "labels": { "app": "web" } }, "spec": pod("web")["spec"] } } });
    world.create("deployments", "default", deployment);
    let scale =
        world.patch("deployments/scale", "default", "web", json!({ "spec": { "replicas": 3 } })).expect("a scale");
    assert_eq!((scale.kind(), scale.number("/spec/replicas")), ("Scale", Some(3)));
    let after = world.get("deployments", "default", "web").expect("it is there");
    assert_eq!((after.number("/spec/replicas"), after.number("/metadata/generation")), (Some(3), Some(2)));
}

#[test]
fn a_namespace_ends_when_its_finalizers_are_gone() {
    let mut world = World::new();
    world.create("namespaces", "", json!({ "metadata": { "name": "dev" } }));
    let ending = world.call(request(Verb::Delete, "namespaces", "", "dev", Value::Null)).expect("a deletion");
    assert_eq!(ending.text("/status/phase"), "Terminating");
    let refused = world.call(request(Verb::Create, "pods", "dev", "", pod("web"))).expect_err("it ends");
    assert_eq!(
        refused.message,
        "pods \"web\" is forbidden: unable to create new content in namespace dev because it is being terminated"
    );
    let body = ending.edit(|value| value["spec"] = json!({})).into_value();
    world.call(request(Verb::Update, "namespaces/finalize", "", "dev", body)).expect("finalized");
    assert!(world.get("namespaces", "", "dev").is_err());
}

#[test]
fn what_a_request_causes_in_etcd_belongs_to_it() {
    let mut world = World::new();
    let id = world.send(request(Verb::Create, "pods", "default", "", pod("web")));
    world.wait(id).expect("created");
    let labels: Vec<_> = world
        .sim
        .records_since(sim::EventId::NONE)
        .filter(|record| record.cause.root == id)
        .filter_map(|record| match &record.kind {
            sim::Kind::Sent { msg, .. } => Some(msg.to_string()),
            _ => None,
        })
        .collect();
    for label in ["create /api/v1/namespaces/default/pods", "Txn", "TxnResponse", "Pod default/web"] {
        assert!(labels.iter().any(|known| known == label), "{label} among {labels:?}");
    }
}

#[test]
fn the_server_reads_on_when_etcd_was_away() {
    let mut world = World::with(3);
    world.create("configmaps", "default", json!({ "metadata": { "name": "a" } }));
    world.fault(sim::Fault::Crash { node: sim::NodeId(0), lose_unsynced: false });
    world.run(sim::Micros::secs(5));
    world.create("configmaps", "default", json!({ "metadata": { "name": "b" } }));
    let names = world.names("configmaps", "default");
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn the_server_says_every_ten_seconds_that_it_is_there() {
    let mut world = World::new();
    let mut request = watch("leases", "kube-system", |request| request.options.send_initial_events = true);
    request.group = "coordination.k8s.io".into();
    let id = world.send(request);
    world.run(sim::Micros::secs(30));
    let seen = world.events(id);
    let renewals = seen.iter().filter(|(kind, _)| *kind == EventKind::Modified).count();
    assert_eq!((renewals, seen[0].1.number("/spec/leaseDurationSeconds")), (3, Some(3_600)));
}

#[test]
fn a_write_waits_for_etcd_to_come_back() {
    let mut world = World::new();
    let etcd = sim::NodeId(0);
    world.fault(sim::Fault::Crash { node: etcd, lose_unsynced: false });
    world.run(sim::Micros::secs(1));
    let id = world.send(request(Verb::Create, "configmaps", "default", "", json!({ "metadata": { "name": "a" } })));
    world.run(sim::Micros::secs(5));
    world.fault(sim::Fault::Restart { node: etcd, wipe: false });
    assert_eq!(world.wait(id).as_ref().map(|object| object.name().to_owned()), Ok("a".to_owned()));
    assert!(world.get("configmaps", "default", "a").is_ok());
    world.fault(sim::Fault::Crash { node: etcd, lose_unsynced: false });
    world.run(sim::Micros::secs(1));
    let refused = world.get("configmaps", "default", "a").expect_err("it takes too long");
    assert_eq!(refused.reason, crate::api::Reason::Timeout);
}

#[test]
fn events_are_gone_after_an_hour() {
    let mut world = World::new();
    let event =
        json!({ "metadata": { "name": "e" }, "involvedObject": { "kind": "Pod", "name": "web" }, "reason": "R" });
    world.create("events", "default", event);
    world.run(sim::Micros::secs(3_500));
    assert!(world.get("events", "default", "e").is_ok());
    world.run(sim::Micros::secs(500));
    assert!(world.get("events", "default", "e").is_err());
}

#[test]
fn history_older_than_the_last_look_is_forgotten_every_five_minutes() {
    let mut world = World::new();
    let five_minutes = sim::Micros::secs(300);
    world.run(five_minutes);
    let first = world.create("configmaps", "default", json!({ "metadata": { "name": "a" } }));
    assert!(world.compacted() <= 0, "the first time it does not know what is old");
    world.run(five_minutes);
    let compacted = world.compacted();
    assert!(0 < compacted && compacted < first.revision(), "{compacted} of {}", first.revision());
    world.run(five_minutes);
    assert!(world.compacted() >= first.revision());
    assert_eq!(world.get("configmaps", "default", "a").as_ref(), Ok(&first));
}
