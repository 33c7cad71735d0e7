//! Consensus as etcd's raft does it, without time and without I/O.
