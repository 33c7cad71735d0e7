//! TLS as far as a learner meets it: who trusts whom, and what a mismatch looks like.
//!
//! No cryptography is done. A certificate is a PEM block whose body names its subject, the authority that signed it
//! and the hosts it is for; a key names its subject. That is all that the outcome of a handshake depends on here.

use base64::{Engine, engine::general_purpose::STANDARD};
use cli::transport::Tls;
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
}

/// The body of a private key: whose it is.
#[derive(Serialize, Deserialize)]
struct PrivateKey {
    of: String,
}

/// How a member secures its client port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerTls {
    pub certificate: Certificate,
    /// The authority whose clients are let in (`--trusted-ca-file` with `--client-cert-auth`).
    pub client_authority: Option<String>,
}

impl Certificate {
    /// The certificate as a file.
    pub fn pem(&self) -> String {
        pem("CERTIFICATE", self)
    }

    /// The private key that belongs to it, as a file.
    pub fn key_pem(&self) -> String {
        pem("RSA PRIVATE KEY", &PrivateKey { of: self.subject.clone() })
    }

    /// Reads a certificate's file; `None` when it is none.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        unpem("CERTIFICATE", bytes)
    }

    /// Whether a key's file belongs to this certificate.
    pub fn has_key(&self, key: &[u8]) -> bool {
        unpem::<PrivateKey>("RSA PRIVATE KEY", key).is_some_and(|key| key.of == self.subject)
    }
}

fn pem<T: Serialize>(kind: &str, value: &T) -> String {
    let body = STANDARD.encode(serde_json::to_vec(value).unwrap_or_default());
    let lines: Vec<&str> = body.as_bytes().chunks(64).filter_map(|line| str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", lines.join("\n"))
}

fn unpem<T: for<'a> Deserialize<'a>>(kind: &str, bytes: &[u8]) -> Option<T> {
    let text = str::from_utf8(bytes).ok()?;
    let body = text.trim().strip_prefix(&format!("-----BEGIN {kind}-----"))?;
    let body: String = body.strip_suffix(&format!("-----END {kind}-----"))?.split_whitespace().collect();
    serde_json::from_slice(&STANDARD.decode(body).ok()?).ok()
}

/// Whether client and server agree on a connection.
///
/// # Errors
/// Says in words why not, as Go's TLS library would.
pub(crate) fn handshake(client: Option<&Tls>, server: Option<&ServerTls>, host: &str) -> Result<(), String> {
    let (client, server) = match (client, server) {
        (None, None) => return Ok(()),
        (None, Some(_)) => return Err("error reading server preface: EOF".into()),
        (Some(_), None) => return Err("tls: first record does not look like a TLS handshake".into()),
        (Some(client), Some(server)) => (client, server),
    };
    if !client.skip_verify {
        let authority = client.ca.as_deref().and_then(Certificate::read);
        if authority.is_none_or(|authority| authority.subject != server.certificate.issuer) {
            return Err("tls: failed to verify certificate: x509: certificate signed by unknown authority".into());
        }
        let name = client.server_name.as_deref().unwrap_or(host);
        if !server.certificate.hosts.iter().any(|known| known == name) {
            return Err(format!("tls: failed to verify certificate: x509: certificate is not valid for {name}"));
        }
    }
    let Some(authority) = &server.client_authority else { return Ok(()) };
    let Some((certificate, key)) = &client.identity else {
        return Err("remote error: tls: certificate required".into());
    };
    let Some(certificate) = Certificate::read(certificate) else {
        return Err("tls: failed to find any PEM data".into());
    };
    if !certificate.has_key(key) {
        return Err("tls: private key does not match public key".into());
    }
    if certificate.issuer != *authority {
        return Err("remote error: tls: bad certificate".into());
    }
    Ok(())
}
