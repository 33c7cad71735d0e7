//! kube-proxy: turns Services and EndpointSlices into rules of its node's kernel (`pkg/proxy/iptables`).
//!
//! Its process is that of a container of the DaemonSet's pod, so it works only while the node's host says that the
//! container runs. The rules are the kernel's: when kube-proxy is gone they stay as they were.

mod actor;
mod build;
mod names;
mod rules;

pub use actor::{Config, Proxy};
pub use build::build;
pub use rules::{Header, Recent, Rule, Ruleset, Surroundings, Table, Target, Verdict, is_in, number};
