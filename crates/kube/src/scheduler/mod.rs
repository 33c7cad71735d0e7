//! kube-scheduler: gives each pod a node, and tells why it did, or why it could not.

mod actor;
mod cycle;
mod filters;
mod nodes;
mod preempt;
mod queue;
mod resources;
mod scores;
mod terms;
mod words;

pub use actor::{Config, Scheduler};
