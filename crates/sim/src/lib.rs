//! Virtual time, network, power and trace: the kernel that every world runs on.
//!
//! A component is an [`Actor`]: a plain struct that is handed an [`Input`] and writes what it wants done into
//! [`Out`]. [`Sim`] owns the actors, the clock, the network between them, their disks and their power, and records
//! everything that happens in a [`Trace`]. Nothing here knows what the actors are.
//!
//! The same seed and the same inputs give the same trace on every platform, bit for bit: integer time, ordered maps,
//! one seeded generator, and a hash over a canonical form of every record ([`Digest`]).
#![forbid(unsafe_code)]

mod actor;
mod deliver;
mod digest;
mod fault;
mod network;
mod node;
mod power;
mod queue;
mod random;
mod time;
mod trace;
mod world;

pub use actor::{Actor, Cause, EventId, Input, NodeId, Out};
pub use digest::{Digest, Payload};
pub use fault::{Fault, UnknownNode};
pub use network::{InFlight, Link, Network};
pub use node::Power;
pub use random::Random;
pub use time::{Micros, Time};
pub use trace::{Kind, Record, Trace, Why};
pub use world::{Mail, Sim};
