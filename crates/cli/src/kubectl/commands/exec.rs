//! `kubectl exec` (`k8s.io/kubectl/pkg/cmd/exec`).

use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag, Kind};
use crate::kubectl::commands::pods::{container, pod};
use crate::kubectl::commands::stream::{Wanted, open, talk, terminal};
use crate::kubectl::failure::Failure;

static EXEC_FLAGS: [Flag; 6] = [
    Flag::text("container", "container to run it in").short('c'),
    Flag::list("filename", "file that names the object").short('f'),
    Flag::new("pod-running-timeout", Kind::Duration, "1m0s", "how long to wait for the pod"),
    Flag::switch("quiet", "show only what the command writes").short('q'),
    Flag::switch("stdin", "pass standard input on").short('i'),
    Flag::switch("tty", "give the command a terminal").short('t'),
];

pub static EXEC: Command = Command::leaf(
    "exec",
    "(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]",
    "Run a command in a container",
    &[&EXEC_FLAGS],
    |cli| Box::pin(async move { exec(&cli).await }),
)
.examples(&[("A list of files", "kubectl exec web -- ls /"), ("A shell", "kubectl exec -it web -- sh")]);

async fn exec(cli: &Cli) -> Result<(), Failure> {
    let files = !cli.flags.list("filename").is_empty();
    let before = cli.flags.before_dash();
    let Some(word) = before.first().filter(|_| !files).or(cli.args().first()) else {
        return Err(Failure::plain("pod, type/name or --filename must be specified"));
    };
    if before.len() > 1 && cli.flags.dash.is_none() {
        let words = "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead";
        return Err(cli.usage(words));
    }
    if cli.flags.dash.is_none() || cli.args().len() <= before.len() {
        return Err(Failure::plain("you must specify at least one command for the container"));
    }
    let pod = pod(cli, word).await?;
    if matches!(pod.object["status"]["phase"].as_str(), Some("Succeeded" | "Failed")) {
        let phase = pod.object["status"]["phase"].as_str().unwrap_or_default();
        let words = format!("cannot exec into a container in a completed pod; current phase is {phase}");
        return Err(Failure::plain(words));
    }
    let container = container(cli, &pod, cli.flags.text("container"), cli.flags.bool("quiet"))?;
    let skipped = if files { before.len() } else { before.len().max(1) };
    let tty = terminal(cli, cli.flags.bool("tty"));
    let stdin = cli.flags.bool("stdin");
    let wanted = Wanted { what: "exec", container: &container, command: &cli.args()[skipped..], stdin, tty };
    let answer = open(cli, &pod, &wanted).await?;
    talk(cli, answer, stdin).await
}
