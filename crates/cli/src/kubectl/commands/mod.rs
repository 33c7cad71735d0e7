//! The subcommands, each in its file, in the order of the help text.

mod apply;
mod attach;
mod autoscale;
mod create;
mod delete;
mod describe;
mod expose;
mod get;
mod label;
mod patch;
mod run;
mod scale;
mod set;

use super::cmdline::Command;

pub(super) use apply::built_in as merges_by_key;
pub(super) use create::amounts;

/// kubectl itself. The order is that in which names are suggested.
pub static ROOT: Command = Command::group(
    "kubectl",
    "[flags]",
    "kubectl talks to the control plane of a Kubernetes cluster",
    &[
        &create::CREATE,
        &expose::EXPOSE,
        &run::RUN,
        &set::SET,
        &get::GET,
        &delete::DELETE,
        &scale::SCALE,
        &autoscale::AUTOSCALE,
        &describe::DESCRIBE,
        &apply::APPLY,
        &patch::PATCH,
        &label::LABEL,
        &label::ANNOTATE,
    ],
)
.long(
    "kubectl talks to the control plane of a Kubernetes cluster.\n\n Find more information at: \
     https://kubernetes.io/docs/reference/kubectl/",
);
