//! The etcd server: store, watch, lease, auth, membership, as an actor.

mod bytes;
pub mod rpc;

pub use bytes::Bytes;
