//! Programs that run others on their own: `systemctl` with its journal, and the kubelet's watch over static pods. A
//! supervised program is a process without a terminal; what is known of it stands in files under `/run` and `/var/log`,
//! as far as the tools show it.

mod executor;
mod journalctl;
mod kubelet;
mod systemctl;
mod unit;

use std::rc::Rc;

use shell::{LocalBoxFuture, Os, Process, Program};

/// What a program does from its start to its exit code.
type Body = fn(Process) -> LocalBoxFuture<'static, i32>;

/// A program that is one function.
struct Simple(Body);

impl Program for Simple {
    fn run(&self, process: Process) -> LocalBoxFuture<'static, i32> {
        (self.0)(process)
    }
}

/// Puts the programs on a machine.
///
/// # Errors
/// When its disk is full.
pub fn install(os: &Os) -> Result<(), shell::FsError> {
    let programs: [(&str, &str, Body); 4] = [
        ("systemctl", "/usr/bin/systemctl", |process| Box::pin(systemctl::run(process))),
        ("journalctl", "/usr/bin/journalctl", |process| Box::pin(journalctl::run(process))),
        ("systemd-executor", executor::PATH, |process| Box::pin(executor::run(process))),
        ("kubelet", "/usr/bin/kubelet", |process| Box::pin(kubelet::run(process))),
    ];
    for (name, path, run) in programs {
        os.register(name, Rc::new(Simple(run)));
        os.files().write_executable(path, &Os::executable_image(name))?;
    }
    Ok(())
}
