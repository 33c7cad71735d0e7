//! The only way from a program to the cluster. The lab implements [`Transport`] on the simulated network; tests put a
//! single store behind it. Balancing over endpoints, retries and time-outs are the client's ([`crate::client`]).

use std::pin::Pin;

use etcd::rpc::{HttpRequest, HttpResponse, Request, Response, Status};

/// A boxed future that stays on its thread; the same type as `shell::LocalBoxFuture`.
pub type LocalBoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Where to connect to, and how.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// Host name or address, without brackets.
    pub host: String,
    pub port: u16,
    /// What the connection is secured with; `None` is plain text.
    pub tls: Option<Tls>,
}

/// The client's side of a TLS connection: contents of the files given by `--cacert`, `--cert` and `--key`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tls {
    /// Authorities to trust, PEM; without them those of the system.
    pub ca: Option<Vec<u8>>,
    /// The client's own certificate and key, PEM.
    pub identity: Option<(Vec<u8>, Vec<u8>)>,
    /// The name the server's certificate must carry, if not the host's.
    pub server_name: Option<String>,
    /// `--insecure-skip-tls-verify`.
    pub skip_verify: bool,
}

/// One call: where to, on whose behalf, what.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The learner's command that this call works for (`Process::command_id`): the root of its trace.
    pub command: u64,
    pub to: Endpoint,
    /// The authentication token, when there is one.
    pub token: Option<String>,
    pub request: Request,
}

/// Why a call brought no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallError {
    /// Nobody listens at the endpoint.
    Refused,
    /// The host's name does not resolve.
    NoSuchHost(String),
    /// The connection broke after the request was sent; it may have been carried out.
    Disconnected,
    /// The handshake failed; the reason in words.
    Tls(String),
    /// The server answered with an error.
    Status(Status),
}

/// What carries calls to endpoints. Object safe; programs hold it as `Rc<dyn Transport>`.
pub trait Transport {
    /// Opens a connection: ready when the server's process has answered the handshake, an error when it cannot be
    /// reached, pending while the process is paused or the network swallows everything. Never times out by itself.
    fn connect(&self, command: u64, to: &Endpoint) -> LocalBoxFuture<'static, Result<(), CallError>> {
        let _ = (command, to);
        Box::pin(std::future::ready(Ok(())))
    }

    /// Reads a certificate and the key to it, both PEM.
    ///
    /// # Errors
    /// The words of Go's TLS library when one is something else, or they do not belong together.
    fn key_pair(&self, certificate: &[u8], key: &[u8]) -> Result<(), String> {
        let _ = (certificate, key);
        Ok(())
    }

    /// What a web server outside of this world answers to a request for a page; `None` when its name does not resolve
    /// there, which is what a machine without a network finds for every name.
    fn outside(&self, host: &str, path: &str) -> Option<HttpResponse> {
        let _ = (host, path);
        None
    }

    /// Listens on a port of this machine's loopback; `None` when somebody does so already.
    fn listen(&self, port: u16) -> Option<Box<dyn Port>> {
        let _ = port;
        None
    }

    /// A call with one answer. Never times out by itself; dropping the future cancels the call.
    fn call(&self, call: Call) -> LocalBoxFuture<'static, Result<Response, CallError>>;

    /// A call that stays open (watch, keep-alive, snapshot). Dropping the stream closes it.
    fn stream(&self, call: Call) -> Box<dyn CallStream>;
}

/// A port that a program of this machine listens on. Dropping it closes it.
pub trait Port {
    /// The next request that comes in, with the number to answer it by.
    fn next(&mut self) -> LocalBoxFuture<'_, (u64, HttpRequest)>;

    /// Answers a request; without an answer the connection is closed on whoever made it.
    fn answer(&mut self, id: u64, response: Option<HttpResponse>);
}

/// An open stream of messages in both directions.
pub trait CallStream {
    /// Sends one more request. A broken stream swallows it; [`CallStream::recv`] tells.
    fn send(&mut self, request: Request);

    /// The next message, or `None` when the server has ended the stream in good order. The future may be dropped and
    /// asked for anew without losing a message.
    fn recv(&mut self) -> LocalBoxFuture<'_, Result<Option<Response>, CallError>>;
}
