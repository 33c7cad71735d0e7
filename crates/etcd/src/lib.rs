//! The etcd server: store, watch, lease, auth, membership, as an actor.

#![forbid(unsafe_code)]

pub mod apply;
pub mod auth;
mod bytes;
pub mod invariants;
pub mod lease;
pub mod rpc;
pub mod server;
pub mod store;
pub mod v2;

pub use bytes::Bytes;
