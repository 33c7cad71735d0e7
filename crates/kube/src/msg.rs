//! What travels between the components of a cluster.

use crate::api::{EventKind, Object, Request, Status};
use crate::host::Spoken;
use crate::node::UnitVerb;
use sim::{Digest, NodeId, Payload};
use std::fmt;
use std::sync::Arc;

/// One message. A call's `id` is unique for the client that made it; a watch is known by the id of the call that opened
/// it.
#[derive(Clone, Debug)]
pub enum Msg {
    /// To, from and between members of etcd. A client of the API server that speaks HTTP, such as `kubectl` on the
    /// learner's machine, is carried by etcd's envelope for HTTP too.
    Etcd(etcd::server::Msg),
    /// Client to API server: a request.
    Call { id: u64, request: Arc<Request> },
    /// Client to API server: the client gave up, or ends a watch.
    Cancel { id: u64 },
    /// API server to client: the answer. To a watch it comes only when the watch could not begin.
    Answer { id: u64, result: Result<Object, Status> },
    /// API server to client: what happened to an object that is watched.
    Event { id: u64, kind: EventKind, object: Object },
    /// On a node, and between nodes: containers, programs in them, packets.
    Host(Arc<dyn Spoken>),
    /// API server to client: the watch is over; the client lists anew, or watches from where it was.
    End { id: u64 },
    /// The command line of a process, from who has started it.
    Exec { arguments: Arc<Vec<String>> },
    /// To who starts processes on somebody's behalf: end it, or kill it.
    Signal { kill: bool },
    /// To who has asked for a process: it was started, or could not be.
    Launched,
    /// A process to who has started it: what it has written, as through a pipe.
    Printed { lines: Arc<[String]> },
    /// To a node's service manager: what shall become of a unit's process.
    Unit { process: NodeId, verb: UnitVerb },
    /// To a kubelet: its folder of manifests has changed (inotify).
    Manifests,
}

impl Msg {
    /// What kind of message it is, in a word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Etcd(msg) => msg.kind(),
            Self::Call { request, .. } => request.verb.name(),
            Self::Cancel { .. } => "cancel",
            Self::Answer { .. } => "answer",
            Self::Event { .. } => "event",
            Self::Host(msg) => msg.kind(),
            Self::End { .. } => "end of watch",
            Self::Exec { .. } => "exec",
            Self::Launched => "launched",
            Self::Signal { .. } => "signal",
            Self::Printed { .. } => "log",
            Self::Unit { .. } => "systemctl",
            Self::Manifests => "inotify",
        }
    }
}

impl From<etcd::server::Msg> for Msg {
    fn from(msg: etcd::server::Msg) -> Self {
        Self::Etcd(msg)
    }
}

impl Payload for Msg {
    fn digest(&self, digest: &mut Digest) {
        match self {
            Self::Etcd(msg) => msg.digest(digest),
            // Tags that etcd's messages do not use.
            Self::Call { id, request } => {
                digest.u8(64);
                digest.u64(*id);
                request.digest(digest);
            }
            Self::Cancel { id } => {
                digest.u8(65);
                digest.u64(*id);
            }
            Self::Answer { id, result } => {
                digest.u8(66);
                digest.u64(*id);
                match result {
                    Ok(object) => object.digest(digest),
                    Err(status) => digest.str(&status.message),
                }
            }
            Self::Event { id, kind, object } => {
                digest.u8(67);
                digest.u64(*id);
                digest.u8(*kind as u8);
                object.digest(digest);
            }
            Self::End { id } => {
                digest.u8(68);
                digest.u64(*id);
            }
            Self::Exec { arguments } => {
                digest.u8(69);
                arguments.iter().for_each(|argument| digest.str(argument));
            }
            Self::Printed { lines } => {
                digest.u8(70);
                lines.iter().for_each(|line| digest.str(line));
            }
            Self::Unit { process, verb } => {
                digest.u8(71);
                digest.u64(u64::from(process.0));
                digest.u8(*verb as u8);
            }
            Self::Manifests => digest.u8(72),
            Self::Launched => digest.u8(73),
            Self::Signal { kill } => {
                digest.u8(74);
                digest.u8(u8::from(*kill));
            }
            Self::Host(msg) => {
                digest.u8(75);
                digest.str(msg.kind());
                digest.str(&msg.detail());
            }
        }
    }

    fn size(&self) -> u64 {
        match self {
            Self::Etcd(msg) => msg.size(),
            Self::Host(msg) => msg.size(),
            // Objects are not written out to be measured; two kilobytes are what most of them have.
            Self::Call { .. } | Self::Answer { .. } | Self::Event { .. } => 2_048,
            Self::Cancel { .. }
            | Self::End { .. }
            | Self::Unit { .. }
            | Self::Manifests
            | Self::Launched
            | Self::Signal { .. } => 64,
            Self::Exec { .. } | Self::Printed { .. } => 256,
        }
    }
}

/// A message in a few words, as the diagram labels it.
impl fmt::Display for Msg {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Etcd(msg) => msg.fmt(f),
            Self::Call { request, .. } => request.fmt(f),
            Self::Cancel { .. } => f.write_str("cancel"),
            Self::Answer { result: Ok(object), .. } => write!(f, "{}", object.title()),
            Self::Answer { result: Err(status), .. } => write!(f, "{}: {}", status.reason, status.message),
            Self::Event { kind, object, .. } => write!(f, "{} {}", kind.name(), object.title()),
            Self::End { .. } | Self::Manifests | Self::Launched | Self::Signal { .. } => f.write_str(self.kind()),
            Self::Exec { arguments } => f.write_str(&arguments.join(" ")),
            Self::Printed { lines } => f.write_str(lines.last().map_or("", String::as_str)),
            Self::Unit { verb, .. } => write!(f, "systemctl {verb:?}"),
            Self::Host(msg) => write!(f, "{} {}", msg.kind(), msg.detail()),
        }
    }
}

/// What a component writes in the trace about itself.
#[derive(Clone, Debug)]
pub enum Note {
    /// A member of etcd.
    Etcd(etcd::server::Note),
    /// What a component decided, in a sentence.
    Said(String),
}

impl From<etcd::server::Note> for Note {
    fn from(note: etcd::server::Note) -> Self {
        Self::Etcd(note)
    }
}

impl Payload for Note {
    fn digest(&self, digest: &mut Digest) {
        match self {
            Self::Etcd(note) => note.digest(digest),
            Self::Said(sentence) => digest.str(sentence),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Etcd(note) => note.fmt(f),
            Self::Said(sentence) => f.write_str(sentence),
        }
    }
}
