//! Counts what a namespace uses of its quotas (`pkg/controller/resourcequota`). What would go beyond one the API server
//! refuses.

use super::controller::{Controller, Plan, View, Wakes};
use super::pods;
use crate::api::Object;
use crate::client::{Change, Kind, key, kinds, milli, split, units};
use serde_json::{Value, json};
use sim::Micros;

pub(super) static CONTROLLER: Controller =
    Controller { account: "resourcequota-controller", workers: 5, seeds: &[], wake, sync };

/// What is counted by the number of objects, by the names it has in a quota.
const COUNTED: &[(&str, Kind)] = &[
    ("services", kinds::SERVICES),
    ("configmaps", kinds::CONFIG_MAPS),
    ("secrets", kinds::SECRETS),
    ("persistentvolumeclaims", kinds::CLAIMS),
    ("replicationcontrollers", kinds::REPLICATION_CONTROLLERS),
    ("resourcequotas", kinds::QUOTAS),
    ("pods", kinds::PODS),
    ("deployments.apps", kinds::DEPLOYMENTS),
    ("replicasets.apps", kinds::REPLICA_SETS),
    ("statefulsets.apps", kinds::STATEFUL_SETS),
    ("daemonsets.apps", kinds::DAEMON_SETS),
    ("jobs.batch", kinds::JOBS),
    ("cronjobs.batch", kinds::CRON_JOBS),
];

/// What counts of a quota.
fn seen(quota: &Object) -> [Option<&Value>; 2] {
    ["/spec", "/status"].map(|pointer| quota.pointer(pointer))
}

fn wake(view: &View, change: &Change, wakes: &mut Wakes) {
    let Some(object) = change.object() else { return };
    let kind = view.client.kind(change.kind);
    if *kind == kinds::QUOTAS {
        if change.old.as_ref().map(seen) != change.new.as_ref().map(seen) {
            wakes.push((key(object), Micros::ZERO));
        }
        return;
    }
    let is_over =
        *kind == kinds::PODS && pods::is_done(object) && change.old.as_ref().is_some_and(|old| !pods::is_done(old));
    if (change.new.is_none() || change.old.is_none() || is_over) && kind.namespaced {
        let quotas = view.client.cache(&kinds::QUOTAS).in_namespace(object.namespace());
        wakes.extend(quotas.map(|quota| (key(quota), Micros::ZERO)));
    }
}

/// An amount as it is written: processors in thousandths when they are not whole, the rest in units.
fn written(name: &str, amount: i64) -> String {
    match name.ends_with("cpu") {
        true if amount % 1_000 == 0 => (amount / 1_000).to_string(),
        true => format!("{amount}m"),
        false => {
            let suffixes = [("Gi", 1_i64 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)];
            let fits = suffixes.iter().find(|(_, unit)| amount > 0 && amount % unit == 0);
            fits.map_or_else(|| amount.to_string(), |(suffix, unit)| format!("{}{suffix}", amount / unit))
        }
    }
}

fn used(view: &View, namespace: &str, name: &str) -> String {
    let plain = name.strip_prefix("count/").unwrap_or(name);
    if let Some((_, kind)) = COUNTED.iter().find(|(counted, _)| *counted == plain) {
        let objects = view.client.cache(kind).in_namespace(namespace);
        let counts = |object: &&Object| name != "pods" || !pods::is_done(object);
        return objects.filter(counts).count().to_string();
    }
    let (which, resource) = match name.split_once('.') {
        Some(("requests", resource)) => ("requests", resource),
        Some(("limits", resource)) => ("limits", resource),
        _ => ("requests", name),
    };
    let read = if resource == "cpu" { milli } else { units };
    if resource == "storage" {
        let claims = view.client.cache(&kinds::CLAIMS).in_namespace(namespace);
        let sizes = claims.filter_map(|claim| claim.pointer("/spec/resources/requests/storage"));
        return written(resource, sizes.map(units).sum());
    }
    let live = view.client.cache(&kinds::PODS).in_namespace(namespace).filter(|pod| !pods::is_done(pod));
    let of_pod = |pod: &Object| -> i64 {
        let containers = pod.list("/spec/containers").iter();
        containers.map(|container| read(&container["resources"][which][resource])).sum()
    };
    written(resource, live.map(of_pod).sum())
}

fn sync(view: &mut View, place: &str) -> Plan {
    let mut plan = Plan::default();
    let (namespace, name) = split(place);
    let Some(quota) = view.client.cache(&kinds::QUOTAS).get(namespace, name) else { return plan };
    let hard = quota.pointer("/spec/hard").cloned().unwrap_or_else(|| json!({}));
    let mut counts = json!({});
    for (name, _) in hard.as_object().into_iter().flatten() {
        counts[name] = used(view, namespace, name).into();
    }
    let same = |name: &str, old: &Value, new: &Value| {
        if name.ends_with("cpu") { milli(old) == milli(new) } else { units(old) == units(new) }
    };
    let old = quota.map("/status/used");
    let is_same = quota.pointer("/status/hard") == Some(&hard)
        && counts.as_object().is_some_and(|counts| {
            old.is_some_and(|old| {
                old.len() == counts.len()
                    && counts.iter().all(|(name, new)| old.get(name).is_some_and(|old| same(name, old, new)))
            })
        });
    if !is_same {
        let status = json!({ "hard": hard, "used": counts });
        plan.then(kinds::QUOTAS.update_status(quota.edit(|quota| quota["status"] = status)));
    }
    plan
}
