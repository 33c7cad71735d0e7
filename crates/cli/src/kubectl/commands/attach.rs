//! `kubectl attach` (`k8s.io/kubectl/pkg/cmd/attach`), and attaching to a pod that `kubectl run` has just made.

use serde_json::Value;

use crate::kubectl::builder::Info;
use crate::kubectl::cli::Cli;
use crate::kubectl::client::{Body, query};
use crate::kubectl::cmdline::{Command, Flag, Kind};
use crate::kubectl::commands::pods::{container, pod};
use crate::kubectl::commands::rare::Rare;
use crate::kubectl::commands::stream::{Wanted, open, talk, terminal};
use crate::kubectl::failure::Failure;

static FLAGS: [Flag; 5] = [
    Flag::text("container", "container to attach to").short('c'),
    Flag::new("pod-running-timeout", Kind::Duration, "1m0s", "how long to wait for the pod"),
    Flag::switch("quiet", "show only what the container writes").short('q'),
    Flag::switch("stdin", "pass standard input on").short('i'),
    Flag::switch("tty", "the container has a terminal").short('t'),
];

/// Between two looks at a pod that is waited for, in microseconds.
const PAUSE: u64 = 200_000;

pub static ATTACH: Command =
    Command::leaf("attach", "(POD | TYPE/NAME) -c CONTAINER", "Attach to a container that runs", &[&FLAGS], |cli| {
        Rare::Attach.run(cli)
    });

pub async fn attach(cli: &Cli) -> Result<(), Failure> {
    let [word] = cli.args() else {
        return Err(Failure::plain("at least 1 argument is required for attach"));
    };
    let pod = pod(cli, word).await?;
    to(cli, &pod, cli.flags.text("container")).await
}

async fn to(cli: &Cli, pod: &Info, wanted: &str) -> Result<(), Failure> {
    let phase = pod.object["status"]["phase"].as_str().unwrap_or_default();
    if matches!(phase, "Succeeded" | "Failed") {
        let words = format!("cannot attach a container in a completed pod; current phase is {phase}");
        return Err(Failure::plain(words));
    }
    let quiet = cli.flags.bool("quiet");
    let name = container(cli, pod, wanted, quiet)?;
    let stdin = cli.flags.bool("stdin");
    let tty = terminal(cli, cli.flags.bool("tty"));
    let wanted = Wanted { what: "attach", container: &name, command: &[], stdin, tty };
    let answer = open(cli, pod, &wanted).await?;
    if !quiet && stdin && tty {
        cli.eprintln(
            "All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.",
        );
        cli.eprintln("If you don't see a command prompt, try pressing enter.");
    }
    talk(cli, answer, stdin).await
}

/// Attaches to a pod that was just made, once it runs; what it wrote is shown when it has ended already. With `--rm` it is
/// deleted afterwards.
///
/// # Errors
/// When it cannot be reached, or how its container ended.
pub async fn to_new_pod(cli: &Cli, made: &Info) -> Result<(), Failure> {
    let came = follow(cli, made).await;
    if cli.flags.bool("rm") {
        cli.client().await?.send("DELETE", &made.path(), Body::None).await?;
        cli.println(format_args!("pod \"{}\" deleted from {} namespace", made.name, made.namespace));
    }
    came
}

async fn follow(cli: &Cli, made: &Info) -> Result<(), Failure> {
    let is_ready = |pod: &Value| {
        let conditions = pod["status"]["conditions"].as_array();
        conditions.into_iter().flatten().any(|one| one["type"] == "Ready" && one["status"] == "True")
    };
    let is_over = |pod: &Value| matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    let limit = cli.flags.duration("pod-running-timeout").unsigned_abs() / 1_000;
    let pod = wait(cli, made, limit, &|pod| is_ready(pod) || is_over(pod)).await?;
    let attached = if is_over(&pod.object) { logs(cli, &pod, "").await } else { to(cli, &pod, "").await };
    match attached {
        Ok(()) => {}
        // What the program ended with is told by the pod.
        Err(Failure::Silent(_)) => {}
        Err(Failure::Plain(why)) if why.starts_with("unable to upgrade") || why.starts_with("cannot attach") => {
            cli.eprintln(format_args!(
                "warning: couldn't attach to pod/{}, falling back to streaming logs: {why}",
                made.name
            ));
            logs(cli, &pod, "").await?;
        }
        Err(failure) => return Err(failure),
    }
    if cli.flags.text("restart") == "Always" || cli.flags.bool("leave-stdin-open") {
        return Ok(());
    }
    let pod = wait(cli, made, limit, &is_over).await?;
    let terminated = &pod.object["status"]["containerStatuses"][0]["state"]["terminated"];
    match terminated["exitCode"].as_i64() {
        _ if pod.object["status"]["phase"] == "Succeeded" => Ok(()),
        Some(code) if code != 0 => {
            let reason = terminated["reason"].as_str().unwrap_or_default();
            cli.eprintln(format_args!("pod {}/{} terminated ({reason})", pod.namespace, pod.name));
            Err(Failure::Silent(i32::try_from(code).unwrap_or(1)))
        }
        _ => Err(Failure::plain(format!("pod {}/{} failed with unknown exit code", pod.namespace, pod.name))),
    }
}

/// Attaches to a container that was just made, once it runs; what it wrote is shown when it has ended already.
///
/// # Errors
/// When it cannot be reached.
pub async fn to_new_container(cli: &Cli, made: &Info, name: &str) -> Result<(), Failure> {
    let state = |pod: &Value, state: &str| {
        let lists = ["containerStatuses", "ephemeralContainerStatuses"];
        let mut all = lists.iter().flat_map(|list| pod["status"][*list].as_array().into_iter().flatten());
        all.any(|one| one["name"] == name && one["state"].get(state).is_some())
    };
    let pod = wait(cli, made, u64::MAX, &|pod| state(pod, "running") || state(pod, "terminated")).await?;
    if state(&pod.object, "terminated") {
        return logs(cli, &pod, name).await;
    }
    match to(cli, &pod, name).await {
        Err(failure @ Failure::Plain(_)) => {
            let why = failure.text();
            cli.eprintln(format_args!(
                "warning: couldn't attach to pod/{}, falling back to streaming logs: {why}",
                made.name
            ));
            logs(cli, &pod, name).await
        }
        done => done,
    }
}

/// Looks at a pod until it is as wanted.
async fn wait(cli: &Cli, pod: &Info, limit: u64, wanted: &dyn Fn(&Value) -> bool) -> Result<Info, Failure> {
    let began = cli.process.now();
    loop {
        let object = cli.client().await?.get(&pod.path()).await?;
        if wanted(&object) {
            return Ok(Info { object, ..pod.clone() });
        }
        if cli.process.now() - began > limit {
            return Err(Failure::plain("timed out waiting for the condition"));
        }
        cli.process.sleep(PAUSE).await;
    }
}

async fn logs(cli: &Cli, pod: &Info, container: &str) -> Result<(), Failure> {
    let first = pod.object["spec"]["containers"][0]["name"].as_str().unwrap_or_default();
    let container = if container.is_empty() { first } else { container };
    let path = format!("{}/log?{}", pod.path(), query(&[("container", container)]));
    let text = cli.client().await?.call("GET", &path, "*/*", Body::None).await?;
    cli.print(text);
    Ok(())
}
