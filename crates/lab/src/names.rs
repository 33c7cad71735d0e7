//! Names on the network: which address is which component, and who listens on which port.

use sim::NodeId;
use sorted::SortedMap;

/// The learner's machine.
pub(crate) const LEARNER: NodeId = NodeId(1000);
/// Its name on the diagram.
pub(crate) const LEARNER_NAME: &str = "learner";

/// What answers on a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listener {
    /// etcd's client port.
    Client(NodeId),
    /// etcd's peer port: it answers clients too, except that over plain HTTP it has other pages.
    Peer(NodeId),
}

/// Who listens where.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    listeners: SortedMap<(String, u16), Listener>,
}

impl Names {
    pub fn listen(&mut self, host: &str, port: u16, listener: Listener) {
        self.listeners.insert((host.to_string(), port), listener);
    }

    /// What answers at a host and port; `None` when nothing does.
    pub fn find(&self, host: &str, port: u16) -> Option<Listener> {
        let host = if host == "localhost" { "127.0.0.1" } else { host };
        self.listeners.get(&(host.to_string(), port)).copied()
    }
}

/// Whether a host's name can be resolved: the learner's machine knows itself and plain addresses.
pub(crate) fn resolves(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok()
}
