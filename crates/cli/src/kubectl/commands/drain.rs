//! `kubectl cordon`, `uncordon` and `drain` (`k8s.io/kubectl/pkg/cmd/drain`, `pkg/drain`).

use serde_json::{Value, json};
use shell::{Either, race};

use crate::kubectl::builder::{Info, Wanted, find, list, of_list};
use crate::kubectl::change::{STRATEGIC, patch};
use crate::kubectl::cli::Cli;
use crate::kubectl::client::Body;
use crate::kubectl::cmdline::{Command, Flag, Kind};
use crate::kubectl::commands::rare::Rare;
use crate::kubectl::failure::Failure;
use crate::kubectl::generate::{DRY_RUN, DryRun, known};

static SELECTOR: [Flag; 1] = [Flag::text("selector", "only nodes with these labels").short('l')];
static FLAGS: [Flag; 9] = [
    Flag::int("chunk-size", "500", "how many objects to ask for at once; 0 is all"),
    Flag::switch("delete-emptydir-data", "go on although data in emptyDir volumes is lost"),
    Flag::switch("disable-eviction", "delete pods instead of evicting them"),
    Flag::switch("force", "go on although some pods have nobody that makes them anew"),
    Flag::int("grace-period", "-1", "seconds each pod may take to end"),
    Flag::switch("ignore-daemonsets", "leave the pods of daemon sets alone"),
    Flag::text("pod-selector", "only pods with these labels"),
    Flag::int("skip-wait-for-delete-timeout", "0", "do not wait for pods that are being deleted for so many seconds"),
    Flag::new("timeout", Kind::Duration, "0s", "how long to wait; 0 is as long as it takes"),
];

pub static CORDON: Command =
    Command::leaf("cordon", "NODE", "Let no new pods onto a node", &[&SELECTOR, &DRY_RUN], |cli| Rare::Cordon.run(cli));
pub static UNCORDON: Command =
    Command::leaf("uncordon", "NODE", "Let new pods onto a node again", &[&SELECTOR, &DRY_RUN], |cli| {
        Rare::Uncordon.run(cli)
    });
pub static DRAIN: Command =
    Command::leaf("drain", "NODE", "Take all pods off a node", &[&SELECTOR, &FLAGS, &DRY_RUN], |cli| {
        Rare::Drain.run(cli)
    })
    .examples(&[("For maintenance", "kubectl drain worker1 --ignore-daemonsets")]);

/// How often an evicted pod is looked at, and how long to wait when a budget forbids an eviction, in microseconds.
const LOOK: u64 = 1_000_000;
const RETRY: u64 = 5_000_000;

async fn nodes(cli: &Cli) -> Result<Vec<Info>, Failure> {
    let selects = cli.flags.changed("selector");
    if cli.args().is_empty() && !selects {
        return Err(cli.usage(format_args!("USAGE: {} NODE [flags]", cli.command.name)));
    }
    if !cli.args().is_empty() && selects {
        return Err(cli.usage("error: cannot specify both a node name and a --selector option"));
    }
    let wanted = Wanted { default_type: Some("nodes"), ..Wanted::of(cli) };
    let (infos, failures) = find(cli, cli.args(), &wanted).await?;
    Failure::all(failures)?;
    Ok(infos)
}

pub async fn mark_all(cli: &Cli, unschedulable: bool) -> Result<Vec<Info>, Failure> {
    let dry = DryRun::of(cli)?;
    let infos = nodes(cli).await?;
    for info in &infos {
        let word = if unschedulable { "cordoned" } else { "uncordoned" };
        if (info.object["spec"]["unschedulable"] == true) == unschedulable {
            cli.println(format_args!("{} already {word}{}", info.title(), dry.note()));
            continue;
        }
        if dry != DryRun::Client {
            let value = if unschedulable { json!(true) } else { Value::Null };
            let text = json!({"spec": {"unschedulable": value}}).to_string();
            if let Err(failure) = patch(cli, &info.path(), STRATEGIC, text, "").await {
                let what = word.trim_end_matches("ed");
                let name = crate::go::quote(&info.name);
                cli.eprintln(format_args!("error: unable to {what} node {name}: {}", failure.text()));
                continue;
            }
        }
        cli.println(format_args!("{} {word}{}", info.title(), dry.note()));
    }
    Ok(infos)
}

pub async fn drain(cli: &Cli) -> Result<(), Failure> {
    let dry = DryRun::of(cli)?;
    let infos = mark_all(cli, true).await?;
    let (mut pending, mut failures) = (Vec::new(), Vec::new());
    for info in infos {
        match one(cli, &info, dry).await {
            Ok(()) => cli.println(format_args!("{} drained{}", info.title(), dry.note())),
            Err(failure) => {
                let name = crate::go::quote(&info.name);
                cli.eprintln(format_args!(
                    "error: unable to drain node {name} due to error: {}, continuing command...",
                    failure.text()
                ));
                pending.push(info.name.clone());
                failures.push(failure);
            }
        }
    }
    if pending.is_empty() {
        return Ok(());
    }
    cli.eprint("There are pending nodes to be drained:\n");
    pending.iter().for_each(|name| cli.eprintln(format_args!(" {name}")));
    // What stands in the way is said once more, without a word before it.
    let words: Vec<String> = failures
        .iter()
        .flat_map(|failure| match failure {
            Failure::Many(all) => all.iter().map(Failure::text).collect(),
            one => vec![one.text()],
        })
        .collect();
    Err(Failure::Words(words.join("\n")))
}

/// What is to become of a pod.
enum Fate {
    Leave,
    Delete,
    /// It may go, or stays, with a warning.
    Warn {
        delete: bool,
        words: &'static str,
    },
    Forbid(&'static str),
}

fn fate(cli: &Cli, pod: &Value) -> Fate {
    let flags = &cli.flags;
    let ended = matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    let mut owners = pod["metadata"]["ownerReferences"].as_array().into_iter().flatten();
    let controller = owners.find(|owner| owner["controller"] == true);
    if controller.is_some_and(|owner| owner["kind"] == "DaemonSet") && !ended {
        return match flags.bool("ignore-daemonsets") {
            true => Fate::Warn { delete: false, words: "ignoring DaemonSet-managed Pods" },
            false => Fate::Forbid("DaemonSet-managed Pods (use --ignore-daemonsets to ignore)"),
        };
    }
    if pod["metadata"]["annotations"]["kubernetes.io/config.mirror"].is_string() {
        return Fate::Leave;
    }
    let mut volumes = pod["spec"]["volumes"].as_array().into_iter().flatten();
    let local = volumes.any(|volume| volume["emptyDir"].is_object());
    if local && !ended && !flags.bool("delete-emptydir-data") {
        return Fate::Forbid("Pods with local storage (use --delete-emptydir-data to override)");
    }
    if ended || controller.is_some() {
        return match local && !ended {
            true => Fate::Warn { delete: true, words: "deleting Pods with local storage" },
            false => Fate::Delete,
        };
    }
    match flags.bool("force") {
        true => Fate::Warn { delete: true, words: "deleting Pods that declare no controller" },
        false => Fate::Forbid("Pods that declare no controller (use --force to override)"),
    }
}

async fn one(cli: &Cli, node: &Info, dry: DryRun) -> Result<(), Failure> {
    let client = cli.client().await?;
    let resource = std::rc::Rc::new(known("", "v1", "pods", "Pod", true));
    let wanted = Wanted {
        all_namespaces: true,
        label_selector: cli.flags.text("pod-selector").to_owned(),
        field_selector: format!("spec.nodeName={}", node.name),
        ..Wanted::default()
    };
    let pods = of_list(&resource, list(&client, &resource, "", &wanted, "application/json", &[]).await?);
    let (mut doomed, mut warned, mut forbidden) = (Vec::new(), Vec::new(), Vec::new());
    for pod in pods {
        let title = format!("{}/{}", pod.namespace, pod.name);
        match fate(cli, &pod.object) {
            Fate::Leave => {}
            Fate::Delete => doomed.push(pod),
            Fate::Forbid(words) => note(&mut forbidden, words, title),
            Fate::Warn { delete, words } => {
                note(&mut warned, words, title);
                if delete {
                    doomed.push(pod);
                }
            }
        }
    }
    if !forbidden.is_empty() {
        let all =
            forbidden.iter().map(|(words, pods)| Failure::plain(format!("cannot delete {words}: {}", pods.join(", "))));
        return Failure::all(all.collect());
    }
    if !warned.is_empty() {
        let all: Vec<String> = warned.iter().map(|(words, pods)| format!("{words}: {}", pods.join(", "))).collect();
        cli.eprintln(format_args!("Warning: {}", all.join("; ")));
    }
    for pod in &doomed {
        cli.println(format_args!("evicting pod {}/{}{}", pod.namespace, pod.name, dry.note()));
    }
    if dry == DryRun::Client {
        return Ok(());
    }
    let evicted = evict_all(cli, &doomed);
    match cli.flags.duration("timeout") {
        0 => evicted.await,
        limit => match race(evicted, cli.process.sleep(limit.unsigned_abs() / 1_000)).await {
            Either::First(result) => result,
            Either::Second(()) => {
                let text = crate::go::format_duration(limit);
                Err(Failure::plain(format!("drain did not complete within {text}")))
            }
        },
    }
}

fn note(all: &mut Vec<(&'static str, Vec<String>)>, words: &'static str, pod: String) {
    match all.iter_mut().find(|(known, _)| *known == words) {
        Some((_, pods)) => pods.push(pod),
        None => all.push((words, vec![pod])),
    }
}

async fn evict_all(cli: &Cli, pods: &[Info]) -> Result<(), Failure> {
    let client = cli.client().await?;
    let deletes = cli.flags.bool("disable-eviction");
    let grace = cli.flags.int("grace-period");
    for pod in pods {
        loop {
            let mut options = json!({});
            if grace >= 0 {
                options["gracePeriodSeconds"] = grace.into();
            }
            let sent = if deletes {
                client.send("DELETE", &pod.path(), Body::Json(&options)).await
            } else {
                let eviction = json!({
                    "kind": "Eviction", "apiVersion": "policy/v1",
                    "metadata": {"name": pod.name, "namespace": pod.namespace}, "deleteOptions": options,
                });
                client.send("POST", &format!("{}/eviction", pod.path()), Body::Json(&eviction)).await
            };
            match sent {
                Ok(_) => break,
                Err(failure) if failure.is_not_found() => break,
                Err(failure) if failure.reason() == "TooManyRequests" => {
                    let (name, namespace) = (crate::go::quote(&pod.name), crate::go::quote(&pod.namespace));
                    cli.eprintln(format_args!(
                        "error when evicting pods/{name} -n {namespace} (will retry after 5s): {}",
                        failure.text()
                    ));
                    cli.process.sleep(RETRY).await;
                    cli.println(format_args!("evicting pod {}/{}", pod.namespace, pod.name));
                }
                Err(failure) => {
                    let (name, namespace) = (crate::go::quote(&pod.name), crate::go::quote(&pod.namespace));
                    return Err(failure.because(format_args!("error when evicting pods/{name} -n {namespace}: ")));
                }
            }
        }
    }
    let mut left: Vec<&Info> = pods.iter().collect();
    while !left.is_empty() {
        let mut still = Vec::new();
        for pod in left {
            match client.get(&pod.path()).await {
                Ok(object) if object["metadata"]["uid"] == pod.object["metadata"]["uid"] => still.push(pod),
                Ok(_) => cli.println(format_args!("pod/{} evicted", pod.name)),
                Err(failure) if failure.is_not_found() => cli.println(format_args!("pod/{} evicted", pod.name)),
                Err(failure) => return Err(failure),
            }
        }
        left = still;
        if !left.is_empty() {
            cli.process.sleep(LOOK).await;
        }
    }
    Ok(())
}
