//! What is said on a node, and between nodes: by its kubelet through CRI, by kube-proxy through `iptables-restore`, by
//! processes through the network.

use crate::Msg;
use crate::proxy::Ruleset;
use etcd::rpc::{HttpRequest, HttpResponse};
use sim::Time;
use std::sync::Arc;

/// A container as the kubelet had it made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Container {
    pub id: String,
    pub name: String,
    pub image: String,
    /// The pod it belongs to.
    pub pod: String,
    pub namespace: String,
    pub uid: String,
    /// What takes the place of the image's entry point, and of its arguments.
    pub command: Vec<String>,
    pub args: Vec<String>,
    pub env: Vec<(String, String)>,
    /// The pod's address; empty on the node's own network.
    pub ip: String,
    pub hostname: String,
    /// Paths and contents of what the kubelet puts there: `/etc/hosts`, the account's token, config maps, secrets.
    pub files: Vec<(String, String)>,
    /// Where volumes are mounted that the pod's containers share: path, and the volume's name.
    pub shared: Vec<(String, String)>,
    pub stdin: bool,
    pub tty: bool,
    pub started: Time,
    /// When its process ends by itself, where that is known.
    pub end: Option<Time>,
    /// Its process is one that the host has to run: it waits for others.
    pub runs_here: bool,
}

/// A program to run in a container (`PodExecOptions`), or to attach to its process.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exec {
    pub namespace: String,
    pub pod: String,
    pub container: String,
    /// The container's id, once the kubelet has found it.
    pub target: String,
    /// Empty to attach to the process that runs.
    pub command: Vec<String>,
    /// A port of the pod to reach, instead of a program.
    pub port: Option<u16>,
    pub stdin: bool,
    pub tty: bool,
}

/// A stream of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    Out,
    Err,
}

/// What a packet asks of who listens. A connection and its only request are one packet.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// A connection alone.
    Connect,
    Http(Arc<HttpRequest>),
    Query(Query),
}

/// A question to a name server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Without the dot at its end.
    pub name: String,
    pub kind: QueryKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryKind {
    A,
    Ptr,
}

/// What comes back. Silence is nothing that comes.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// Nobody listens there, or a rule rejects it.
    Refused,
    /// No machine has that address.
    Unreachable,
    /// The connection stands.
    Connected,
    Http(Arc<HttpResponse>),
    Names(Answer),
}

/// What a name server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Addresses(Vec<String>),
    /// Another name for it, with what that has.
    Alias(String, Vec<String>),
    Name(String),
    NoSuchName,
    ServerFailure,
}

/// A packet that begins a flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Packet {
    /// What the answer names; counted by who sends it.
    pub flow: u64,
    pub source: String,
    pub to: String,
    pub port: u16,
    pub udp: bool,
    pub ask: Ask,
}

/// One message.
#[derive(Clone, Debug)]
pub enum HostMsg {
    /// kubelet to host: a container was started, or is told of again.
    Run(Arc<Container>),
    /// kubelet to host: a container's process ends then.
    Ends { id: String, at: Time },
    /// kubelet to host: a pod's network is taken down.
    Down { uid: String },
    /// kubelet to host: a file is put into a container.
    Put { id: String, path: String, text: String },
    /// kube-proxy to host: these are the rules now.
    Restore(Arc<Ruleset>),
    /// Something on the node has begun, and asks what it missed.
    Begun,
    /// Host to kube-proxy: whether the pod's container, and so its process, runs.
    Process { runs: bool },
    /// API server to kubelet to host: run a program.
    Exec { id: u64, exec: Arc<Exec> },
    /// The same way: a line for the program, or the end of its input.
    Input { id: u64, text: Option<String> },
    /// The same way: whoever asked has gone.
    HangUp { id: u64 },
    /// The way back: what the program has written.
    Output { id: u64, channel: Channel, text: String },
    /// The way back: how it ended, or why the runtime could not begin it.
    Exited { id: u64, ending: Result<i64, String> },
    /// kubelet to API server: why it does not ask the runtime.
    Refused { id: u64, why: String },
    /// Host to kubelet: a container's process has written this.
    Printed { id: String, at: Time, line: String },
    /// Host to kubelet: a container's process has ended.
    Ended { id: String, code: i64 },
    /// Host to host.
    Packet(Packet),
    /// Host to host: the answer to a packet.
    Told { flow: u64, told: Told },
}

/// What the rest of a world sees of such a message. A module in which no node is ever made is linked without what stands
/// behind this.
pub trait Spoken: std::fmt::Debug + Send + Sync {
    /// What kind of message it is, in a word.
    fn kind(&self) -> &'static str;

    /// The rest of what tells two messages of a kind apart.
    fn detail(&self) -> String;

    /// Whether it answers something, or tells of what came of it.
    fn is_answer(&self) -> bool;

    /// Its size in bytes, roughly.
    fn size(&self) -> u64;

    /// The message itself, for those who understand it.
    fn said(&self) -> &HostMsg;
}

impl Spoken for HostMsg {
    fn kind(&self) -> &'static str {
        match self {
            Self::Run(_) => "run",
            Self::Ends { .. } => "stop",
            Self::Down { .. } => "remove sandbox",
            Self::Put { .. } => "file",
            Self::Restore(_) => "iptables-restore",
            Self::Begun => "hello",
            Self::Process { .. } => "process",
            Self::Exec { .. } => "exec",
            Self::Input { .. } => "input",
            Self::HangUp { .. } => "hang up",
            Self::Output { .. } => "output",
            Self::Refused { .. } => "refusal",
            Self::Exited { .. } | Self::Ended { .. } => "exit",
            Self::Printed { .. } => "log line",
            Self::Packet(Packet { ask: Ask::Query(_), .. }) => "DNS query",
            Self::Packet(Packet { ask: Ask::Http(_), .. }) => "HTTP request",
            Self::Packet(_) => "connection",
            Self::Told { told: Told::Names(_), .. } => "DNS answer",
            Self::Told { told: Told::Http(_), .. } => "HTTP answer",
            Self::Told { .. } => "answer",
        }
    }

    fn is_answer(&self) -> bool {
        matches!(
            self,
            Self::Process { .. }
                | Self::Output { .. }
                | Self::Exited { .. }
                | Self::Refused { .. }
                | Self::Printed { .. }
                | Self::Ended { .. }
                | Self::Told { .. }
        )
    }

    fn detail(&self) -> String {
        match self {
            Self::Run(container) => container.id.clone(),
            Self::Ends { id, at } => format!("{id} {}", at.0),
            Self::Down { uid } => uid.clone(),
            Self::Put { id, path, .. } => format!("{id} {path}"),
            Self::Restore(rules) => format!("{} rules", rules.count()),
            Self::Begun => String::new(),
            Self::Process { runs } => runs.to_string(),
            Self::Exec { id, exec } => format!("{id} {} {}", exec.pod, exec.command.join(" ")),
            Self::Input { id, text } => format!("{id} {}", text.as_deref().unwrap_or_default()),
            Self::HangUp { id } => id.to_string(),
            Self::Output { id, text, .. } => format!("{id} {text}"),
            Self::Exited { id, ending: Ok(code) } => format!("{id} {code}"),
            Self::Refused { id, why } | Self::Exited { id, ending: Err(why) } => format!("{id} {why}"),
            Self::Printed { id, line, .. } => format!("{id} {line}"),
            Self::Ended { id, code } => format!("{id} {code}"),
            Self::Packet(Packet { source, to, port, ask, .. }) => {
                let what = match ask {
                    Ask::Connect => String::new(),
                    Ask::Http(request) => format!(" {} {}", request.method, request.target),
                    Ask::Query(query) => format!(" {}", query.name),
                };
                format!("{source} to {to}:{port}{what}")
            }
            Self::Told { told, .. } => match told {
                Told::Refused => "refused".to_owned(),
                Told::Unreachable => "no route".to_owned(),
                Told::Connected => "connected".to_owned(),
                Told::Http(response) => response.status.to_string(),
                Told::Names(Answer::Addresses(addresses) | Answer::Alias(_, addresses)) => addresses.join(" "),
                Told::Names(Answer::Name(name)) => name.clone(),
                Told::Names(Answer::NoSuchName) => "no such name".to_owned(),
                Told::Names(Answer::ServerFailure) => "server failure".to_owned(),
            },
        }
    }

    fn size(&self) -> u64 {
        match self {
            Self::Output { text, .. } => 64 + text.len() as u64,
            Self::Restore(rules) => 128 * rules.count() as u64,
            Self::Told { told: Told::Http(response), .. } => 256 + response.body.len() as u64,
            _ => 128,
        }
    }

    fn said(&self) -> &HostMsg {
        self
    }
}

impl From<HostMsg> for Msg {
    fn from(msg: HostMsg) -> Self {
        Self::Host(Arc::new(msg))
    }
}
