//! What a client is made from.

use super::endpoint::{Credentials, address, credentials};
use crate::transport::{Endpoint, Tls};

/// Certificates and wishes about encryption, as the flags gave them.
pub type TlsConfig = Option<Tls>;

/// Endpoints, credentials and time-outs of a client.
#[derive(Clone, Debug, Default)]
pub struct ClientConfig {
    /// As given: with or without scheme.
    pub endpoints: Vec<String>,
    pub tls: TlsConfig,
    pub username: String,
    pub password: String,
    /// Nanoseconds; how long getting a token may take.
    pub dial_timeout: i64,
}

impl ClientConfig {
    /// The addresses to connect to. The first endpoint's scheme decides for all of them whether the connections are
    /// encrypted (etcd: client/v3/client.go, `dialWithBalancer`).
    pub fn targets(&self) -> Vec<Result<Endpoint, String>> {
        let tls = match self.endpoints.first().map(|e| credentials(e)) {
            Some(Credentials::Required) => Some(self.tls.clone().unwrap_or_default()),
            Some(Credentials::Dropped) => None,
            _ => self.tls.clone(),
        };
        self.endpoints.iter().map(|e| address(e, tls.clone())).collect()
    }
}
