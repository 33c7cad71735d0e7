//! Namespaces, quotas, autoscalers, budgets, priority classes.

use serde_json::Value;

use super::writer::{Writer, items, keys, number, plain, selector, string, time};
use super::{Context, head, listed, marks};
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::known;

pub async fn namespace(context: &Context<'_>, w: &mut Writer, object: &Value) -> Result<(), Failure> {
    let name = string(&object["metadata"]["name"]);
    w.field(0, "Name", &name);
    marks(w, object);
    w.field(0, "Status", string(&object["status"]["phase"]));
    let conditions = items(&object["status"]["conditions"]);
    if !conditions.is_empty() {
        w.line(0, "Conditions:\n  Type\tStatus\tLastTransitionTime\tReason\tMessage");
        w.line(1, "----\t------\t------------------\t------\t-------");
        for one in conditions {
            let (kind, state, changed) =
                (string(&one["type"]), string(&one["status"]), time(&one["lastTransitionTime"]));
            let (reason, message) = (string(&one["reason"]), string(&one["message"]));
            w.line(1, format_args!("{kind}\t{state}\t{changed}\t{reason}\t{message}"));
        }
    }
    let quotas = listed(context, known("", "v1", "resourcequotas", "ResourceQuota", true), &name, "", "").await;
    let quotas = quotas.unwrap_or_default();
    w.line(0, "");
    if quotas.is_empty() {
        w.line(0, "No resource quota.");
    } else {
        w.line(0, "Resource Quotas");
        for quota in &quotas {
            w.line(1, format_args!("Name:\t{}", string(&quota["metadata"]["name"])));
            let names = keys(&quota["status"]["hard"]);
            w.line(1, "Resource\tUsed\tHard");
            w.line(1, "--------\t---\t---");
            for name in names {
                let (used, hard) = (plain(&quota["status"]["used"][&name]), plain(&quota["status"]["hard"][&name]));
                w.line(1, format_args!("{name}\t{used}\t{hard}"));
            }
        }
    }
    let limits = listed(context, known("", "v1", "limitranges", "LimitRange", true), &name, "", "").await;
    let limits = limits.unwrap_or_default();
    w.line(0, "");
    if limits.is_empty() {
        w.line(0, "No LimitRange resource.");
    } else {
        w.line(0, "Resource Limits");
        limit_rows(w, limits.iter().collect());
    }
    Ok(())
}

pub fn quota(w: &mut Writer, object: &Value) {
    head(w, object);
    let scopes: Vec<String> = items(&object["spec"]["scopes"]).iter().map(plain).collect();
    if !scopes.is_empty() {
        w.field(0, "Scopes", scopes.join(", "));
    }
    w.line(0, "Resource\tUsed\tHard");
    w.line(0, "--------\t----\t----");
    for name in keys(&object["status"]["hard"]) {
        let (used, hard) = (plain(&object["status"]["used"][&name]), plain(&object["status"]["hard"][&name]));
        w.line(0, format_args!("{name}\t{used}\t{hard}"));
    }
}

pub fn limit_range(w: &mut Writer, object: &Value) {
    head(w, object);
    w.line(0, "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio");
    w.line(0, "----\t--------\t---\t---\t---------------\t-------------\t-----------------------");
    limits(w, object, 0);
}

fn limit_rows(w: &mut Writer, all: Vec<&Value>) {
    w.line(1, "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio");
    w.line(1, "----\t--------\t---\t---\t---------------\t-------------\t-----------------------");
    all.into_iter().for_each(|object| limits(w, object, 1));
}

fn limits(w: &mut Writer, object: &Value, level: usize) {
    const FIELDS: [&str; 5] = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];
    for limit in items(&object["spec"]["limits"]) {
        let mut names: Vec<String> = FIELDS.iter().flat_map(|field| keys(&limit[*field])).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let cells: Vec<String> = FIELDS
                .iter()
                .map(|field| match plain(&limit[*field][&name]) {
                    text if text.is_empty() => "-".to_owned(),
                    text => text,
                })
                .collect();
            w.line(level, format_args!("{}\t{name}\t{}", string(&limit["type"]), cells.join("\t")));
        }
    }
}

pub fn autoscaler(w: &mut Writer, object: &Value) {
    let (spec, status) = (&object["spec"], &object["status"]);
    head(w, object);
    marks(w, object);
    w.field(0, "CreationTimestamp", time(&object["metadata"]["creationTimestamp"]));
    let kind = string(&spec["scaleTargetRef"]["kind"]);
    w.field(0, "Reference", format_args!("{kind}/{}", string(&spec["scaleTargetRef"]["name"])));
    w.field(0, "Metrics", "( current / target )");
    for (i, metric) in items(&spec["metrics"]).iter().enumerate() {
        let current = &items(&status["currentMetrics"]).get(i).cloned().unwrap_or_default()["resource"]["current"];
        let target = &metric["resource"]["target"];
        let name = string(&metric["resource"]["name"]);
        if !target["averageValue"].is_null() {
            let now = plain(&current["averageValue"]);
            let now = if now.is_empty() { "<unknown>" } else { &now };
            w.line(1, format_args!("resource {name} on pods:\t{now} / {}", plain(&target["averageValue"])));
        } else {
            let now = match current["averageUtilization"].as_i64() {
                Some(percent) => format!("{percent}% ({})", plain(&current["averageValue"])),
                None => "<unknown>".to_owned(),
            };
            let wanted = target["averageUtilization"].as_i64().map_or("<auto>".to_owned(), |n| format!("{n}%"));
            let what = format!("resource {name} on pods  (as a percentage of request)");
            w.line(1, format_args!("{what}:\t{now} / {wanted}"));
        }
    }
    w.field(0, "Min replicas", spec["minReplicas"].as_i64().map_or("<unset>".to_owned(), |n| n.to_string()));
    w.field(0, "Max replicas", number(&spec["maxReplicas"]));
    let (now, wanted) = (number(&status["currentReplicas"]), number(&status["desiredReplicas"]));
    w.field(0, &format!("{kind} pods"), format_args!("{now} current / {wanted} desired"));
    if !items(&status["conditions"]).is_empty() {
        w.line(0, "Conditions:");
        w.line(1, "Type\tStatus\tReason\tMessage");
        w.line(1, "----\t------\t------\t-------");
        for one in items(&status["conditions"]) {
            let (kind, state) = (string(&one["type"]), string(&one["status"]));
            w.line(1, format_args!("{kind}\t{state}\t{}\t{}", string(&one["reason"]), string(&one["message"])));
        }
    }
}

pub fn budget(w: &mut Writer, object: &Value) {
    let (spec, status) = (&object["spec"], &object["status"]);
    head(w, object);
    match spec["minAvailable"].is_null() {
        false => w.field(0, "Min available", plain(&spec["minAvailable"])),
        true if !spec["maxUnavailable"].is_null() => w.field(0, "Max unavailable", plain(&spec["maxUnavailable"])),
        true => {}
    }
    match spec["selector"].is_object() {
        true => w.field(0, "Selector", selector(&spec["selector"])),
        false => w.field(0, "Selector", "<unset>"),
    }
    w.line(0, "Status:");
    for (title, field) in [
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        w.field(2, title, number(&status[field]));
    }
}

pub fn priority_class(w: &mut Writer, object: &Value) {
    w.field(0, "Name", string(&object["metadata"]["name"]));
    w.field(0, "Value", number(&object["value"]));
    w.field(0, "GlobalDefault", object["globalDefault"] == true);
    w.field(0, "PreemptionPolicy", string(&object["preemptionPolicy"]));
    w.field(0, "Description", string(&object["description"]));
    w.field(0, "Annotations", super::writer::formatted(&object["metadata"]["annotations"]));
}
