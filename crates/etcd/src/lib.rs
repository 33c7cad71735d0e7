//! The etcd server: store, watch, lease, auth, membership, as an actor.
