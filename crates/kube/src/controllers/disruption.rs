//! How many pods of a budget may be taken away now (`pkg/controller/disruption`).

use super::controller::{Controller, Plan, View, Wakes};
use super::deployment::scaled_value;
use super::pods;
use crate::api::Object;
use crate::client::{Change, key, kinds, selects, split};
use serde_json::{Value, json};
use sim::Micros;
use std::collections::BTreeSet;

pub(super) static CONTROLLER: Controller =
    Controller { account: "disruption-controller", workers: 1, seeds: &[], wake, sync };

fn wake(view: &View, change: &Change, wakes: &mut Wakes) {
    let Some(object) = change.object() else { return };
    let kind = view.client.kind(change.kind);
    if *kind == kinds::DISRUPTION_BUDGETS {
        wakes.push((key(object), Micros::ZERO));
    } else if *kind == kinds::PODS {
        let budgets = view.client.cache(&kinds::DISRUPTION_BUDGETS).in_namespace(object.namespace());
        wakes.extend(budgets.filter(|budget| is_of(budget, object)).map(|budget| (key(budget), Micros::ZERO)));
    }
}

fn is_of(budget: &Object, pod: &Object) -> bool {
    selects(budget.pointer("/spec/selector").unwrap_or(&Value::Null), pod.map("/metadata/labels"))
}

/// How many pods those who have them in their care want in all.
fn expected(view: &View, pods: &[&Object]) -> i64 {
    let mut seen = BTreeSet::new();
    let mut total = 0;
    for pod in pods {
        let Some(owner) = pod.controller() else { continue };
        let name = owner["name"].as_str().unwrap_or_default();
        let kind = match owner["kind"].as_str() {
            Some("ReplicaSet") => kinds::REPLICA_SETS,
            Some("ReplicationController") => kinds::REPLICATION_CONTROLLERS,
            Some("StatefulSet") => kinds::STATEFUL_SETS,
            _ => continue,
        };
        if seen.insert((kind.kind.to_string(), name.to_owned())) {
            let found = view.client.cache(&kind).get(pod.namespace(), name);
            total += found.and_then(|set| set.number("/spec/replicas")).unwrap_or(0);
        }
    }
    total
}

fn sync(view: &mut View, place: &str) -> Plan {
    let mut plan = Plan::default();
    let (namespace, name) = split(place);
    let Some(budget) = view.client.cache(&kinds::DISRUPTION_BUDGETS).get(namespace, name) else { return plan };
    let all: Vec<&Object> =
        view.client.cache(&kinds::PODS).in_namespace(namespace).filter(|pod| is_of(budget, pod)).collect();
    let healthy = all.iter().filter(|pod| pods::is_ready(pod) && !pod.is_terminating()).count() as i64;
    let count = all.iter().filter(|pod| pods::is_active(pod)).count() as i64;
    let (least, most) = (budget.pointer("/spec/minAvailable"), budget.pointer("/spec/maxUnavailable"));
    let (wanted, expected) = match (least, most) {
        (_, Some(most)) => {
            let expected = expected(view, &all);
            (expected - scaled_value(Some(most), expected, true).unwrap_or(0), expected)
        }
        (Some(Value::Number(least)), _) => (least.as_i64().unwrap_or(0), count),
        (least, _) => {
            let expected = expected(view, &all);
            (scaled_value(least, expected, true).unwrap_or(0), expected)
        }
    };
    let wanted = wanted.max(0);
    let allowed = if expected == 0 { 0 } else { (healthy - wanted).max(0) };
    let old = pods::condition(budget, "DisruptionAllowed");
    let (told, reason) = if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    let since = old.filter(|old| old["status"] == told).map(|old| old["lastTransitionTime"].clone());
    let generation = budget.number("/metadata/generation").unwrap_or(0);
    let mut status = json!({ "observedGeneration": generation });
    // Those that were let go a moment ago are forgotten when they are gone.
    if let Some(let_go) = budget.map("/status/disruptedPods") {
        let still = |name: &&String| all.iter().any(|pod| pod.name() == name.as_str() && !pod.is_terminating());
        let kept: serde_json::Map<String, Value> =
            let_go.iter().filter(|(name, _)| still(name)).map(|(name, at)| (name.clone(), at.clone())).collect();
        if !kept.is_empty() {
            status["disruptedPods"] = kept.into();
        }
    }
    for (field, count) in [
        ("disruptionsAllowed", allowed),
        ("currentHealthy", healthy),
        ("desiredHealthy", wanted),
        ("expectedPods", expected),
    ] {
        status[field] = count.into();
    }
    let since = since.unwrap_or_else(|| view.stamp().into());
    status["conditions"] = json!([{ "type": "DisruptionAllowed", "status": told, "observedGeneration": generation,
        "lastTransitionTime": since, "reason": reason, "message": "" }]);
    if budget.pointer("/status") != Some(&status) {
        plan.then(kinds::DISRUPTION_BUDGETS.update_status(budget.edit(|budget| budget["status"] = status)));
    }
    plan
}
