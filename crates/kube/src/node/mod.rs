//! What a node has beside its kubelet: the service manager that keeps the kubelet running, and the programs of the
//! control plane as processes that somebody starts with a command line.

mod flags;
mod process;
mod systemd;

pub(crate) use process::Process;
pub(crate) use systemd::Systemd;
pub use systemd::Unit;
