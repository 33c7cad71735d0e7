//! Programs in containers: the server passes the question on to the pod's kubelet, and what is said both ways
//! (`pkg/registry/core/pod/rest/subresources.go`).
//!
//! A client that speaks HTTP gets 101 and then frames as the protocol `v5.channel.k8s.io` has them: a byte that names the
//! channel, and the rest. 1 and 2 are output and errors, 3 is a `Status` that says how it ended; 0 is input, 255 closes
//! the channel that follows.

use std::sync::Arc;

use etcd::rpc::{HttpRequest, HttpResponse, Response};
use etcd::server::Msg as EtcdMsg;
use serde_json::{Value, json};
use sim::NodeId;

use super::http;
use super::server::{Out, Server};
use super::task::Caller;
use crate::Msg;
use crate::api::{Reason, Request, Status};
use crate::host::{Channel, Exec, HostMsg};

const CLOSE: u8 = 255;

/// The refusal when nobody answers at the node.
pub(super) fn unreachable_backend(host: &str) -> Status {
    let why = format!("error dialing backend: dial tcp {host}:10250: connect: connection refused");
    Status::new(Reason::Unknown, why)
}

impl Server {
    /// Whether a request is for a stream into a container.
    pub(super) fn is_exec(request: &Request) -> bool {
        request.resource == "pods" && matches!(request.subresource.as_ref(), "exec" | "attach" | "portforward")
    }

    /// Passes the question on.
    pub(super) fn ask_to_exec(&mut self, number: u64, request: &Request, out: &mut Out) {
        let (kubelet, request) = match self.kubelet_of(request) {
            Ok(Some(found)) => found,
            Ok(None) => {
                let why = format!("pod {} does not have a host assigned", request.name);
                return self.finish(number, Err(Status::new(Reason::BadRequest, why)), out);
            }
            Err(status) => return self.finish(number, Err(status), out),
        };
        let Some(options) = &request.body else { return };
        let words = options.list("/command").iter().filter_map(|word| word.as_str().map(str::to_owned));
        let exec = Exec {
            namespace: request.namespace.to_string(),
            pod: request.name.to_string(),
            container: options.text("/container").to_owned(),
            target: String::new(),
            command: words.collect(),
            port: options.number("/port").and_then(|port| u16::try_from(port).ok()),
            stdin: options.flag("/stdin"),
            tty: options.flag("/tty"),
        };
        self.asked.insert(number, (kubelet, false));
        // What runs may run for long.
        if let Some(task) = self.tasks.get(&number) {
            let deadline = task.deadline;
            self.deadlines.remove(&(deadline, number));
        }
        out.send(kubelet, Msg::from(HostMsg::Exec { id: number, exec: Arc::new(exec) }));
    }

    /// What a program says, or its kubelet about it.
    pub(super) fn container_said(&mut self, from: NodeId, msg: HostMsg, out: &mut Out) {
        let (HostMsg::Output { id, .. } | HostMsg::Exited { id, .. } | HostMsg::Refused { id, .. }) = &msg else {
            return;
        };
        let number = *id;
        let Some((kubelet, begun)) = self.asked.get(&number).copied().filter(|(kubelet, _)| *kubelet == from) else {
            return;
        };
        match msg {
            HostMsg::Refused { why, .. } => {
                self.asked.remove(&number);
                let Some(task) = self.tasks.get(&number) else { return };
                // The kubelet's own words go through as they are.
                if let Caller::Http { node, id } = task.caller {
                    let response = HttpResponse::new(404, "text/plain; charset=utf-8", &why);
                    let reply = EtcdMsg::Reply { id, result: Ok(Response::Http(response)) };
                    out.with_cause(task.cause, |out| out.send(node, reply.into()));
                    self.end(number);
                    return;
                }
                self.finish(number, Err(Status::new(Reason::NotFound, why)), out);
            }
            HostMsg::Output { channel, text, .. } => {
                self.asked.insert(number, (kubelet, true));
                let channel = if channel == Channel::Out { 1 } else { 2 };
                self.frame(number, begun, channel, &text, out);
            }
            HostMsg::Exited { ending, .. } => {
                let status = match ending {
                    Ok(0) => json!({ "metadata": {}, "status": "Success" }),
                    Ok(code) => json!({
                        "metadata": {}, "status": "Failure",
                        "message": format!("command terminated with non-zero exit code: exit status {code}"),
                        "reason": "NonZeroExitCode",
                        "details": { "causes": [{ "reason": "ExitCode", "message": code.to_string() }] },
                    }),
                    Err(why) => json!({
                        "metadata": {}, "status": "Failure", "message": format!("Internal error occurred: {why}"),
                        "reason": "InternalError", "details": { "causes": [{ "message": why }] }, "code": 500,
                    }),
                };
                self.frame(number, begun, 3, &status.to_string(), out);
                self.end_stream(number, out);
            }
            _ => {}
        }
    }

    /// The kubelet is gone in the middle of it, or was never there.
    pub(super) fn lost(&mut self, number: u64, host: &str, out: &mut Out) {
        self.finish(number, Err(unreachable_backend(host)), out);
    }

    fn frame(&mut self, number: u64, begun: bool, channel: u8, text: &str, out: &mut Out) {
        let Some(task) = self.tasks.get(&number) else { return };
        let Caller::Http { node, id } = task.caller else { return };
        let cause = task.cause;
        out.with_cause(cause, |out| {
            if !begun {
                let mut head = HttpResponse::new(101, "", "").with("Upgrade", "websocket".to_owned());
                head.more = true;
                out.send(node, EtcdMsg::StreamItem { id, response: head.into() }.into());
            }
            if !text.is_empty() {
                let frame = [&[channel], text.as_bytes()].concat();
                let part = HttpResponse { body: frame.into(), more: true, ..HttpResponse::default() };
                out.send(node, EtcdMsg::StreamItem { id, response: part.into() }.into());
            }
        });
    }

    fn end_stream(&mut self, number: u64, out: &mut Out) {
        self.asked.remove(&number);
        let Some(task) = self.end(number) else { return };
        match task.caller {
            Caller::Http { node, id } => http::end(node, id, out),
            Caller::Component { node, id } => {
                out.send(node, Msg::Answer { id, result: Ok(Value::String(String::new()).into()) });
            }
            Caller::Inside | Caller::Part { .. } => {}
        }
    }

    /// Input for a program.
    pub(super) fn typed(&mut self, node: NodeId, id: u64, frame: &HttpRequest, out: &mut Out) {
        let Some(number) = self.by_caller.get(&(node, id)).copied() else { return };
        let Some((kubelet, _)) = self.asked.get(&number).copied() else { return };
        let text = match frame.body.split_first() {
            Some((0, text)) => Some(String::from_utf8_lossy(text).into_owned()),
            Some((&CLOSE, _)) => None,
            _ => return,
        };
        out.send(kubelet, Msg::from(HostMsg::Input { id: number, text }));
    }
}
