//! The worker's first module, for worlds that may hold Kubernetes.

#![forbid(unsafe_code)]

fn main() {
    kubarium_worker::start(Some(lab::Kubernetes::kubeadm()));
}
