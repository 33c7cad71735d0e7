//! Probes: asking the containers how they are (`pkg/kubelet/prober`).

use super::actor::Kubelet;
use super::host::Probing;
use super::sync::field_path;
use super::worker::{Life, Probe};
use crate::api::Object;
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
        let pod = worker.pod.clone();
        let Some(probe) = worker.probes.get_mut(&(name.to_owned(), which)) else { return };
        probe.next = now + Micros::secs(setting("periodSeconds", 10).unsigned_abs());
        if !is_running || starts || (which == "startupProbe" && probe.verdict == Some(true)) {
            return;
        }
        let (command, port) = match question(&spec, &spec[which], &pod) {
            Question::Nothing => return self.judge(now, uid, name, which, Ok(()), out),
            Question::Command(command) => (command, None),
            Question::Port(port, request) => (vec![request], Some(port)),
        };
        let probing = Probing { uid: uid.to_owned(), name: name.to_owned(), which, printed: String::new() };
        if !self.run_probe(probing, command.clone(), port, out) {
            let found = imitated(&spec, &spec[which], &command, self.config.host.is_some());
            self.judge(now, uid, name, which, found, out);
        }
    }

    /// The host has done what a probe asked for.
    pub(super) fn probed(&mut self, now: Time, probing: &Probing, ending: &Result<i64, String>, out: &mut Out) {
        let (uid, name, which) = (&probing.uid, &probing.name, probing.which);
        let ip = self.runtime.sandbox(uid).map(|sandbox| sandbox.ip.clone()).unwrap_or_default();
        let Some(worker) = self.workers.get(uid) else { return };
        let Some(spec) = worker.container(name) else { return };
        let ip = if ip.is_empty() { self.config.ip.clone() } else { ip };
        let found = finding(spec, &spec[which], &ip, &probing.printed, ending);
        self.judge(now, uid, name, which, found, out);
    }

    /// Counts what a probe has found, and does what follows from it.
    fn judge(
        &mut self,
        now: Time,
        uid: &str,
        name: &str,
        which: &'static str,
        found: Result<(), String>,
        out: &mut Out,
    ) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let Some(spec) = worker.container(name).cloned() else { return };
        let setting = |field: &str, other: i64| spec[which][field].as_i64().unwrap_or(other).max(1);
        let (pod, at) = (worker.pod.clone(), field_path(&worker.pod, name));
        let Some(probe) = worker.probes.get_mut(&(name.to_owned(), which)) else { return };
        let before = probe.verdict;
        match found {
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
                    // The container that is to be ended is not asked again; that in its place begins anew.
                    probe.next = now + Micros::secs(u64::from(u32::MAX));
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

/// What a probe has done.
enum Question {
    /// Whom it asks nobody here can play: they are well.
    Nothing,
    Command(Vec<String>),
    /// A request to a port of the pod.
    Port(u16, String),
}

fn question(spec: &Value, probe: &Value, pod: &Object) -> Question {
    if probe["exec"].is_object() {
        let words = probe["exec"]["command"].as_array().into_iter().flatten();
        return Question::Command(words.filter_map(|word| word.as_str().map(str::to_owned)).collect());
    }
    // Whoever shares the node's network is asked by its own ways.
    let on_host = pod.pointer("/spec/hostNetwork") == Some(&Value::Bool(true));
    let (Some(port), false) = (port(spec, probe), on_host) else { return Question::Nothing };
    if !crate::host::serves(spec["image"].as_str().unwrap_or_default()) {
        return Question::Nothing;
    }
    let path = probe["httpGet"]["path"].as_str().unwrap_or("/");
    Question::Port(port, format!("GET {path} HTTP/1.1\r\nHost: pod\r\nUser-Agent: kube-probe/1.36\r\n\r\n"))
}

/// The port that a probe asks, by number or by the name that the container gives it.
fn port(spec: &Value, probe: &Value) -> Option<u16> {
    let port = ["httpGet", "tcpSocket"].iter().find_map(|sort| probe[*sort].get("port"))?;
    let named = || spec["ports"].as_array()?.iter().find(|one| one["name"] == *port)?["containerPort"].as_u64();
    u16::try_from(port.as_u64().or_else(named)?).ok()
}

/// What a probe makes of what its host has told.
fn finding(spec: &Value, probe: &Value, ip: &str, printed: &str, ending: &Result<i64, String>) -> Result<(), String> {
    if probe["exec"].is_object() {
        return match ending {
            Ok(0) => Ok(()),
            Ok(_) => Err(printed.trim_end().to_owned()),
            Err(why) => Err(why.clone()),
        };
    }
    let port = port(spec, probe).unwrap_or_default();
    let is_http = probe["httpGet"].is_object();
    if ending.is_err() {
        let refused = format!("dial tcp {ip}:{port}: connect: connection refused");
        let path = probe["httpGet"]["path"].as_str().unwrap_or("/");
        return Err(if is_http { format!("Get \"http://{ip}:{port}{path}\": {refused}") } else { refused });
    }
    match printed.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok()) {
        _ if !is_http => Ok(()),
        Some(200..400) => Ok(()),
        Some(status) => Err(format!("HTTP probe failed with statuscode: {status}")),
        None => Err(format!("Get \"http://{ip}:{port}/\": EOF")),
    }
}

/// What a command would find where no host runs it. Where one does, the command before it has taken too long.
fn imitated(spec: &Value, probe: &Value, command: &[String], has_host: bool) -> Result<(), String> {
    if has_host {
        let seconds = probe["timeoutSeconds"].as_u64().unwrap_or(1).max(1);
        return Err(format!("command timed out: {:?} timed out after {seconds}s", command.join(" ")));
    }
    if !probe["exec"].is_object() {
        return Ok(());
    }
    let argv: Vec<&str> = command.iter().map(String::as_str).collect();
    let script = super::process::script(spec["image"].as_str().unwrap_or_default(), &argv);
    match script.end {
        Some((_, 0)) => Ok(()),
        _ => Err(script.printed(Micros::secs(1)).into_iter().map(|(_, line)| line).collect::<Vec<_>>().join("\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(probe: Value, printed: &str, ending: Result<i64, &str>, expected: Result<(), &str>) {
        let spec = json!({ "image": "nginx", "ports": [{ "name": "web", "containerPort": 80 }] });
        let ending = ending.map_err(str::to_owned);
        let found = finding(&spec, &probe, "10.244.1.3", printed, &ending);
        assert_eq!(found, expected.map_err(str::to_owned), "{probe}");
    }

    #[test]
    fn a_probe_says_what_it_found_in_the_kubelets_words() {
        let http = |port: Value| json!({ "httpGet": { "path": "/alive", "port": port } });
        check(json!({ "exec": {} }), "", Ok(0), Ok(()));
        check(json!({ "exec": {} }), "cat: no such file\n", Ok(1), Err("cat: no such file"));
        check(http(json!(80)), "HTTP/1.1 204 \r\n\r\n", Ok(0), Ok(()));
        check(http(json!(80)), "HTTP/1.1 404 \r\n\r\n", Ok(0), Err("HTTP probe failed with statuscode: 404"));
        let refused = "Get \"http://10.244.1.3:80/alive\": dial tcp 10.244.1.3:80: connect: connection refused";
        check(http(json!("web")), "", Err("connection refused"), Err(refused));
        let refused = "dial tcp 10.244.1.3:6379: connect: connection refused";
        check(json!({ "tcpSocket": { "port": 6379 } }), "", Err("connection refused"), Err(refused));
        check(json!({ "tcpSocket": { "port": 6379 } }), "", Ok(0), Ok(()));
    }

    #[test]
    fn only_who_is_known_to_serve_is_asked() {
        let asks = |image: &str, network: bool| {
            let pod: Object = json!({ "spec": { "hostNetwork": network } }).into();
            let (spec, probe) = (json!({ "image": image }), json!({ "httpGet": { "port": 80 } }));
            matches!(question(&spec, &probe, &pod), Question::Port(80, _))
        };
        assert!(asks("nginx:1.29", false));
        assert!(!asks("nginx:1.29", true), "on the node's network");
        assert!(!asks("registry.example/ledger:7", false), "what is in there nobody knows");
    }
}
