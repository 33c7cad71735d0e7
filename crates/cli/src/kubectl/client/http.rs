//! Requests to the API server and what comes back (`k8s.io/client-go/rest`).

use std::cell::RefCell;
use std::rc::Rc;

use etcd::Bytes;
use etcd::rpc::{HttpRequest, HttpResponse};
use serde_json::{Value, json};
use shell::{Either, Process, race};

use crate::http::{Exchange, HttpError, Url, escape_query, exchange};
use crate::kubectl::cmdline::Flags;
use crate::kubectl::failure::Failure;
use crate::kubectl::kubeconfig::Session;
use crate::transport::Transport;

const AGENT: &str = "kubectl/v1.36.4 (linux/amd64) kubernetes/bb826b1";

/// A body with its type.
pub enum Body<'a> {
    None,
    Json(&'a Value),
    /// A patch: its content type and text.
    Patch(&'a str, String),
}

/// A query string of pairs; those without a value are left out.
pub fn query(pairs: &[(&str, &str)]) -> String {
    let given = pairs.iter().filter(|(_, value)| !value.is_empty());
    given.map(|(name, value)| format!("{name}={}", escape_query(value))).collect::<Vec<_>>().join("&")
}

/// A connection to an API server.
pub struct Client {
    process: Rc<Process>,
    transport: Rc<dyn Transport>,
    session: Session,
    /// What the program calls itself.
    agent: &'static str,
    /// `--request-timeout` in nanoseconds; 0 is none.
    timeout: i64,
    timeout_text: String,
    verbosity: i64,
    warned: RefCell<Vec<String>>,
}

impl Client {
    pub fn new(
        process: Rc<Process>,
        transport: Rc<dyn Transport>,
        session: Session,
        flags: &Flags,
    ) -> Result<Self, Failure> {
        let text = flags.text("request-timeout");
        // A number alone is seconds (clientcmd: `ParseTimeout`).
        let timeout = match text.parse::<i64>() {
            Ok(seconds) => seconds.saturating_mul(1_000_000_000),
            Err(_) => crate::go::parse_duration(text).map_err(|_| {
                let words = "Error in configuration: Invalid timeout value. Timeout must be a single integer in \
                             seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)";
                Failure::Words(words.to_owned())
            })?,
        };
        let timeout_text = if timeout > 0 { crate::go::format_duration(timeout) } else { String::new() };
        let (verbosity, warned) = (flags.int("v"), RefCell::default());
        Ok(Self { process, transport, session, agent: AGENT, timeout, timeout_text, verbosity, warned })
    }

    /// The same for a program that calls itself otherwise.
    #[must_use]
    pub fn with_agent(self, agent: &'static str) -> Self {
        Self { agent, ..self }
    }

    /// The server's address, as messages name it.
    pub fn server(&self) -> String {
        self.session.server.to_string().trim_end_matches('/').to_owned()
    }

    /// The server's host and port.
    pub fn host(&self) -> String {
        self.session.server.authority()
    }

    pub fn process(&self) -> &Rc<Process> {
        &self.process
    }

    fn url(&self, path: &str) -> Url {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let base = self.session.server.path.trim_end_matches('/');
        self.session.server.at(&format!("{base}{path}"), query)
    }

    /// Opens an exchange: the head of the answer has come, its body may still arrive.
    ///
    /// # Errors
    /// When no answer came in time.
    pub async fn open(&self, method: &str, path: &str, accept: &str, body: Body<'_>) -> Result<Exchange, Failure> {
        let mut url = self.url(path);
        let watches = url.query.contains("watch=") || url.query.contains("follow=");
        if self.timeout > 0 && !watches && !url.query.contains("timeout=") {
            let separator = if url.query.is_empty() { "" } else { "&" };
            url.query = format!("{}{separator}timeout={}", url.query, self.timeout_text);
        }
        let mut headers = vec![
            ("host".to_owned(), url.authority()),
            ("accept".to_owned(), accept.to_owned()),
            ("user-agent".to_owned(), self.agent.to_owned()),
        ];
        headers.extend(self.session.headers.iter().cloned());
        let (kind, bytes) = match body {
            Body::None => ("", Bytes::default()),
            Body::Json(value) => ("application/json", Bytes::from(value.to_string().as_bytes())),
            Body::Patch(kind, text) => (kind, Bytes::from(text.as_bytes())),
        };
        if !kind.is_empty() {
            headers.push(("content-type".to_owned(), kind.to_owned()));
        }
        let (method, target) = (method.to_owned(), url.target());
        let request = HttpRequest { method: method.clone(), target, headers, body: bytes, at_peer_port: false };
        // A deadline that is over before anything was sent.
        if (1..1_000).contains(&self.timeout) {
            return Err(Failure::Words("context deadline exceeded".to_owned()));
        }
        let command = self.process.command_id();
        let began = self.process.now();
        let answer = exchange(&self.transport, command, &url, self.session.tls.clone(), request);
        let answer = match self.timeout {
            0 => answer.await,
            limit => match race(answer, self.process.sleep(limit.unsigned_abs() / 1_000)).await {
                Either::First(answer) => answer,
                Either::Second(()) => {
                    let reason = "net/http: request canceled (Client.Timeout exceeded while awaiting headers)";
                    return Err(Failure::Url { method, url: url.to_string(), reason: reason.to_owned() });
                }
            },
        };
        let answer = answer.map_err(|error: HttpError| Failure::Url {
            method: method.clone(),
            url: url.to_string(),
            reason: error.go_words(&url),
        })?;
        if self.verbosity >= 6 {
            let (status, took) = (answer.head.status, (self.process.now() - began) / 1_000);
            let line = format!(
                "round_trippers.go:632] \"Response\" verb=\"{method}\" url=\"{url}\" status=\"{status} {}\" milliseconds={took}",
                status_text(status)
            );
            self.process.eprint(format!("{} {line}\n", crate::kubectl::cli::klog(&self.process, 'I')));
        }
        self.warn(&answer.head);
        Ok(answer)
    }

    /// The server's warnings, each once.
    fn warn(&self, head: &HttpResponse) {
        for (_, value) in head.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("warning")) {
            let text = value.split_once('"').map_or(value.as_str(), |(_, rest)| rest.trim_end_matches('"'));
            let text = text.replace("\\\"", "\"");
            if !self.warned.borrow().contains(&text) {
                self.process.eprint(format!("Warning: {text}\n"));
                self.warned.borrow_mut().push(text);
            }
        }
    }

    /// One request and its whole answer.
    ///
    /// # Errors
    /// When no answer came, or the server refused.
    pub async fn call(&self, method: &str, path: &str, accept: &str, body: Body<'_>) -> Result<Vec<u8>, Failure> {
        let mut answer = self.open(method, path, accept, body).await?;
        let bytes = answer.body().await;
        match answer.head.status {
            status if status >= 400 => Err(refusal(status, &bytes)),
            _ => Ok(bytes),
        }
    }

    /// The same with JSON for an answer.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn send(&self, method: &str, path: &str, body: Body<'_>) -> Result<Value, Failure> {
        let bytes = self.call(method, path, "application/json", body).await?;
        serde_json::from_slice(&bytes).map_err(|error| Failure::plain(format!("unable to decode the answer: {error}")))
    }

    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.send("GET", path, Body::None).await
    }
}

/// What a refusal says: the `Status` that came, or one made of the HTTP status (`errors.NewGenericServerResponse`).
pub fn refusal(code: u16, body: &[u8]) -> Failure {
    if let Ok(status) = serde_json::from_slice::<Value>(body)
        && status["kind"] == "Status"
    {
        return Failure::Status(status);
    }
    let text = String::from_utf8_lossy(body).trim_end().to_owned();
    let (reason, message) = match code {
        400 => ("BadRequest", "the server rejected our request for an unknown reason".to_owned()),
        401 => ("Unauthorized", "the server has asked for the client to provide credentials".to_owned()),
        403 => ("Forbidden", text.clone()),
        404 => ("NotFound", "the server could not find the requested resource".to_owned()),
        405 => ("MethodNotAllowed", "the server does not allow this method on the requested resource".to_owned()),
        409 => ("Conflict", "the server reported a conflict".to_owned()),
        429 => (
            "TooManyRequests",
            "the server has received too many requests and has asked us to try again later".to_owned(),
        ),
        503 => ("ServiceUnavailable", "the server is currently unable to handle the request".to_owned()),
        504 => (
            "Timeout",
            "the server was unable to return a response in the time allotted, but may still be processing the request"
                .to_owned(),
        ),
        500.. => {
            let words = format!(
                "an error on the server ({}) has prevented the request from succeeding",
                crate::go::quote(&text)
            );
            ("InternalError", words)
        }
        _ => ("", format!("the server responded with the status code {code} but did not return more information")),
    };
    Failure::Status(json!({"kind": "Status", "reason": reason, "message": message, "code": code}))
}

fn status_text(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        422 => "Unprocessable Entity",
        500 => "Internal Server Error",
        504 => "Gateway Timeout",
        _ => "",
    }
}
