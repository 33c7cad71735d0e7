//! The learner's machine: its shell, its files, its programs, its terminals.
//!
//! The lab knows it as a [`border::Machine`]. Programs reach the cluster by messages only: see [`net`].

#![forbid(unsafe_code)]

mod downloads;
mod furnish;
mod guests;
mod hosting;
mod local;
mod manifests;
mod net;
mod node;
mod terminal;
mod tls;

pub use local::{maker, maker_with};

/// Where the code is that a machine does not need before something is typed: with the machine, or in parts that are
/// fetched when they are called first.
#[derive(Clone, Copy)]
pub struct Parts {
    /// The shell's language and its tools, which are needed when a line has been typed.
    pub shell: shell::Code,
    /// What most lines call.
    pub etcdctl: cli::Own,
    /// What works on members' files, and other programs that are not called by everybody.
    pub programs: cli::Apart,
    /// What is called in worlds with Kubernetes only.
    pub kubectl: cli::Own,
    /// What of `kubectl` is not called by everybody.
    pub rare_commands: cli::RareCommands,
    /// It lies with those.
    pub kubeadm: cli::Own,
}

impl Parts {
    /// All of it with the machine.
    pub const HERE: Self = Self {
        shell: shell::Code::HERE,
        etcdctl: cli::Own::ETCDCTL,
        programs: cli::Apart::HERE,
        kubectl: cli::Own::KUBECTL,
        rare_commands: cli::RareCommands::HERE,
        kubeadm: cli::Own::KUBEADM,
    };
}

/// What the parts are made of.
pub mod parts {
    pub use cli::{Apart, Own, RareCommands};
    pub use shell::{Candidate, Code, Interpreter, LocalBoxFuture, RareTools};
}
