//! TLS as far as both sides know it: what a certificate says, and how a port is secured. No cryptography is done; files
//! and handshakes are the machine's business.

use serde::{Deserialize, Serialize};

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The common name.
    pub subject: String,
    /// The common name of the authority that signed it.
    pub issuer: String,
    /// Names and addresses the certificate is good for.
    pub hosts: Vec<String>,
    /// Names the pair of keys it speaks for; no two certificates share one.
    pub key: String,
    /// The organizations in its subject, which are the groups of whoever shows it to the API server.
    #[serde(default)]
    pub groups: Vec<String>,
}

/// How a member secures a port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerTls {
    /// What it shows.
    pub certificate: Certificate,
    /// The authority whose clients are let in (`--trusted-ca-file` with `--client-cert-auth`).
    pub client_authority: Option<String>,
}

/// A certificate as kubeadm's authority for etcd issues it on the control plane node of this name and address.
/// `name` is that of its file, without the extension.
pub fn of_kubeadm(name: &str, subject: &str, node: &str, address: &str) -> Certificate {
    let hosts = [node, "localhost", "127.0.0.1", address].map(String::from).to_vec();
    Certificate { subject: subject.into(), issuer: "etcd-ca".into(), hosts, key: name.into(), groups: Vec::new() }
}
