//! Evicting a pod: deleting it unless too few would be left (`pkg/registry/core/pod/storage/eviction.go`).

use etcd::rpc::{PutRequest, RequestOp};
use serde_json::{Value, json};

use super::super::selector::matches_labels;
use super::{Context, Plan, current, delete};
use crate::api::{Deletion, Object, Reason, Request, Resource, Status};

pub(super) fn plan(context: &mut Context, request: &Request, resource: &Resource) -> Result<Plan, Status> {
    let pod = current(context, request, resource)?;
    let mut deletion = request.options.deletion.clone();
    if let Some(body) = &request.body {
        read_options(body, &mut deletion);
    }
    let mut options = request.options.clone();
    options.deletion = deletion;
    let request = Request { options, ..request.clone() };
    let plan = delete::one(context, &request, resource, &pod)?;
    // A pod that has ended, waits, or is ending already, disturbs nobody.
    let idle = matches!(pod.text("/status/phase"), "Succeeded" | "Failed" | "Pending") || pod.is_terminating();
    let plan = if idle { plan } else { spend(context, &pod, plan)? };
    Ok(plan.telling(success()))
}

fn read_options(body: &Object, deletion: &mut Deletion) {
    if let Some(seconds) = body.number("/deleteOptions/gracePeriodSeconds") {
        deletion.grace_seconds = Some(seconds);
    }
    let uid = body.text("/deleteOptions/preconditions/uid");
    if !uid.is_empty() {
        deletion.uid = Some(uid.to_owned());
    }
}

/// Takes one disruption from the budget of the pod.
fn spend(context: &Context, pod: &Object, plan: Plan) -> Result<Plan, Status> {
    let prefix = format!("/registry/poddisruptionbudgets/{}/", pod.namespace());
    let labels = pod["metadata"].get("labels").cloned().unwrap_or_default();
    let covers = |budget: &&Object| matches_labels(&budget["spec"]["selector"], &labels);
    let budgets: Vec<&Object> = context.cache.range(&prefix, "").map(|(_, budget)| budget).filter(covers).collect();
    let budget = match budgets.as_slice() {
        [] => return Ok(plan),
        [one] => *one,
        _ => {
            let message =
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
            return Err(Status::new(Reason::InternalError, message));
        }
    };
    let allowed = budget.number("/status/disruptionsAllowed").unwrap_or(0);
    if allowed < 1 {
        let mut status =
            Status::new(Reason::TooManyRequests, "Cannot evict pod as it would violate the pod's disruption budget.");
        let (needs, has) = (budget.number("/status/desiredHealthy"), budget.number("/status/currentHealthy"));
        let why = format!(
            "The disruption budget {} needs {} healthy pods and has {} currently",
            budget.name(),
            needs.unwrap_or(0),
            has.unwrap_or(0),
        );
        status.details = json!({ "causes": [{ "reason": "DisruptionBudget", "message": why }] });
        return Err(status);
    }
    let mut spent: Value = (**budget).clone();
    super::meta::of(&mut spent).shift_remove("resourceVersion");
    spent["status"]["disruptionsAllowed"] = (allowed - 1).into();
    spent["status"]["disruptedPods"][pod.name()] = context.clock.stamp(context.now).into();
    let key = format!("{prefix}{}", budget.name());
    let put = PutRequest { key: key.as_str().into(), value: spent.to_string().into(), ..PutRequest::default() };
    Ok(plan.with(vec![RequestOp::Put(put)], vec![(key, budget.revision())]))
}

fn success() -> Object {
    json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201 }).into()
}
