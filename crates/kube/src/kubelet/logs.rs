//! Answers what containers have printed (`pkg/kubelet/kubelet_pods.go`, `GetKubeletContainerLogs`;
//! `pkg/kubelet/kuberuntime/logs`). The API server asks with the client's request, whose body is a `PodLogOptions`.

use super::actor::Kubelet;
use super::runtime::Container;
use crate::Clock;
use crate::Msg;
use crate::api::{EventKind, Object, Reason, Request, Status};
use crate::client::Out;
use serde_json::Value;
use sim::{Micros, NodeId, Time};

/// Somebody who is told what is printed as it is.
#[derive(Clone, Debug)]
pub(super) struct Follower {
    client: NodeId,
    id: u64,
    uid: String,
    /// The container that is followed; another attempt of it is another one.
    container: String,
    timestamps: bool,
    told_until: Time,
}

impl Kubelet {
    /// Answers a question for a log, or begins to.
    pub(super) fn log_asked(&mut self, now: Time, client: NodeId, id: u64, request: &Request, out: &mut Out) {
        let options = request.body.clone().unwrap_or_else(|| Value::Null.into());
        match self.find_container(now, request, &options) {
            Err(message) => {
                let result = Err(Status::new(Reason::BadRequest, message));
                out.send(client, Msg::Answer { id, result });
            }
            Ok((uid, container)) => {
                let lines = selected(&container.log(now), &options, self.client.clock(), now);
                let text = written(&lines, &options, self.client.clock());
                if !options.flag("/follow") {
                    out.send(client, Msg::Answer { id, result: Ok(Value::String(text).into()) });
                    return;
                }
                if !text.is_empty() {
                    tell(client, id, text, out);
                }
                self.followers.push(Follower {
                    client,
                    id,
                    uid,
                    container: container.id,
                    timestamps: options.flag("/timestamps"),
                    told_until: now,
                });
            }
        }
    }

    /// The container whose log is meant, or why there is none.
    fn find_container(&self, now: Time, request: &Request, options: &Object) -> Result<(String, Container), String> {
        let name = options.text("/container");
        let (pod, namespace) = (request.name.as_ref(), request.namespace.as_ref());
        let is_it = |worker: &super::worker::Worker| worker.pod.name() == pod && worker.pod.namespace() == namespace;
        let Some((uid, worker)) = self.workers.iter().find(|(_, worker)| is_it(worker)) else {
            return Err(format!("pod \"{pod}\" not found"));
        };
        let sandbox = self.runtime.sandbox(uid);
        let last = sandbox.and_then(|sandbox| sandbox.last(name));
        let reason = worker.reasons.get(name).map(|(reason, _)| reason.as_str());
        if options.flag("/previous") {
            // While the last one waits to be started again, it is itself the previous one.
            let waits = last.is_some_and(|last| !last.is_running(now)) && reason.is_some();
            let previous = if waits { last } else { sandbox.and_then(|sandbox| sandbox.before_last(name)) };
            let missing = || format!("previous terminated container \"{name}\" in pod \"{pod}\" not found");
            return previous.cloned().map(|previous| (uid.clone(), previous)).ok_or_else(missing);
        }
        if let Some(last) = last {
            return Ok((uid.clone(), last.clone()));
        }
        let has_init = !worker.pod.list("/spec/initContainers").is_empty();
        let why = match reason {
            Some("ErrImagePull") => "image can't be pulled",
            Some("ImagePullBackOff") => "trying and failing to pull image",
            Some(reason) => reason,
            None if has_init => "PodInitializing",
            None => "ContainerCreating",
        };
        Err(format!("container \"{name}\" in pod \"{pod}\" is waiting to start: {why}"))
    }

    /// Tells followers what is new, and that it is over when it is.
    pub(super) fn follow(&mut self, now: Time, out: &mut Out) {
        let clock = self.client.clock();
        let runtime = &self.runtime;
        self.followers.retain_mut(|follower| {
            let sandbox = runtime.sandbox(&follower.uid);
            let container = sandbox.and_then(|one| one.containers.iter().find(|one| one.id == follower.container));
            let Some(container) = container else {
                out.send(follower.client, Msg::End { id: follower.id });
                return false;
            };
            let mut lines = container.log(now);
            lines.retain(|(at, _)| *at > follower.told_until);
            follower.told_until = now;
            if !lines.is_empty() {
                let text = lines.iter().map(|(at, line)| line_of(*at, line, follower.timestamps, clock)).collect();
                tell(follower.client, follower.id, text, out);
            }
            let goes_on = container.is_running(now);
            if !goes_on {
                out.send(follower.client, Msg::End { id: follower.id });
            }
            goes_on
        });
    }

    /// When a follower has to be told something next.
    pub(super) fn follow_wakeup(&self) -> Option<Time> {
        let next = |follower: &Follower| {
            let sandbox = self.runtime.sandbox(&follower.uid)?;
            let container = sandbox.containers.iter().find(|one| one.id == follower.container)?;
            container.next_line(follower.told_until).into_iter().chain(container.end()).min()
        };
        self.followers.iter().filter_map(next).min()
    }

    /// A follower has gone.
    pub(super) fn log_cancelled(&mut self, client: NodeId, id: u64) {
        self.followers.retain(|follower| (follower.client, follower.id) != (client, id));
    }
}

fn tell(client: NodeId, id: u64, text: String, out: &mut Out) {
    out.send(client, Msg::Event { id, kind: EventKind::Added, object: Value::String(text).into() });
}

fn line_of(at: Time, line: &str, timestamps: bool, clock: Clock) -> String {
    match timestamps {
        // Nanoseconds, of which the last three are always the same.
        true => format!("{}000Z {line}\n", clock.micros(at).trim_end_matches('Z')),
        false => format!("{line}\n"),
    }
}

/// The lines that the options leave.
fn selected(log: &[(Time, String)], options: &Object, clock: Clock, now: Time) -> Vec<(Time, String)> {
    let seconds =
        options.number("/sinceSeconds").map(|seconds| now.before(Micros::secs(seconds.max(0).unsigned_abs())));
    let since = seconds.or_else(|| clock.time_of(options.text("/sinceTime"))).unwrap_or(Time::ZERO);
    let mut lines: Vec<_> = log.iter().filter(|(at, _)| *at >= since).cloned().collect();
    if let Some(count) = options.number("/tailLines").and_then(|count| usize::try_from(count).ok()) {
        lines.drain(..lines.len().saturating_sub(count));
    }
    lines
}

fn written(lines: &[(Time, String)], options: &Object, clock: Clock) -> String {
    let stamps = options.flag("/timestamps");
    let mut text: String = lines.iter().map(|(at, line)| line_of(*at, line, stamps, clock)).collect();
    if let Some(limit) = options.number("/limitBytes").and_then(|limit| usize::try_from(limit).ok())
        && limit < text.len()
    {
        let end = (0..=limit).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
    }
    text
}
