//! kube-controller-manager: the controllers, as one process that works while it leads.
//!
//! A controller is a table entry ([`controller::Controller`]): who is looked at when something changes, and a function
//! from what is known to what is to be done. The manager runs the plans: one a key, so many at a time as the real
//! controller has workers, in the name of the controller's service account.

mod accounts;
mod autoscaler;
mod bootstrap;
mod controller;
mod cronjob;
mod daemonset;
mod deployment;
mod disruption;
mod endpoints;
mod endpointslice;
mod endpointslicemirroring;
mod eviction;
mod garbage;
mod history;
mod job;
mod manager;
mod namespace;
mod nodes;
mod pod_gc;
mod pods;
mod quota;
mod replicaset;
mod services;
mod signing;
mod statefulset;
mod tokens;
mod ttl;
mod volumes;

pub(crate) use manager::stand_in;
pub use manager::{Config, ControllerManager};
