//! Kubernetes: the API server, and the components that know the cluster only through it.
//!
//! Every component is an actor of the simulation ([`sim::Actor`]). The API server alone talks to etcd, as a client does;
//! controllers, scheduler and kubelets list and watch, and write with the revision they have read. Nobody looks into
//! another one's memory.

#![forbid(unsafe_code)]

pub mod api;
pub mod apiserver;
mod balancer;
pub mod client;
mod clock;
mod component;
pub mod controllers;
pub mod host;
mod kubeadm;
pub mod kubelet;
mod log;
mod msg;
mod node;
pub mod proxy;
#[cfg(test)]
mod scenarios;
pub mod scheduler;

pub use clock::Clock;
pub use component::{Component, Look, Placed, Seen};
pub use kubeadm::{BALANCER, Layout, MACHINE, RUNTIME, Rates, placed};
pub use log::Log;
pub use msg::{Msg, Note};
pub use node::UnitVerb;
