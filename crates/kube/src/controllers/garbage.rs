//! Deletes what has lost its owners (`pkg/controller/garbagecollector`): in the background after they are gone, in the
//! foreground before they go, or lets it be when they go as its orphans.

use super::controller::{Call, Controller, Plan, View, Wakes};
use crate::api::{Object, Patch};
use crate::client::{Change, Key, Kind, key};
use serde_json::{Value, json};
use sim::Micros;

pub(super) static CONTROLLER: Controller =
    Controller { account: "generic-garbage-collector", workers: 20, seeds: &[], wake, sync };

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

/// `apps/replicasets|dev/web`
fn item(kind: &Kind, object: &Object) -> Key {
    format!("{}/{}|{}", kind.group, kind.plural, key(object)).into()
}

fn find<'a>(view: &'a View, item: &str) -> Option<(&'a Kind, &'a Object)> {
    let (kind, place) = item.split_once('|')?;
    let (group, plural) = kind.split_once('/')?;
    let (kind, cache) = view.client.kinds().find(|(kind, _)| kind.group == group && kind.plural == plural)?;
    Some((kind, cache.by_key(place)?))
}

fn dependents<'a>(view: &'a View, uid: &'a str) -> impl Iterator<Item = (&'a Kind, &'a Object)> {
    view.client.kinds().flat_map(move |(kind, cache)| cache.owned_by(uid).map(move |object| (kind, object)))
}

fn has_finalizer(object: &Object, name: &str) -> bool {
    object.list("/metadata/finalizers").iter().any(|one| one == name)
}

fn wake(view: &View, change: &Change, wakes: &mut Wakes) {
    let Some(object) = change.object() else { return };
    let kind = view.client.kind(change.kind);
    let mut add = |kind: &Kind, object: &Object| wakes.push((item(kind, object), Micros::ZERO));
    if change.new.is_none() {
        dependents(view, object.uid()).for_each(|(kind, object)| add(kind, object));
        // Whoever waited for it to go.
        for owner in object.list("/metadata/ownerReferences") {
            if let Some((kind, owner)) = owner_of(view, object, owner).filter(|(_, owner)| owner.is_terminating()) {
                add(kind, owner);
            }
        }
        return;
    }
    let is_ending = object.is_terminating() && (has_finalizer(object, FOREGROUND) || has_finalizer(object, ORPHAN));
    let is_new = change.old.is_none() && !object.list("/metadata/ownerReferences").is_empty();
    let other_owners = change
        .old
        .as_ref()
        .is_some_and(|old| old.pointer("/metadata/ownerReferences") != object.pointer("/metadata/ownerReferences"));
    if is_ending || (is_new && !all_owners_known(view, object)) || other_owners {
        add(kind, object);
    }
}

/// An owner's object, if it is watched and exists.
fn owner_of<'a>(view: &'a View, object: &Object, owner: &Value) -> Option<(&'a Kind, &'a Object)> {
    let (kind, cache) = watched(view, owner)?;
    let namespace = if kind.namespaced { object.namespace() } else { "" };
    let found = cache.get(namespace, owner["name"].as_str()?)?;
    (found.uid() == owner["uid"].as_str()?).then_some((kind, found))
}

fn watched<'a>(view: &'a View, owner: &Value) -> Option<(&'a Kind, &'a crate::client::Cache)> {
    let version = owner["apiVersion"].as_str()?;
    let group = version.split_once('/').map_or("", |(group, _)| group);
    view.client.kinds().find(|(kind, _)| owner["kind"] == kind.kind.as_ref() && kind.group == group)
}

fn all_owners_known(view: &View, object: &Object) -> bool {
    let owners = object.list("/metadata/ownerReferences").iter();
    owners.into_iter().all(|owner| watched(view, owner).is_none() || owner_of(view, object, owner).is_some())
}

fn sync(view: &mut View, item: &str) -> Plan {
    let mut plan = Plan::default();
    let view = &*view;
    let Some((kind, object)) = find(view, item) else { return plan };
    if object.is_terminating() {
        if has_finalizer(object, ORPHAN) {
            orphan(view, kind, object, &mut plan);
        } else if has_finalizer(object, FOREGROUND) {
            foreground(view, kind, object, &mut plan);
        }
        return plan;
    }
    collect(view, kind, object, &mut plan);
    plan
}

/// Its dependents lose it as their owner, and then it may go.
fn orphan(view: &View, kind: &Kind, object: &Object, plan: &mut Plan) {
    let calls = dependents(view, object.uid()).map(|(kind, dependent)| {
        let others = dependent.list("/metadata/ownerReferences").iter().filter(|owner| owner["uid"] != object.uid());
        let patch = json!({ "metadata": { "ownerReferences": others.collect::<Vec<_>>(), "uid": dependent.uid() } });
        Call::new(kind.patch(Patch::Merge, dependent.namespace(), dependent.name(), patch))
    });
    plan.step(calls.collect());
    plan.then(without_finalizer(kind, object, ORPHAN));
}

/// It may go when nobody is left who blocks that.
fn foreground(view: &View, kind: &Kind, object: &Object, plan: &mut Plan) {
    let blocks = |dependent: &&(&Kind, &Object)| {
        let owners = dependent.1.list("/metadata/ownerReferences").iter();
        owners.into_iter().any(|owner| owner["uid"] == object.uid() && owner["blockOwnerDeletion"] == true)
    };
    let blocking: Vec<_> = dependents(view, object.uid()).collect();
    let blocking: Vec<_> = blocking.iter().filter(blocks).collect();
    if blocking.is_empty() {
        return plan.then(without_finalizer(kind, object, FOREGROUND));
    }
    let calls =
        blocking.into_iter().filter(|(_, dependent)| !dependent.is_terminating()).filter_map(|(kind, dependent)| {
            let mut part = Plan::default();
            collect(view, kind, dependent, &mut part);
            part.steps.pop()?.calls.pop()
        });
    plan.step(calls.collect());
}

fn without_finalizer(kind: &Kind, object: &Object, name: &str) -> crate::api::Request {
    kind.update(object.edit(|object| {
        if let Some(finalizers) = object.pointer_mut("/metadata/finalizers").and_then(Value::as_array_mut) {
            finalizers.retain(|one| one != name);
        }
    }))
}

/// Deletes an object none of whose owners is left, or all of whose owners wait for it to go.
fn collect(view: &View, kind: &Kind, object: &Object, plan: &mut Plan) {
    let owners = object.list("/metadata/ownerReferences");
    if owners.is_empty() {
        return;
    }
    let (mut solid, mut waiting, mut gone) = (Vec::new(), 0, 0);
    for owner in owners {
        match owner_of(view, object, owner) {
            Some((_, found)) if found.is_terminating() && has_finalizer(found, FOREGROUND) => waiting += 1,
            Some(_) => solid.push(owner),
            // An owner of a kind that is not watched is taken to be there.
            None if watched(view, owner).is_none() => solid.push(owner),
            None => gone += 1,
        }
    }
    if !solid.is_empty() {
        if waiting + gone > 0 {
            let patch = json!({ "metadata": { "ownerReferences": solid, "uid": object.uid() } });
            plan.then(kind.patch(Patch::Merge, object.namespace(), object.name(), patch));
        }
        return;
    }
    let has_dependents = dependents(view, object.uid()).next().is_some();
    let mut request = kind.delete(object);
    let how = match (waiting > 0 && has_dependents, has_finalizer(object, ORPHAN), has_finalizer(object, FOREGROUND)) {
        (true, ..) | (_, _, true) => "Foreground",
        (_, true, _) => "Orphan",
        _ => "Background",
    };
    request.options.deletion.propagation = Some(how.into());
    plan.then(request);
}
