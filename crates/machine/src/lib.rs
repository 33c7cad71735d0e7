//! The learner's machine: its shell, its files, its programs, its terminals.
//!
//! The lab knows it as a [`border::Machine`]. Programs reach the cluster by messages only: see [`net`].

#![forbid(unsafe_code)]

mod downloads;
mod furnish;
mod hosting;
mod kubeconfig;
mod local;
mod net;
mod terminal;
mod tls;

pub use local::{Extra, maker, maker_with};
