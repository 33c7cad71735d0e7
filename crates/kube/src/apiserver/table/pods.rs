//! What a pod's row says: the one word for what it is at (`printPod`).

use calendar::rfc3339;
use serde_json::{Value, json};

use super::{human, since};
use crate::api::Object;

struct Summary {
    ready: usize,
    total: usize,
    reason: String,
    restarts: i64,
    /// When a container last ended and was started again.
    last_restart: Option<i64>,
}

fn state<'a>(status: &'a Value, which: &str) -> Option<&'a Value> {
    status["state"].get(which).filter(|state| state.is_object())
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

/// `Signal:9`, `ExitCode:1`, for a container that ended without a reason.
fn ending(terminated: &Value) -> String {
    match terminated["signal"].as_i64() {
        Some(signal) if signal != 0 => format!("Signal:{signal}"),
        _ => format!("ExitCode:{}", terminated["exitCode"].as_i64().unwrap_or(0)),
    }
}

fn restarted(status: &Value) -> Option<i64> {
    rfc3339::parse(status["lastState"]["terminated"]["finishedAt"].as_str()?)
}

/// Whether an init container stays, beside the others.
fn is_sidecar(object: &Object, name: &str) -> bool {
    let named = object.list("/spec/initContainers").iter().find(|container| container["name"] == name);
    named.is_some_and(|container| container["restartPolicy"] == "Always")
}

fn has_condition(object: &Object, kind: &str) -> bool {
    object.list("/status/conditions").iter().any(|c| c["type"] == kind && c["status"] == "True")
}

fn summary(object: &Object) -> Summary {
    let sidecars =
        object.list("/spec/initContainers").iter().filter(|container| container["restartPolicy"] == "Always").count();
    let mut found = Summary {
        ready: 0,
        total: object.list("/spec/containers").len() + sidecars,
        reason: match (object.text("/status/reason"), object.text("/status/phase")) {
            ("", phase) => phase.to_owned(),
            (reason, _) => reason.to_owned(),
        },
        restarts: 0,
        last_restart: None,
    };
    let gated = |c: &Value| c["type"] == "PodScheduled" && c["reason"] == "SchedulingGated";
    if object.list("/status/conditions").iter().any(gated) {
        found.reason = "SchedulingGated".into();
    }
    let initializing = init_containers(object, &mut found);
    if !initializing || has_condition(object, "Initialized") {
        containers(object, &mut found);
    }
    if object.is_terminating() {
        let phase = object.text("/status/phase");
        if object.text("/status/reason") == "NodeLost" {
            found.reason = "Unknown".into();
        } else if phase != "Succeeded" && phase != "Failed" {
            found.reason = "Terminating".into();
        }
    }
    found
}

/// Whether some init container is not done.
fn init_containers(object: &Object, found: &mut Summary) -> bool {
    let total = object.list("/spec/initContainers").len();
    for (at, status) in object.list("/status/initContainerStatuses").iter().enumerate() {
        let sidecar = is_sidecar(object, text(status, "name"));
        found.restarts += status["restartCount"].as_i64().unwrap_or(0);
        found.last_restart = found.last_restart.max(restarted(status));
        match (state(status, "terminated"), state(status, "waiting")) {
            (Some(terminated), _) if terminated["exitCode"].as_i64().unwrap_or(0) == 0 => continue,
            _ if sidecar && status["started"] == true => {
                found.ready += usize::from(status["ready"] == true);
                continue;
            }
            (Some(terminated), _) => {
                let why = match text(terminated, "reason") {
                    "" => ending(terminated),
                    reason => reason.to_owned(),
                };
                found.reason = format!("Init:{why}");
            }
            (_, Some(waiting)) if !matches!(text(waiting, "reason"), "" | "PodInitializing") => {
                found.reason = format!("Init:{}", text(waiting, "reason"));
            }
            _ => found.reason = format!("Init:{at}/{total}"),
        }
        return true;
    }
    false
}

fn containers(object: &Object, found: &mut Summary) {
    // Restarts of init containers that are done do not count any more; those of sidecars do.
    let sidecar = |status: &&Value| is_sidecar(object, text(status, "name"));
    let initial = object.list("/status/initContainerStatuses").iter().filter(sidecar);
    (found.restarts, found.last_restart) = initial.fold((0, None), |(restarts, last), status| {
        (restarts + status["restartCount"].as_i64().unwrap_or(0), last.max(restarted(status)))
    });
    let mut running = false;
    for status in object.list("/status/containerStatuses").iter().rev() {
        found.restarts += status["restartCount"].as_i64().unwrap_or(0);
        found.last_restart = found.last_restart.max(restarted(status));
        let waiting = state(status, "waiting").map_or("", |waiting| text(waiting, "reason"));
        match (waiting, state(status, "terminated")) {
            ("", Some(terminated)) => {
                found.reason = match text(terminated, "reason") {
                    "" => ending(terminated),
                    reason => reason.to_owned(),
                };
            }
            ("", None) => {
                if status["ready"] == true && state(status, "running").is_some() {
                    running = true;
                    found.ready += 1;
                }
            }
            (waiting, _) => found.reason = waiting.to_owned(),
        }
    }
    // One container is done, another one still runs.
    if found.reason == "Completed" && running {
        found.reason = if has_condition(object, "Ready") { "Running" } else { "NotReady" }.into();
    }
}

pub(super) fn ready(object: &Object, _: i64) -> Value {
    let found = summary(object);
    format!("{}/{}", found.ready, found.total).into()
}

pub(super) fn status(object: &Object, _: i64) -> Value {
    summary(object).reason.into()
}

pub(super) fn restarts(object: &Object, unix: i64) -> Value {
    let found = summary(object);
    match found.last_restart {
        Some(at) if found.restarts > 0 => format!("{} ({} ago)", found.restarts, human(unix - at)).into(),
        _ => found.restarts.to_string().into(),
    }
}

pub(super) fn gates(object: &Object, _: i64) -> Value {
    let gates = object.list("/spec/readinessGates");
    if gates.is_empty() {
        return "<none>".into();
    }
    let holds = gates.iter().filter(|gate| has_condition(object, text(gate, "conditionType"))).count();
    format!("{holds}/{}", gates.len()).into()
}

pub(super) fn address(object: &Object, _: i64) -> Value {
    match object.list("/status/podIPs").first() {
        Some(first) => first["ip"].clone(),
        None => super::text_or(object, "/status/podIP", "<none>"),
    }
}

/// What a client may leave out of its view: pods that are done.
pub(super) fn conditions(object: &Object) -> Value {
    let done = |reason: &str, message: &str| json!([{ "type": "Completed", "status": "True", "reason": reason, "message": message }]);
    match object.text("/status/phase") {
        "Succeeded" => done("Succeeded", "The pod has completed successfully."),
        "Failed" => done("Failed", "The pod failed."),
        _ => Value::Null,
    }
}

/// When an event was last seen; newer events say it in another field.
pub(super) fn event_last_seen(object: &Object, unix: i64) -> Value {
    let series = object.text("/series/lastObservedTime");
    let times = [series, object.text("/lastTimestamp"), object.text("/eventTime")];
    let last = times.into_iter().find(|time| !time.is_empty()).unwrap_or_default();
    since(last, unix).into()
}

pub(super) fn event_first_seen(object: &Object, unix: i64) -> Value {
    let times = [object.text("/firstTimestamp"), object.text("/eventTime")];
    since(times.into_iter().find(|time| !time.is_empty()).unwrap_or_default(), unix).into()
}

pub(super) fn event_object(object: &Object, _: i64) -> Value {
    let kind = object.text("/involvedObject/kind").to_lowercase();
    match object.text("/involvedObject/name") {
        "" => kind.into(),
        name => format!("{kind}/{name}").into(),
    }
}

pub(super) fn event_source(object: &Object, _: i64) -> Value {
    let either = |old: &str, new: &str| match object.text(old) {
        "" => object.text(new).to_owned(),
        text => text.to_owned(),
    };
    let component = either("/source/component", "/reportingComponent");
    let host = either("/source/host", "/reportingInstance");
    let host = if host.is_empty() { String::new() } else { format!(", {host}") };
    format!("{component}{host}").into()
}

pub(super) fn event_count(object: &Object, _: i64) -> Value {
    let series = object.number("/series/count").unwrap_or(0);
    let count = object.number("/count").unwrap_or(0);
    match (series, count) {
        (0, 0) => 1.into(),
        (0, count) => count.into(),
        (series, _) => series.into(),
    }
}
