//! Names on the network: which address is which component, and who listens on which port.

use serde::{Deserialize, Serialize};
use sim::NodeId;
use sorted::SortedMap;

/// The learner's machine on the network.
pub const LEARNER: NodeId = NodeId(1000);

/// The learner's home directory.
pub const HOME: &str = "/root";

/// Where the manifests of a control plane's static pods lie.
pub const MANIFESTS: &str = "/etc/kubernetes/manifests";

/// What answers on a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Listener {
    /// etcd's client port.
    Client(NodeId),
    /// etcd's peer port: it answers clients too, except that over plain HTTP it has other pages.
    Peer(NodeId),
}

/// Who listens where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    listeners: SortedMap<(String, u16), Listener>,
}

impl Names {
    /// Enters a listener; one at the same host and port is replaced.
    pub fn listen(&mut self, host: &str, port: u16, listener: Listener) {
        self.listeners.insert((host.to_string(), port), listener);
    }

    /// What answers at a host and port; `None` when nothing does.
    pub fn find(&self, host: &str, port: u16) -> Option<Listener> {
        // What is not of this machine goes to the gateway, if there is one, whatever the port.
        let gateway = || self.listeners.get(&("*".to_string(), 0)).copied().filter(|_| is_routed(host));
        self.listener(host, port).or_else(gateway)
    }

    fn listener(&self, host: &str, port: u16) -> Option<Listener> {
        let host = if host == "localhost" { "127.0.0.1" } else { host };
        let at = |host: &str| self.listeners.get(&(host.to_string(), port)).copied();
        let everywhere = || at("0.0.0.0").or_else(|| at("::")).filter(|_| is_own(host));
        at(host).or_else(everywhere)
    }

    /// Whether something listens there already, so that nothing else can.
    pub fn is_taken(&self, host: &str, port: u16) -> bool {
        match host {
            "0.0.0.0" | "::" => self.listeners.keys().any(|(_, taken)| *taken == port),
            host => self.listener(host, port).is_some(),
        }
    }
}

/// The addresses of the learner's machine, which is also the control plane's.
pub const OWN_ADDRESSES: &[&str] = &["127.0.0.1", "172.18.0.10"];

/// Whether a process of this machine may listen at an address.
pub fn is_own(host: &str) -> bool {
    matches!(host, "localhost" | "0.0.0.0" | "::" | "::1") || host.starts_with("127.") || OWN_ADDRESSES.contains(&host)
}

/// Whether an address is reached through the machine's network.
fn is_routed(host: &str) -> bool {
    host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| !address.is_loopback() && !address.is_unspecified())
}

/// Whether a host's name can be resolved: the learner's machine knows itself and plain addresses.
pub fn resolves(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok()
}
