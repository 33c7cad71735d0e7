//! What a member answers over plain HTTP on its client port (API version 2, health, metrics, and version 3 as
//! JSON) and on its peer port.

use serde::{Deserialize, Serialize};

use super::ResponseHeader;
use crate::Bytes;

/// A request of an HTTP client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpRequest {
    /// `GET`, `PUT`, and so on.
    pub method: String,
    /// Path and query, percent-encoded, as on the request line.
    pub target: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// What follows the headers.
    pub body: Bytes,
    /// Whether it came in where members talk to each other, not where clients do.
    pub at_peer_port: bool,
}

/// An answer, or the first part of one: a long poll gets its headers at once and its body when something has happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpResponse {
    /// Who answered. Not part of what a client sees.
    pub header: ResponseHeader,
    /// The status code; 0 in a later part of a body.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body, or a part of it.
    pub body: Bytes,
    /// Whether more of the body will come.
    pub more: bool,
}

impl HttpRequest {
    /// The header of this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

impl HttpResponse {
    /// A whole answer.
    pub fn new(status: u16, content_type: &str, body: impl AsRef<[u8]>) -> HttpResponse {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        HttpResponse { status, headers, body: Bytes::from(body.as_ref()), ..HttpResponse::default() }
    }

    /// A whole answer in JSON.
    pub fn json(status: u16, body: impl AsRef<[u8]>) -> HttpResponse {
        HttpResponse::new(status, "application/json", body)
    }

    /// An answer in words (Go: `http.Error`).
    pub fn error(status: u16, words: &str) -> HttpResponse {
        HttpResponse::new(status, "text/plain; charset=utf-8", format!("{words}\n"))
            .with("X-Content-Type-Options", "nosniff")
    }

    /// The same with one more header.
    pub fn with(mut self, name: &str, value: impl ToString) -> HttpResponse {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    /// The header of this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// The words that go with a status code (RFC 9110).
pub fn status_text(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        301 => "Moved Permanently",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        412 => "Precondition Failed",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}
