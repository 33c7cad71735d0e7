//! HTTP as it stands on the wire (RFC 9112), where bytes of a connection are passed on.

use etcd::rpc::{HttpRequest, HttpResponse};

/// Reads a request; what is not there is empty.
pub(super) fn request(text: &str) -> HttpRequest {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let mut word = || first.next().unwrap_or_default().to_owned();
    let (method, target) = (word(), word());
    let header = |line: &str| line.split_once(':').map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
    let headers = lines.filter_map(header).collect();
    HttpRequest { method, target, headers, body: body.into(), at_peer_port: false }
}

/// Writes a response.
pub(super) fn response(response: &HttpResponse) -> String {
    let mut text = format!("HTTP/1.1 {} \r\n", response.status);
    response.headers.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\r\n")));
    text.push_str("\r\n");
    text + &String::from_utf8_lossy(&response.body)
}
