//! The subcommands, each in its file, in the order of the help text.

mod api_resources;
mod apply;
mod attach;
mod auth;
mod autoscale;
mod certificate;
mod cluster_info;
mod config;
mod create;
mod delete;
mod describe;
mod drain;
mod edit;
mod events;
mod exec;
mod explain;
mod expose;
mod get;
mod label;
mod logs;
mod misc;
mod patch;
mod pods;
mod port_forward;
mod replace;
mod rollout;
mod run;
mod scale;
mod set;
mod stream;
mod taint;
mod top;
mod version;
mod wait;

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
        &explain::EXPLAIN,
        &get::GET,
        &edit::EDIT,
        &delete::DELETE,
        &rollout::ROLLOUT,
        &scale::SCALE,
        &autoscale::AUTOSCALE,
        &certificate::CERTIFICATE,
        &cluster_info::CLUSTER_INFO,
        &top::TOP,
        &drain::CORDON,
        &drain::UNCORDON,
        &drain::DRAIN,
        &taint::TAINT,
        &describe::DESCRIBE,
        &logs::LOGS,
        &attach::ATTACH,
        &exec::EXEC,
        &port_forward::PORT_FORWARD,
        &exec::CP,
        &auth::AUTH,
        &events::EVENTS,
        &apply::DIFF,
        &apply::APPLY,
        &patch::PATCH,
        &replace::REPLACE,
        &wait::WAIT,
        &label::LABEL,
        &label::ANNOTATE,
        &api_resources::API_RESOURCES,
        &api_resources::API_VERSIONS,
        &config::CONFIG,
        &misc::PLUGIN,
        &version::VERSION_COMMAND,
        &misc::OPTIONS,
        &misc::HELP,
    ],
)
.long(
    "kubectl talks to the control plane of a Kubernetes cluster.\n\n Find more information at: \
     https://kubernetes.io/docs/reference/kubectl/",
);
