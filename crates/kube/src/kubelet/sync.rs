//! Brings a pod to what it shall be (`pkg/kubelet/kubelet.go`, `SyncPod`, `SyncTerminatingPod`, `SyncTerminatedPod`;
//! `pkg/kubelet/kuberuntime/kuberuntime_manager.go`).

use super::actor::Kubelet;
use super::config;
use super::runtime::{Program, Pull};
use super::statics::place;
use super::worker::{Life, Stage, Worker};
use crate::client::{Out, Said};
use serde_json::Value;
use sim::{Micros, Time};

/// How long it takes until the volumes are there: they are looked for that often.
const VOLUMES: Micros = Micros::millis(300);
/// A pod that could not be brought to what it shall be is looked at again after so long, and up to half as much again.
const AGAIN: Micros = Micros::secs(10);

/// A volume that could not be mounted is tried again after half a second, then after twice as long each time, two minutes
/// and two seconds at most.
const MOUNT_AGAIN: u64 = 500_000;
const MOUNT_LONGEST: u64 = 122_000_000;

/// What is to be done next for a pod.
enum Next {
    /// Start this container.
    Start(String),
    /// Everything is as it shall be, or waits for a container to end.
    Nothing,
    /// All containers have ended for good.
    Done,
}

impl Kubelet {
    /// Lets every worker do what it can do now.
    pub(super) fn advance(&mut self, now: Time, out: &mut Out) {
        let ready = |worker: &Worker| match &worker.stage {
            Stage::Idle => {
                let is_due = worker.pending || worker.retry_at.is_some_and(|at| at <= now);
                worker.life != Life::Over && is_due && worker.free_at(self.relist) <= now
            }
            Stage::Reading(_) => false,
            Stage::Volumes(until) => *until <= now,
            Stage::Pulling(_, pull) => pull.until <= now,
            Stage::Stopping => true,
        };
        let due: Vec<String> = self.workers.iter().filter(|(_, one)| ready(one)).map(|(uid, _)| uid.clone()).collect();
        for uid in due {
            let cause = self.workers.get(&uid).map(|worker| worker.cause).unwrap_or_default();
            out.with_cause(cause, |out| self.step(now, &uid, out));
        }
    }

    fn step(&mut self, now: Time, uid: &str, out: &mut Out) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        match (worker.stage.clone(), worker.life) {
            (Stage::Idle, Life::Wanted) => {
                (worker.pending, worker.retry_at) = (false, None);
                self.begin(now, uid, out);
            }
            (Stage::Idle, Life::Unwanted) => {
                (worker.pending, worker.retry_at) = (false, None);
                self.stop(now, uid, out);
            }
            (Stage::Idle, _) => self.finish(now, uid, out),
            (Stage::Reading(_), _) => {}
            (Stage::Volumes(_), _) => {
                worker.stage = Stage::Idle;
                self.network(now, uid, out);
            }
            (Stage::Pulling(name, pull), _) => {
                worker.stage = Stage::Idle;
                self.pulled(now, uid, &name, &pull, out);
            }
            (Stage::Stopping, _) => self.stopping(now, uid, out),
        }
    }

    fn begin(&mut self, now: Time, uid: &str, out: &mut Out) {
        self.tell(now, uid, out);
        if let Some(limit) = self.workers.get(uid).and_then(|worker| worker.pod.number("/spec/activeDeadlineSeconds")) {
            self.deadline(now, uid, limit);
        }
        if !self.read_config(now, uid, out) {
            self.has_read(now, uid, out);
        }
    }

    /// What the pod takes from elsewhere is known: its volumes are mounted, or its containers looked at.
    pub(super) fn has_read(&mut self, now: Time, uid: &str, out: &mut Out) {
        if self.runtime.sandbox(uid).is_some() {
            return self.containers(now, uid, out);
        }
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let errors = config::volume_errors(&worker.read, &worker.pod);
        if errors.is_empty() {
            (worker.stage, worker.unmounted) = (Stage::Volumes(now + VOLUMES), 0);
            return;
        }
        let pod = worker.pod.clone();
        worker.synced = Some(now);
        worker.retry_at = Some(now + Micros((MOUNT_AGAIN << worker.unmounted.min(8)).min(MOUNT_LONGEST)));
        worker.unmounted += 1;
        for message in errors {
            self.client.tell(now, Said::warning(&pod, "", "FailedMount", message), out);
        }
    }

    /// A pod that runs longer than it may fails.
    fn deadline(&mut self, now: Time, uid: &str, limit: i64) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let until = worker.started + Micros::secs(limit.max(0).unsigned_abs());
        if until <= now {
            let message = "Pod was active on the node longer than the specified deadline";
            worker.grace = worker.pod.number("/spec/terminationGracePeriodSeconds").unwrap_or(30);
            worker.verdict = Some(("DeadlineExceeded".into(), message.into()));
            (worker.life, worker.pending) = (Life::Unwanted, true);
        } else {
            worker.retry_at = Some(worker.retry_at.map_or(until, |at| at.min(until)));
        }
    }

    /// The volumes are there: the pod gets its network.
    fn network(&mut self, now: Time, uid: &str, out: &mut Out) {
        let Some(worker) = self.workers.get(uid) else { return };
        let on_host = worker.pod.flag("/spec/hostNetwork");
        let pod = worker.pod.clone();
        self.runtime.run_sandbox(now, &pod, on_host);
        self.tell(now, uid, out);
        self.containers(now, uid, out);
    }

    /// Starts the containers that shall run, one after the other.
    fn containers(&mut self, now: Time, uid: &str, out: &mut Out) {
        if let Some(worker) = self.workers.get_mut(uid) {
            worker.waiting.clear();
        }
        self.go_on(now, uid, out);
    }

    /// A container has to wait, at least so long.
    fn wait(&mut self, uid: &str, name: &str, pause: Option<Micros>) {
        if let Some(worker) = self.workers.get_mut(uid) {
            worker.waiting.insert(name.to_owned(), pause);
        }
    }

    fn go_on(&mut self, now: Time, uid: &str, out: &mut Out) {
        loop {
            match self.next(now, uid) {
                Next::Nothing => break,
                Next::Done => {
                    if let Some(worker) = self.workers.get_mut(uid) {
                        (worker.life, worker.pending) = (Life::Unwanted, true);
                    }
                    break;
                }
                Next::Start(name) => match self.start_container(now, uid, &name, out) {
                    Started::Pulls => return,
                    Started::Waits(pause) => self.wait(uid, &name, pause),
                    Started::Runs => {}
                },
            }
        }
        let chance = out.random();
        let Some(worker) = self.workers.get_mut(uid) else { return };
        worker.synced = Some(now);
        if !worker.waiting.is_empty() {
            let pause = worker.waiting.values().flatten().max().copied().unwrap_or(AGAIN);
            worker.retry_at = Some(now + pause + Micros(chance % (pause.0 / 2)));
        }
    }

    fn next(&self, now: Time, uid: &str) -> Next {
        let (Some(worker), Some(sandbox)) = (self.workers.get(uid), self.runtime.sandbox(uid)) else {
            return Next::Nothing;
        };
        if worker.life != Life::Wanted {
            return Next::Nothing;
        }
        let policy = worker.restarts();
        // What shall look into the pod begins before anything else, and once.
        for spec in worker.pod.list("/spec/ephemeralContainers") {
            let name = spec["name"].as_str().unwrap_or_default();
            if sandbox.last(name).is_none() && !worker.waiting.contains_key(name) {
                return Next::Start(name.into());
            }
        }
        for spec in worker.pod.list("/spec/initContainers") {
            let name = spec["name"].as_str().unwrap_or_default();
            let is_sidecar = spec["restartPolicy"] == "Always";
            let exit = sandbox.last(name).map(|last| last.exit(now));
            match exit {
                Some(Some((_, 0))) if !is_sidecar => {}
                Some(None) if is_sidecar => {}
                Some(None) => return Next::Nothing,
                Some(Some(_)) if policy == "Never" && !is_sidecar => return Next::Done,
                _ if worker.waiting.contains_key(name) => return Next::Nothing,
                _ => return Next::Start(name.into()),
            }
        }
        let mut is_done = true;
        for spec in worker.pod.list("/spec/containers") {
            let name = spec["name"].as_str().unwrap_or_default();
            let restarts = match sandbox.last(name).map(|last| (last, last.exit(now))) {
                None => true,
                // Another image takes the place of a running container.
                Some((last, None)) if Some(last.image.as_str()) != spec["image"].as_str() => true,
                Some((_, None)) => {
                    is_done = false;
                    continue;
                }
                Some((_, Some((_, code)))) => policy == "Always" || (policy == "OnFailure" && code != 0),
            };
            is_done &= !restarts;
            if restarts && !worker.waiting.contains_key(name) {
                return Next::Start(name.into());
            }
        }
        if is_done { Next::Done } else { Next::Nothing }
    }

    fn start_container(&mut self, now: Time, uid: &str, name: &str, out: &mut Out) -> Started {
        let Some(worker) = self.workers.get_mut(uid) else { return Started::Runs };
        let Some(spec) = worker.container(name).cloned() else { return Started::Runs };
        let image = spec["image"].as_str().unwrap_or_default().to_owned();
        let pod = worker.pod.clone();
        let at = field_path(&pod, name);
        let last = self.runtime.sandbox(uid).and_then(|sandbox| sandbox.last(name)).cloned();
        if let Some(last) = &last {
            match last.exit(now) {
                None => {
                    let message = format!("Container {name} definition changed, will be restarted");
                    self.client.tell(now, Said::normal(&pod, "", "Killing", message).at(at.clone()), out);
                    self.stop_containers(now, uid, Some(name), Micros::ZERO, out);
                }
                Some((ended, _)) => {
                    let key = format!("{uid}/{name}");
                    if let Some(pause) = self.backoff.holds(&key, ended, now) {
                        let who = format!("{}_{}({uid})", pod.name(), pod.namespace());
                        let message = format!("Back-off restarting failed container {name} in pod {who}");
                        self.client.tell(now, Said::warning(&pod, "", "BackOff", message).at(at), out);
                        let message = format!("back-off {} restarting failed container={name} pod={who}", span(pause));
                        let why =
                            format!("failed to \"StartContainer\" for \"{name}\" with CrashLoopBackOff: \"{message}\"");
                        let text = format!("\"Error syncing pod, skipping\" err={why:?} pod=\"{}\"", place(&pod));
                        self.log.error(now, "pod_workers.go:1324", &text);
                        if let Some(worker) = self.workers.get_mut(uid) {
                            worker.reasons.insert(name.into(), ("CrashLoopBackOff".into(), message));
                        }
                        return Started::Waits(Some(pause));
                    }
                    self.backoff.lengthen(&key, now);
                }
            }
        }
        let policy = spec["imagePullPolicy"].as_str().unwrap_or("Always");
        if policy == "Always" || (policy == "IfNotPresent" && !self.runtime.has_image(&image)) {
            return self.pull(now, uid, name, &image, out);
        }
        if policy == "Never" && !self.runtime.has_image(&image) {
            let message = format!("Container image \"{image}\" is not present with pull policy of Never");
            self.client.tell(now, Said::warning(&pod, "", "ErrImageNeverPull", message.as_str()).at(at.clone()), out);
            self.client.tell(now, Said::warning(&pod, "", "Failed", "Error: ErrImageNeverPull").at(at), out);
            if let Some(worker) = self.workers.get_mut(uid) {
                worker.reasons.insert(name.into(), ("ErrImageNeverPull".into(), message));
            }
            return Started::Waits(None);
        }
        let message = format!("Container image \"{image}\" already present on machine and can be accessed by the pod");
        self.client.tell(now, Said::normal(&pod, "", "Pulled", message).at(at), out);
        if self.run_container(now, uid, name, out) { Started::Runs } else { Started::Waits(None) }
    }

    fn pull(&mut self, now: Time, uid: &str, name: &str, image: &str, out: &mut Out) -> Started {
        let Some(worker) = self.workers.get_mut(uid) else { return Started::Runs };
        let (pod, at) = (worker.pod.clone(), field_path(&worker.pod, name));
        if self.backoff.holds_still(&format!("{uid}_{image}"), now).is_some() {
            let message = format!("Back-off pulling image \"{image}\"");
            self.client.tell(now, Said::normal(&pod, "", "BackOff", message.as_str()).at(at.clone()), out);
            self.client.tell(now, Said::warning(&pod, "", "Failed", "Error: ImagePullBackOff").at(at), out);
            let why = format!("{message}: ErrImagePull: {}", refusal(image));
            worker.reasons.insert(name.into(), ("ImagePullBackOff".into(), why));
            return Started::Waits(None);
        }
        let message = format!("Pulling image \"{image}\"");
        self.client.tell(now, Said::normal(&pod, "", "Pulling", message).at(at), out);
        let pull = self.runtime.pull(now, image);
        worker.stage = Stage::Pulling(name.to_owned(), pull);
        Started::Pulls
    }

    fn pulled(&mut self, now: Time, uid: &str, name: &str, pull: &Pull, out: &mut Out) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let (pod, at) = (worker.pod.clone(), field_path(&worker.pod, name));
        let image = worker.container(name).and_then(|spec| spec["image"].as_str()).unwrap_or_default().to_owned();
        if pull.is_good {
            let (took, waited) = (span(pull.until - pull.began), span(pull.until - pull.asked));
            let message = format!(
                "Successfully pulled image \"{image}\" in {took} ({waited} including waiting). Image size: 62706233 bytes."
            );
            self.client.tell(now, Said::normal(&pod, "", "Pulled", message).at(at), out);
            if !self.run_container(now, uid, name, out) {
                self.wait(uid, name, None);
            }
            return self.go_on(now, uid, out);
        }
        let why = refusal(&image);
        self.backoff.lengthen(&format!("{uid}_{image}"), now);
        let message = format!("Failed to pull image \"{image}\": {why}");
        self.log.error(
            now,
            "log.go:32",
            &format!("\"PullImage from image service failed\" err={why:?} image={image:?}"),
        );
        self.client.tell(now, Said::warning(&pod, "", "Failed", message).at(at.clone()), out);
        self.client.tell(now, Said::warning(&pod, "", "Failed", "Error: ErrImagePull").at(at), out);
        worker.reasons.insert(name.into(), ("ErrImagePull".into(), why));
        worker.synced = Some(now);
        worker.retry_at = Some(now + AGAIN + Micros(out.random() % (AGAIN.0 / 2)));
    }

    /// Makes a container of an image that is there; says whether it could.
    fn run_container(&mut self, now: Time, uid: &str, name: &str, out: &mut Out) -> bool {
        let Some(worker) = self.workers.get_mut(uid) else { return false };
        let Some(spec) = worker.container(name).cloned() else { return false };
        let (pod, at) = (worker.pod.clone(), field_path(&worker.pod, name));
        if let Some(why) = config::container_error(&worker.read, &pod, &spec) {
            self.client.tell(now, Said::warning(&pod, "", "Failed", format!("Error: {why}")).at(at), out);
            worker.reasons.insert(name.into(), ("CreateContainerConfigError".into(), why));
            return false;
        }
        worker.reasons.remove(name);
        let words =
            |field: &str| spec[field].as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>();
        let argv = [words("command"), words("args")].concat();
        let chance = [out.random(), out.random(), out.random(), out.random()];
        let process = self.process(uid, &argv);
        let program = process.map_or(Program::Imitated(&argv, spec["stdin"] == true), Program::Process);
        self.runtime.start(now, uid, name, spec["image"].as_str().unwrap_or_default(), program, chance);
        if let Some(process) = process {
            self.launch(process, &argv, out);
        }
        self.client.tell(now, Said::normal(&pod, "", "Created", "Container created").at(at.clone()), out);
        self.log.info(
            now,
            "kubelet.go:2569",
            &format!("\"SyncLoop (PLEG): container started\" pod=\"{}\" container={name:?}", place(&pod)),
        );
        self.client.tell(now, Said::normal(&pod, "", "Started", "Container started").at(at), out);
        self.watch_over(now, uid, name, &spec);
        self.tell(now, uid, out);
        true
    }

    fn stop(&mut self, now: Time, uid: &str, out: &mut Out) {
        self.tell(now, uid, out);
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let (pod, grace) = (worker.pod.clone(), worker.grace);
        worker.stage = Stage::Stopping;
        let running: Vec<String> = self.runtime.sandbox(uid).map_or(Vec::new(), |sandbox| {
            sandbox.containers.iter().filter(|one| one.is_running(now)).map(|one| one.name.clone()).collect()
        });
        for name in &running {
            let said = Said::normal(&pod, "", "Killing", format!("Stopping container {name}"));
            self.client.tell(now, said.at(field_path(&pod, name)), out);
        }
        self.stop_containers(now, uid, None, Micros::secs(grace.max(0).unsigned_abs()), out);
        self.stopping(now, uid, out);
    }

    fn stopping(&mut self, now: Time, uid: &str, out: &mut Out) {
        if self.runtime.sandbox(uid).is_some_and(|sandbox| sandbox.runs_something(now)) {
            return;
        }
        self.runtime.stop_sandbox(uid);
        let Some(worker) = self.workers.get_mut(uid) else { return };
        (worker.stage, worker.life) = (Stage::Idle, Life::Stopped);
        (worker.pending, worker.synced) = (true, Some(now));
        self.tell(now, uid, out);
    }
}

enum Started {
    /// The image has to be pulled first.
    Pulls,
    /// It has to wait, at least so long.
    Waits(Option<Micros>),
    Runs,
}

/// What a registry says to a name it does not know.
fn refusal(image: &str) -> String {
    let failed = "rpc error: code = NotFound desc = failed to pull and unpack image";
    format!("{failed} \"{image}\": failed to resolve reference \"{image}\": {image}: not found")
}

/// Where in a pod's spec a container stands.
pub(super) fn field_path(pod: &crate::api::Object, name: &str) -> String {
    let lists = ["initContainers", "ephemeralContainers"];
    let has = |list: &&str| pod.list(&format!("/spec/{list}")).iter().any(|one| one["name"] == name);
    format!("spec.{}{{{name}}}", lists.into_iter().find(has).unwrap_or("containers"))
}

/// A span as Go writes it, to the millisecond: `600ms`, `1.2s`, `2m40s`.
fn span(span: Micros) -> String {
    let millis = span.as_millis();
    if millis < 1_000 {
        return format!("{millis}ms");
    }
    let (minutes, rest) = (millis / 60_000, millis % 60_000);
    let seconds = match rest % 1_000 {
        0 => format!("{}s", rest / 1_000),
        fraction => format!("{}.{}s", rest / 1_000, format!("{fraction:03}").trim_end_matches('0')),
    };
    if minutes == 0 { seconds } else { format!("{minutes}m{seconds}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_written_as_go_writes_them() {
        let written = [600, 1_200, 10_000, 160_000, 1_197].map(|millis| span(Micros::millis(millis)));
        assert_eq!(written, ["600ms", "1.2s", "10s", "2m40s", "1.197s"]);
    }
}
