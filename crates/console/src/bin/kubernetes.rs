//! The learner's machine in a world with Kubernetes.

#![forbid(unsafe_code)]

fn main() {
    kubarium_console::start(machine::maker_with(|transport| vec![("kubectl", cli::kubectl(transport))]));
}
