//! `kubectl logs` (`k8s.io/kubectl/pkg/cmd/logs`).

use crate::kubectl::builder::{Info, Wanted, find};
use crate::kubectl::cli::Cli;
use crate::kubectl::client::{Body, query, refusal};
use crate::kubectl::cmdline::{Command, Flag, Kind};
use crate::kubectl::commands::pods::{container, pod};
use crate::kubectl::failure::Failure;

static FLAGS: [Flag; 18] = [
    Flag::switch("all-containers", "all containers of the pod"),
    Flag::switch("all-pods", "all pods of the object"),
    Flag::text("container", "container whose output to show").short('c'),
    Flag::switch("follow", "show what comes, too").short('f'),
    Flag::switch("ignore-errors", "go on when a pod's output cannot be had"),
    Flag::switch("insecure-skip-tls-verify-backend", "do not check the node's certificate"),
    Flag::int("limit-bytes", "0", "most bytes to show"),
    Flag::int("max-log-requests", "5", "how many pods to follow at once"),
    Flag::new("pod-running-timeout", Kind::Duration, "20s", "how long to wait for a pod that runs"),
    Flag::switch("prefix", "show before each line where it comes from"),
    Flag::switch("previous", "show the output of the container that ran before").short('p'),
    Flag::text("selector", "pods with these labels").short('l'),
    Flag::new("since", Kind::Duration, "0s", "only lines newer than this, such as 5m"),
    Flag::text("since-time", "only lines after this time"),
    Flag::int("tail", "-1", "how many of the last lines to show"),
    Flag::switch("timestamps", "show each line's time"),
    Flag::switch("all", "all pods"),
    Flag::text("field-selector", "pods whose fields are so"),
];

pub static LOGS: Command = Command::leaf(
    "logs",
    "[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]",
    "Show what a container has written",
    &[&FLAGS],
    |cli| Box::pin(async move { logs(&cli).await }),
)
.examples(&[
    ("A pod's", "kubectl logs web"),
    ("As it comes", "kubectl logs -f web"),
    ("Of the container that ended", "kubectl logs -p web"),
    ("Of a deployment", "kubectl logs deployment/web"),
]);

async fn logs(cli: &Cli) -> Result<(), Failure> {
    let selects = cli.flags.changed("selector");
    if cli.args().is_empty() && !selects {
        let line = "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.";
        return Err(cli.usage(format_args!("{line}\nPOD or TYPE/NAME is a required argument for the logs command")));
    }
    if cli.args().len() > 2 {
        let line = "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.";
        return Err(cli.usage(format_args!("{line}\nPOD or TYPE/NAME is a required argument for the logs command")));
    }
    if !cli.args().is_empty() && selects {
        return Err(cli.usage("only a selector (-l) or a POD name is allowed"));
    }
    if cli.flags.changed("since") && cli.flags.changed("since-time") {
        return Err(Failure::plain("at most one of `sinceTime` or `sinceSeconds` may be specified"));
    }
    if cli.flags.changed("tail") && cli.flags.int("tail") < -1 {
        return Err(Failure::plain("--tail must be greater than or equal to -1"));
    }
    if selects {
        let wanted = Wanted::of(cli);
        let (infos, failures) = find(cli, &["pods".to_owned()], &wanted).await?;
        Failure::all(failures)?;
        if infos.is_empty() {
            cli.eprintln(format_args!("No resources found in {} namespace.", cli.namespace()?));
            return Ok(());
        }
        for info in infos {
            of_pod(cli, &info, 10).await?;
        }
        return Ok(());
    }
    let word = &cli.args()[0];
    let found = pod(cli, word).await.map_err(|failure| match failure.is_not_found() {
        true => Failure::plain(format!(
            "error from server (NotFound): {} in namespace {}",
            failure.text(),
            crate::go::quote(&cli.namespace().unwrap_or_default())
        )),
        false => failure,
    })?;
    of_pod(cli, &found, -1).await
}

async fn of_pod(cli: &Cli, pod: &Info, tail: i64) -> Result<(), Failure> {
    let wanted = match (cli.flags.text("container"), cli.args().get(1)) {
        ("", Some(name)) => name.as_str(),
        (name, _) => name,
    };
    if !cli.flags.bool("all-containers") {
        let name = container(cli, pod, wanted, false)?;
        return of_container(cli, pod, &name, tail).await;
    }
    for field in ["initContainers", "containers"] {
        for one in pod.object["spec"][field].as_array().into_iter().flatten() {
            of_container(cli, pod, one["name"].as_str().unwrap_or_default(), tail).await?;
        }
    }
    Ok(())
}

async fn of_container(cli: &Cli, pod: &Info, container: &str, tail: i64) -> Result<(), Failure> {
    let flags = &cli.flags;
    let number = |value: i64| if value > 0 { value.to_string() } else { String::new() };
    let truth = |name: &str| if flags.bool(name) { "true" } else { "" };
    let tail = if flags.changed("tail") { flags.int("tail") } else { tail };
    let tail = if tail >= 0 { tail.to_string() } else { String::new() };
    // A part of a second counts as a whole one.
    let since = number((flags.duration("since") + 999_999_999) / 1_000_000_000);
    let limit = number(flags.int("limit-bytes"));
    let pairs = query(&[
        ("container", container),
        ("follow", truth("follow")),
        ("limitBytes", &limit),
        ("previous", truth("previous")),
        ("sinceSeconds", &since),
        ("sinceTime", flags.text("since-time")),
        ("tailLines", &tail),
        ("timestamps", truth("timestamps")),
    ]);
    let path = format!("{}/log?{pairs}", pod.path());
    let mut answer = cli.client().await?.open("GET", &path, "application/json, */*", Body::None).await?;
    if answer.head.status >= 400 {
        let body = answer.body().await;
        let failure = refusal(answer.head.status, &body);
        if cli.flags.bool("ignore-errors") {
            cli.eprintln(format_args!("error: {}", failure.text()));
            return Ok(());
        }
        return Err(failure);
    }
    let prefix = if flags.bool("prefix") { format!("[pod/{}/{container}] ", pod.name) } else { String::new() };
    let mut fresh = true;
    let mut part = Some(answer.head.body.clone());
    while let Some(bytes) = part {
        if prefix.is_empty() {
            cli.process.print(&*bytes).await;
        } else {
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                if std::mem::replace(&mut fresh, line.ends_with(b"\n")) {
                    cli.print(&prefix);
                }
                cli.print(line);
            }
        }
        part = answer.next().await;
    }
    Ok(())
}
