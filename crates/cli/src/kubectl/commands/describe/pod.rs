//! Pods and the templates of pods.

use serde_json::Value;

use super::container::containers;
use super::volume::volumes;
use super::writer::{Writer, controller, items, number, selector, string, time};
use super::{head, marks};
use crate::kubectl::age;

pub fn pod(w: &mut Writer, pod: &Value, now: i64) {
    let (spec, status, metadata) = (&pod["spec"], &pod["status"], &pod["metadata"]);
    head(w, pod);
    if spec["priority"].is_number() {
        w.field(0, "Priority", number(&spec["priority"]));
    }
    w.some(0, "Priority Class Name", &string(&spec["priorityClassName"]));
    w.some(0, "Runtime Class Name", &string(&spec["runtimeClassName"]));
    w.some(0, "Service Account", &string(&spec["serviceAccountName"]));
    match string(&spec["nodeName"]) {
        node if node.is_empty() => w.field(0, "Node", "<none>"),
        node => w.field(0, "Node", format_args!("{node}/{}", string(&status["hostIP"]))),
    }
    w.some(0, "Start Time", &time(&status["startTime"]));
    marks(w, pod);
    let phase = string(&status["phase"]);
    if metadata["deletionTimestamp"].is_string() && !matches!(phase.as_str(), "Failed" | "Succeeded") {
        let since = age::since(metadata["deletionTimestamp"].as_str(), now);
        w.field(0, "Status", format_args!("Terminating (lasts {since})"));
        w.field(0, "Termination Grace Period", format_args!("{}s", number(&metadata["deletionGracePeriodSeconds"])));
    } else {
        w.field(0, "Status", phase);
    }
    w.some(0, "Reason", &string(&status["reason"]));
    w.some(0, "Message", &string(&status["message"]));
    w.some(0, "SeccompProfile", &string(&spec["securityContext"]["seccompProfile"]["type"]));
    w.field(0, "IP", string(&status["podIP"]));
    match items(&status["podIPs"]) {
        [] => w.field(0, "IPs", "<none>"),
        all => {
            w.line(0, "IPs:");
            all.iter().for_each(|one| w.field(1, "IP", string(&one["ip"])));
        }
    }
    if let Some(owner) = controller(pod) {
        w.field(0, "Controlled By", owner);
    }
    w.some(0, "NominatedNodeName", &string(&status["nominatedNodeName"]));
    if !items(&spec["initContainers"]).is_empty() {
        containers(w, "Init Containers", &spec["initContainers"], Some(&status["initContainerStatuses"]), "", pod);
    }
    containers(w, "Containers", &spec["containers"], Some(&status["containerStatuses"]), "", pod);
    if !items(&spec["ephemeralContainers"]).is_empty() {
        let statuses = Some(&status["ephemeralContainerStatuses"]);
        containers(w, "Ephemeral Containers", &spec["ephemeralContainers"], statuses, "", pod);
    }
    if !items(&status["conditions"]).is_empty() {
        w.line(0, "Conditions:\n  Type\tStatus");
        for one in items(&status["conditions"]) {
            w.line(1, format_args!("{} \t{} ", string(&one["type"]), string(&one["status"])));
        }
    }
    volumes(w, &spec["volumes"], "");
    w.field(0, "QoS Class", string(&status["qosClass"]));
    w.labels("Node-Selectors", &spec["nodeSelector"]);
    tolerations(w, "Tolerations", &spec["tolerations"]);
    spread(w, &spec["topologySpreadConstraints"], "");
}

/// `Pod Template:` with what its pods will be.
pub fn template(w: &mut Writer, template: &Value) {
    let (spec, metadata) = (&template["spec"], &template["metadata"]);
    w.line(0, "Pod Template:");
    w.labels("  Labels", &metadata["labels"]);
    if metadata["annotations"].as_object().is_some_and(|map| !map.is_empty()) {
        w.annotations("  Annotations", &metadata["annotations"]);
    }
    w.some(1, "Service Account", &string(&spec["serviceAccountName"]));
    if !items(&spec["initContainers"]).is_empty() {
        containers(w, "Init Containers", &spec["initContainers"], None, "  ", &Value::Null);
    }
    containers(w, "Containers", &spec["containers"], None, "  ", &Value::Null);
    volumes(w, &spec["volumes"], "  ");
    spread(w, &spec["topologySpreadConstraints"], "  ");
    w.some(1, "Priority Class Name", &string(&spec["priorityClassName"]));
    w.labels("  Node-Selectors", &spec["nodeSelector"]);
    tolerations(w, "  Tolerations", &spec["tolerations"]);
}

fn tolerations(w: &mut Writer, title: &str, all: &Value) {
    let mut sorted: Vec<&Value> = items(all).iter().collect();
    sorted.sort_by_key(|one| string(&one["key"]));
    let lines: Vec<String> = sorted.into_iter().map(toleration).collect();
    w.list(title, &lines);
}

fn toleration(one: &Value) -> String {
    let (key, value, effect) = (string(&one["key"]), string(&one["value"]), string(&one["effect"]));
    let mut text = key;
    if !value.is_empty() {
        text = format!("{text}={value}");
    }
    if !effect.is_empty() {
        text = format!("{text}:{effect}");
    }
    if one["operator"] == "Exists" && value.is_empty() {
        text = if text.is_empty() { "op=Exists".to_owned() } else { format!("{text} op=Exists") };
    }
    match one["tolerationSeconds"].as_i64() {
        Some(seconds) => format!("{text} for {seconds}s"),
        None => text,
    }
}

fn spread(w: &mut Writer, constraints: &Value, space: &str) {
    let mut all: Vec<&Value> = items(constraints).iter().collect();
    all.sort_by_key(|one| string(&one["topologyKey"]));
    for (i, one) in all.into_iter().enumerate() {
        w.text(0, if i == 0 { format!("{space}Topology Spread Constraints:\t") } else { format!("{space}\t") });
        let (key, when, skew) =
            (string(&one["topologyKey"]), string(&one["whenUnsatisfiable"]), number(&one["maxSkew"]));
        let mut text = format!("{key}:{when} when max skew {skew} is exceeded");
        if one["labelSelector"].is_object() {
            text = format!("{text} for selector {}", selector(&one["labelSelector"]));
        }
        w.line(0, text);
    }
}
