//! The columns in which kubectl shows objects, which the server fills in
//! (`pkg/printers/internalversion/printers.go`).

mod columns;
mod custom;
mod duration;
mod network;
mod pods;
mod storage;
mod workloads;

use calendar::rfc3339;
use serde_json::{Value, json};

use crate::api::{Object, Resource};

pub(super) use duration::human;

/// One column of a kind.
#[derive(Clone, Copy)]
struct Column {
    name: &'static str,
    /// Shown only by `-o wide`.
    wide: bool,
    cell: fn(&Object, i64) -> Value,
}

const fn shown(name: &'static str, cell: fn(&Object, i64) -> Value) -> Column {
    Column { name, wide: false, cell }
}

const fn wide(name: &'static str, cell: fn(&Object, i64) -> Value) -> Column {
    Column { name, wide: true, cell }
}

/// The columns of a resource.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    plural: String,
    /// Those that a custom resource definition names.
    custom: Vec<custom::CustomColumn>,
}

impl Columns {
    pub(super) fn of(resource: &Resource) -> Self {
        Self { plural: resource.plural.to_string(), custom: Vec::new() }
    }

    /// Those of a custom resource.
    pub(super) fn custom(definition: &Object, version: &str) -> Self {
        Self { plural: String::new(), custom: custom::columns(definition, version) }
    }

    /// The `columnDefinitions` of a table.
    pub(super) fn definitions(&self) -> Value {
        let definition = |name: &str, kind: &str, wide: bool| {
            let format = if name == "Name" { "name" } else { "" };
            json!({ "name": name, "type": kind, "format": format, "description": "", "priority": i32::from(wide) })
        };
        if !self.custom.is_empty() {
            let name = definition("Name", "string", false);
            return std::iter::once(name).chain(self.custom.iter().map(custom::CustomColumn::definition)).collect();
        }
        columns::of(&self.plural).iter().map(|column| definition(column.name, "string", column.wide)).collect()
    }

    /// The cells of an object's row, and the row's conditions.
    pub(super) fn cells(&self, object: &Object, unix: i64) -> (Vec<Value>, Value) {
        if !self.custom.is_empty() {
            let name = Value::from(object.name());
            let cells = self.custom.iter().map(|column| column.cell(object, unix));
            return (std::iter::once(name).chain(cells).collect(), Value::Null);
        }
        let cells = columns::of(&self.plural).iter().map(|column| (column.cell)(object, unix)).collect();
        let conditions = if self.plural == "pods" { pods::conditions(object) } else { Value::Null };
        (cells, conditions)
    }
}

// What many kinds show.

fn name(object: &Object, _: i64) -> Value {
    object.name().into()
}

fn age(object: &Object, unix: i64) -> Value {
    since(object.text("/metadata/creationTimestamp"), unix).into()
}

/// How long ago a timestamp was.
fn since(timestamp: &str, unix: i64) -> String {
    match rfc3339::parse(timestamp) {
        Some(then) => human(unix - then),
        None => "<unknown>".into(),
    }
}

/// A text, or what stands for none.
fn text_or(object: &Object, pointer: &str, none: &str) -> Value {
    match object.text(pointer) {
        "" => none.into(),
        text => text.into(),
    }
}

fn number(object: &Object, pointer: &str) -> Value {
    object.number(pointer).unwrap_or(0).into()
}

/// Labels as `a=b,c=d`, in order.
fn labels(labels: Option<&serde_json::Map<String, Value>>) -> String {
    let mut pairs: Vec<String> = labels
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    pairs.sort();
    if pairs.is_empty() { "<none>".into() } else { pairs.join(",") }
}

/// A label selector in its short form (`metav1.FormatLabelSelector`).
fn selector(object: &Object, pointer: &str) -> String {
    let labels_of = object.map(&format!("{pointer}/matchLabels"));
    let mut parts: Vec<(String, String)> = labels_of
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.clone(), format!("{key}={}", value.as_str().unwrap_or_default())))
        .collect();
    for expression in object.list(&format!("{pointer}/matchExpressions")) {
        let key = expression["key"].as_str().unwrap_or_default();
        let mut values: Vec<&str> =
            expression["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        values.sort_unstable();
        let values = values.join(",");
        let part = match expression["operator"].as_str().unwrap_or_default() {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            _ => format!("!{key}"),
        };
        parts.push((key.to_owned(), part));
    }
    parts.sort();
    let parts: Vec<String> = parts.into_iter().map(|(_, part)| part).collect();
    if parts.is_empty() { "<none>".into() } else { parts.join(",") }
}

/// Texts of a list of objects, one field each, with commas between them.
fn joined(items: &[Value], field: &str) -> String {
    let texts: Vec<&str> = items.iter().filter_map(|item| item[field].as_str()).collect();
    texts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::built_in;

    fn check(plural: &str, object: Value, expected: &str) {
        let resources = built_in();
        let resource = resources.iter().find(|resource| resource.plural == plural).expect("a resource");
        let columns = Columns::of(resource);
        let (cells, _) = columns.cells(&object.into(), rfc3339::parse("2026-01-01T00:01:40Z").expect("a time"));
        let cells: Vec<String> =
            cells.iter().map(|cell| cell.as_str().map_or_else(|| cell.to_string(), str::to_owned)).collect();
        assert_eq!(columns.definitions().as_array().map(Vec::len), Some(cells.len()));
        assert_eq!(cells.join(" | "), expected, "{plural}");
    }

    fn meta() -> Value {
        json!({ "name": "x", "namespace": "default", "creationTimestamp": "2026-01-01T00:00:00Z" })
    }

    #[test]
    fn a_pod_says_what_its_containers_do() {
        let pod = |spec: Value, status: Value| json!({ "metadata": meta(), "spec": spec, "status": status });
        let two = json!({ "containers": [{ "name": "a" }, { "name": "b" }], "nodeName": "worker1" });
        let one = json!({ "containers": [{ "name": "a" }], "initContainers": [{ "name": "i" }, { "name": "j" }] });
        let running = json!({ "phase": "Running", "podIP": "10.244.1.2", "containerStatuses": [
            { "name": "a", "ready": true, "restartCount": 0, "state": { "running": {} } },
            { "name": "b", "ready": false, "restartCount": 2, "state": { "waiting": { "reason": "CrashLoopBackOff" } },
              "lastState": { "terminated": { "finishedAt": "2026-01-01T00:01:35Z" } } } ] });
        check(
            "pods",
            pod(two.clone(), running),
            "x | 1/2 | CrashLoopBackOff | 2 (5s ago) | 100s | 10.244.1.2 | worker1 | <none> | <none>",
        );
        check(
            "pods",
            pod(two, json!({ "phase": "Pending" })),
            "x | 0/2 | Pending | 0 | 100s | <none> | worker1 | <none> | <none>",
        );
        let initializing = json!({ "phase": "Pending", "initContainerStatuses": [
            { "name": "i", "restartCount": 0, "state": { "terminated": { "exitCode": 0, "reason": "Completed" } } },
            { "name": "j", "restartCount": 0, "state": { "running": {} } } ] });
        check(
            "pods",
            pod(one.clone(), initializing),
            "x | 0/1 | Init:1/2 | 0 | 100s | <none> | <none> | <none> | <none>",
        );
        let failing = json!({ "phase": "Pending", "initContainerStatuses": [
            { "name": "i", "restartCount": 1, "state": { "waiting": { "reason": "CrashLoopBackOff" } } } ] });
        check(
            "pods",
            pod(one, failing),
            "x | 0/1 | Init:CrashLoopBackOff | 1 | 100s | <none> | <none> | <none> | <none>",
        );
    }

    #[test]
    fn workloads_say_how_many_are_ready() {
        let template = json!({ "spec": { "containers": [{ "name": "c", "image": "nginx" }] } });
        let spec = json!({ "replicas": 3, "selector": { "matchLabels": { "app": "web" } }, "template": template });
        let status = json!({ "replicas": 3, "readyReplicas": 2, "updatedReplicas": 3, "availableReplicas": 2 });
        let object = json!({ "metadata": meta(), "spec": spec, "status": status });
        check("deployments", object.clone(), "x | 2/3 | 3 | 2 | 100s | c | nginx | app=web");
        check("replicasets", object.clone(), "x | 3 | 3 | 2 | 100s | c | nginx | app=web");
        check("statefulsets", object, "x | 2/3 | 100s | c | nginx");
    }

    #[test]
    fn a_service_says_where_it_is() {
        let service = json!({ "metadata": meta(), "spec": { "type": "NodePort", "clusterIP": "10.96.0.9",
            "ports": [{ "port": 80, "nodePort": 30080, "protocol": "TCP" }], "selector": { "app": "web" } } });
        check("services", service, "x | NodePort | 10.96.0.9 | <none> | 80:30080/TCP | 100s | app=web");
    }

    #[test]
    fn a_node_says_whether_it_is_ready() {
        let node = json!({ "metadata": { "name": "x", "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": { "node-role.kubernetes.io/control-plane": "" } }, "spec": { "unschedulable": true },
            "status": { "conditions": [{ "type": "Ready", "status": "Unknown" }], "nodeInfo": { "kubeletVersion": "v1.36.2" } } });
        check(
            "nodes",
            node,
            "x | NotReady,SchedulingDisabled | control-plane | 100s | v1.36.2 | <none> | <none> | <unknown> | <unknown> | <unknown>",
        );
    }
}
