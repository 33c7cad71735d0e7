//! Whole clusters: etcd, the API server and all that works through it, and what becomes of what a learner asks for.

mod cluster;
mod cluster_life;
mod large;
mod scheduling;
mod traffic;
mod workloads;
