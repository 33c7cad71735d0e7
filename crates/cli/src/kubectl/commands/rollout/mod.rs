//! `kubectl rollout` (`k8s.io/kubectl/pkg/cmd/rollout`).

mod history;
mod pause;
mod status;
mod undo;

use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::{Command, Flag};
use crate::kubectl::failure::Failure;

pub static ROLLOUT: Command = Command::group(
    "rollout",
    "SUBCOMMAND",
    "Follow and steer how new templates replace old ones",
    &[&history::HISTORY, &pause::PAUSE, &pause::RESUME, &undo::UNDO, &status::STATUS, &pause::RESTART],
)
.long(
    "Follow and steer how new templates replace old ones.\n        \n Valid resource types include:\n\n  *  deployments\n  \
     *  daemonsets\n  *  statefulsets",
)
.examples(&[
    ("Back to the template before", "kubectl rollout undo deployment/web"),
    ("Wait until it is done", "kubectl rollout status deployment/web"),
    ("Replace all pods", "kubectl rollout restart deployment/web"),
])
.help_on_stdout();

static SELECTOR: [Flag; 2] = [
    Flag::text("selector", "only objects with these labels").short('l'),
    Flag::switch("all-namespaces", "in every namespace").short('A'),
];

fn named(cli: &Cli) -> Result<(), Failure> {
    if cli.args().is_empty() && cli.flags.list("filename").is_empty() {
        return Err(Failure::plain("required resource not specified"));
    }
    Ok(())
}
