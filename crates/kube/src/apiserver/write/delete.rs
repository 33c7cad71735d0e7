//! Deleting an object: at once, or when its finalizers and its grace period are done
//! (`staging/src/k8s.io/apiserver/pkg/registry/rest/delete.go`).

use calendar::rfc3339;
use serde_json::{Value, json};
use sim::{Micros, Time};

use super::super::task::Told;
use super::super::{admission, custom, meta};
use super::{Context, Plan, current};
use crate::api::{Object, Reason, Request, Resource, Status};

/// Finalizers of the garbage collector.
const ORPHAN: &str = "orphan";
const FOREGROUND: &str = "foregroundDeletion";

pub(super) fn plan(context: &mut Context, request: &Request, resource: &Resource) -> Result<Plan, Status> {
    let old = current(context, request, resource)?;
    one(context, request, resource, &old)
}

/// Deletes one object, named or of a collection.
pub(super) fn one(context: &mut Context, request: &Request, resource: &Resource, old: &Object) -> Result<Plan, Status> {
    check_preconditions(request, resource, old)?;
    admission::delete(resource, old)?;
    let key = resource.key(old.namespace(), old.name());
    let revision = old.revision();
    let mut new: Value = (**old).clone();
    meta::of(&mut new).shift_remove("resourceVersion");
    let finalizers = finalizers(request, old);
    let has_finalizers = !finalizers.is_empty();
    match finalizers.is_empty() {
        true => meta::of(&mut new).shift_remove("finalizers"),
        false => meta::of(&mut new).insert("finalizers".into(), json!(finalizers)),
    };
    let grace = grace_seconds(request, resource, old);
    let pending = old.number("/metadata/deletionGracePeriodSeconds");
    if old.is_terminating() {
        // A shorter time counts, a longer one does not.
        let shorter = grace.filter(|grace| pending.is_some_and(|pending| *grace < pending));
        match (shorter, pending.unwrap_or(0)) {
            (None, left) if left > 0 => return keep(key, revision, new, old),
            (None, _) if has_finalizers => return keep(key, revision, new, old),
            (Some(grace), left) if grace > 0 => {
                let started = rfc3339::parse(old.text("/metadata/deletionTimestamp")).unwrap_or(0) - left;
                let until = (started + grace).max(context.clock.seconds(context.now));
                terminate(context, resource, &mut new, grace, until);
                return store(key, revision, new);
            }
            _ => {}
        }
    }
    let grace = grace.unwrap_or(0);
    let namespace = resource.plural == "namespaces" && !old.list("/spec/finalizers").is_empty();
    if grace > 0 || has_finalizers || namespace {
        let until = context.clock.seconds(context.now) + grace;
        terminate(context, resource, &mut new, grace, until);
        if resource.plural == "namespaces" {
            new["status"]["phase"] = "Terminating".into();
        }
        return store(key, revision, new);
    }
    let told = if returns_object(resource) { old.clone() } else { success(resource, old) };
    let also = match resource.plural.as_ref() {
        "services" => admission::release(old),
        "customresourcedefinitions" => custom::objects_of(old),
        _ => Vec::new(),
    };
    Ok(Plan::remove(key, revision, told).with(also, Vec::new()))
}

fn store(key: String, revision: i64, new: Value) -> Result<Plan, Status> {
    Ok(Plan::store(key, revision, new, Told::Stored))
}

/// It is being deleted already; only other finalizers would be stored.
fn keep(key: String, revision: i64, new: Value, old: &Object) -> Result<Plan, Status> {
    if new["metadata"].get("finalizers") == old["metadata"].get("finalizers") {
        return Ok(Plan::Answer(old.clone()));
    }
    store(key, revision, new)
}

fn terminate(context: &Context, resource: &Resource, new: &mut Value, grace: i64, until: i64) {
    let epoch = context.clock.epoch;
    let since_start = u64::try_from(until).unwrap_or(0).saturating_sub(epoch);
    let at = context.clock.stamp(Time::ZERO + Micros::secs(since_start));
    let counts = super::super::strategy::has_generation(resource);
    let metadata = meta::of(new);
    let first = !metadata.contains_key("deletionTimestamp");
    metadata.insert("deletionTimestamp".into(), at.into());
    if resource.plural != "namespaces" {
        metadata.insert("deletionGracePeriodSeconds".into(), grace.into());
    }
    if let Some(generation) = metadata.get("generation").and_then(Value::as_i64)
        && counts
        && first
    {
        metadata.insert("generation".into(), (generation + 1).into());
    }
}

fn check_preconditions(request: &Request, resource: &Resource, old: &Object) -> Result<(), Status> {
    let deletion = &request.options.deletion;
    let failed = |what: &str, wanted: &str, is: &str| {
        let resource = resource.qualified();
        let why = format!("Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {is}");
        let message = format!("Operation cannot be fulfilled on {resource} \"{}\": {why}", old.name());
        Err(Status::of(Reason::Conflict, &resource, old.name(), message))
    };
    match (&deletion.uid, &deletion.resource_version) {
        (Some(uid), _) if uid != old.uid() => failed("UID", uid, old.uid()),
        (_, Some(version)) if version != old.resource_version() => {
            failed("ResourceVersion", version, old.resource_version())
        }
        _ => Ok(()),
    }
}

/// Seconds of grace: only pods have them. One that no kubelet has, or that has ended, needs none.
fn grace_seconds(request: &Request, resource: &Resource, old: &Object) -> Option<i64> {
    if resource.plural != "pods" {
        return Some(0);
    }
    let ended = matches!(old.text("/status/phase"), "Failed" | "Succeeded");
    if old.text("/spec/nodeName").is_empty() || ended {
        return Some(0);
    }
    let own = old.number("/spec/terminationGracePeriodSeconds").unwrap_or(30);
    Some(request.options.deletion.grace_seconds.unwrap_or(own).max(0))
}

/// The finalizers, with the garbage collector's as the deletion wants them.
fn finalizers(request: &Request, old: &Object) -> Vec<String> {
    let has = old.list("/metadata/finalizers").iter().filter_map(Value::as_str).map(str::to_owned);
    let mut finalizers: Vec<String> = has.collect();
    let mut set = |name: &str, wanted: bool| {
        finalizers.retain(|other| other != name);
        if wanted {
            finalizers.push(name.to_owned());
        }
    };
    match request.options.deletion.propagation.as_deref() {
        Some("Orphan") => {
            set(FOREGROUND, false);
            set(ORPHAN, true);
        }
        Some("Foreground") => {
            set(ORPHAN, false);
            set(FOREGROUND, true);
        }
        Some("Background") => {
            set(ORPHAN, false);
            set(FOREGROUND, false);
        }
        _ => {}
    }
    finalizers
}

/// Kinds whose last state is the answer to their deletion (`ReturnDeletedObject`).
fn returns_object(resource: &Resource) -> bool {
    let kinds =
        ["persistentvolumeclaims", "persistentvolumes", "pods", "podtemplates", "resourcequotas", "serviceaccounts"];
    resource.group.is_empty() && (kinds.contains(&resource.plural.as_ref()) || resource.plural == "services")
}

fn success(resource: &Resource, old: &Object) -> Object {
    let mut details = json!({ "name": old.name() });
    if !resource.group.is_empty() {
        details["group"] = resource.group.as_ref().into();
    }
    details["kind"] = resource.plural.as_ref().into();
    details["uid"] = old.uid().into();
    json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details }).into()
}
