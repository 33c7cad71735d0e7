//! The services that a node of Kubernetes has from the start, kubelet and containerd. They are no programs of this shell:
//! what is asked about them, the node's own systemd and containerd answer.

use std::rc::Rc;

use crate::host::Host;

use super::unit::State;

/// The way to the node's services, on a node of Kubernetes.
#[derive(Clone)]
pub struct Node(pub Option<Rc<dyn Host>>);

impl Node {
    /// Whether a unit is one of the node's own.
    pub fn has(&self, unit: &str) -> bool {
        self.0.is_some() && ["kubelet.service", "containerd.service"].contains(&unit)
    }

    /// What is answered; nothing where nobody does.
    pub async fn ask(&self, words: &[&str]) -> Option<String> {
        match &self.0 {
            Some(host) => host.ask(words).await,
            None => None,
        }
    }

    /// The state of one of its units.
    pub async fn state(&self, unit: &str) -> State {
        let text = self.ask(&["show", unit]).await.unwrap_or_default();
        State::parse(&text)
    }
}
