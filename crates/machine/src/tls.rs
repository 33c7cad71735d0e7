//! TLS as far as a learner meets it: who trusts whom, and what a mismatch looks like.
//!
//! No cryptography is done. A certificate is a PEM block whose body names its subject, the authority that signed it
//! and the hosts it is for, and both it and its key name the pair of keys they are of. That is all that the outcome of a
//! handshake depends on here.

use base64::{Engine, engine::general_purpose::STANDARD};
use border::{Certificate, ServerTls};
use cli::{host::ServerFiles, transport::Tls};
use serde::{Deserialize, Serialize};

/// The body of a private key: which pair it is one half of.
#[derive(Serialize, Deserialize)]
struct PrivateKey {
    of: String,
}

/// The certificate as a file.
fn pem(certificate: &Certificate) -> String {
    block("CERTIFICATE", certificate)
}

/// The private key that belongs to this certificate, as a file.
fn key_pem(certificate: &Certificate) -> String {
    block("RSA PRIVATE KEY", &PrivateKey { of: certificate.key.clone() })
}

/// A certificate and the key to it, as files.
pub(crate) fn issue(certificate: &Certificate) -> (String, String) {
    (pem(certificate), key_pem(certificate))
}

/// Reads a certificate's file; `None` when it is none.
fn read(bytes: &[u8]) -> Option<Certificate> {
    unblock("CERTIFICATE", bytes)
}

/// Reads a certificate and the key to it (Go: crypto/tls/tls.go, `X509KeyPair`).
///
/// # Errors
/// The words of Go's TLS library when one of the files is something else, or they do not belong together.
pub(crate) fn key_pair(certificate: &[u8], key: &[u8]) -> Result<Certificate, String> {
    let is_key = |pem: &[u8]| String::from_utf8_lossy(pem).contains("PRIVATE KEY-----");
    let certificate = read(certificate).ok_or(if is_key(certificate) {
        "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may \
         have been switched"
    } else {
        "tls: failed to find any PEM data in certificate input"
    })?;
    match unblock::<PrivateKey>("RSA PRIVATE KEY", key) {
        // Of a key that was made elsewhere nobody here can say to which request it belongs.
        None if certificate.key.is_empty() && is_key(key) => Ok(certificate),
        Some(key) if key.of == certificate.key => Ok(certificate),
        Some(_) => Err("tls: private key does not match public key".into()),
        None if read(key).is_some() => {
            Err("tls: found a certificate rather than a key in the PEM for the private key".into())
        }
        None => Err("tls: failed to find any PEM data in key input".into()),
    }
}

fn block<T: Serialize>(kind: &str, value: &T) -> String {
    let body = STANDARD.encode(serde_json::to_vec(value).unwrap_or_default());
    let lines: Vec<&str> = body.as_bytes().chunks(64).filter_map(|line| str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", lines.join("\n"))
}

fn unblock<T: for<'a> Deserialize<'a>>(kind: &str, bytes: &[u8]) -> Option<T> {
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
        // Who trusts the certificate itself needs nobody to vouch for it.
        let trusted = client.ca.as_deref().and_then(read);
        let shown = &server.certificate;
        if trusted.is_none_or(|trusted| trusted.subject != shown.issuer && trusted != *shown) {
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
    let certificate = key_pair(certificate, key)?;
    if certificate.issuer != *authority {
        return Err("remote error: tls: bad certificate".into());
    }
    Ok(())
}

/// The header by which a server that speaks HTTP learns who has shown it a certificate.
pub(crate) const CLIENT: &str = "x-client-certificate";

/// That header, for a client with a certificate and its key.
pub(crate) fn client(tls: &Tls) -> Option<(String, String)> {
    let (certificate, key) = tls.identity.as_ref()?;
    let certificate = key_pair(certificate, key).ok()?;
    let groups: String = certificate.groups.iter().map(|group| format!(",O={group}")).collect();
    Some((CLIENT.into(), format!("CN={}{groups},issuer={}", certificate.subject, certificate.issuer)))
}

/// How a member secures a port with these files.
///
/// # Errors
/// The words of Go's TLS library when they are no certificate, or not its key.
pub(crate) fn of_server(files: &ServerFiles) -> Result<ServerTls, String> {
    let wrong = || "tls: failed to find any PEM data in certificate input".to_owned();
    let certificate = key_pair(&files.identity.0, &files.identity.1)?;
    let client_authority = match &files.client_authority {
        Some(authority) => Some(read(authority).ok_or_else(wrong)?.subject),
        None => None,
    };
    Ok(ServerTls { certificate, client_authority })
}
