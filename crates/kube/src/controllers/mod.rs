//! kube-controller-manager: the controllers, as one process that works while it leads.
//!
//! A controller is a table entry ([`controller::Controller`]): who is looked at when something changes, and a function
//! from what is known to what is to be done. The manager runs the plans: one a key, so many at a time as the real
//! controller has workers, in the name of the controller's service account.

mod controller;
mod deployment;
mod manager;
mod pods;
mod replicaset;

pub use manager::{Config, ControllerManager};
