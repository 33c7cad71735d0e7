//! Fault storms: random faults against concurrent clients of a simulated etcd cluster, and what must hold all the same.
//!
//! A [`plan`] is drawn from a seed: who works, and what goes wrong when. [`run`](run::run) plays it in a simulation, with
//! the invariants of raft and the store looked at after every event, and writes down what every client asked for and was
//! told ([`history`]). Then the history is held against a [`model`] of the store: it has to be linearizable
//! ([`mod@linearize`]), and what watchers were told has to be all that happened, in order, at once and only once
//! ([`watching`]). What is broken is told as a [`story`], without the troubles that had nothing to do with it.
#![forbid(unsafe_code)]

mod admin;
mod facts;
pub mod history;
pub mod linearize;
mod machines;
pub mod model;
pub mod plan;
#[cfg(feature = "planted-bugs")]
pub mod planted;
pub mod run;
mod scene;
pub mod shrink;
pub mod story;
pub mod text;
mod watcher;
pub mod watching;
mod wire;
mod worker;
