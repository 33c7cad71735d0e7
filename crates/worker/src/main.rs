//! The worker's first module, for worlds of etcd alone.

#![forbid(unsafe_code)]

fn main() {
    kubarium_worker::start(None);
}
