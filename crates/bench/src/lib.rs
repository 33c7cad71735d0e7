//! What a cluster of three carries: the same loads run natively, in a browser, and against the real etcd.
//!
//! A load knows no clock; who runs it brings one. Every arm prints the same lines, which `cargo xtask bench etcd` and
//! `cargo xtask bench kubernetes` put side by side.

#![forbid(unsafe_code)]

#[cfg(target_arch = "wasm32")]
mod browser;
mod cluster;
mod kubernetes;
mod plan;

pub use cluster::Cluster;
pub use kubernetes::KubernetesPlan;
pub use plan::{Arm, Plan, VALUE, key};
