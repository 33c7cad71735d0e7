//! The cells of workloads and nodes.

use calendar::rfc3339;
use serde_json::Value;

use super::{human, joined, labels, number, selector, since, text_or};
use crate::api::Object;

pub(super) fn containers(object: &Object, _: i64) -> Value {
    joined(template(object), "name").into()
}

pub(super) fn images(object: &Object, _: i64) -> Value {
    joined(template(object), "image").into()
}

fn template(object: &Object) -> &[Value] {
    let places = [
        "/spec/jobTemplate/spec/template/spec/containers",
        "/spec/template/spec/containers",
        "/template/spec/containers",
    ];
    places.into_iter().map(|place| object.list(place)).find(|list| !list.is_empty()).unwrap_or_default()
}

pub(super) fn label_selector(object: &Object, _: i64) -> Value {
    selector(object, "/spec/selector").into()
}

pub(super) fn plain_selector(object: &Object, _: i64) -> Value {
    labels(object.map("/spec/selector")).into()
}

pub(super) fn pod_selector(object: &Object, _: i64) -> Value {
    selector(object, "/spec/podSelector").into()
}

pub(super) fn job_selector(object: &Object, _: i64) -> Value {
    selector(object, "/spec/jobTemplate/spec/selector").into()
}

pub(super) fn node_selector(object: &Object, _: i64) -> Value {
    labels(object.map("/spec/template/spec/nodeSelector")).into()
}

/// `2/3`: ready of wanted.
pub(super) fn ready_of_wanted(object: &Object, _: i64) -> Value {
    let wanted = object.number("/spec/replicas").unwrap_or(1);
    format!("{}/{wanted}", object.number("/status/readyReplicas").unwrap_or(0)).into()
}

pub(super) fn wanted(object: &Object, _: i64) -> Value {
    object.number("/spec/replicas").unwrap_or(1).into()
}

pub(super) fn job_status(object: &Object, _: i64) -> Value {
    let has = |kind: &str| object.list("/status/conditions").iter().any(|c| c["type"] == kind && c["status"] == "True");
    let word = if has("Complete") {
        "Complete"
    } else if has("Failed") {
        "Failed"
    } else if object.is_terminating() {
        "Terminating"
    } else if has("Suspended") {
        "Suspended"
    } else if has("FailureTarget") {
        "FailureTarget"
    } else if has("SuccessCriteriaMet") {
        "SuccessCriteriaMet"
    } else {
        "Running"
    };
    word.into()
}

pub(super) fn completions(object: &Object, _: i64) -> Value {
    let succeeded = object.number("/status/succeeded").unwrap_or(0);
    match (object.number("/spec/completions"), object.number("/spec/parallelism").unwrap_or(0)) {
        (Some(wanted), _) => format!("{succeeded}/{wanted}"),
        (None, parallelism) if parallelism > 1 => format!("{succeeded}/1 of {parallelism}"),
        (None, _) => format!("{succeeded}/1"),
    }
    .into()
}

pub(super) fn job_duration(object: &Object, unix: i64) -> Value {
    let Some(from) = rfc3339::parse(object.text("/status/startTime")) else { return "".into() };
    let until = rfc3339::parse(object.text("/status/completionTime")).unwrap_or(unix);
    human(until - from).into()
}

pub(super) fn suspended(object: &Object, _: i64) -> Value {
    match object.pointer("/spec/suspend").and_then(Value::as_bool) {
        Some(true) => "True",
        Some(false) => "False",
        None => "<unset>",
    }
    .into()
}

pub(super) fn last_schedule(object: &Object, unix: i64) -> Value {
    match object.text("/status/lastScheduleTime") {
        "" => "<none>".into(),
        time => since(time, unix).into(),
    }
}

pub(super) fn active(object: &Object, _: i64) -> Value {
    object.list("/status/active").len().into()
}

pub(super) fn reference(object: &Object, _: i64) -> Value {
    format!("{}/{}", object.text("/spec/scaleTargetRef/kind"), object.text("/spec/scaleTargetRef/name")).into()
}

/// `cpu: 20%/50%`
pub(super) fn targets(object: &Object, _: i64) -> Value {
    let current = object.list("/status/currentMetrics");
    let text = |value: &Value, field: &str| value[field].as_str().unwrap_or_default().to_owned();
    let part = |(at, metric): (usize, &Value)| {
        let kind = metric["type"].as_str().unwrap_or_default();
        let field =
            format!("{}{}", kind.chars().next().unwrap_or(' ').to_ascii_lowercase(), kind.get(1..).unwrap_or(""));
        let (spec, status) = (&metric[&field], current.get(at).map(|current| &current[&field]["current"]));
        let name = if spec["name"].is_string() { format!("{}: ", text(spec, "name")) } else { String::new() };
        let target = &spec["target"];
        let percent = |value: &Value| value.as_i64().map(|value| format!("{value}%"));
        let show = |value: &Value| {
            percent(&value["averageUtilization"])
                .or_else(|| value["averageValue"].as_str().map(str::to_owned))
                .or_else(|| value["value"].as_str().map(str::to_owned))
        };
        let is = status.and_then(show).unwrap_or_else(|| "<unknown>".into());
        format!("{name}{is}/{}", show(target).unwrap_or_else(|| "<auto>".into()))
    };
    let all: Vec<String> = object.list("/spec/metrics").iter().enumerate().map(part).collect();
    match all.len() {
        0 => "<none>".into(),
        1 | 2 => all.join(", ").into(),
        more => format!("{} + {} more...", all[..2].join(", "), more - 2).into(),
    }
}

pub(super) fn min_pods(object: &Object, _: i64) -> Value {
    match object.number("/spec/minReplicas") {
        Some(number) => number.to_string().into(),
        None => "<unset>".into(),
    }
}

/// A number or percentage, or `N/A`.
pub(super) fn budget(object: &Object, field: &str) -> Value {
    match object.pointer(&format!("/spec/{field}")) {
        Some(Value::String(text)) => text.as_str().into(),
        Some(Value::Number(number)) => number.to_string().into(),
        _ => "N/A".into(),
    }
}

pub(super) fn controller(object: &Object, _: i64) -> Value {
    let Some(owner) = object.controller() else { return "<none>".into() };
    let text = |field: &str| owner[field].as_str().unwrap_or_default();
    let group = text("apiVersion").split_once('/').map_or(String::new(), |(group, _)| format!(".{group}"));
    format!("{}{group}/{}", text("kind").to_lowercase(), text("name")).into()
}

pub(super) fn node_status(object: &Object, _: i64) -> Value {
    let ready = object.list("/status/conditions").iter().find(|condition| condition["type"] == "Ready");
    let word = match ready {
        Some(condition) if condition["status"] == "True" => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    };
    if object.flag("/spec/unschedulable") { format!("{word},SchedulingDisabled").into() } else { word.into() }
}

pub(super) fn roles(object: &Object, _: i64) -> Value {
    let labels = object.map("/metadata/labels").into_iter().flatten();
    let mut roles: Vec<&str> = labels
        .filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) => Some(role),
            None if key == "kubernetes.io/role" => value.as_str(),
            None => None,
        })
        .filter(|role| !role.is_empty())
        .collect();
    roles.sort_unstable();
    if roles.is_empty() { "<none>".into() } else { roles.join(",").into() }
}

pub(super) fn node_address(object: &Object, kind: &str) -> Value {
    let found = object.list("/status/addresses").iter().find(|address| address["type"] == kind);
    found.map_or_else(|| "<none>".into(), |address| address["address"].clone())
}

/// `6.12.48 (amd64)`
pub(super) fn kernel(object: &Object, _: i64) -> Value {
    let info = text_or(object, "/status/nodeInfo/kernelVersion", "<unknown>");
    match object.text("/status/nodeInfo/architecture") {
        "" => info,
        architecture => format!("{} ({architecture})", info.as_str().unwrap_or_default()).into(),
    }
}

pub(super) fn status_number(object: &Object, field: &str) -> Value {
    number(object, &format!("/status/{field}"))
}
