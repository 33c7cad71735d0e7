//! `cargo xtask size`: the size budgets. What goes over the wire counts, so brotli at its best is what is measured.

use std::path::{Path, PathBuf};

use crate::args::Args;
use crate::{offline, postbuild, sh, site, worker};

/// One budget: which files of the finished folder it counts, and how many kilobytes (of 1000 bytes) they may have.
struct Budget {
    name: &'static str,
    /// More than this fails the build. It only ever goes down.
    kilobytes: u64,
    /// What we want to come down to, where that is less.
    goal: u64,
    counts: fn(&Path) -> bool,
}

const BUDGETS: [Budget; 10] = [
    Budget { name: "first load", kilobytes: 200, goal: 180, counts: is_first_load },
    // The views that are fetched when they are opened, or when there is nothing else to do.
    Budget { name: "page: what opens later", kilobytes: 60, goal: 60, counts: site::is_part },
    Budget { name: "worker: the cluster", kilobytes: 350, goal: 345, counts: is_cluster },
    // A machine with files, processes, terminals and its side of the network.
    Budget { name: "worker: the console", kilobytes: 92, goal: 80, counts: is_console },
    // What there has to be before somebody can type.
    Budget { name: "worker, both", kilobytes: 440, goal: 425, counts: is_at_start },
    // What comes at once after that: the shell's language, with what all parts share, and etcdctl.
    Budget { name: "worker: the first commands", kilobytes: 230, goal: 225, counts: is_of_first_commands },
    // What is fetched when somebody calls it, or when there is nothing else to do.
    Budget { name: "worker: other parts of the console", kilobytes: 300, goal: 290, counts: is_other_part },
    // In the place of the cluster's module, in worlds with Kubernetes; and the parts of the console that are called there.
    Budget { name: "Kubernetes: the cluster", kilobytes: 775, goal: 600, counts: is_cluster_of_kubernetes },
    Budget { name: "Kubernetes: kubectl", kilobytes: 225, goal: 210, counts: is_kubectl },
    // What of kubectl is not called by everybody, and kubeadm.
    Budget { name: "Kubernetes: kubeadm and rarer commands", kilobytes: 140, goal: 125, counts: is_admin },
];

/// What a cluster of etcd needs to live: the worker's start and its first module. Whatever has no budget of its own is
/// counted here.
fn is_cluster(file: &Path) -> bool {
    is_at_start(file) && !worker::is_console(file)
}

/// What comes after it: the learner's machine.
fn is_console(file: &Path) -> bool {
    is_at_start(file) && worker::is_console(file)
}

/// What the worker needs before a learner can type.
fn is_at_start(file: &Path) -> bool {
    worker::owns(file) && !worker::is_part(file) && !is_cluster_of_kubernetes(file)
}

/// What it needs to run what was typed.
fn is_of_first_commands(file: &Path) -> bool {
    is_part(file, "shell") || is_part(file, "etcdctl")
}

fn is_other_part(file: &Path) -> bool {
    worker::owns(file) && worker::is_part(file) && !is_of_first_commands(file) && !is_of_kubernetes(file)
}

fn is_cluster_of_kubernetes(file: &Path) -> bool {
    worker::owns(file) && worker::pair(worker::KUBERNETES).iter().any(|name| file.ends_with(name))
}

fn is_kubectl(file: &Path) -> bool {
    is_part(file, "kubectl")
}

fn is_admin(file: &Path) -> bool {
    is_part(file, "admin")
}

/// Whether only worlds with Kubernetes need it.
pub fn is_of_kubernetes(file: &Path) -> bool {
    is_cluster_of_kubernetes(file) || is_kubectl(file) || is_admin(file)
}

/// Whether a file is the console's part of this name.
fn is_part(file: &Path, name: &str) -> bool {
    worker::owns(file) && file.ends_with(format!("{}_{name}.wasm", worker::CONSOLE))
}

pub fn main(words: Vec<String>) -> Result<(), String> {
    let mut args = Args::new(words);
    let dir = args.value("--dir")?.map_or_else(site::dist_dir, |dir| sh::root().join(dir));
    args.finish()?;
    check(&dir)
}

/// Prints the table and fails when a budget is exceeded.
pub fn check(dir: &Path) -> Result<(), String> {
    let files = postbuild::plain_files(dir)
        .map_err(|error| format!("{error}. `cargo xtask dist` builds the folder that is measured"))?;
    let mut exceeded = Vec::new();
    println!("{:<52} {:>10} {:>10}", "file", "plain kB", "brotli kB");
    for Budget { name, kilobytes, goal, counts } in BUDGETS {
        let mut sum = 0;
        for file in files.iter().filter(|file| counts(file)) {
            let plain = length(&dir.join(file))?;
            let mut twin = dir.join(file).into_os_string();
            twin.push(".br");
            // A file too small to gain has no twin and goes out as it is.
            let brotli = length(&PathBuf::from(twin)).unwrap_or(plain);
            sum += brotli;
            println!("{:<52} {:>10} {:>10}", file.display(), kb(plain), kb(brotli));
        }
        let aim = if goal < kilobytes { format!(", goal {goal}") } else { String::new() };
        println!("{:<52} {:>10} {:>10}  of {kilobytes}{aim}", format!("= {name}"), "", kb(sum));
        if sum == 0 {
            exceeded.push(format!("{name}: no such files in {}", dir.display()));
        } else if sum > kilobytes * 1000 {
            exceeded.push(format!("{name} is {} kB, over its budget of {kilobytes} kB", kb(sum)));
        }
    }
    if exceeded.is_empty() { Ok(()) } else { Err(exceeded.join("; ")) }
}

/// What a browser needs before the page is usable: the page, styles, scripts, the site's wasm and the index of the notes.
fn is_first_load(file: &Path) -> bool {
    // The service worker is asked for when everything stands.
    if worker::owns(file) || site::is_part(file) || file == Path::new(offline::SCRIPT) {
        return false;
    }
    let extension = file.extension().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let code = matches!(extension.as_str(), "css" | "js" | "wasm") && !file.starts_with("content");
    // A visit begins with one page; the first one is the largest that everybody sees.
    code || file == Path::new("index.html") || file == Path::new("content/index.json")
}

fn length(path: &Path) -> Result<u64, String> {
    std::fs::metadata(path).map(|data| data.len()).map_err(|error| format!("{}: {error}", path.display()))
}

fn kb(bytes: u64) -> String {
    format!("{}.{}", bytes / 1000, bytes % 1000 / 100)
}

#[cfg(test)]
mod tests {
    use super::BUDGETS;
    use std::path::Path;

    /// The budgets that count a file, by name.
    fn counted_by(file: &str) -> Vec<&'static str> {
        BUDGETS.iter().filter(|budget| (budget.counts)(Path::new(file))).map(|budget| budget.name).collect()
    }

    #[test]
    fn the_first_load_is_all_the_site_and_nothing_of_the_worker() {
        let site = ["site-1/kubarium.js", "site-1/kubarium_bg.wasm", "site-1/kubarium_parts.js"];
        for file in ["index.html", "main-2.css", "content/index.json"].iter().chain(&site) {
            assert_eq!(counted_by(file), ["first load"], "{file}");
        }
        assert_eq!(counted_by("site-1/kubarium_views.wasm"), ["page: what opens later"]);
        for file in [
            "404.html",
            "notes/etcd.html",
            "content/notes/etcd.md",
            "content/tour.md",
            "favicon.svg",
            "service-worker.js",
        ] {
            assert_eq!(counted_by(file), [""; 0], "{file}");
        }
    }

    #[test]
    fn whatever_lies_with_the_worker_is_counted() {
        for file in ["start-worker.js", "kubarium-worker.js", "kubarium-worker_bg.wasm", "another_bg.wasm"] {
            assert_eq!(counted_by(&format!("worker-1/{file}")), ["worker: the cluster", "worker, both"], "{file}");
        }
        for file in ["kubarium-console.js", "kubarium-console_bg.wasm", "kubarium-console_parts.js"] {
            assert_eq!(counted_by(&format!("worker-1/{file}")), ["worker: the console", "worker, both"], "{file}");
        }
        for file in ["kubarium-console_shell.wasm", "kubarium-console_etcdctl.wasm"] {
            assert_eq!(counted_by(&format!("worker-1/{file}")), ["worker: the first commands"], "{file}");
        }
        for file in ["kubarium-console_tools.wasm", "kubarium-console_chunk_3.wasm"] {
            assert_eq!(counted_by(&format!("worker-1/{file}")), ["worker: other parts of the console"], "{file}");
        }
        for file in ["kubarium-worker-kubernetes.js", "kubarium-worker-kubernetes_bg.wasm"] {
            assert_eq!(counted_by(&format!("worker-1/{file}")), ["Kubernetes: the cluster"], "{file}");
        }
        assert_eq!(counted_by("worker-1/kubarium-console_kubectl.wasm"), ["Kubernetes: kubectl"]);
        let admin = "worker-1/kubarium-console_admin.wasm";
        assert_eq!(counted_by(admin), ["Kubernetes: kubeadm and rarer commands"]);
    }
}
