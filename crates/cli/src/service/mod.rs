//! Programs that run others on their own: `systemctl` with its journal, and the kubelet's watch over static pods. A
//! supervised program is a process without a terminal; what is known of it stands in files under `/run` and `/var/log`,
//! as far as the tools show it.

mod crictl;
mod executor;
mod journalctl;
mod kubelet;
mod node;
mod systemctl;
mod unit;

use std::rc::Rc;

use shell::{LocalBoxFuture, Os, Process};

use crate::apart::{Apart, Service};
use crate::host::Host;
use node::Node;

/// The programs.
#[derive(Clone, Copy)]
pub enum Tool {
    Systemctl,
    Journalctl,
    Executor,
    Kubelet,
    Crictl,
}

impl Tool {
    /// Runs it until its exit code.
    pub(crate) fn run(self, process: Process, node: Option<Rc<dyn Host>>) -> LocalBoxFuture<'static, i32> {
        match self {
            Self::Systemctl => Box::pin(systemctl::run(process, Node(node))),
            Self::Journalctl => Box::pin(journalctl::run(process, Node(node))),
            Self::Executor => Box::pin(executor::run(process)),
            Self::Kubelet => Box::pin(kubelet::run(process)),
            Self::Crictl => Box::pin(crictl::run(process, Node(node))),
        }
    }
}

/// Puts the programs on a machine; `node` are the services of a node of Kubernetes, if it is one.
///
/// # Errors
/// When its disk is full.
pub fn install(os: &Os, apart: Apart, node: Option<Rc<dyn Host>>) -> Result<(), shell::FsError> {
    let programs = [
        ("systemctl", "/usr/bin/systemctl", Tool::Systemctl),
        ("journalctl", "/usr/bin/journalctl", Tool::Journalctl),
        ("systemd-executor", executor::PATH, Tool::Executor),
        ("kubelet", "/usr/bin/kubelet", Tool::Kubelet),
    ];
    let crictl = node.is_some().then_some(("crictl", "/usr/bin/crictl", Tool::Crictl));
    for (name, path, tool) in programs.into_iter().chain(crictl) {
        os.register(name, Rc::new(Service { apart, tool, node: node.clone() }));
        os.files().write_executable(path, &Os::executable_image(name))?;
    }
    Ok(())
}
