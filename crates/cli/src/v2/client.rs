//! The client of version 2: endpoints tried one after the other (etcd: client/client.go, etcdctl/ctlv2/command/util.go).

use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use etcd::rpc::{HttpRequest, HttpResponse};
use shell::{Either, Process, race};

use crate::http::{HttpError, Url, escape_query, exchange};
use crate::log::file_error;
use crate::transport::{Tls, Transport};

use super::failure::Failure;
use super::response::read_members;
use super::{Context, code};

/// Where members are looked for unless told otherwise.
const DEFAULT_ENDPOINTS: &str = "http://127.0.0.1:2379,http://127.0.0.1:4001";

/// A request that any endpoint can answer.
#[derive(Clone, Debug, Default)]
pub struct Action {
    pub method: &'static str,
    /// Encoded.
    pub path: String,
    /// Names and values, in order of names.
    pub query: Vec<(&'static str, String)>,
    pub body: Option<Body>,
    /// Tried at one endpoint only: a second try might find its own first one.
    pub one_shot: bool,
}

#[derive(Clone, Debug)]
pub enum Body {
    Form(Vec<(&'static str, String)>),
    Json(String),
    /// Nothing, but named as a form.
    Empty,
}

/// Until when a command may take, in microseconds of virtual time; a watch has no end.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Option<u64>);

impl Deadline {
    /// The command's time begins now.
    pub fn total(context: &Context) -> Self {
        Self(Some(context.process.now() + context.globals.duration("total-timeout")))
    }

    pub fn none() -> Self {
        Self(None)
    }
}

/// Endpoints and how to reach them.
pub struct Client {
    process: Rc<Process>,
    transport: Rc<dyn Transport>,
    endpoints: Vec<Url>,
    pinned: usize,
    tls: Option<Tls>,
    credentials: Option<String>,
    /// Microseconds.
    header_timeout: u64,
    debug: bool,
}

/// A client that knows the cluster's own endpoints. When nobody can be reached, the command ends.
pub async fn connect(context: &Context) -> Result<Client, i32> {
    let mut client = connect_without_sync(context).await?;
    if context.globals.is_on("no-sync") {
        return Ok(client);
    }
    let names = |client: &Client| client.endpoints.iter().map(Url::to_string).collect::<Vec<_>>().join(",");
    if client.debug {
        context.eprintln(format_args!("start to sync cluster using endpoints({})", names(&client)));
    }
    match client.sync(Deadline::total(context)).await {
        Err(Failure::NoEndpoints) => {
            let given = names(&client);
            context.eprintln("etcd cluster has no published client endpoints.");
            let hint = format!("Try '--no-sync' if you want to access non-published client endpoints({given}).");
            context.eprintln(hint);
            return Err(Failure::NoEndpoints.report(context, code::SERVER_ERROR));
        }
        Err(failure) if failure.is_connection() => return Err(failure.report(context, code::BAD_CONNECTION)),
        // A server without version 2, for instance, is met again by the command itself.
        _ => {}
    }
    if client.debug {
        context.eprintln(format_args!("got endpoints({}) after sync", names(&client)));
        context.eprintln(format_args!("Cluster-Endpoints: {}", names(&client).replace(',', ", ")));
    }
    Ok(client)
}

/// A client of the endpoints that were given.
pub async fn connect_without_sync(context: &Context) -> Result<Client, i32> {
    let endpoints = match endpoints(context) {
        Ok(endpoints) => endpoints,
        Err(words) => return Err(context.refuse(words)),
    };
    let tls = match tls(context) {
        Ok(tls) => tls,
        Err(words) => return Err(context.refuse(words)),
    };
    let credentials = match setting(context, "username", "ETCDCTL_USERNAME") {
        user if user.is_empty() => None,
        user if user.contains(':') => Some(format!("Basic {}", STANDARD.encode(user))),
        user => {
            let password = crate::password::ask(&context.process, "Password: ").await;
            Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
        }
    };
    let mut client = Client {
        process: context.process.clone(),
        transport: context.transport.clone(),
        endpoints: Vec::new(),
        pinned: 0,
        tls,
        credentials,
        header_timeout: context.globals.duration("timeout"),
        debug: context.globals.is_on("debug"),
    };
    client.set_endpoints(endpoints);
    Ok(client)
}

/// A flag, or else a variable of the environment.
fn setting(context: &Context, flag: &str, variable: &str) -> String {
    match context.globals.text(flag) {
        "" => context.process.var(variable).unwrap_or_default().to_owned(),
        value => value.to_owned(),
    }
}

fn endpoints(context: &Context) -> Result<Vec<Url>, String> {
    let domain = setting(context, "discovery-srv", "ETCDCTL_DISCOVERY_SRV");
    if !domain.is_empty() {
        // The simulated network has no SRV records.
        let lookup = |service: &str| format!("lookup _{service}._tcp.{domain}: no such host");
        return Err(format!("dns lookup errors: {} and {}", lookup("etcd-client-ssl"), lookup("etcd-client")));
    }
    let sources = [("endpoints", "ETCDCTL_ENDPOINTS"), ("endpoint", "ETCDCTL_ENDPOINT"), ("peers", "ETCDCTL_PEERS")];
    let given = sources.iter().map(|(flag, variable)| setting(context, flag, variable)).find(|text| !text.is_empty());
    let given = given.unwrap_or_else(|| DEFAULT_ENDPOINTS.to_owned());
    given
        .split(',')
        .map(|text| {
            if !text.contains("://") && text.split('/').next().is_some_and(|first| first.contains(':')) {
                let quoted = crate::go::quote(text);
                return Err(format!("parse {quoted}: first path segment in URL cannot contain colon"));
            }
            Url::parse(text, "http").ok_or_else(|| format!("parse {}: invalid URL", crate::go::quote(text)))
        })
        .collect()
}

fn tls(context: &Context) -> Result<Option<Tls>, String> {
    let [ca, cert, key] =
        [("ca-file", "ETCDCTL_CA_FILE"), ("cert-file", "ETCDCTL_CERT_FILE"), ("key-file", "ETCDCTL_KEY_FILE")]
            .map(|(flag, variable)| setting(context, flag, variable));
    if ca.is_empty() && cert.is_empty() && key.is_empty() {
        return Ok(None);
    }
    if cert.is_empty() != key.is_empty() {
        return Err(format!("KeyFile and CertFile must both be present[key: {key}, cert: {cert}]"));
    }
    let files = context.process.fs();
    let read = |name: &str| {
        let content = files.read(&context.process.path(name)).map(|content| content.to_vec());
        content.map_err(|error| file_error("open", name, error))
    };
    let mut tls = Tls::default();
    if !cert.is_empty() {
        let (cert, key) = (read(&cert)?, read(&key)?);
        context.transport.key_pair(&cert, &key)?;
        tls.identity = Some((cert, key));
    }
    if !ca.is_empty() {
        tls.ca = Some(read(&ca)?);
    }
    Ok(Some(tls))
}

impl Client {
    /// The certificates for requests beside the client's own.
    pub fn tls(&self) -> Option<Tls> {
        self.tls.clone()
    }

    /// Whoever comes first is asked first, and chance decides who that is.
    fn set_endpoints(&mut self, mut endpoints: Vec<Url>) {
        for last in (1..endpoints.len()).rev() {
            let other = (self.process.random() % (last as u64 + 1)) as usize;
            endpoints.swap(last, other);
        }
        self.endpoints = endpoints;
        self.pinned = 0;
    }

    /// Learns the cluster's own endpoints.
    async fn sync(&mut self, deadline: Deadline) -> Result<(), Failure> {
        let members = self.members(deadline).await?;
        let urls = members.iter().flat_map(|member| &member.client_urls);
        let urls: Vec<Url> = urls.filter_map(|url| Url::parse(url, "http")).collect();
        if urls.is_empty() {
            return Err(Failure::NoEndpoints);
        }
        let sorted = |urls: &[Url]| {
            let mut names: Vec<_> = urls.iter().map(Url::to_string).collect();
            names.sort_unstable();
            names
        };
        if sorted(&urls) != sorted(&self.endpoints) {
            self.set_endpoints(urls);
        }
        Ok(())
    }

    /// The members of the cluster.
    pub async fn members(&mut self, deadline: Deadline) -> Result<Vec<super::response::Member>, Failure> {
        let action = Action { method: "GET", path: "/v2/members".into(), ..Action::default() };
        let (status, _, body) = self.act(&action, deadline).await?;
        if status != 200 {
            return Err(Failure::Status(status));
        }
        read_members(&body)
    }

    /// Tries the endpoints in turn until one answers: status, head, body.
    pub async fn act(&mut self, action: &Action, deadline: Deadline) -> Result<(u16, HttpResponse, Vec<u8>), Failure> {
        let (mut errors, mut connection) = (Vec::new(), true);
        for turn in self.pinned..self.pinned + self.endpoints.len() {
            let at = turn % self.endpoints.len();
            let endpoint = self.endpoints[at].clone();
            let failure = match self.act_at(&endpoint, action, deadline).await {
                Ok((500 | 503, ..)) => {
                    let words = format!("client: etcd member {endpoint} has no leader");
                    Failure::Endpoint { words, connection: false }
                }
                Ok((status, ..)) if status / 100 == 5 => {
                    let text = etcd::rpc::status_text(status);
                    let words = format!("client: etcd member {endpoint} returns server error [{text}]");
                    Failure::Endpoint { words, connection: false }
                }
                Ok(answer) => {
                    self.pinned = at;
                    return Ok(answer);
                }
                Err(Failure::Deadline) => return Err(Failure::Deadline),
                Err(failure) => failure,
            };
            if action.one_shot {
                self.pinned = (at + 1) % self.endpoints.len();
                return Err(failure);
            }
            connection &= failure.is_connection();
            errors.push(failure.to_string());
        }
        Err(Failure::Cluster { errors, connection })
    }

    async fn act_at(
        &self,
        endpoint: &Url,
        action: &Action,
        deadline: Deadline,
    ) -> Result<(u16, HttpResponse, Vec<u8>), Failure> {
        let query = encode(&action.query);
        let url = endpoint.at(&format!("{}{}", endpoint.path.trim_end_matches('/'), action.path), &query);
        let mut headers = vec![("Host".to_owned(), url.authority())];
        let (kind, body) = match &action.body {
            None => ("", String::new()),
            Some(Body::Empty) => ("application/x-www-form-urlencoded", String::new()),
            Some(Body::Form(fields)) => ("application/x-www-form-urlencoded", encode(fields)),
            Some(Body::Json(text)) => ("application/json", text.clone()),
        };
        if !kind.is_empty() {
            headers.push(("Content-Type".to_owned(), kind.to_owned()));
        }
        if let Some(credentials) = &self.credentials {
            headers.push(("Authorization".to_owned(), credentials.clone()));
        }
        if self.debug {
            let data = if body.is_empty() { String::new() } else { format!(" -d {}", crate::go::quote(&body)) };
            self.process.eprint(format!("cURL Command: curl -X {} {url}{data}\n", action.method));
        }
        let request = HttpRequest {
            method: action.method.to_owned(),
            target: url.target(),
            headers,
            body: body.into(),
            at_peer_port: false,
        };
        let waits = action.query.iter().any(|(name, value)| *name == "wait" && value == "true");
        let now = self.process.now();
        let patience = (!waits && self.header_timeout > 0).then(|| now + self.header_timeout);
        let head = exchange(&self.transport, self.process.command_id(), &url, self.tls.clone(), request);
        let until = patience.into_iter().chain(deadline.0).min();
        let mut answer = match self.within(until, head).await {
            Some(answer) => answer.map_err(|error| endpoint_failure(&error, &url))?,
            None if deadline.0.is_some_and(|end| end <= self.process.now()) => return Err(Failure::Deadline),
            None => {
                let words = format!("client: endpoint {endpoint} exceeded header timeout");
                return Err(Failure::Endpoint { words, connection: false });
            }
        };
        let body = self.within(deadline.0, answer.body()).await.ok_or(Failure::Deadline)?;
        Ok((answer.head.status, answer.head.clone(), body))
    }

    /// What a future gives, unless it takes too long.
    async fn within<T>(&self, until: Option<u64>, future: impl Future<Output = T>) -> Option<T> {
        let Some(until) = until else { return Some(future.await) };
        let left = until.saturating_sub(self.process.now());
        match race(future, self.process.sleep(left)).await {
            Either::First(value) => Some(value),
            Either::Second(()) => None,
        }
    }
}

fn endpoint_failure(error: &HttpError, url: &Url) -> Failure {
    Failure::Endpoint { words: error.go_words(url), connection: error.is_dial() }
}

fn encode(fields: &[(&'static str, String)]) -> String {
    let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={}", escape_query(value))).collect();
    fields.join("&")
}
