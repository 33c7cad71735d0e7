//! The subcommands, each in its file, in the order of the help text.

mod api_resources;
mod apply;
mod attach;
mod auth;
mod autoscale;
mod certificate;
mod cluster_info;
mod completion;
mod config;
mod cp;
mod create;
mod debug;
mod delete;
mod describe;
mod drain;
mod edit;
mod events;
mod exec;
mod explain;
mod expose;
mod get;
mod kustomize;
mod label;
mod logs;
mod misc;
mod patch;
mod pods;
mod port_forward;
mod proxy;
mod rare;
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
pub use rare::{RareCall, RareCommands};

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
        &proxy::PROXY,
        &cp::CP,
        &auth::AUTH,
        &debug::DEBUG,
        &events::EVENTS,
        &apply::DIFF,
        &apply::APPLY,
        &patch::PATCH,
        &replace::REPLACE,
        &wait::WAIT,
        &kustomize::KUSTOMIZE,
        &label::LABEL,
        &label::ANNOTATE,
        &completion::COMPLETION,
        &api_resources::API_RESOURCES,
        &api_resources::API_VERSIONS,
        &config::CONFIG,
        &misc::PLUGIN,
        &version::VERSION_COMMAND,
        &misc::OPTIONS,
        &misc::HELP,
        &completion::COMPLETE,
    ],
)
.long(
    "kubectl talks to the control plane of a Kubernetes cluster.\n\n Find more information at: \
     https://kubernetes.io/docs/reference/kubectl/",
);
