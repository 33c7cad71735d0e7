//! The World: cluster, learner's machine and faults on one clock; replay, and what the site sees of it.
//!
//! [`Desk`] is a world worked through the protocol, as the Web Worker does; [`World`] is the same without a page, as the
//! native twin and the tests use it.

#![forbid(unsafe_code)]

mod check;
mod cluster;
mod desk;
mod downloads;
mod hosted;
mod inside;
pub mod load;
mod machine;
mod names;
mod net;
mod node;
mod operations;
mod preparation;
mod terminal;
mod tls;
mod view;
mod waterfall;
mod wire;
mod world;

pub use cluster::WorldSetup;
pub use desk::Desk;
pub use machine::{EPOCH, HOME, login_session};
pub use operations::Operation;
pub use world::World;
