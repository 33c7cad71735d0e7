//! Makes jobs by the clock (`pkg/controller/cronjob`).

use super::controller::{Call, Controller, Plan, View, Wakes, controller_key};
use super::pods;
use crate::api::Object;
use crate::client::{Change, Said, key, kinds, split};
use calendar::{Moment, rfc3339};
use serde_json::{Value, json};
use sim::Micros;

pub(super) static CONTROLLER: Controller =
    Controller { account: "cronjob-controller", workers: 5, seeds: &[], wake, sync };

const VOICE: &str = "cronjob-controller";

fn wake(view: &View, change: &Change, wakes: &mut Wakes) {
    let Some(object) = change.object() else { return };
    let kind = view.client.kind(change.kind);
    if *kind == kinds::CRON_JOBS {
        wakes.push((key(object), Micros::ZERO));
    } else if *kind == kinds::JOBS {
        wakes.extend(controller_key(object, "CronJob").map(|key| (key, Micros::ZERO)));
    }
}

/// The five fields of a schedule, each with the numbers it allows.
struct Schedule {
    fields: [Vec<i64>; 5],
    /// Whether day of month and day of week are both given, so that either will do.
    either_day: bool,
}

const BOUNDS: [(i64, i64); 5] = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl Schedule {
    fn parse(text: &str) -> Option<Self> {
        let text = match text.trim() {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            text => text,
        };
        let parts: Vec<&str> = text.split_whitespace().collect();
        let parts: [&str; 5] = parts.try_into().ok()?;
        let mut fields: [Vec<i64>; 5] = Default::default();
        for (index, part) in parts.iter().enumerate() {
            for piece in part.split(',') {
                fields[index].extend(numbers(piece, index)?);
            }
        }
        // Sunday has two numbers.
        if fields[4].contains(&7) {
            fields[4].push(0);
        }
        let is_given = |part: &str| !part.starts_with('*') && !part.starts_with('?');
        Some(Self { either_day: is_given(parts[2]) && is_given(parts[4]), fields })
    }

    fn allows(&self, seconds: i64) -> bool {
        let now = fields_of(seconds);
        let has = |index: usize| self.fields[index].contains(&now[index]);
        let day = if self.either_day { has(2) || has(4) } else { has(2) && has(4) };
        has(0) && has(1) && has(3) && day
    }

    /// The first time later than a moment, within the next five years.
    fn next(&self, after: i64) -> Option<i64> {
        let mut at = (after.div_euclid(60) + 1) * 60;
        let end = after + 5 * 366 * 86_400;
        while at < end {
            if self.allows(at) {
                return Some(at);
            }
            // Days and hours that cannot be are passed over at once.
            let now = fields_of(at);
            at += if !self.fields[1].contains(&now[1]) { 3_600 - at.rem_euclid(3_600) } else { 60 };
        }
        None
    }
}

/// What a schedule names of a moment: minute, hour, day of month, month, day of week.
fn fields_of(seconds: i64) -> [i64; 5] {
    let Moment { month, day, hour, minute, weekday, .. } = Moment::of(seconds);
    [minute, hour, day, month, weekday].map(i64::from)
}

fn numbers(piece: &str, index: usize) -> Option<Vec<i64>> {
    let (range, step) = piece.split_once('/').map_or((piece, None), |(range, step)| (range, Some(step)));
    let (least, most) = BOUNDS[index];
    let number = |text: &str| {
        let names: &[&str] = if index == 3 { &MONTHS } else { &DAYS };
        let named = names.iter().position(|name| index >= 3 && *name == text.to_lowercase());
        named.map(|at| at as i64 + i64::from(index == 3)).or_else(|| text.parse().ok())
    };
    let (from, to) = match range {
        "*" | "?" => (least, if index == 4 { 6 } else { most }),
        range => match range.split_once('-') {
            Some((from, to)) => (number(from)?, number(to)?),
            None if step.is_some() => (number(range)?, most),
            None => (number(range)?, number(range)?),
        },
    };
    let step: i64 = step.map_or(Some(1), |step| step.parse().ok()).filter(|step| *step > 0)?;
    (from >= least && to <= most && from <= to).then(|| (from..=to).step_by(step as usize).collect())
}

fn is_finished(job: &Object) -> Option<bool> {
    if pods::is(job, "Complete") {
        return Some(true);
    }
    pods::is(job, "Failed").then_some(false)
}

fn sync(view: &mut View, place: &str) -> Plan {
    let mut plan = Plan::default();
    let (namespace, name) = split(place);
    let view = &*view;
    let Some(cron) = view.client.cache(&kinds::CRON_JOBS).get(namespace, name).filter(|one| !one.is_terminating())
    else {
        return plan;
    };
    let mut jobs: Vec<&Object> = view.client.cache(&kinds::JOBS).owned_by(cron.uid()).collect();
    jobs.sort_by_key(|job| (job.text("/metadata/creationTimestamp").to_owned(), job.name().to_owned()));
    let mut status = cron.pointer("/status").cloned().unwrap_or_else(|| json!({}));
    follow(cron, &jobs, &mut status, &mut plan);
    clean_up(cron, &jobs, &mut plan);
    let mut creation = None;
    if !cron.flag("/spec/suspend") {
        let Some(schedule) = Schedule::parse(cron.text("/spec/schedule")) else {
            let message = format!("unparseable schedule: {:?}", cron.text("/spec/schedule"));
            plan.said.push(Said::warning(cron, VOICE, "UnparseableSchedule", message));
            return plan;
        };
        creation = due(view, cron, &schedule, &mut status, &mut plan);
    }
    if let Some(call) = creation {
        plan.step(vec![call]);
    }
    if cron.pointer("/status") != Some(&status) {
        plan.then(kinds::CRON_JOBS.update_status(cron.edit(|cron| cron["status"] = status)));
    }
    plan
}

/// The list of running jobs, and when the last one succeeded.
fn follow(cron: &Object, jobs: &[&Object], status: &mut Value, plan: &mut Plan) {
    let old = cron.list("/status/active");
    let running: Vec<Value> = jobs.iter().filter(|job| is_finished(job).is_none()).map(|job| reference(job)).collect();
    for job in jobs {
        let was_active = old.iter().any(|one| one["uid"] == job.uid());
        if let (true, Some(good)) = (was_active, is_finished(job)) {
            let condition = if good { "Complete" } else { "Failed" };
            let message = format!("Saw completed job: {}, condition: {condition}", job.name());
            plan.said.push(Said::normal(cron, VOICE, "SawCompletedJob", message));
        }
        let completed = job.text("/status/completionTime");
        if is_finished(job) == Some(true) && status["lastSuccessfulTime"].as_str().unwrap_or_default() < completed {
            status["lastSuccessfulTime"] = completed.into();
        }
    }
    match (running.is_empty(), status.as_object_mut()) {
        (true, Some(fields)) => drop(fields.shift_remove("active")),
        _ => status["active"] = running.into(),
    }
}

fn reference(job: &Object) -> Value {
    json!({ "kind": "Job", "namespace": job.namespace(), "name": job.name(), "uid": job.uid(), "apiVersion": "batch/v1",
        "resourceVersion": job.resource_version() })
}

fn clean_up(cron: &Object, jobs: &[&Object], plan: &mut Plan) {
    for (good, field, limit) in [(true, "successfulJobsHistoryLimit", 3), (false, "failedJobsHistoryLimit", 1)] {
        let limit = cron.number(&format!("/spec/{field}")).unwrap_or(limit).max(0) as usize;
        let done: Vec<&&Object> =
            jobs.iter().filter(|job| is_finished(job) == Some(good) && !job.is_terminating()).collect();
        let excess = done.len().saturating_sub(limit);
        for job in done.into_iter().take(excess) {
            plan.step(vec![delete(cron, job)]);
        }
    }
}

fn delete(cron: &Object, job: &Object) -> Call {
    let mut request = kinds::JOBS.delete(job);
    request.options.deletion.propagation = Some("Background".into());
    Call::new(request).saying(
        Said::normal(cron, VOICE, "SuccessfulDelete", format!("Deleted job {}", job.name())),
        Said::warning(cron, VOICE, "FailedDelete", "Deleted job: {error}"),
    )
}

/// The job that is due, if one is; otherwise when to look again.
fn due(view: &View, cron: &Object, schedule: &Schedule, status: &mut Value, plan: &mut Plan) -> Option<Call> {
    let now = view.clock().seconds(view.now);
    let last = rfc3339::parse(cron.text("/status/lastScheduleTime"));
    let mut since = last.or_else(|| rfc3339::parse(cron.text("/metadata/creationTimestamp")))?;
    if let Some(limit) = cron.number("/spec/startingDeadlineSeconds") {
        since = since.max(now - limit);
    }
    // Of several that were missed only the last is made up for.
    let mut time = schedule.next(since)?;
    while time <= now
        && let Some(next) = schedule.next(time).filter(|next| *next <= now)
    {
        time = next;
    }
    if time > now {
        let wait = (time - now) as u64 * 1_000_000 - view.now.0 % 1_000_000;
        plan.look_again(Micros(wait));
        return None;
    }
    if let Some(next) = schedule.next(time) {
        plan.look_again(Micros((next - now).max(1) as u64 * 1_000_000 - view.now.0 % 1_000_000));
    }
    let active = status["active"].as_array().cloned().unwrap_or_default();
    match cron.text("/spec/concurrencyPolicy") {
        "Forbid" if !active.is_empty() => {
            let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
            plan.said.push(Said::normal(cron, VOICE, "JobAlreadyActive", message));
            return None;
        }
        "Replace" => {
            for one in &active {
                let name = one["name"].as_str().unwrap_or_default();
                if let Some(job) = view.client.cache(&kinds::JOBS).get(cron.namespace(), name) {
                    plan.step(vec![delete(cron, job)]);
                }
            }
            if let Some(fields) = status.as_object_mut() {
                fields.shift_remove("active");
            }
        }
        _ => {}
    }
    status["lastScheduleTime"] = rfc3339::seconds(time).into();
    Some(create(cron, time))
}

fn create(cron: &Object, time: i64) -> Call {
    let template = cron.pointer("/spec/jobTemplate").cloned().unwrap_or_default();
    let name = format!("{}-{}", cron.name(), time / 60);
    let mut metadata = json!({ "name": name, "namespace": cron.namespace() });
    if let Some(labels) = template["metadata"].get("labels") {
        metadata["labels"] = labels.clone();
    }
    metadata["annotations"] = template["metadata"].get("annotations").cloned().unwrap_or_else(|| json!({}));
    metadata["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"] = rfc3339::seconds(time).into();
    metadata["ownerReferences"] = json!([pods::owner(&kinds::CRON_JOBS, cron)]);
    let job = json!({ "kind": "Job", "apiVersion": "batch/v1", "metadata": metadata, "spec": template["spec"] });
    let mut call = Call::new(kinds::JOBS.create(job)).saying(
        Said::normal(cron, VOICE, "SuccessfulCreate", format!("Created job {name}")),
        Said::warning(cron, VOICE, "FailedCreate", "Error creating job: {error}"),
    );
    call.forgives = |status| status.reason == crate::api::Reason::AlreadyExists;
    call
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schedule: &str, after: &str, expected: &str) {
        let schedule = Schedule::parse(schedule).expect("a schedule");
        let next = schedule.next(rfc3339::parse(after).expect("a time")).map(rfc3339::seconds);
        assert_eq!(next.as_deref(), Some(expected));
    }

    #[test]
    fn the_next_time_follows_the_schedule() {
        check("* * * * *", "2026-01-01T00:00:05Z", "2026-01-01T00:01:00Z");
        check("*/15 * * * *", "2026-01-01T00:15:00Z", "2026-01-01T00:30:00Z");
        check("0 3 * * *", "2026-01-01T03:00:00Z", "2026-01-02T03:00:00Z");
        check("30 4 1,15 * 5", "2026-01-01T05:00:00Z", "2026-01-02T04:30:00Z");
        check("0 0 29 feb *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z");
        check("@weekly", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z");
        check("0 9 * * mon-fri", "2026-01-02T09:00:00Z", "2026-01-05T09:00:00Z");
    }

    #[test]
    fn nonsense_is_no_schedule() {
        for text in ["", "* * * *", "61 * * * *", "* * * * monday", "*/0 * * * *", "5-1 * * * *"] {
            assert!(Schedule::parse(text).is_none(), "{text}");
        }
    }
}
