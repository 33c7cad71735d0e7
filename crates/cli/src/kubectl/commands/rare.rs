//! The subcommands that are not called by everybody. In the browser their code lies apart from the rest, with `kubeadm`,
//! and is fetched when one of them is called first. Their names and flags lie with the rest, which finds them.
//!
//! Nothing but [`RareCommands`] may lead to that code, no table of commands either, or it would lie with the rest again.

use std::rc::Rc;

use serde_json::Value;
use shell::Process;

use super::{
    api_resources, apply, attach, auth, autoscale, certificate, cluster_info, completion, config, cp, debug, drain,
    edit, events, explain, port_forward, proxy, taint,
};
use crate::kubectl::cli::Cli;
use crate::kubectl::cmdline::RunFuture;
use crate::kubectl::conclude;
use crate::kubectl::failure::Failure;
use crate::kubectl::kustomize;
use crate::transport::LocalBoxFuture;

/// Where the code of those subcommands is.
#[derive(Clone, Copy)]
pub struct RareCommands {
    /// Whether it is here. Asked for the first time where it is not, it begins with fetching it.
    pub is_here: fn() -> bool,
    /// Makes a call, and says why it failed if it did; only when the code is here.
    pub run: fn(RareCall) -> LocalBoxFuture<'static, i32>,
    /// The objects of a directory's kustomization; like `run`.
    pub kustomize: fn(&Process, &str) -> Result<Vec<Value>, Failure>,
}

/// A call of one of them, with all it needs.
pub struct RareCall(Rare, Rc<Cli>);

/// The subcommands.
#[derive(Clone, Copy)]
pub enum Rare {
    ApiResources,
    ApiVersions,
    Attach,
    AuthCanI,
    AuthReconcile,
    AuthWhoAmI,
    Autoscale,
    CertificateApprove,
    CertificateDeny,
    ClusterInfo,
    ClusterInfoDump,
    Complete,
    Completion,
    ConfigCurrentContext,
    ConfigDeleteCluster,
    ConfigDeleteContext,
    ConfigDeleteUser,
    ConfigGetClusters,
    ConfigGetContexts,
    ConfigGetUsers,
    ConfigRenameContext,
    ConfigSet,
    ConfigSetCluster,
    ConfigSetContext,
    ConfigSetCredentials,
    ConfigUnset,
    ConfigUseContext,
    ConfigView,
    Cordon,
    Cp,
    Debug,
    Diff,
    Drain,
    Edit,
    Events,
    Explain,
    Kustomize,
    PortForward,
    Proxy,
    Taint,
    Uncordon,
}

impl RareCommands {
    /// With the rest.
    pub const HERE: Self = Self { is_here: || true, run, kustomize: kustomize::build };
}

impl Rare {
    /// Runs it, once its code is here. What there is to say of its end has been said then.
    pub fn run(self, cli: Rc<Cli>) -> RunFuture {
        let fetched = cli.process.fetched(cli.rare.is_here);
        Box::pin(async move {
            fetched.await;
            match (cli.rare.run)(RareCall(self, cli)).await {
                0 => Ok(()),
                code => Err(Failure::Silent(code)),
            }
        })
    }
}

/// Makes a call; here is the way to all the code that lies apart.
fn run(RareCall(what, cli): RareCall) -> LocalBoxFuture<'static, i32> {
    Box::pin(async move {
        let process = cli.process.clone();
        conclude(&process, begin(what, cli).await)
    })
}

fn begin(what: Rare, cli: Rc<Cli>) -> RunFuture {
    match what {
        Rare::ApiResources => Box::pin(async move { api_resources::resources(&cli).await }),
        Rare::ApiVersions => Box::pin(async move { api_resources::versions(&cli).await }),
        Rare::Attach => Box::pin(async move { attach::attach(&cli).await }),
        Rare::AuthCanI => Box::pin(async move { auth::can_i(&cli).await }),
        Rare::AuthReconcile => Box::pin(async move { auth::reconcile(&cli).await }),
        Rare::AuthWhoAmI => Box::pin(async move { auth::who_am_i(&cli).await }),
        Rare::Autoscale => Box::pin(async move { autoscale::autoscale(&cli).await }),
        Rare::CertificateApprove => {
            Box::pin(async move { certificate::decide(&cli, "Approved", "KubectlApprove", "approve").await })
        }
        Rare::CertificateDeny => {
            Box::pin(async move { certificate::decide(&cli, "Denied", "KubectlDeny", "deny").await })
        }
        Rare::ClusterInfo => Box::pin(async move { cluster_info::info(&cli).await }),
        Rare::ClusterInfoDump => Box::pin(async move { cluster_info::dump(&cli).await }),
        Rare::ConfigCurrentContext => Box::pin(async move { config::context::current(&cli) }),
        Rare::ConfigDeleteCluster => Box::pin(async move { config::context::delete(&cli, "clusters", "cluster") }),
        Rare::ConfigDeleteContext => Box::pin(async move { config::context::delete(&cli, "contexts", "context") }),
        Rare::ConfigDeleteUser => Box::pin(async move { config::context::delete(&cli, "users", "user") }),
        Rare::ConfigGetClusters => Box::pin(async move { config::view::names(&cli, "clusters") }),
        Rare::ConfigGetContexts => Box::pin(async move { config::context::get(&cli) }),
        Rare::ConfigGetUsers => Box::pin(async move { config::view::names(&cli, "users") }),
        Rare::ConfigRenameContext => Box::pin(async move { config::context::rename(&cli) }),
        Rare::ConfigSet => Box::pin(async move { config::set::set(&cli) }),
        Rare::ConfigSetCluster => Box::pin(async move { config::set::cluster(&cli) }),
        Rare::ConfigSetContext => Box::pin(async move { config::context::set(&cli) }),
        Rare::ConfigSetCredentials => Box::pin(async move { config::set::credentials(&cli) }),
        Rare::ConfigUnset => Box::pin(async move { config::set::unset(&cli) }),
        Rare::ConfigUseContext => Box::pin(async move { config::context::use_context(&cli) }),
        Rare::ConfigView => Box::pin(async move { config::view::view(&cli) }),
        Rare::Cordon => Box::pin(async move { drain::mark_all(&cli, true).await.map(|_| ()) }),
        Rare::Cp => Box::pin(async move { cp::copy(&cli).await }),
        Rare::Debug => Box::pin(async move { debug::debug(&cli).await }),
        Rare::Diff => Box::pin(async move { apply::diff::diff(&cli).await }),
        Rare::Drain => Box::pin(async move { drain::drain(&cli).await }),
        Rare::Edit => Box::pin(async move { edit::edit(&cli).await }),
        Rare::Events => Box::pin(async move { events::events(&cli).await }),
        Rare::Explain => Box::pin(async move { explain::explain(&cli).await }),
        Rare::Kustomize => Box::pin(async move { super::kustomize::kustomize(&cli).await }),
        Rare::Proxy => Box::pin(async move { proxy::proxy(&cli).await }),
        Rare::Complete => Box::pin(async move { completion::candidates(&cli) }),
        Rare::Completion => Box::pin(async move { completion::completion(&cli) }),
        Rare::PortForward => Box::pin(async move { port_forward::forward(&cli).await }),
        Rare::Taint => Box::pin(async move { taint::taint(&cli).await }),
        Rare::Uncordon => Box::pin(async move { drain::mark_all(&cli, false).await.map(|_| ()) }),
    }
}
