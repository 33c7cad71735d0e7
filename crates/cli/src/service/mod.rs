//! Programs that run others on their own: `systemctl` with its journal, and the kubelet's watch over static pods. A
//! supervised program is a process without a terminal; what is known of it stands in files under `/run` and `/var/log`,
//! as far as the tools show it.

mod executor;
mod journalctl;
mod kubelet;
mod systemctl;
mod unit;

use std::rc::Rc;

use shell::{LocalBoxFuture, Os, Process};

use crate::apart::{Apart, Service};

/// The programs.
#[derive(Clone, Copy)]
pub enum Tool {
    Systemctl,
    Journalctl,
    Executor,
    Kubelet,
}

impl Tool {
    /// Runs it until its exit code.
    pub(crate) fn run(self, process: Process) -> LocalBoxFuture<'static, i32> {
        match self {
            Self::Systemctl => Box::pin(systemctl::run(process)),
            Self::Journalctl => Box::pin(journalctl::run(process)),
            Self::Executor => Box::pin(executor::run(process)),
            Self::Kubelet => Box::pin(kubelet::run(process)),
        }
    }
}

/// Puts the programs on a machine.
///
/// # Errors
/// When its disk is full.
pub fn install(os: &Os, apart: Apart) -> Result<(), shell::FsError> {
    let programs = [
        ("systemctl", "/usr/bin/systemctl", Tool::Systemctl),
        ("journalctl", "/usr/bin/journalctl", Tool::Journalctl),
        ("systemd-executor", executor::PATH, Tool::Executor),
        ("kubelet", "/usr/bin/kubelet", Tool::Kubelet),
    ];
    for (name, path, tool) in programs {
        os.register(name, Rc::new(Service { apart, tool }));
        os.files().write_executable(path, &Os::executable_image(name))?;
    }
    Ok(())
}
