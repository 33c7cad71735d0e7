//! The learner's machine in a world of etcd alone.

#![forbid(unsafe_code)]

fn main() {
    kubarium_console::start(machine::maker());
}
