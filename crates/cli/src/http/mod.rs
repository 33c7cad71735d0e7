//! HTTP as programs speak it to a member: URLs, one exchange of request and answer, and the words for what goes wrong.

mod url;

use std::rc::Rc;

use etcd::Bytes;
use etcd::rpc::{HttpRequest, HttpResponse, Request, Response};

use crate::client::dialled;
use crate::transport::{Call, CallError, CallStream, Endpoint, Tls, Transport};

pub use url::{Url, escape_path, escape_query};

/// Why there was no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpError {
    /// Nobody listens there.
    Refused,
    /// The host's name does not resolve.
    NoSuchHost,
    /// The connection broke.
    Disconnected,
    /// The handshake failed.
    Tls(String),
    /// What answered does not speak HTTP.
    Garbage(String),
}

impl HttpError {
    /// Go's words, with the address that was dialled.
    pub fn go_words(&self, url: &Url) -> String {
        match self {
            HttpError::Refused => format!("dial tcp {}:{}: connect: connection refused", url.address(), url.port),
            HttpError::NoSuchHost => format!("dial tcp: lookup {}: no such host", url.host),
            HttpError::Disconnected => "EOF".to_owned(),
            // A member hangs up on what is not HTTP.
            HttpError::Tls(reason) if reason.contains("first record") => "EOF".to_owned(),
            HttpError::Tls(reason) => reason.clone(),
            HttpError::Garbage(reason) => reason.clone(),
        }
    }

    /// Whether no connection could be made.
    pub fn is_dial(&self) -> bool {
        matches!(self, HttpError::Refused | HttpError::NoSuchHost)
    }
}

impl From<CallError> for HttpError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Refused => HttpError::Refused,
            CallError::NoSuchHost(_) => HttpError::NoSuchHost,
            CallError::Disconnected => HttpError::Disconnected,
            CallError::Tls(reason) => HttpError::Tls(reason),
            // A gateway tells of a refusal beyond it, and a load balancer of a connection that broke there.
            CallError::Status(status) if status.message == "connection refused" => HttpError::Refused,
            CallError::Status(status) if status.message == "EOF" => HttpError::Disconnected,
            CallError::Status(status) => HttpError::Garbage(status.message),
        }
    }
}

/// An answer whose body may still be arriving. Dropping it closes the connection.
pub struct Exchange {
    stream: Option<Box<dyn CallStream>>,
    /// The first part: status, headers, and what of the body came with them.
    pub head: HttpResponse,
}

/// Sends a request and waits for the head of the answer. Never times out by itself.
pub async fn exchange(
    transport: &Rc<dyn Transport>,
    command: u64,
    url: &Url,
    tls: Option<Tls>,
    request: HttpRequest,
) -> Result<Exchange, HttpError> {
    if let Some(head) = transport.outside(&url.host, &url.path) {
        return Ok(Exchange { stream: None, head });
    }
    let secure = url.scheme == "https";
    let tls = secure.then(|| tls.unwrap_or_default());
    let to = Endpoint { host: dialled(&url.host).to_owned(), port: url.port, tls };
    match transport.connect(command, &to).await {
        Ok(()) => {}
        // A member that expects TLS hangs up on plain HTTP (etcd: client/pkg/transport/listener_tls.go, `acceptLoop`).
        Err(CallError::Tls(_)) if !secure => return Err(HttpError::Disconnected),
        Err(error) => return Err(error.into()),
    }
    let mut stream = transport.stream(Call { command, to, token: None, request: Request::Http(request) });
    match stream.recv().await? {
        Some(Response::Http(head)) => Ok(Exchange { stream: head.more.then_some(stream), head }),
        _ => Err(HttpError::Disconnected),
    }
}

impl Exchange {
    /// The next part of the body; `None` when it is complete.
    pub async fn next(&mut self) -> Option<Bytes> {
        let stream = self.stream.as_mut()?;
        let part = stream.recv().await;
        let Ok(Some(Response::Http(part))) = part else {
            self.stream = None;
            return None;
        };
        if !part.more {
            self.stream = None;
        }
        Some(part.body)
    }

    /// Sends more, where both sides go on talking.
    pub fn send(&mut self, frame: &[u8]) {
        if let Some(stream) = &mut self.stream {
            let request = HttpRequest { body: frame.into(), ..HttpRequest::default() };
            stream.send(Request::Http(request));
        }
    }

    /// The whole body.
    pub async fn body(&mut self) -> Vec<u8> {
        let mut body = self.head.body.to_vec();
        while let Some(part) = self.next().await {
            body.extend_from_slice(&part);
        }
        body
    }
}
