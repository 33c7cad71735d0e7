//! A node as `kubeadm` sees it.

use crate::{hosting::Hosting, tls};
use border::{Certificate, Order};

/// A node of the cluster: the learner's machine, or one that is reached from it.
#[derive(Clone)]
pub(crate) struct Node {
    pub name: String,
    pub address: String,
    /// Whether its kubelet is started by what is done here; otherwise it runs as the world has set it up.
    pub bare: bool,
    /// Whether the programs of a control plane can run here.
    pub can_control: bool,
    pub hosting: Hosting,
}

impl Node {
    fn order(&self, start: Option<Vec<(String, Vec<u8>)>>) {
        if self.bare {
            self.hosting.order(Order::Kubelet { node: self.name.clone(), start });
        }
    }
}

impl cli::kubeadm::Node for Node {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn address(&self) -> String {
        self.address.clone()
    }

    fn issue(&self, certificate: &Certificate) -> (String, String) {
        tls::issue(certificate)
    }

    fn has_kubelet(&self) -> bool {
        self.bare
    }

    fn can_control(&self) -> bool {
        self.can_control
    }

    fn start_kubelet(&self, files: Vec<(String, Vec<u8>)>) {
        self.order(Some(files));
    }

    fn stop_kubelet(&self) {
        self.order(None);
    }
}
