//! Probes: asking the containers how they are (`pkg/kubelet/prober`).

use super::actor::Kubelet;
use super::sync::field_path;
use super::worker::{Life, Probe};
use crate::client::{Out, Said};
use serde_json::Value;
use sim::{Micros, Time};

impl Kubelet {
    /// A container was started: its probes begin anew.
    pub(super) fn watch_over(&mut self, now: Time, uid: &str, name: &str, spec: &Value) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        for which in ["startupProbe", "livenessProbe", "readinessProbe"] {
            worker.probes.remove(&(name.to_owned(), which));
            let Some(probe) = spec.get(which).filter(|probe| !probe.is_null()) else { continue };
            let delay = probe["initialDelaySeconds"].as_u64().unwrap_or(0);
            // The first look comes with the delay, the next ones with the period.
            let first = if delay == 0 { Micros::millis(100) } else { Micros::secs(delay.max(1)) };
            let probe = Probe { next: now + first, ..Default::default() };
            worker.probes.insert((name.to_owned(), which), probe);
        }
    }

    /// Asks the containers whose probes are due how they are (one look each).
    pub(super) fn probe(&mut self, now: Time, out: &mut Out) {
        let mut due = Vec::new();
        for (uid, worker) in self.workers.iter().filter(|(_, worker)| worker.life == Life::Wanted) {
            due.extend(
                worker.probes.iter().filter(|(_, probe)| probe.next <= now).map(|(key, _)| (uid.clone(), key.clone())),
            );
        }
        for (uid, (name, which)) in due {
            self.ask(now, &uid, &name, which, out);
        }
    }

    fn ask(&mut self, now: Time, uid: &str, name: &str, which: &'static str, out: &mut Out) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let Some(spec) = worker.container(name).cloned() else { return };
        let is_running =
            self.runtime.sandbox(uid).and_then(|one| one.last(name)).is_some_and(|last| last.is_running(now));
        let setting = |field: &str, other: i64| spec[which][field].as_i64().unwrap_or(other).max(1);
        let starts = which != "startupProbe"
            && worker.probes.get(&(name.to_owned(), "startupProbe")).is_some_and(|probe| probe.verdict != Some(true));
        let (pod, at) = (worker.pod.clone(), field_path(&worker.pod, name));
        let Some(probe) = worker.probes.get_mut(&(name.to_owned(), which)) else { return };
        probe.next = now + Micros::secs(setting("periodSeconds", 10).unsigned_abs());
        if !is_running || starts || (which == "startupProbe" && probe.verdict == Some(true)) {
            return;
        }
        let before = probe.verdict;
        match outcome(&spec, &spec[which]) {
            Ok(()) => {
                (probe.passed, probe.failed) = (probe.passed + 1, 0);
                if probe.passed >= setting("successThreshold", 1) {
                    probe.verdict = Some(true);
                }
            }
            Err(why) => {
                (probe.passed, probe.failed) = (0, probe.failed + 1);
                let sort = match which {
                    "readinessProbe" => "Readiness",
                    "livenessProbe" => "Liveness",
                    _ => "Startup",
                };
                let is_over = probe.failed >= setting("failureThreshold", 3);
                if is_over {
                    probe.verdict = Some(false);
                }
                let said = Said::warning(&pod, "", "Unhealthy", format!("{sort} probe failed: {why}"));
                self.client.tell(now, said.at(at.clone()), out);
                if is_over && which != "readinessProbe" {
                    let sort = sort.to_lowercase();
                    let message = format!("Container {name} failed {sort} probe, will be restarted");
                    self.client.tell(now, Said::normal(&pod, "", "Killing", message).at(at), out);
                    let grace = pod.number("/spec/terminationGracePeriodSeconds").unwrap_or(30);
                    self.stop_containers(now, uid, Some(name), Micros::secs(grace.max(0).unsigned_abs()), out);
                }
            }
        }
        let has_changed =
            self.workers.get(uid).and_then(|one| one.probes.get(&(name.to_owned(), which))).map(|one| one.verdict)
                != Some(before);
        if has_changed {
            self.tell(now, uid, out);
        }
    }
}

/// What a probe finds: web servers answer at `/`, and commands do as [`super::process`] does them.
fn outcome(spec: &Value, probe: &Value) -> Result<(), String> {
    if let Some(get) = probe.get("httpGet") {
        let path = get["path"].as_str().unwrap_or("/");
        let is_there = ["/", "/healthz", "/livez", "/readyz", "/health", "/ready", "/index.html"].contains(&path);
        return if is_there { Ok(()) } else { Err("HTTP probe failed with statuscode: 404".into()) };
    }
    if let Some(exec) = probe.get("exec") {
        let argv: Vec<&str> = exec["command"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let script = super::process::script(spec["image"].as_str().unwrap_or_default(), &argv);
        return match script.end {
            Some((_, 0)) => Ok(()),
            _ => Err(script.printed(Micros::secs(1)).into_iter().map(|(_, line)| line).collect::<Vec<_>>().join("\n")),
        };
    }
    Ok(())
}
