//! Runs pods until enough of them have succeeded (`pkg/controller/job`).

use super::controller::{Call, Controller, Plan, View, Wakes, controller_key, slow_start};
use super::pods;
use crate::api::{Object, Patch};
use crate::client::{Change, Said, key, kinds, split};
use calendar::rfc3339;
use serde_json::{Value, json};
use sim::Micros;
use std::collections::BTreeSet;

pub(super) static CONTROLLER: Controller = Controller { account: "job-controller", workers: 5, seeds: &[], wake, sync };

const VOICE: &str = "job-controller";
const FINALIZER: &str = "batch.kubernetes.io/job-tracking";
const INDEX: &str = "batch.kubernetes.io/job-completion-index";
/// What happens to pods is looked at in batches.
const BATCH: Micros = Micros::secs(1);
/// The pause after the first failure; each further one doubles it, up to the longest.
const PAUSE: i64 = 10;
const LONGEST: i64 = 600;

fn wake(view: &View, change: &Change, wakes: &mut Wakes) {
    let Some(object) = change.object() else { return };
    let kind = view.client.kind(change.kind);
    if *kind == kinds::JOBS {
        let changed =
            |pointer: &str| change.old.as_ref().is_none_or(|old| old.pointer(pointer) != object.pointer(pointer));
        if changed("/spec") || changed("/metadata/deletionTimestamp") || changed("/status") {
            wakes.push((key(object), Micros::ZERO));
        }
    } else if *kind == kinds::PODS {
        wakes.extend(controller_key(object, "Job").map(|key| (key, BATCH)));
    }
}

fn has_condition(job: &Object, kind: &str) -> bool {
    pods::is(job, kind)
}

fn is_finished(job: &Object) -> bool {
    has_condition(job, "Complete") || has_condition(job, "Failed")
}

/// The pods of a job, sorted by what they are.
struct Sorted<'a> {
    active: Vec<&'a Object>,
    succeeded: Vec<&'a Object>,
    failed: Vec<&'a Object>,
    terminating: usize,
}

fn is_tracked(pod: &Object) -> bool {
    pod.list("/metadata/finalizers").iter().any(|one| one == FINALIZER)
}

fn sort<'a>(view: &'a View, job: &'a Object) -> Sorted<'a> {
    let mut sorted = Sorted { active: Vec::new(), succeeded: Vec::new(), failed: Vec::new(), terminating: 0 };
    for pod in view.client.cache(&kinds::PODS).owned_by(job.uid()) {
        match pod.text("/status/phase") {
            "Succeeded" => sorted.succeeded.push(pod),
            "Failed" => sorted.failed.push(pod),
            // One that is deleted before it ended counts as failed when it is gone.
            _ if pod.is_terminating() => sorted.terminating += 1,
            _ => sorted.active.push(pod),
        }
    }
    sorted
}

fn count(job: &Object, field: &str) -> i64 {
    job.number(&format!("/status/{field}")).unwrap_or(0)
}

fn uncounted<'a>(job: &'a Object, field: &str) -> BTreeSet<&'a str> {
    job.list(&format!("/status/uncountedTerminatedPods/{field}")).iter().filter_map(Value::as_str).collect()
}

fn sync(view: &mut View, place: &str) -> Plan {
    let mut plan = Plan::default();
    let (namespace, name) = split(place);
    let view = &*view;
    let Some(job) = view.client.cache(&kinds::JOBS).get(namespace, name) else {
        return release(view, place);
    };
    let sorted = sort(view, job);
    if is_finished(job) || job.is_terminating() {
        let left = sorted.succeeded.iter().chain(&sorted.failed).filter(|pod| is_tracked(pod));
        plan.step(left.map(|pod| untrack(pod)).collect());
        return plan;
    }
    let known = (uncounted(job, "succeeded"), uncounted(job, "failed"));
    let fresh = |pods: &[&Object], known: &BTreeSet<&str>| {
        let is_fresh = |pod: &&&Object| is_tracked(pod) && !known.contains(pod.uid());
        pods.iter().filter(is_fresh).map(|pod| pod.uid().to_owned()).collect::<Vec<_>>()
    };
    let (new_good, new_bad) = (fresh(&sorted.succeeded, &known.0), fresh(&sorted.failed, &known.1));
    let succeeded = count(job, "succeeded") + (known.0.len() + new_good.len()) as i64;
    let failed = count(job, "failed") + (known.1.len() + new_bad.len()) as i64;
    let target = failure(view, job, &sorted, failed);
    let completions = job.number("/spec/completions");
    let is_complete = match completions {
        Some(completions) => succeeded >= completions,
        None => succeeded > 0 && sorted.active.is_empty(),
    };
    let is_over = target.is_some() || is_complete || job.flag("/spec/suspend");
    let active = if is_over {
        plan.step(sorted.active.iter().map(|pod| delete(job, pod)).collect());
        0
    } else {
        let mut calls = Vec::new();
        let active = manage(view, job, &sorted, succeeded, failed, &mut calls, &mut plan);
        slow_start(&mut plan, calls);
        active
    };
    if let Some(limit) = job.number("/spec/activeDeadlineSeconds") {
        let started = job.text("/status/startTime").to_owned();
        let started = if started.is_empty() { view.stamp() } else { started };
        if let Some(remaining) = view.remaining(&started, limit) {
            plan.look_again(remaining);
        }
    }
    let tallies = Tallies { active, sorted: &sorted, new_good, new_bad, is_complete, target };
    tell(view, job, tallies, &mut plan);
    plan
}

/// Pods whose job is gone need not be counted any more.
fn release(view: &View, place: &str) -> Plan {
    let mut plan = Plan::default();
    let (namespace, _) = split(place);
    let is_of = |pod: &&Object| is_tracked(pod) && controller_key(pod, "Job").as_deref() == Some(place);
    plan.step(view.client.cache(&kinds::PODS).in_namespace(namespace).filter(is_of).map(untrack).collect());
    plan
}

fn untrack(pod: &Object) -> Call {
    let others = pod.list("/metadata/finalizers").iter().filter(|one| *one != FINALIZER);
    let patch = json!({ "metadata": { "finalizers": others.collect::<Vec<_>>(), "uid": pod.uid() } });
    Call::new(kinds::PODS.patch(Patch::Merge, pod.namespace(), pod.name(), patch))
}

fn delete(job: &Object, pod: &Object) -> Call {
    Call::new(kinds::PODS.delete(pod)).saying(
        Said::normal(job, VOICE, "SuccessfulDelete", format!("Deleted pod: {}", pod.name())),
        Said::warning(job, VOICE, "FailedDelete", "Error deleting: {error}"),
    )
}

/// Why the job has failed, if it has: reason and message.
fn failure(view: &View, job: &Object, sorted: &Sorted, failed: i64) -> Option<(&'static str, &'static str)> {
    if let Some(target) = pods::condition(job, "FailureTarget").filter(|one| one["status"] == "True") {
        return Some(match target["reason"].as_str() {
            Some("DeadlineExceeded") => ("DeadlineExceeded", DEADLINE),
            _ => ("BackoffLimitExceeded", LIMIT),
        });
    }
    let limit = job.number("/spec/backoffLimit").unwrap_or(6);
    let restarts = |pod: &&Object| -> i64 {
        let statuses = pod.list("/status/containerStatuses").iter().chain(pod.list("/status/initContainerStatuses"));
        statuses.filter_map(|one| one["restartCount"].as_i64()).sum()
    };
    let is_restarted = job.text("/spec/template/spec/restartPolicy") == "OnFailure";
    let total: i64 = sorted.active.iter().map(restarts).sum();
    if failed > limit || (is_restarted && total > 0 && total >= limit.max(1)) {
        return Some(("BackoffLimitExceeded", LIMIT));
    }
    let started = job.text("/status/startTime");
    let limit =
        job.number("/spec/activeDeadlineSeconds").filter(|_| !started.is_empty() && !job.flag("/spec/suspend"))?;
    view.remaining(started, limit).is_none().then_some(("DeadlineExceeded", DEADLINE))
}

const LIMIT: &str = "Job has reached the specified backoff limit";
const DEADLINE: &str = "Job was active longer than specified deadline";

/// Makes or deletes pods; gives how many are active then.
fn manage(
    view: &View,
    job: &Object,
    sorted: &Sorted,
    succeeded: i64,
    failed: i64,
    calls: &mut Vec<Call>,
    plan: &mut Plan,
) -> i64 {
    let active = sorted.active.len() as i64;
    let parallelism = job.number("/spec/parallelism").unwrap_or(1);
    let wanted = match job.number("/spec/completions") {
        Some(completions) => parallelism.min((completions - succeeded).max(0)),
        None if succeeded > 0 => active,
        None => parallelism,
    };
    if active > wanted {
        let mut extra = sorted.active.clone();
        extra.sort_by_key(|pod| (pods::is_ready(pod), pod.text("/metadata/creationTimestamp").to_owned()));
        calls.extend(extra.into_iter().take((active - wanted) as usize).map(|pod| delete(job, pod)));
        return wanted;
    }
    if active == wanted {
        return active;
    }
    if let Some(wait) = pause(view, sorted, failed) {
        plan.look_again(wait);
        return active;
    }
    let is_indexed = job.text("/spec/completionMode") == "Indexed";
    let taken =
        sorted.active.iter().chain(&sorted.succeeded).filter_map(|pod| pod.annotation(INDEX)?.parse::<i64>().ok());
    let mut taken: BTreeSet<i64> = taken.collect();
    taken.extend(indexes(job.text("/status/completedIndexes")));
    let mut free = (0..job.number("/spec/completions").unwrap_or(0)).filter(|index| !taken.contains(index));
    let missing = (wanted - active - sorted.terminating as i64 * i64::from(is_replacing_late(job))).max(0);
    for _ in 0..missing {
        let index = if is_indexed { free.next() } else { None };
        if is_indexed && index.is_none() {
            break;
        }
        calls.push(create(job, index));
    }
    active + calls.len() as i64
}

fn is_replacing_late(job: &Object) -> bool {
    job.text("/spec/podReplacementPolicy") == "Failed"
}

/// `0-2,5` as numbers.
fn indexes(text: &str) -> Vec<i64> {
    let range = |part: &str| {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        Some(from.parse::<i64>().ok()?..=to.parse::<i64>().ok()?)
    };
    text.split(',').filter_map(range).flatten().collect()
}

/// Numbers as `0-2,5`.
fn ranges(numbers: &BTreeSet<i64>) -> String {
    let mut parts: Vec<(i64, i64)> = Vec::new();
    for number in numbers {
        match parts.last_mut() {
            Some((_, to)) if *to + 1 == *number => *to = *number,
            _ => parts.push((*number, *number)),
        }
    }
    let part = |(from, to): &(i64, i64)| if from == to { from.to_string() } else { format!("{from}-{to}") };
    parts.iter().map(part).collect::<Vec<_>>().join(",")
}

/// How long it is until a pod may take the place of the last that failed.
fn pause(view: &View, sorted: &Sorted, failed: i64) -> Option<Micros> {
    let finished = |pod: &&Object| -> Option<i64> {
        let ends = pod.list("/status/containerStatuses").iter();
        ends.filter_map(|one| rfc3339::parse(one["state"]["terminated"]["finishedAt"].as_str()?)).max()
    };
    let last = sorted.failed.iter().filter_map(finished).max()?;
    let good = sorted.succeeded.iter().filter_map(finished).max().unwrap_or(0);
    if good >= last {
        return None;
    }
    let in_a_row =
        sorted.failed.iter().filter_map(finished).filter(|at| *at > good).count().max(failed.min(1) as usize);
    let pause = PAUSE.saturating_mul(1 << in_a_row.saturating_sub(1).min(10)).min(LONGEST);
    let until = rfc3339::seconds(last + pause);
    view.remaining(&until, 0)
}

fn create(job: &Object, index: Option<i64>) -> Call {
    let mut template = job.pointer("/spec/template").cloned().unwrap_or_default();
    if let Some(index) = index {
        template["metadata"]["annotations"][INDEX] = index.to_string().into();
        template["metadata"]["labels"][INDEX] = index.to_string().into();
        template["spec"]["hostname"] = format!("{}-{index}", job.name()).into();
        for container in template["spec"]["containers"].as_array_mut().into_iter().flatten() {
            let path = format!("metadata.labels['{INDEX}']");
            let variable = json!({ "name": "JOB_COMPLETION_INDEX",
                "valueFrom": { "fieldRef": { "apiVersion": "v1", "fieldPath": path } } });
            match container["env"].as_array_mut() {
                Some(env) => env.push(variable),
                None => container["env"] = json!([variable]),
            }
        }
    }
    let mut pod = pods::from_template(&template, &kinds::JOBS, job);
    pod["metadata"]["finalizers"] = json!([FINALIZER]);
    if let Some(index) = index {
        pod["metadata"]["generateName"] = format!("{}-{index}-", job.name()).into();
    }
    Call::new(kinds::PODS.create(pod)).saying(
        Said::normal(job, VOICE, "SuccessfulCreate", "Created pod: {name}"),
        Said::warning(job, VOICE, "FailedCreate", "Error creating: {error}"),
    )
}

struct Tallies<'a> {
    active: i64,
    sorted: &'a Sorted<'a>,
    new_good: Vec<String>,
    new_bad: Vec<String>,
    is_complete: bool,
    target: Option<(&'static str, &'static str)>,
}

/// Writes the status: first the pods that are to be counted, then, when they are let go, their count.
fn tell(view: &View, job: &Object, tallies: Tallies, plan: &mut Plan) {
    let Tallies { active, sorted, new_good, new_bad, is_complete, target } = tallies;
    let now = view.stamp();
    let ready = sorted.active.iter().filter(|pod| pods::is_ready(pod)).count().min(active.max(0) as usize);
    let mut status = job.pointer("/status").cloned().unwrap_or_else(|| json!({}));
    let is_suspended = job.flag("/spec/suspend");
    if status["startTime"].is_null() && !is_suspended {
        status["startTime"] = now.as_str().into();
    }
    let set = |status: &mut Value, field: &str, count: i64| match (count, status.as_object_mut()) {
        (0, Some(fields)) => drop(fields.shift_remove(field)),
        _ => status[field] = count.into(),
    };
    set(&mut status, "active", active);
    status["terminating"] = sorted.terminating.into();
    status["ready"] = ready.into();
    let condition = |kind: &str, reason: &str, message: &str| {
        json!({ "type": kind, "status": "True", "lastProbeTime": now, "lastTransitionTime": now, "reason": reason,
            "message": message })
    };
    let add = |status: &mut Value, condition: Value| {
        let kind = condition["type"].clone();
        let list = status["conditions"].as_array().cloned().unwrap_or_default();
        let mut list: Vec<Value> = list.into_iter().filter(|one| one["type"] != kind).collect();
        list.push(condition);
        status["conditions"] = list.into();
    };
    suspend(job, &mut status, &now, is_suspended, plan);
    let reached = ("CompletionsReached", "Reached expected number of succeeded pods");
    let early = match (target, is_complete) {
        (Some((reason, message)), _) => Some(("FailureTarget", reason, message)),
        (None, true) => Some(("SuccessCriteriaMet", reached.0, reached.1)),
        _ => None,
    };
    if let Some((kind, reason, message)) = early.filter(|(kind, ..)| !has_condition(job, kind)) {
        add(&mut status, condition(kind, reason, message));
    }
    let mut waiting = (uncounted(job, "succeeded"), uncounted(job, "failed"));
    waiting.0.extend(new_good.iter().map(String::as_str));
    waiting.1.extend(new_bad.iter().map(String::as_str));
    let mut lists = json!({});
    for (field, uids) in [("succeeded", &waiting.0), ("failed", &waiting.1)] {
        if !uids.is_empty() {
            lists[field] = uids.iter().copied().collect::<Vec<_>>().into();
        }
    }
    status["uncountedTerminatedPods"] = lists;
    if job.pointer("/status") != Some(&status) {
        plan.then_always(kinds::JOBS.update_status(job.edit(|job| job["status"] = status.clone())));
    }
    let is_counted = |pod: &&&Object| waiting.0.contains(pod.uid()) || waiting.1.contains(pod.uid());
    let counted: Vec<Call> = sorted
        .succeeded
        .iter()
        .chain(&sorted.failed)
        .filter(is_counted)
        .filter(|pod| is_tracked(pod))
        .map(|pod| untrack(pod))
        .collect();
    let is_over = early.is_some() && active == 0 && sorted.terminating == 0 && sorted.active.is_empty();
    if waiting.0.is_empty() && waiting.1.is_empty() && !is_over {
        return;
    }
    plan.step(counted);
    set(&mut status, "succeeded", count(job, "succeeded") + waiting.0.len() as i64);
    set(&mut status, "failed", count(job, "failed") + waiting.1.len() as i64);
    status["uncountedTerminatedPods"] = json!({});
    if job.text("/spec/completionMode") == "Indexed" {
        let mut done: BTreeSet<i64> = indexes(job.text("/status/completedIndexes")).into_iter().collect();
        done.extend(sorted.succeeded.iter().filter_map(|pod| pod.annotation(INDEX)?.parse::<i64>().ok()));
        status["completedIndexes"] = ranges(&done).into();
    }
    let mut said = None;
    if is_over {
        match target {
            Some((reason, message)) => {
                add(&mut status, condition("Failed", reason, message));
                said = Some(Said::warning(job, VOICE, reason, message));
            }
            None => {
                add(&mut status, condition("Complete", reached.0, reached.1));
                status["completionTime"] = now.as_str().into();
                said = Some(Said::normal(job, VOICE, "Completed", "Job completed"));
            }
        }
    }
    // It follows the one before, so it does not name the version that it is for.
    let told = job.edit(|job| {
        job["status"] = status;
        if let Some(metadata) = job["metadata"].as_object_mut() {
            metadata.shift_remove("resourceVersion");
        }
    });
    let mut call = Call::new(kinds::JOBS.update_status(told));
    call.done = said;
    plan.step(vec![call]);
}

fn suspend(job: &Object, status: &mut Value, now: &str, is_suspended: bool, plan: &mut Plan) {
    let was = pods::condition(job, "Suspended");
    let (told, reason, message) = match (is_suspended, was.map(|was| was["status"] == "True")) {
        (true, None | Some(false)) => ("True", "JobSuspended", "Job suspended"),
        (false, Some(true)) => ("False", "JobResumed", "Job resumed"),
        _ => return,
    };
    let list = status["conditions"].as_array().cloned().unwrap_or_default();
    let mut list: Vec<Value> = list.into_iter().filter(|one| one["type"] != "Suspended").collect();
    list.push(json!({ "type": "Suspended", "status": told, "lastProbeTime": now, "lastTransitionTime": now,
        "reason": reason, "message": message }));
    status["conditions"] = list.into();
    if is_suspended {
        if let Some(fields) = status.as_object_mut() {
            fields.shift_remove("startTime");
        }
    } else {
        status["startTime"] = now.into();
    }
    let reason = if is_suspended { "Suspended" } else { "Resumed" };
    plan.said.push(Said::normal(job, VOICE, reason, message));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_are_written_as_ranges() {
        let numbers: BTreeSet<i64> = [0, 1, 2, 5, 7, 8].into();
        assert_eq!(ranges(&numbers), "0-2,5,7-8");
        assert_eq!(indexes("0-2,5,7-8"), [0, 1, 2, 5, 7, 8]);
        assert!(indexes("").is_empty());
    }
}
