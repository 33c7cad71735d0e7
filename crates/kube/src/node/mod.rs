//! What a node has beside its kubelet: the service manager that keeps it running, containerd, and the programs of the
//! control plane as processes that somebody starts with a command line.

mod containerd;
mod flags;
pub(crate) mod health;
mod process;
mod systemd;

pub(crate) use containerd::Containerd;
pub(crate) use process::Process;
pub(crate) use systemd::Systemd;
pub use systemd::Verb as UnitVerb;
