//! What runs pods: deployments, replica sets, daemon sets, stateful sets, jobs.

use serde_json::Value;

use super::pod::template;
use super::writer::{Writer, controller, formatted, items, number, plain, selector, string, time, truth};
use super::{Context, conditions, head, listed, marks};
use crate::kubectl::age;
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::known;

pub async fn deployment(context: &Context<'_>, w: &mut Writer, object: &Value) -> Result<(), Failure> {
    let (spec, status) = (&object["spec"], &object["status"]);
    head(w, object);
    w.field(0, "CreationTimestamp", time(&object["metadata"]["creationTimestamp"]));
    marks(w, object);
    w.field(0, "Selector", selector(&spec["selector"]));
    w.field(
        0,
        "Replicas",
        format_args!(
            "{} desired | {} updated | {} total | {} available | {} unavailable",
            number(&spec["replicas"]),
            number(&status["updatedReplicas"]),
            number(&status["replicas"]),
            number(&status["availableReplicas"]),
            number(&status["unavailableReplicas"])
        ),
    );
    w.field(0, "StrategyType", string(&spec["strategy"]["type"]));
    w.field(0, "MinReadySeconds", number(&spec["minReadySeconds"]));
    let rolling = &spec["strategy"]["rollingUpdate"];
    if rolling.is_object() {
        let (most, surge) = (plain(&rolling["maxUnavailable"]), plain(&rolling["maxSurge"]));
        w.field(0, "RollingUpdateStrategy", format_args!("{most} max unavailable, {surge} max surge"));
    }
    template(w, &spec["template"]);
    conditions(w, object);
    let (old, new) = replica_sets(context, object).await?;
    if !old.is_empty() || !new.is_empty() {
        w.field(0, "OldReplicaSets", listing(&old));
        w.field(0, "NewReplicaSet", listing(&new));
    }
    Ok(())
}

/// A deployment's replica sets: those of other templates that still matter, and the one of its own.
async fn replica_sets(context: &Context<'_>, object: &Value) -> Result<(Vec<Value>, Vec<Value>), Failure> {
    let namespace = string(&object["metadata"]["namespace"]);
    let labels = selector(&object["spec"]["selector"]);
    let all = listed(context, known("apps", "v1", "replicasets", "ReplicaSet", true), &namespace, &labels, "").await?;
    let uid = &object["metadata"]["uid"];
    let owned = |set: &Value| items(&set["metadata"]["ownerReferences"]).iter().any(|owner| owner["uid"] == *uid);
    let (mut old, mut new) = (Vec::new(), Vec::new());
    let mut sets: Vec<Value> = all.into_iter().filter(owned).collect();
    sets.sort_by_key(|set| (string(&set["metadata"]["creationTimestamp"]), string(&set["metadata"]["name"])));
    for set in sets {
        match new.is_empty() && same_template(&set["spec"]["template"], &object["spec"]["template"]) {
            true => new.push(set),
            false => old.push(set),
        }
    }
    Ok((old, new))
}

/// Whether two templates differ in no more than the hash of the first one.
pub fn same_template(set: &Value, deployment: &Value) -> bool {
    let mut set = set.clone();
    if let Some(labels) = set["metadata"]["labels"].as_object_mut() {
        labels.shift_remove("pod-template-hash");
    }
    set == *deployment
}

fn listing(sets: &[Value]) -> String {
    let one = |set: &Value| {
        let (made, wanted) = (number(&set["status"]["replicas"]), number(&set["spec"]["replicas"]));
        format!("{} ({made}/{wanted} replicas created)", string(&set["metadata"]["name"]))
    };
    match sets {
        [] => "<none>".to_owned(),
        sets => sets.iter().map(one).collect::<Vec<_>>().join(", "),
    }
}

pub async fn replica_set(context: &Context<'_>, w: &mut Writer, object: &Value) -> Result<(), Failure> {
    let spec = &object["spec"];
    head(w, object);
    let of_set = spec["selector"]["matchLabels"].is_object() || spec["selector"]["matchExpressions"].is_array();
    let labels = if of_set { selector(&spec["selector"]) } else { formatted(&spec["selector"]) };
    w.field(0, "Selector", &labels);
    marks(w, object);
    if let Some(owner) = controller(object) {
        w.field(0, "Controlled By", owner);
    }
    let (now, wanted) = (number(&object["status"]["replicas"]), number(&spec["replicas"]));
    w.field(0, "Replicas", format_args!("{now} current / {wanted} desired"));
    w.field(0, "Pods Status", pods_status(context, object, &labels).await?);
    template(w, &spec["template"]);
    conditions(w, object);
    Ok(())
}

/// How many of its pods are in which phase.
async fn pods_status(context: &Context<'_>, object: &Value, labels: &str) -> Result<String, Failure> {
    let namespace = string(&object["metadata"]["namespace"]);
    let pods = listed(context, known("", "v1", "pods", "Pod", true), &namespace, labels, "").await?;
    let uid = &object["metadata"]["uid"];
    let own = |pod: &&Value| {
        items(&pod["metadata"]["ownerReferences"])
            .iter()
            .any(|owner| owner["controller"] == true && owner["uid"] == *uid)
    };
    let count = |phase: &str| pods.iter().filter(own).filter(|pod| pod["status"]["phase"] == phase).count();
    let (running, waiting, done, failed) = (count("Running"), count("Pending"), count("Succeeded"), count("Failed"));
    Ok(format!("{running} Running / {waiting} Waiting / {done} Succeeded / {failed} Failed"))
}

pub async fn daemon_set(context: &Context<'_>, w: &mut Writer, object: &Value) -> Result<(), Failure> {
    let (spec, status) = (&object["spec"], &object["status"]);
    head(w, object);
    let labels = selector(&spec["selector"]);
    w.field(0, "Selector", &labels);
    w.field(0, "Node-Selector", formatted(&spec["template"]["spec"]["nodeSelector"]));
    marks(w, object);
    for (title, field) in [
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ] {
        w.line(0, format_args!("{title}: {}", number(&status[field])));
    }
    w.field(0, "Pods Status", pods_status(context, object, &labels).await?);
    template(w, &spec["template"]);
    Ok(())
}

pub async fn stateful_set(context: &Context<'_>, w: &mut Writer, object: &Value) -> Result<(), Failure> {
    let spec = &object["spec"];
    head(w, object);
    w.field(0, "CreationTimestamp", time(&object["metadata"]["creationTimestamp"]));
    let labels = selector(&spec["selector"]);
    w.field(0, "Selector", &labels);
    marks(w, object);
    let (wanted, total) = (number(&spec["replicas"]), number(&object["status"]["replicas"]));
    w.field(0, "Replicas", format_args!("{wanted} desired | {total} total"));
    w.field(0, "Update Strategy", string(&spec["updateStrategy"]["type"]));
    if let Some(partition) = spec["updateStrategy"]["rollingUpdate"]["partition"].as_i64() {
        w.field(1, "Partition", partition);
    }
    w.field(0, "Pods Status", pods_status(context, object, &labels).await?);
    template(w, &spec["template"]);
    let claims = items(&spec["volumeClaimTemplates"]);
    if claims.is_empty() {
        w.field(0, "Volume Claims", "<none>");
        return Ok(());
    }
    w.line(0, "Volume Claims:");
    for claim in claims {
        w.field(1, "Name", string(&claim["metadata"]["name"]));
        w.field(1, "StorageClass", string(&claim["spec"]["storageClassName"]));
        w.labels("  Labels", &claim["metadata"]["labels"]);
        w.labels("  Annotations", &claim["metadata"]["annotations"]);
        let capacity = plain(&claim["spec"]["resources"]["requests"]["storage"]);
        w.field(1, "Capacity", if capacity.is_empty() { "<default>" } else { &capacity });
        w.field(1, "Access Modes", super::writer::bracketed(&claim["spec"]["accessModes"]));
    }
    Ok(())
}

pub fn job(w: &mut Writer, object: &Value) {
    let (spec, status) = (&object["spec"], &object["status"]);
    head(w, object);
    w.field(0, "Selector", selector(&spec["selector"]));
    marks(w, object);
    if let Some(owner) = controller(object) {
        w.field(0, "Controlled By", owner);
    }
    let some = |w: &mut Writer, title: &str, value: &Value, unit: &str| {
        if !value.is_null() {
            w.field(0, title, format_args!("{}{unit}", plain(value)));
        }
    };
    some(w, "Parallelism", &spec["parallelism"], "");
    match spec["completions"].as_i64() {
        Some(completions) => w.field(0, "Completions", completions),
        None => w.field(0, "Completions", "<unset>"),
    }
    some(w, "Completion Mode", &spec["completionMode"], "");
    some(w, "Suspend", &spec["suspend"], "");
    some(w, "Backoff Limit", &spec["backoffLimit"], "");
    some(w, "TTL Seconds After Finished", &spec["ttlSecondsAfterFinished"], "");
    w.some(0, "Start Time", &time(&status["startTime"]));
    w.some(0, "Completed At", &time(&status["completionTime"]));
    let moment = |value: &Value| value.as_str().and_then(calendar::rfc3339::parse);
    if let (Some(start), Some(end)) = (moment(&status["startTime"]), moment(&status["completionTime"])) {
        w.field(0, "Duration", age::human(end - start));
    }
    some(w, "Active Deadline Seconds", &spec["activeDeadlineSeconds"], "s");
    let (active, done, failed) = (number(&status["active"]), number(&status["succeeded"]), number(&status["failed"]));
    let ready = status["ready"].as_i64().map(|ready| format!(" ({ready} Ready)")).unwrap_or_default();
    w.field(0, "Pods Statuses", format_args!("{active} Active{ready} / {done} Succeeded / {failed} Failed"));
    if spec["completionMode"] == "Indexed" {
        let indexes = string(&status["completedIndexes"]);
        w.field(0, "Completed Indexes", if indexes.is_empty() { "<none>" } else { &indexes });
    }
    template(w, &spec["template"]);
}

pub fn cron_job(w: &mut Writer, object: &Value) {
    let (spec, status) = (&object["spec"], &object["status"]);
    head(w, object);
    marks(w, object);
    let or_unset = |value: &Value| if value.is_null() { "<unset>".to_owned() } else { plain(value) };
    w.field(0, "Schedule", string(&spec["schedule"]));
    w.field(0, "Concurrency Policy", string(&spec["concurrencyPolicy"]));
    w.field(0, "Suspend", truth(&spec["suspend"]));
    w.field(0, "Time Zone", or_unset(&spec["timeZone"]));
    w.field(0, "Successful Job History Limit", or_unset(&spec["successfulJobsHistoryLimit"]));
    w.field(0, "Failed Job History Limit", or_unset(&spec["failedJobsHistoryLimit"]));
    match spec["startingDeadlineSeconds"].as_i64() {
        Some(seconds) => w.field(0, "Starting Deadline Seconds", format_args!("{seconds}s")),
        None => w.field(0, "Starting Deadline Seconds", "<unset>"),
    }
    let job = &spec["jobTemplate"]["spec"];
    match job["selector"].is_object() {
        true => w.field(0, "Selector", selector(&job["selector"])),
        false => w.field(0, "Selector", "<unset>"),
    }
    w.field(0, "Parallelism", or_unset(&job["parallelism"]));
    w.field(0, "Completions", or_unset(&job["completions"]));
    if let Some(seconds) = job["activeDeadlineSeconds"].as_i64() {
        w.field(0, "Active Deadline Seconds", format_args!("{seconds}s"));
    }
    template(w, &job["template"]);
    match time(&status["lastScheduleTime"]) {
        last if last.is_empty() => w.field(0, "Last Schedule Time", "<unset>"),
        last => w.field(0, "Last Schedule Time", last),
    }
    let active: Vec<String> = items(&status["active"]).iter().map(|job| string(&job["name"])).collect();
    w.field(0, "Active Jobs", if active.is_empty() { "<none>".to_owned() } else { active.join(", ") });
}
