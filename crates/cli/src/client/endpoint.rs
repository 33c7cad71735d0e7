//! Endpoints as `--endpoints` gives them (etcd: client/v3/internal/endpoint/endpoint.go): with or without a scheme.

use crate::transport::{Endpoint, Tls};

/// What an endpoint's scheme says about credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// `https`: always encrypted.
    Required,
    /// `http`: never encrypted, whatever certificates were given.
    Dropped,
    /// No scheme: encrypted when certificates were given.
    Optional,
}

/// The scheme's say on credentials.
pub fn credentials(endpoint: &str) -> Credentials {
    match endpoint.split_once("://").map(|(scheme, _)| scheme) {
        Some("https" | "unixs") => Credentials::Required,
        Some("http") => Credentials::Dropped,
        _ if endpoint.starts_with("unixs:") => Credentials::Required,
        _ => Credentials::Optional,
    }
}

/// The address of an endpoint, or why it is none. Upstream finds out while dialling and keeps trying.
pub fn address(endpoint: &str, tls: Option<Tls>) -> Result<Endpoint, String> {
    let authority = match endpoint.split_once("://") {
        Some(("http" | "https", rest)) => rest.split(['/', '?', '#']).next().unwrap_or(rest),
        _ => endpoint,
    };
    let (host, port) = split_host_port(authority)?;
    let port = port.parse().map_err(|_| format!("dial tcp: address {port}: invalid port"))?;
    Ok(Endpoint { host: dialled(host).to_owned(), port, tls })
}

/// The host that is dialled for one that names no machine: this one (Go: `net.Dial`).
pub fn dialled(host: &str) -> &str {
    if matches!(host, "" | "0.0.0.0") { "127.0.0.1" } else { host }
}

fn split_host_port(authority: &str) -> Result<(&str, &str), String> {
    let missing = || format!("dial tcp: address {authority}: missing port in address");
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, tail) = rest.split_once(']').ok_or_else(missing)?;
        return Ok((host, tail.strip_prefix(':').ok_or_else(missing)?));
    }
    let (host, port) = authority.rsplit_once(':').ok_or_else(missing)?;
    if host.contains(':') {
        return Err(format!("dial tcp: address {authority}: too many colons in address"));
    }
    Ok((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(endpoint: &str, host: &str, port: u16, expected: Credentials) {
        let at = Endpoint { host: host.to_owned(), port, tls: None };
        assert_eq!((address(endpoint, None), credentials(endpoint)), (Ok(at), expected), "{endpoint}");
    }

    #[test]
    fn endpoints_come_with_and_without_scheme() {
        check("127.0.0.1:2379", "127.0.0.1", 2379, Credentials::Optional);
        check("http://127.0.0.1:2379", "127.0.0.1", 2379, Credentials::Dropped);
        check("https://etcd.example:2379/path", "etcd.example", 2379, Credentials::Required);
        check("[::1]:2379", "::1", 2379, Credentials::Optional);
        check(":2379", "127.0.0.1", 2379, Credentials::Optional);
        check("http://0.0.0.0:2379", "127.0.0.1", 2379, Credentials::Dropped);
    }

    #[test]
    fn an_address_needs_a_port() {
        for bad in ["127.0.0.1", "http://host", "host:x", "", "::1:2379"] {
            assert!(address(bad, None).is_err(), "{bad}");
        }
    }
}
