//! Lets the number of pods follow their load (`pkg/controller/podautoscaler/horizontal.go`).
//!
//! Every fifteen seconds it looks at the target's scale. What load there is the API of metrics says, which a cluster has
//! once somebody has installed a metrics server. Without one the least and the greatest number are kept, and why there is
//! no more is said in conditions and events.

use super::controller::{Call, Controller, Plan, View, Wakes};
use crate::api::{Object, Verb};
use crate::client::{Change, Kind, Said, key, kinds, split};
use serde_json::{Value, json};
use sim::Micros;

const VOICE: &str = "horizontal-pod-autoscaler";
/// `--horizontal-pod-autoscaler-sync-period`
const PERIOD: Micros = Micros::secs(15);

pub(super) static CONTROLLER: Controller = Controller { account: VOICE, workers: 5, seeds: &[], wake, sync };

/// What has a scale.
const TARGETS: [Kind; 4] =
    [kinds::DEPLOYMENTS, kinds::REPLICA_SETS, kinds::STATEFUL_SETS, kinds::REPLICATION_CONTROLLERS];

/// A changed one is not looked at before the others of its time are, either (`rate_limiters.go`).
fn wake(view: &View, change: &Change, wakes: &mut Wakes) {
    if let Some(object) = change.new.as_ref().filter(|_| *view.client.kind(change.kind) == kinds::SCALERS) {
        wakes.push((key(object), PERIOD));
    }
}

fn sync(view: &mut View, place: &str) -> Plan {
    let mut plan = Plan::default();
    let (namespace, name) = split(place);
    let Some(scaler) = view.client.cache(&kinds::SCALERS).get(namespace, name) else { return plan };
    plan.again = Some(PERIOD);
    let mut status = Status { conditions: scaler.list("/status/conditions").to_vec(), now: view.stamp() };
    let (kind, target) = match target(view, scaler) {
        Ok(found) => found,
        Err(why) => {
            plan.said.push(Said::warning(scaler, VOICE, "FailedGetScale", why.clone()));
            let message = format!("the HPA controller was unable to get the target's current scale: {why}");
            status.set("AbleToScale", false, "FailedGetScale", message);
            write(scaler, status, None, &mut plan);
            return plan;
        }
    };
    let able = "the HPA controller was able to get the target's current scale";
    status.set("AbleToScale", true, "SucceededGetScale", able.to_owned());
    let current = target.number("/spec/replicas").unwrap_or(1);
    let (least, most) =
        (scaler.number("/spec/minReplicas").unwrap_or(1), scaler.number("/spec/maxReplicas").unwrap_or(1));
    let (wanted, reason) = if current == 0 && least != 0 {
        let why = "scaling is disabled since the replica count of the target is zero";
        status.set("ScalingActive", false, "ScalingDisabled", why.to_owned());
        (0, "")
    } else if current > most {
        (most, "Current number of replicas above Spec.MaxReplicas")
    } else if current < least {
        (least, "Current number of replicas below Spec.MinReplicas")
    } else {
        no_metrics(scaler, &mut status, &mut plan);
        let desired = scaler.number("/status/desiredReplicas").unwrap_or(0);
        write(scaler, status, Some((current, desired, false)), &mut plan);
        return plan;
    };
    if wanted != current {
        let message = format!("the HPA controller was able to update the target scale to {wanted}");
        status.set("AbleToScale", true, "SucceededRescale", message);
        let done = Said::normal(scaler, VOICE, "SuccessfulRescale", format!("New size: {wanted}; reason: {reason}"));
        let why = format!("New size: {wanted}; reason: {reason}; error: {{error}}");
        let failed = Said::warning(scaler, VOICE, "FailedRescale", why);
        plan.step(vec![Call::new(rescale(&kind, target, wanted)).saying(done, failed)]);
    }
    write(scaler, status, Some((current, wanted, wanted != current)), &mut plan);
    plan
}

/// What is to be scaled, or why it cannot be.
fn target<'a>(view: &'a View, scaler: &Object) -> Result<(Kind, &'a Object), String> {
    let text = |field: &str| scaler.text(&format!("/spec/scaleTargetRef/{field}"));
    let (group, _) = text("apiVersion").split_once('/').unwrap_or_default();
    let Some(kind) = TARGETS.into_iter().find(|kind| kind.kind == text("kind") && kind.group == group) else {
        return Err(format!("no matches for kind {:?} in group {group:?}", text("kind")));
    };
    let found = view.client.cache(&kind).get(scaler.namespace(), text("name"));
    let dotted = if group.is_empty() { String::new() } else { format!(".{group}") };
    let missing = format!("{}/scale{dotted} {:?} not found", kind.plural, text("name"));
    found.map(|object| (kind, object)).ok_or(missing)
}

fn rescale(kind: &Kind, target: &Object, replicas: i64) -> crate::api::Request {
    let mut request = kind.request(Verb::Update, target.namespace(), target.name());
    request.subresource = "scale".into();
    let metadata = json!({ "name": target.name(), "namespace": target.namespace(), "uid": target.uid(),
        "resourceVersion": target.resource_version() });
    let scale = json!({ "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
        "spec": { "replicas": replicas } });
    request.body = Some(scale.into());
    request
}

/// Says of each metric that it cannot be had, and what that comes to.
fn no_metrics(scaler: &Object, status: &mut Status, plan: &mut Plan) {
    let metrics = scaler.list("/spec/metrics");
    let mut first = None;
    for metric in metrics {
        let (reason, what, why) = unable(metric, scaler.namespace());
        plan.said.push(Said::warning(scaler, VOICE, reason, why.clone()));
        first.get_or_insert((reason, what, why));
    }
    let Some((reason, what, why)) = first else { return };
    let message = format!("the HPA was unable to compute the replica count: {why}");
    status.set("ScalingActive", false, reason, message);
    let (count, all) = (metrics.len(), metrics.len());
    let message =
        format!("invalid metrics ({count} invalid out of {all}), first error is: failed to get {what}: {why}");
    plan.said.push(Said::warning(scaler, VOICE, "FailedComputeMetricsReplicas", message));
}

/// Why a metric cannot be had where no API of metrics is served: the reason, what it is, the words.
fn unable(metric: &Value, namespace: &str) -> (&'static str, String, String) {
    let kind = metric["type"].as_str().unwrap_or_default();
    let custom = |metric: &Value| metric["metric"]["name"].as_str().unwrap_or_default().to_owned();
    let none = "no custom metrics API (custom.metrics.k8s.io) registered";
    match kind {
        "Resource" | "ContainerResource" => {
            let field = if kind == "Resource" { "resource" } else { "containerResource" };
            let name = metric[field]["name"].as_str().unwrap_or_default();
            let measure = if metric[field]["target"]["averageValue"].is_null() { "utilization" } else { "usage" };
            let (reason, what) = match kind {
                "Resource" => ("FailedGetResourceMetric", format!("{name} resource metric value")),
                _ => ("FailedGetContainerResourceMetric", format!("{name} container metric value")),
            };
            let why = format!(
                "failed to get {name} {measure}: unable to get metrics for resource {name}: unable to fetch metrics \
                 from resource metrics API: the server could not find the requested resource (get \
                 pods.metrics.k8s.io)"
            );
            (reason, what, why)
        }
        "Pods" => {
            let name = custom(&metric["pods"]);
            let why = format!("unable to get metric {name}: unable to fetch metrics from custom metrics API: {none}");
            ("FailedGetPodsMetric", "pods metric value".to_owned(), why)
        }
        "Object" => {
            let (name, of) = (custom(&metric["object"]), &metric["object"]["describedObject"]);
            let (kind, object) = (of["kind"].as_str().unwrap_or_default(), of["name"].as_str().unwrap_or_default());
            let why = format!(
                "unable to get metric {name}: {kind} on {namespace} {object}/unable to fetch metrics from custom \
                 metrics API: {none}"
            );
            ("FailedGetObjectMetric", "object metric value".to_owned(), why)
        }
        _ => {
            let name = custom(&metric["external"]);
            let why = format!(
                "unable to get external metric {namespace}/{name}/nil: unable to fetch metrics from external metrics \
                 API: the server could not find the requested resource (get {name}.external.metrics.k8s.io)"
            );
            ("FailedGetExternalMetric", "external metric value".to_owned(), why)
        }
    }
}

struct Status {
    conditions: Vec<Value>,
    now: String,
}

impl Status {
    fn set(&mut self, kind: &str, holds: bool, reason: &str, message: String) {
        let status = if holds { "True" } else { "False" };
        let at = self.conditions.iter().position(|one| one["type"] == kind);
        let since = at.map(|at| &self.conditions[at]).filter(|one| one["status"] == status);
        let since = since.map_or_else(|| Value::from(self.now.as_str()), |one| one["lastTransitionTime"].clone());
        let condition = json!({ "type": kind, "status": status, "lastTransitionTime": since, "reason": reason,
            "message": message });
        match at {
            Some(at) => self.conditions[at] = condition,
            None => self.conditions.push(condition),
        }
    }
}

/// Writes the status if it is another one: how many there are, how many there shall be, and whether that is new.
fn write(scaler: &Object, status: Status, counts: Option<(i64, i64, bool)>, plan: &mut Plan) {
    let old = scaler.pointer("/status").cloned().unwrap_or_default();
    let mut new = json!({});
    let (current, desired, rescaled) = counts.unwrap_or((
        old["currentReplicas"].as_i64().unwrap_or(0),
        old["desiredReplicas"].as_i64().unwrap_or(0),
        false,
    ));
    if rescaled {
        new["lastScaleTime"] = status.now.as_str().into();
    } else if !old["lastScaleTime"].is_null() {
        new["lastScaleTime"] = old["lastScaleTime"].clone();
    }
    if current != 0 {
        new["currentReplicas"] = current.into();
    }
    new["desiredReplicas"] = desired.into();
    new["currentMetrics"] = old["currentMetrics"].clone();
    new["conditions"] = status.conditions.into();
    if new != old {
        plan.then(kinds::SCALERS.update_status(scaler.edit(|scaler| scaler["status"] = new)));
    }
}
