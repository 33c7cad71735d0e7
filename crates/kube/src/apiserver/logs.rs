//! What a container has written: the server passes the question on to the pod's kubelet
//! (`pkg/registry/core/pod/rest/log.go`).
//!
//! Where a node's kubelet is the server knows from the requests that the kubelet makes. It is asked with the client's own request, whose body is a `PodLogOptions` with the container filled in. It
//! answers with a text, or with the reason why there is none; to `follow` it sends events whose objects are texts, and
//! an end.

use std::sync::Arc;

use serde_json::Value;
use sim::NodeId;

use super::exec::unreachable_backend;
use super::http;
use super::server::{Out, Server};
use super::task::Caller;
use crate::Msg;
use crate::api::{Object, Reason, Request, Status};

impl Server {
    /// Whether a request is about a log.
    pub(super) fn is_log(request: &Request) -> bool {
        request.resource == "pods" && request.subresource == "log"
    }

    /// Passes the question on.
    pub(super) fn ask_for_log(&mut self, number: u64, request: &Request, out: &mut Out) {
        match self.kubelet_of(request) {
            Err(status) => self.finish(number, Err(status), out),
            Ok(None) => self.finish(number, Ok(Value::String(String::new()).into()), out),
            Ok(Some((kubelet, request))) => {
                self.asked.insert(number, (kubelet, false));
                out.send(kubelet, Msg::Call { id: number, request: request.into() });
            }
        }
    }

    /// The kubelet that has the pod, and what it is asked; nobody when the pod has no node yet.
    pub(super) fn kubelet_of(&self, request: &Request) -> Result<Option<(NodeId, Request)>, Status> {
        let key = format!("/registry/pods/{}/{}", request.namespace, request.name);
        let pod = self.cache.get(&key).ok_or_else(|| Status::not_found("pods", &request.name))?;
        let options = request.body.as_ref().map(|body| (**body).clone()).unwrap_or_else(|| serde_json::json!({}));
        let asked = match request.subresource.as_ref() {
            // The containers of a pod share its ports.
            "portforward" => pod.text("/spec/containers/0/name"),
            _ => options["container"].as_str().unwrap_or_default(),
        };
        let container = container(pod, asked)?;
        let node = pod.text("/spec/nodeName");
        if node.is_empty() {
            return Ok(None);
        }
        let address = self.address_of(node);
        let unreachable = || {
            let host = address.clone().unwrap_or_else(|| node.to_owned());
            if Self::is_exec(request) {
                return unreachable_backend(&host);
            }
            let url = format!("https://{host}:10250/containerLogs/{}/{}/{container}", request.namespace, request.name);
            Status::new(
                Reason::InternalError,
                format!("Get \"{url}\": dial tcp {host}:10250: connect: connection refused"),
            )
        };
        let kubelet = self.kubelet_at(node, address.as_deref()).ok_or_else(unreachable)?;
        let mut options = options;
        options["container"] = container.into();
        Ok(Some((kubelet, Request { body: Some(options.into()), ..request.clone() })))
    }

    /// A node's address, as its kubelet has told it.
    fn address_of(&self, node: &str) -> Option<String> {
        let node = self.cache.get(&format!("/registry/minions/{node}"))?;
        let internal = node.list("/status/addresses").iter().find(|address| address["type"] == "InternalIP")?;
        internal["address"].as_str().map(str::to_owned)
    }

    /// The kubelet of a node: what listens at its address, or, for a server that was not told of any, who asks in the
    /// node's name.
    fn kubelet_at(&self, node: &str, address: Option<&str>) -> Option<NodeId> {
        let mut listed = self.config.kubelets.iter();
        match listed.find(|(listed, _)| Some(listed.as_str()) == address) {
            Some((_, kubelet)) => Some(*kubelet),
            None => self.kubelets.get(node).copied(),
        }
    }

    /// What a kubelet says.
    pub(super) fn kubelet_said(&mut self, from: NodeId, msg: Msg, out: &mut Out) {
        let (Msg::Answer { id, .. } | Msg::Event { id, .. } | Msg::End { id }) = &msg else { return };
        let id = *id;
        let Some((kubelet, begun)) = self.asked.get(&id).copied() else { return };
        if kubelet != from {
            return;
        }
        match msg {
            Msg::Answer { result, .. } => {
                self.asked.remove(&id);
                self.finish(id, result, out);
            }
            Msg::Event { object, .. } => {
                let text = object.as_str().unwrap_or_default().to_owned();
                self.asked.insert(id, (kubelet, true));
                self.stream_text(id, text, begun, out);
            }
            _ => {
                self.asked.remove(&id);
                let Some(task) = self.end(id) else { return };
                if let Caller::Http { node, id } = task.caller {
                    if !begun {
                        http::begin_text(node, id, "", out);
                    }
                    http::end(node, id, out);
                }
            }
        }
    }

    /// A log that is followed has no time to end in.
    fn stream_text(&mut self, number: u64, text: String, begun: bool, out: &mut Out) {
        let Some(task) = self.tasks.get(&number) else { return };
        let (caller, deadline) = (task.caller, task.deadline);
        self.deadlines.remove(&(deadline, number));
        match caller {
            Caller::Http { node, id } if begun => http::send_lines(node, id, text, out),
            Caller::Http { node, id } => http::begin_text(node, id, &text, out),
            Caller::Component { node, id } => {
                let object: Object = Value::String(text).into();
                out.send(node, Msg::Event { id, kind: crate::api::EventKind::Added, object });
            }
            Caller::Inside | Caller::Part { .. } => {}
        }
    }

    /// A client has gone: its kubelet need not go on.
    pub(super) fn stop_asking(&mut self, number: u64, out: &mut Out) {
        if let Some((kubelet, _)) = self.asked.remove(&number) {
            out.send(kubelet, Msg::Cancel { id: number });
        }
    }

    /// A kubelet cannot be reached.
    pub(super) fn kubelet_gone(&mut self, peer: NodeId, out: &mut Out) {
        let lost: Vec<u64> =
            self.asked.iter().filter(|(_, (kubelet, _))| *kubelet == peer).map(|(number, _)| *number).collect();
        for number in lost {
            self.asked.remove(&number);
            let request = self.tasks.get(&number).map(|task| Arc::clone(&task.request));
            let is_exec = request.as_deref().is_some_and(Self::is_exec);
            let node = request.and_then(|request| {
                let pod = self.cache.get(&format!("/registry/pods/{}/{}", request.namespace, request.name))?;
                Some(pod.text("/status/hostIP").to_owned())
            });
            let host = node.unwrap_or_default();
            if is_exec {
                self.lost(number, &host, out);
                continue;
            }
            let why = format!("dial tcp {host}:10250: connect: connection refused");
            self.finish(number, Err(Status::new(Reason::InternalError, why)), out);
        }
    }
}

/// The container that is meant.
fn container(pod: &Object, asked: &str) -> Result<String, Status> {
    let names = |list: &str| -> Vec<String> {
        let containers = pod.list(&format!("/spec/{list}")).iter();
        containers.filter_map(|container| container["name"].as_str().map(str::to_owned)).collect()
    };
    let (regular, initial) = (names("containers"), names("initContainers"));
    let bad = |message: String| Status::new(Reason::BadRequest, message);
    if asked.is_empty() {
        return match regular.as_slice() {
            [one] if initial.is_empty() => Ok(one.clone()),
            _ => {
                let init = if initial.is_empty() {
                    String::new()
                } else {
                    format!(" or one of the init containers: [{}]", initial.join(" "))
                };
                let pod = pod.name();
                let choice = regular.join(" ");
                Err(bad(format!("a container name must be specified for pod {pod}, choose one of: [{choice}]{init}")))
            }
        };
    }
    let known = regular.iter().chain(&initial).chain(&names("ephemeralContainers")).any(|name| name == asked);
    if known {
        Ok(asked.to_owned())
    } else {
        Err(bad(format!("container {asked} is not valid for pod {}", pod.name())))
    }
}
