//! The subcommands, each in its file, in the order of the help text.

mod apply;
mod attach;
mod create;
mod delete;
mod get;
mod run;

use super::cmdline::Command;

/// kubectl itself. The order is that in which names are suggested.
pub static ROOT: Command = Command::group(
    "kubectl",
    "[flags]",
    "kubectl talks to the control plane of a Kubernetes cluster",
    &[&create::CREATE, &run::RUN, &get::GET, &delete::DELETE, &apply::APPLY],
)
.long(
    "kubectl talks to the control plane of a Kubernetes cluster.\n\n Find more information at: \
     https://kubernetes.io/docs/reference/kubectl/",
);
