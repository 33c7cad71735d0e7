//! What the kubelet says of a pod (`pkg/kubelet/kubelet_pods.go`, `generateAPIPodStatus`).

use super::runtime::{Container, Sandbox};
use super::worker::{Life, Worker};
use crate::Clock;
use serde_json::{Map, Value, json};
use sim::Time;

/// What the statuses of a node's pods have in common.
pub(super) struct Place<'a> {
    pub(super) now: Time,
    pub(super) clock: Clock,
    pub(super) node_ip: &'a str,
}

/// The status of a pod as it is.
pub(super) fn status(place: &Place, worker: &Worker, sandbox: Option<&Sandbox>) -> Value {
    let pod = &worker.pod;
    let init = statuses(place, worker, sandbox, "initContainers");
    let main = statuses(place, worker, sandbox, "containers");
    let ephemeral = statuses(place, worker, sandbox, "ephemeralContainers");
    let is_initialized = is_initialized(worker, &init);
    let phase = phase(worker, &init, &main, is_initialized);
    let mut status = json!({});
    if let Some(generation) = pod.number("/metadata/generation") {
        status["observedGeneration"] = generation.into();
    }
    status["phase"] = phase.into();
    status["conditions"] = conditions(place, worker, sandbox, &init, &main, phase, is_initialized);
    if let Some((reason, message)) = &worker.verdict {
        status["message"] = message.as_str().into();
        status["reason"] = reason.as_str().into();
    }
    if let Some(node) = pod.pointer("/status/nominatedNodeName") {
        status["nominatedNodeName"] = node.clone();
    }
    status["hostIP"] = place.node_ip.into();
    status["hostIPs"] = json!([{ "ip": place.node_ip }]);
    // The address is told with the first thing that there is to tell of a container.
    let has_begun = |one: &Value| one["state"].get("waiting").is_none() || one["lastState"] != json!({});
    let has_news = !worker.reasons.is_empty() || init.iter().chain(&main).any(has_begun);
    if let Some(sandbox) = sandbox.filter(|_| has_news) {
        let ip = if sandbox.ip.is_empty() { place.node_ip } else { &sandbox.ip };
        status["podIP"] = ip.into();
        status["podIPs"] = json!([{ "ip": ip }]);
    }
    status["startTime"] =
        pod.pointer("/status/startTime").cloned().unwrap_or_else(|| place.clock.stamp(worker.started).into());
    if !init.is_empty() {
        status["initContainerStatuses"] = init.into();
    }
    status["containerStatuses"] = main.into();
    if !ephemeral.is_empty() {
        status["ephemeralContainerStatuses"] = ephemeral.into();
    }
    status["qosClass"] = quality(pod).into();
    status["resources"] = json!({});
    status
}

/// How a pod is treated when resources are short (`pkg/apis/core/v1/helper/qos`).
pub(super) fn quality(pod: &crate::api::Object) -> &'static str {
    let (mut is_best_effort, mut is_guaranteed) = (true, true);
    for container in pod.list("/spec/containers").iter().chain(pod.list("/spec/initContainers")) {
        let resources = &container["resources"];
        let has = |which: &str| resources[which].as_object().is_some_and(|amounts| !amounts.is_empty());
        is_best_effort &= !has("requests") && !has("limits");
        for name in ["cpu", "memory"] {
            let (limit, request) = (&resources["limits"][name], &resources["requests"][name]);
            is_guaranteed &= !limit.is_null() && (request.is_null() || request == limit);
        }
    }
    match (is_best_effort, is_guaranteed) {
        (true, _) => "BestEffort",
        (_, true) => "Guaranteed",
        _ => "Burstable",
    }
}

fn statuses(place: &Place, worker: &Worker, sandbox: Option<&Sandbox>, list: &str) -> Vec<Value> {
    let pod = &worker.pod;
    let is_ephemeral = list == "ephemeralContainers";
    let has_init = !pod.list("/spec/initContainers").is_empty();
    pod.list(&format!("/spec/{list}"))
        .iter()
        .map(|spec| {
            let name = spec["name"].as_str().unwrap_or_default();
            let (last, before) =
                (sandbox.and_then(|one| one.last(name)), sandbox.and_then(|one| one.before_last(name)));
            let reason = worker.reasons.get(name);
            let mut status = container_status(place, worker, spec, (last, before), reason, has_init && !is_ephemeral);
            if is_ephemeral {
                // Nobody waits for it.
                status["ready"] = false.into();
                if let Some(fields) = status.as_object_mut() {
                    fields.shift_remove("started");
                }
            }
            status
        })
        .collect()
}

fn container_status(
    place: &Place,
    worker: &Worker,
    spec: &Value,
    (last, before): (Option<&Container>, Option<&Container>),
    reason: Option<&(String, String)>,
    has_init: bool,
) -> Value {
    let name = spec["name"].as_str().unwrap_or_default();
    let waits = |reason: &str, message: &str| {
        let mut waiting = json!({ "reason": reason });
        if !message.is_empty() {
            waiting["message"] = message.into();
        }
        json!({ "waiting": waiting })
    };
    let mut status = json!({ "name": name, "state": {}, "lastState": {}, "ready": false, "restartCount": 0 });
    let exit = last.and_then(|last| last.exit(place.now).map(|exit| (last, exit)));
    match (last, exit, reason) {
        (None, _, reason) => {
            let by_default = if has_init { "PodInitializing" } else { "ContainerCreating" };
            let (reason, message) = reason.map_or((by_default, ""), |(reason, message)| (reason, message));
            status["state"] = waits(reason, message);
        }
        (Some(_), Some((last, exit)), Some((reason, message))) => {
            status["state"] = waits(reason, message);
            status["lastState"] = terminated(place, last, exit);
        }
        (Some(last), None, _) => {
            status["state"] = json!({ "running": { "startedAt": place.clock.stamp(last.started) } });
        }
        (Some(_), Some((last, exit)), None) => status["state"] = terminated(place, last, exit),
    }
    if let Some(exit) = before.and_then(|before| before.exit(place.now))
        && status["lastState"] == json!({})
    {
        status["lastState"] = before.map_or(Value::Null, |before| terminated(place, before, exit));
    }
    let is_running = last.is_some() && exit.is_none();
    let is_sidecar = spec["restartPolicy"] == "Always";
    let is_init = has_init && worker.pod.list("/spec/initContainers").iter().any(|one| one["name"] == name);
    let has_started = is_running && probe_says(worker, name, spec, "startupProbe", false);
    let is_ready = match is_init && !is_sidecar {
        true => exit.is_some_and(|(_, (_, code))| code == 0) && reason.is_none(),
        false => has_started && probe_says(worker, name, spec, "readinessProbe", false),
    };
    status["ready"] = is_ready.into();
    status["restartCount"] = last.map_or(0, |last| last.attempt).into();
    let image = spec["image"].as_str().unwrap_or_default();
    status["image"] = match last {
        Some(last) => normalized(&last.image).into(),
        None => image.into(),
    };
    status["imageID"] = last.map_or(String::new(), |last| image_id(&last.image)).into();
    if let Some(last) = last {
        status["containerID"] = format!("containerd://{}", last.id).into();
    }
    status["started"] = if is_init && !is_sidecar { is_running.into() } else { has_started.into() };
    if last.is_some() {
        mounts(spec, &mut status);
    }
    status
}

fn mounts(spec: &Value, status: &mut Value) {
    let asked = spec["resources"].as_object().is_some_and(|resources| !resources.is_empty());
    if let Some(requests) = spec["resources"].get("requests").filter(|_| asked) {
        status["allocatedResources"] = requests.clone();
    }
    status["resources"] = if asked { spec["resources"].clone() } else { json!({}) };
    let mounts: Vec<Value> = spec["volumeMounts"].as_array().into_iter().flatten().map(mount).collect();
    if !mounts.is_empty() {
        status["volumeMounts"] = mounts.into();
    }
}

fn mount(mount: &Value) -> Value {
    let mut told: Map<String, Value> = Map::new();
    for field in ["name", "mountPath", "readOnly"] {
        if let Some(value) = mount.get(field) {
            told.insert(field.into(), value.clone());
        }
    }
    if mount["readOnly"] == true {
        told.insert("recursiveReadOnly".into(), "Disabled".into());
    }
    told.into()
}

fn terminated(place: &Place, container: &Container, (at, code): (Time, i64)) -> Value {
    json!({ "terminated": {
        "exitCode": code, "reason": if code == 0 { "Completed" } else { "Error" },
        "startedAt": place.clock.stamp(container.started), "finishedAt": place.clock.stamp(at),
        "containerID": format!("containerd://{}", container.id),
    } })
}

fn probe_says(worker: &Worker, name: &str, spec: &Value, which: &'static str, before: bool) -> bool {
    if spec.get(which).is_none_or(Value::is_null) {
        return true;
    }
    worker.probes.get(&(name.to_owned(), which)).and_then(|probe| probe.verdict).unwrap_or(before)
}

/// An image's name with its tag.
fn normalized(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    if last.contains(':') || image.contains('@') { image.to_owned() } else { format!("{image}:latest") }
}

/// Something like a digest, the same for the same image.
pub(super) fn image_id(image: &str) -> String {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(normalized(image).as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// Whether all init containers are done, or, if they never end, have started.
fn is_initialized(worker: &Worker, init: &[Value]) -> bool {
    worker.pod.list("/spec/initContainers").iter().zip(init).all(|(spec, status)| {
        if spec["restartPolicy"] == "Always" { status["started"] == true } else { status["ready"] == true }
    })
}

fn phase(worker: &Worker, init: &[Value], main: &[Value], is_initialized: bool) -> &'static str {
    if worker.verdict.is_some() {
        return "Failed";
    }
    let policy = worker.restarts();
    let code = |status: &Value| status["state"]["terminated"]["exitCode"].as_i64();
    if !is_initialized {
        let has_failed = policy == "Never" && init.iter().any(|one| code(one).is_some_and(|code| code != 0));
        return if has_failed && worker.life >= Life::Stopped { "Failed" } else { "Pending" };
    }
    let (mut running, mut waiting, mut stopped, mut succeeded) = (0, 0, 0, 0);
    for status in main {
        if status["state"].get("running").is_some() {
            running += 1;
        } else if let Some(code) = code(status) {
            stopped += 1;
            succeeded += i64::from(code == 0);
        } else if status["lastState"].get("terminated").is_some() {
            stopped += 1;
        } else {
            waiting += 1;
        }
    }
    let is_over = worker.life >= Life::Stopped;
    match (waiting, running) {
        (1.., _) if is_over => "Failed",
        (1.., _) => "Pending",
        (_, 1..) => "Running",
        _ if stopped == 0 => "Pending",
        // It says that it is done when nothing of it is left.
        _ if !is_over => "Running",
        _ if stopped == succeeded => "Succeeded",
        _ => "Failed",
    }
}

fn conditions(
    place: &Place,
    worker: &Worker,
    sandbox: Option<&Sandbox>,
    init: &[Value],
    main: &[Value],
    phase: &str,
    is_initialized: bool,
) -> Value {
    let names = |unready: &[Value]| {
        let names: Vec<&str> =
            unready.iter().filter(|one| one["ready"] != true).filter_map(|one| one["name"].as_str()).collect();
        format!("[{}]", names.join(" "))
    };
    let sidecars = worker.pod.list("/spec/initContainers").iter().zip(init);
    let sidecars = sidecars.filter(|(spec, _)| spec["restartPolicy"] == "Always").map(|(_, status)| status.clone());
    let all: Vec<Value> = sidecars.chain(main.iter().cloned()).collect();
    let is_ready = all.iter().all(|one| one["ready"] == true) && !matches!(phase, "Succeeded" | "Failed");
    let unready: (bool, &str, String) = match (is_ready, phase) {
        (true, _) => (true, "", String::new()),
        (_, "Succeeded") => (false, "PodCompleted", String::new()),
        (_, "Failed") => (false, "PodFailed", String::new()),
        _ => (false, "ContainersNotReady", format!("containers with unready status: {}", names(&all))),
    };
    let initialized = match is_initialized {
        true if phase == "Succeeded" && !init.is_empty() => (true, "PodCompleted", String::new()),
        true => (true, "", String::new()),
        false => (false, "ContainersNotInitialized", format!("containers with incomplete status: {}", names(init))),
    };
    let has_network = sandbox.is_some_and(|sandbox| sandbox.is_ready);
    let own = [
        ("PodReadyToStartContainers", (has_network, "", String::new())),
        ("Initialized", initialized),
        ("Ready", gated(worker, unready.clone())),
        ("ContainersReady", unready),
        ("PodScheduled", (true, "", String::new())),
    ];
    let before = worker.pod.list("/status/conditions");
    let is_own = |kind: &Value| own.iter().any(|(name, _)| kind == name);
    let mut conditions: Vec<Value> = before.iter().filter(|one| !is_own(&one["type"])).cloned().collect();
    for (kind, (is_true, reason, message)) in &own {
        let told = if *is_true { "True" } else { "False" };
        let old = before.iter().find(|one| one["type"] == *kind && one["status"] == told);
        let since = old.map(|old| old["lastTransitionTime"].clone()).filter(|since| !since.is_null());
        let mut condition = json!({ "type": kind });
        if let Some(generation) = worker.pod.number("/metadata/generation") {
            condition["observedGeneration"] = generation.into();
        }
        condition["status"] = told.into();
        condition["lastProbeTime"] = Value::Null;
        condition["lastTransitionTime"] = since.unwrap_or_else(|| place.clock.stamp(place.now).into());
        if !reason.is_empty() {
            condition["reason"] = (*reason).into();
        }
        if !message.is_empty() {
            condition["message"] = message.as_str().into();
        }
        conditions.push(condition);
    }
    conditions.into()
}

/// A pod with readiness gates is ready when these conditions are true too.
fn gated(worker: &Worker, ready: (bool, &'static str, String)) -> (bool, &'static str, String) {
    let is_true = |kind: &Value| {
        worker.pod.list("/status/conditions").iter().any(|one| one["type"] == *kind && one["status"] == "True")
    };
    let gates = worker.pod.list("/spec/readinessGates").iter().map(|gate| &gate["conditionType"]);
    match gates.filter(|gate| !is_true(gate)).find_map(Value::as_str) {
        Some(gate) if ready.0 => (
            false,
            "ReadinessGatesNotReady",
            format!("corresponding condition of pod readiness gate \"{gate}\" does not exist."),
        ),
        _ => ready,
    }
}
