//! What the panels of a kubelet and of its node's container runtime tell, and the tools on the node.

use super::actor::Kubelet;
use super::runtime::{Container, Sandbox};
use super::statics::{MANIFESTS, place};
use super::status::image_id;
use super::worker::{Life, Stage, Worker};
use crate::component::{Look, Seen};
use crate::log::Log;
use sim::{NodeId, Time};

/// Rows that a panel has room for.
const ROWS: usize = 30;

impl Seen for Kubelet {
    fn look(&self) -> Look {
        let runtime = if self.runtime.down.is_some() { "not reached" } else { "connected" };
        let look = Look::of(&self.log)
            .with("Node", &self.config.name)
            .with("Address", &self.config.ip)
            .with("Addresses of its pods", format!("{}0/24", self.config.network))
            .with("Container runtime", runtime)
            .with("Pods in its care", self.workers.len());
        self.workers.values().take(ROWS).fold(look, |look, worker| look.with(&place(&worker.pod), at(worker)))
    }

    fn log(&mut self) -> Option<&mut Log> {
        Some(&mut self.log)
    }

    fn on_disk(&mut self, folder: &str, files: &[(String, Vec<u8>)]) {
        if folder == MANIFESTS {
            self.config.manifests = files.iter().cloned().collect();
        } else {
            self.setup.put(folder, files);
        }
    }

    fn looks_after(&self, process: NodeId, now: Time) -> Option<String> {
        self.comes_back(process, now)
    }

    fn answer(&self, words: &[&str], now: Time) -> Option<String> {
        match words {
            ["journal", "kubelet.service"] => Some(self.log.lines().map(|line| format!("{line}\n")).collect()),
            ["cri", question, id] => self.cri(question, id, now),
            _ => None,
        }
    }

    fn keeps(&self, process: NodeId, now: Time) -> Option<Look> {
        (self.config.containerd == Some(process)).then(|| self.runtime_look(now))
    }
}

impl Kubelet {
    fn runtime_look(&self, now: Time) -> Look {
        let all = || self.runtime.sandboxes.values().flat_map(|sandbox| &sandbox.containers);
        let running = all().filter(|one| one.is_running(now)).count();
        let look = Look::default()
            .with("Pod sandboxes", self.runtime.sandboxes.values().filter(|sandbox| sandbox.is_ready).count())
            .with("Containers", format!("{running} running, {} exited", all().count() - running))
            .with("Images", self.runtime.images().count());
        let look = self.runtime.images().take(ROWS).fold(look, |look, image| look.with("Image", image));
        let mut containers: Vec<&Container> = all().collect();
        containers.sort_by_key(|one| std::cmp::Reverse(one.started));
        containers
            .into_iter()
            .take(ROWS)
            .fold(look, |look, one| look.with(&format!("{} {}", one.name, short(&one.id)), state(one, now)))
    }

    /// What containerd answers `crictl`: a line each, its cells apart by tabs.
    fn cri(&self, question: &str, id: &str, now: Time) -> Option<String> {
        let all = || self.runtime.sandboxes.iter();
        let line = |cells: &[&str]| format!("{}\n", cells.join("\t"));
        Some(match question {
            "containers" => {
                let each = |(uid, sandbox): (&String, &Sandbox)| {
                    let row = |one: &Container| {
                        let state = if one.is_running(now) { "Running" } else { "Exited" };
                        let (started, attempt) = (one.started.0.to_string(), one.attempt.to_string());
                        let (namespace, pod) = &sandbox.pod;
                        let uid = uid.replace('-', "");
                        let cells = [&one.id, &one.image, &started, state, &one.name, &attempt, &uid, pod, namespace];
                        (one.started, line(&cells))
                    };
                    sandbox.containers.iter().map(row).collect::<Vec<_>>()
                };
                let mut rows: Vec<(Time, String)> = all().flat_map(each).collect();
                rows.sort_by_key(|(started, _)| std::cmp::Reverse(*started));
                rows.into_iter().map(|(_, line)| line).collect()
            }
            "sandboxes" => {
                let row = |(uid, sandbox): (&String, &Sandbox)| {
                    let state = if sandbox.is_ready { "Ready" } else { "NotReady" };
                    let (namespace, pod) = &sandbox.pod;
                    line(&[&uid.replace('-', ""), &sandbox.made.0.to_string(), state, pod, namespace, "0"])
                };
                all().map(row).collect()
            }
            "images" => {
                let row = |image: &String| {
                    let (folder, last) = image.rsplit_once('/').map_or(("", image.as_str()), |(a, b)| (a, b));
                    let (name, tag) = last.split_once(':').unwrap_or((last, "latest"));
                    let name = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
                    line(&[&name, tag, image_id(image).trim_start_matches("sha256:"), "62.7MB"])
                };
                self.runtime.images().map(row).collect()
            }
            _ => {
                let mut found = all().flat_map(|(_, sandbox)| &sandbox.containers);
                match found.find(|one| !id.is_empty() && one.id.starts_with(id)) {
                    Some(one) => one.log(now).into_iter().map(|(_, line)| format!("{line}\n")).collect(),
                    None => {
                        let why = format!("an error occurred when try to find container {id:?}: not found");
                        format!("!FATA[0000] rpc error: code = NotFound desc = {why}")
                    }
                }
            }
        })
    }
}

/// What a pod's worker is at.
fn at(worker: &Worker) -> String {
    let stage = match &worker.stage {
        Stage::Reading(_) => "reads what its volumes and variables take",
        Stage::Volumes(_) => "waits for its volumes",
        Stage::Pulling(name, _) => return format!("pulls the image of {name}"),
        Stage::Stopping => "waits until its containers have ended",
        Stage::Idle => match worker.life {
            Life::Wanted => "is looked after",
            Life::Unwanted => "is about to end",
            Life::Stopped | Life::Over => "has ended",
        },
    };
    match worker.reasons.iter().next() {
        Some((name, (reason, _))) => format!("{stage}; {name}: {reason}"),
        None => stage.to_owned(),
    }
}

/// The first digits of an id, as `crictl` shows it.
fn short(id: &str) -> &str {
    id.get(..13).unwrap_or(id)
}

fn state(container: &Container, now: Time) -> String {
    let attempt = match container.attempt {
        0 => String::new(),
        attempt => format!(", attempt {attempt}"),
    };
    match container.exit(now) {
        None => format!("running{attempt}"),
        Some((_, code)) => format!("exited with {code}{attempt}"),
    }
}
