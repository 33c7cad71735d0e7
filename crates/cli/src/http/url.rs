//! URLs as far as a member's address needs them.

use std::fmt;

/// `scheme://host:port/path?query`, all still encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    pub scheme: String,
    /// Without brackets.
    pub host: String,
    pub port: u16,
    /// Whether the port was given and not that of the scheme.
    explicit_port: bool,
    /// Empty, or beginning with a slash.
    pub path: String,
    /// Without the question mark.
    pub query: String,
}

impl Url {
    /// Reads a URL; `scheme` stands for one that is missing. `None` if it is none that could be dialled.
    pub fn parse(text: &str, scheme: &str) -> Option<Url> {
        let (scheme, rest) = text.split_once("://").unwrap_or((scheme, text));
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']')?;
                (host, port.strip_prefix(':'))
            }
            None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
        };
        let port = port.filter(|port| !port.is_empty());
        let number = match port {
            Some(port) => port.parse().ok()?,
            None if scheme == "https" => 443,
            None => 80,
        };
        (!host.is_empty()).then(|| Url {
            scheme: scheme.to_ascii_lowercase(),
            host: host.to_owned(),
            port: number,
            explicit_port: port.is_some(),
            path: path.to_owned(),
            query: query.to_owned(),
        })
    }

    /// The same server with another path and query.
    pub fn at(&self, path: &str, query: &str) -> Url {
        Url { path: path.to_owned(), query: query.to_owned(), ..self.clone() }
    }

    /// Path and query as they stand on a request line.
    pub fn target(&self) -> String {
        let path = if self.path.is_empty() { "/" } else { &self.path };
        if self.query.is_empty() { path.to_owned() } else { format!("{path}?{}", self.query) }
    }

    /// Where the name leads: this machine's own name does not need a server of names.
    pub fn address(&self) -> String {
        match self.host.as_str() {
            "localhost" => "127.0.0.1".to_owned(),
            host if host.contains(':') => format!("[{host}]"),
            host => host.to_owned(),
        }
    }

    /// Host and port as the `Host` header has them.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.explicit_port { format!("{host}:{}", self.port) } else { host }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority(), self.path)?;
        if self.query.is_empty() { Ok(()) } else { write!(f, "?{}", self.query) }
    }
}

/// Encodes a path, keeping its slashes (Go: net/url, `EscapedPath`).
pub fn escape_path(path: &str) -> String {
    escape(path, |byte| matches!(byte, b'/' | b'$' | b'&' | b'+' | b',' | b':' | b';' | b'=' | b'@'), "%20")
}

/// Encodes a field of a query or form (Go: net/url, `QueryEscape`).
pub fn escape_query(text: &str) -> String {
    escape(text, |_| false, "+")
}

fn escape(text: &str, keep: impl Fn(u8) -> bool, space: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push_str(space),
            byte if keep(byte) => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, u16, &str)>) {
        let url = Url::parse(text, "http");
        let got = url.as_ref().map(|url| (url.host.as_str(), url.port, url.target()));
        assert_eq!(got, expected.map(|(host, port, target)| (host, port, target.to_owned())), "{text}");
    }

    #[test]
    fn urls_come_with_and_without_scheme_port_and_path() {
        check("http://127.0.0.1:2379/v2/keys?a=b", Some(("127.0.0.1", 2379, "/v2/keys?a=b")));
        check("127.0.0.1:2379", Some(("127.0.0.1", 2379, "/")));
        check("https://etcd", Some(("etcd", 443, "/")));
        check("http://[::1]:2379/x#y", Some(("::1", 2379, "/x")));
        check("http://:2379", None);
        check("http://host:x", None);
    }

    #[test]
    fn what_may_not_stand_in_a_url_is_encoded() {
        assert_eq!(escape_path("/with space/ä?"), "/with%20space/%C3%A4%3F");
        assert_eq!(escape_query("a b&c=d/e"), "a+b%26c%3Dd%2Fe");
    }
}
