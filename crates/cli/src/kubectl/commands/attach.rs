//! `kubectl attach`.

use serde_json::Value;

use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag, Kind};
use crate::kubectl::commands::pods::{container, pod};
use crate::kubectl::failure::Failure;

static FLAGS: [Flag; 5] = [
    Flag::text("container", "container to attach to").short('c'),
    Flag::new("pod-running-timeout", Kind::Duration, "1m0s", "how long to wait for the pod"),
    Flag::switch("quiet", "show only what the container writes").short('q'),
    Flag::switch("stdin", "pass standard input on").short('i'),
    Flag::switch("tty", "the container has a terminal").short('t'),
];

pub static ATTACH: Command =
    Command::leaf("attach", "(POD | TYPE/NAME) -c CONTAINER", "Attach to a container that runs", &[&FLAGS], |cli| {
        Box::pin(async move { attach(&cli).await })
    });

async fn attach(cli: &Cli) -> Result<(), Failure> {
    let [word] = cli.args() else {
        return Err(Failure::plain("at least 1 argument is required for attach"));
    };
    let pod = pod(cli, word).await?;
    container(cli, &pod, cli.flags.text("container"), cli.flags.bool("quiet"))?;
    Err(unreachable())
}

fn unreachable() -> Failure {
    Failure::plain("unable to upgrade connection: containers of this cluster cannot be attached to")
}

/// Attaches to a pod that was just made.
///
/// # Errors
/// Always: containers of this cluster have no streams to attach to.
pub async fn to_new_pod(cli: &Cli, pod: &Value) -> Result<(), Failure> {
    let _ = (cli, pod);
    Err(unreachable())
}
