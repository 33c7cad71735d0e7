//! What both controllers of endpoints ask of services and pods (`staging/src/k8s.io/endpointslice/util`).

use super::controller::{View, Wakes};
use crate::api::Object;
use crate::client::{Change, Key, Kind, key, kinds, matches};
use serde_json::{Map, Value, json};
use sim::Micros;

/// A port of a service as one pod has it.
pub(super) struct Port {
    pub(super) name: String,
    pub(super) number: i64,
    pub(super) protocol: String,
    pub(super) app_protocol: Option<String>,
}

pub(super) fn has_selector(service: &Object) -> bool {
    service.map("/spec/selector").is_some_and(|selector| !selector.is_empty())
}

/// Its containers have ended for good.
pub(super) fn is_over(pod: &Object) -> bool {
    super::pods::is_done(pod)
}

/// The pods that a service selects.
pub(super) fn pods<'a>(view: &'a View, service: &'a Object) -> impl Iterator<Item = &'a Object> {
    let fits = |pod: &&Object| selects(service, pod.map("/metadata/labels"));
    view.client.cache(&kinds::PODS).in_namespace(service.namespace()).filter(fits)
}

fn selects(service: &Object, labels: Option<&Map<String, Value>>) -> bool {
    has_selector(service) && matches(service.pointer("/spec/selector").unwrap_or(&Value::Null), labels)
}

/// A pod as an endpoint names it.
pub(super) fn target(pod: &Object) -> Value {
    json!({ "kind": "Pod", "namespace": pod.namespace(), "name": pod.name(), "uid": pod.uid() })
}

/// A service's ports on a pod; `None` when the pod lacks one that the service names.
pub(super) fn ports(service: &Object, pod: &Object) -> Option<Vec<Port>> {
    let wanted = service.list("/spec/ports");
    let mut ports = Vec::new();
    for port in wanted {
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        let number = match &port["targetPort"] {
            Value::Number(number) => number.as_i64(),
            Value::String(name) => named(pod, name, protocol),
            _ => port["port"].as_i64(),
        };
        // A pod without the named port is left out of it.
        let Some(number) = number else { continue };
        ports.push(Port {
            name: port["name"].as_str().unwrap_or_default().to_owned(),
            number,
            protocol: protocol.to_owned(),
            app_protocol: port["appProtocol"].as_str().map(str::to_owned),
        });
    }
    (wanted.is_empty() || !ports.is_empty()).then_some(ports)
}

fn named(pod: &Object, name: &str, protocol: &str) -> Option<i64> {
    let ports = pod.list("/spec/containers").iter().filter_map(|container| container["ports"].as_array()).flatten();
    let is_it = |port: &&Value| port["name"] == name && port["protocol"].as_str().unwrap_or("TCP") == protocol;
    ports.into_iter().find(is_it)?["containerPort"].as_i64()
}

/// Services that a change concerns: the service itself, or those that select a pod now or did before, if something
/// changed that endpoints tell. `written` is the kind that the asking controller writes.
pub(super) fn wake(view: &View, change: &Change, written: &Kind, wakes: &mut Wakes) {
    let Some(object) = change.object() else { return };
    let kind = view.client.kind(change.kind);
    if *kind == kinds::SERVICES {
        wakes.push((key(object), Micros::ZERO));
    } else if *kind == kinds::PODS {
        if let (Some(old), Some(new)) = (&change.old, &change.new)
            && told(old) == told(new)
        {
            return;
        }
        for service in view.client.cache(&kinds::SERVICES).in_namespace(object.namespace()) {
            let of =
                |pod: &Option<Object>| pod.as_ref().is_some_and(|pod| selects(service, pod.map("/metadata/labels")));
            if of(&change.old) || of(&change.new) {
                wakes.push((key(service), Micros::ZERO));
            }
        }
    } else if kind == written {
        // Somebody else took it away or changed it.
        if *written == kinds::ENDPOINTS {
            wakes.push((key(object), Micros::ZERO));
        } else if let Some(name) = object.label("kubernetes.io/service-name") {
            wakes.push((format!("{}/{name}", object.namespace()).into(), Micros::ZERO));
        }
    }
}

/// What endpoints tell of a pod.
fn told(pod: &Object) -> ([Option<&Value>; 3], [bool; 3]) {
    let parts = ["/status/podIP", "/metadata/labels", "/spec/nodeName"].map(|pointer| pod.pointer(pointer));
    (parts, [super::pods::is_ready(pod), pod.is_terminating(), is_over(pod)])
}

/// When the change happened that the endpoints follow from: the last of the service's making and its pods' readiness.
pub(super) fn trigger_time(view: &View, service: &Key) -> Option<String> {
    let service = view.client.cache(&kinds::SERVICES).by_key(service)?;
    let ready = pods(view, service).map(|pod| super::pods::ready_since(pod).to_owned());
    ready.chain([service.text("/metadata/creationTimestamp").to_owned()]).max()
}
