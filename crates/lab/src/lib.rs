//! The World: cluster, learner's machine and faults on one clock; replay, and what the site sees of it.
//!
//! [`Desk`] is a world worked through the protocol, as the Web Worker does; [`World`] is the same without a page, as the
//! native twin and the tests use it.

#![forbid(unsafe_code)]

mod check;
mod cluster;
mod condition;
mod desk;
mod hosted;
mod inside;
mod kubernetes;
pub mod load;
mod node;
mod operations;
mod post;
mod preparation;
mod quiet;
mod supervised;
mod view;
mod walk;
mod waterfall;
mod wire;
mod world;

pub use border::{HOME, Job, Maker, SessionId};
pub use cluster::{EPOCH, WorldSetup};
pub use desk::Desk;
pub use kubernetes::{Components, Kubernetes};
pub use operations::Operation;
pub use world::World;
