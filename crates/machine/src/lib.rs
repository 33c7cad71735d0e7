//! The learner's machine: its shell, its files, its programs, its terminals.
//!
//! The lab knows it as a [`border::Machine`]. Programs reach the cluster by messages only: see [`net`].

#![forbid(unsafe_code)]

mod downloads;
mod furnish;
mod hosting;
mod kubeconfig;
mod local;
mod manifests;
mod net;
mod terminal;
mod tls;

pub use local::{maker, maker_with};

/// Where the code of the rarer programs is: with the machine, or in parts that are fetched when they are called first.
#[derive(Clone, Copy)]
pub struct Parts {
    /// The large text tools.
    pub tools: shell::RareTools,
    /// What works on members' files, and other programs that are not called by everybody.
    pub programs: cli::Apart,
    /// What is called in worlds with Kubernetes only.
    pub kubectl: cli::Kubectl,
}

impl Parts {
    /// All of it with the machine.
    pub const HERE: Self =
        Self { tools: shell::RareTools::HERE, programs: cli::Apart::HERE, kubectl: cli::Kubectl::HERE };
}

/// What the parts are made of.
pub mod parts {
    pub use cli::{Apart, Call, Completing, Kubectl, transport::Transport};
    pub use shell::{Candidate, Groups, LocalBoxFuture, Process, RareTools};
}
