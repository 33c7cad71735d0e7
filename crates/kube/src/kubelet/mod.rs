//! kubelet: registers its node, keeps its lease, and runs the pods that are bound to it in a container runtime.

mod actor;
mod backoff;
mod config;
mod host;
mod logs;
mod node;
mod probes;
mod process;
mod runtime;
mod seen;
mod setup;
mod statics;
mod status;
mod sync;
mod worker;

pub use actor::{Config, Kubelet};
pub use statics::Program;
