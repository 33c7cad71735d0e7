//! The part of the kubelet that runs static pods: it looks at a directory of manifests, starts what is described there,
//! stops what is not any more, and starts anew what changed or ended (kubernetes: pkg/kubelet/config/file.go).

use sorted::SortedMap;

use shell::{Child, Either, Process, Reader, Signal, pipe, race};

/// Where kubeadm puts the manifests.
const MANIFESTS: &str = "/etc/kubernetes/manifests";
/// How often the directory is looked at, in microseconds. The original is told of changes at once, and looks every 20
/// seconds besides.
const PERIOD: u64 = 1_000_000;
/// The wait before a container that ended is started again doubles from the first to the last of these, in microseconds.
const BACK_OFF: (u64, u64) = (10_000_000, 300_000_000);
/// How long a container may take to end before it is killed, in microseconds.
const GRACE: u64 = 30_000_000;
const LOG_MAX: u64 = 1 << 20;
const LINE_MAX: usize = 64 << 10;

/// A pod as it runs.
struct Pod {
    manifest: Vec<u8>,
    child: Option<Child>,
    output: Option<Reader>,
    wait: u64,
    start_at: u64,
    /// When it was asked to end.
    stopping: Option<u64>,
}

/// The words of the only container's `command` (and `args`), as far as manifests of one container list them one a line.
fn command(manifest: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut inside = false;
    for line in manifest.lines() {
        let content = line.trim();
        if inside && content.starts_with("- ") {
            words.push(content[2..].trim().trim_matches(['"', '\'']).to_owned());
        } else {
            inside = matches!(content.trim_start_matches("- "), "command:" | "args:");
        }
    }
    words
}

pub async fn run(process: Process) -> i32 {
    let mut pods: SortedMap<String, Pod> = SortedMap::new();
    loop {
        look(&process, &mut pods);
        for (name, pod) in &mut pods {
            keep_log(&process, name, pod).await;
            tend(&process, pod);
        }
        pods.retain(|_, pod| !pod.manifest.is_empty() || pod.child.is_some());
        process.sleep(PERIOD).await;
    }
}

/// Compares the directory with what runs.
fn look(process: &Process, pods: &mut SortedMap<String, Pod>) {
    let files = process.fs();
    let listed = files.list(MANIFESTS).unwrap_or_default();
    // Any other file is a manifest, whatever its name ends with: a copy kept in the directory runs too.
    let manifests = listed.into_iter().map(|(name, _)| name).filter(|name| !name.starts_with('.'));
    let found: SortedMap<String, Vec<u8>> = manifests
        .filter_map(|name| Some((name.clone(), files.read(&format!("{MANIFESTS}/{name}")).ok()?.to_vec())))
        .collect();
    for (name, pod) in pods.iter_mut() {
        let now = found.get(name).cloned().unwrap_or_default();
        if now != pod.manifest {
            (pod.manifest, pod.wait, pod.start_at) = (now, 0, 0);
            if let Some(child) = &pod.child {
                child.kill(Signal::Term);
                pod.stopping = Some(process.now());
            }
        }
    }
    for (name, manifest) in found {
        pods.entry(name).or_insert(Pod { manifest, child: None, output: None, wait: 0, start_at: 0, stopping: None });
    }
}

fn tend(process: &Process, pod: &mut Pod) {
    if let Some(child) = &pod.child {
        if child.status().is_none() {
            if pod.stopping.is_some_and(|since| process.now() - since > GRACE) {
                child.kill(Signal::Kill);
            }
            return;
        }
        pod.child = None;
        if pod.stopping.take().is_none() {
            pod.start_at = process.now() + pod.wait;
            pod.wait = (pod.wait * 2).clamp(BACK_OFF.0, BACK_OFF.1);
        }
    }
    if pod.manifest.is_empty() || process.now() < pod.start_at {
        return;
    }
    let argv = command(&String::from_utf8_lossy(&pod.manifest));
    if argv.is_empty() {
        return;
    }
    let (reader, writer) = pipe();
    // An image that is not there is tried again later, as the kubelet does.
    pod.child = process.spawn_daemon(argv, process.env.clone(), writer.clone(), writer).ok();
    if pod.child.is_none() {
        pod.start_at = process.now() + BACK_OFF.0;
        return;
    }
    pod.output = Some(reader);
}

/// Writes down what a pod has printed until now.
async fn keep_log(process: &Process, name: &str, pod: &Pod) {
    let Some(output) = &pod.output else { return };
    let path = format!("/var/log/pods/{}.log", name.trim_end_matches(".yaml"));
    let _ = process.fs().mkdir_all("/var/log/pods");
    while let Either::First(Ok(Some(line))) = race(output.read_line(LINE_MAX), process.sleep(0)).await {
        if process.fs().metadata(&path).is_ok_and(|meta| meta.size > LOG_MAX) {
            // The kubelet rotates logs; here the old one goes.
            let _ = process.fs().remove_file(&path);
        }
        // A full disk loses lines.
        let _ = process.fs().append(&path, &line);
    }
}
