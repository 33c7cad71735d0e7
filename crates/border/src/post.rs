//! What travels between programs and members: messages, and what the program `etcd` and its member tell each other.

use crate::{Names, ServerTls};
use etcd::rpc::{Request, Response, Status};
use etcd::server::{Config, LogView};
use serde::{Deserialize, Serialize};
use sim::NodeId;

/// What a program says to a member. A call's `id` is unique for the machine; a stream is known by the id of the call
/// that opened it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Message {
    /// A call, or the opening of a stream.
    Call { id: u64, token: Option<String>, request: Request },
    /// More on an open stream.
    More { id: u64, request: Request },
    /// The program gave up, or closes the stream.
    Cancel { id: u64 },
    /// Opens a connection without asking for anything yet.
    Dial { id: u64 },
}

/// A message on its way out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sending {
    /// The member's address.
    pub to: NodeId,
    pub message: Message,
    /// The learner's command it works for.
    pub command: u64,
}

/// What the network brings to the machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Arrival {
    /// The answer to a call.
    Answer { id: u64, result: Result<Response, Status> },
    /// Somebody listens where a call dialled.
    Accepted { id: u64 },
    /// One message of a stream.
    Item { id: u64, response: Response },
    /// The stream's end, with code `Ok` if it ended in good order.
    End { id: u64, status: Status },
    /// Nobody listens there.
    Refused { id: u64 },
    /// All connections to a member are broken.
    Disconnected { peer: NodeId },
}

/// Who can be reached, and what is taken. It stays as it is until the lab tells anew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// Who answers where, dead members included: what is sent to them is refused on the way.
    pub names: Names,
    /// How members secure their client ports.
    pub tls: Vec<(NodeId, ServerTls)>,
    /// Where running members listen.
    pub taken: Names,
    /// Data directories of running members.
    pub held: Vec<String>,
}

/// A member that the program `etcd` wants started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Launch {
    pub config: Config,
    /// The data directory, absolute.
    pub data_dir: String,
    /// The directory of the write-ahead log, absolute.
    pub wal_dir: String,
    /// Hosts and ports it listens on for clients, and how they are secured.
    pub clients: Vec<(String, u16)>,
    pub tls: Option<ServerTls>,
    /// The same for other members.
    pub peers: Vec<(String, u16)>,
    pub peer_tls: Option<ServerTls>,
}

/// What a program asks of the lab. Programs that have a member are known by a number of the machine's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Order {
    /// Start a member for this program.
    Launch { program: u64, launch: Box<Launch> },
    /// Ask its member to end.
    Terminate { program: u64 },
    /// The program is gone, and its member with it.
    Abandon { program: u64 },
    /// A tool asks something of the node's own services, over their sockets: the words of its question.
    Ask { program: u64, words: Vec<String> },
    /// A program has changed a node's folder of manifests of static pods ([`crate::MANIFESTS`]): the files in it now.
    Manifests { node: String, files: Vec<(String, Vec<u8>)> },
    /// Start the kubelet of a node anew, which finds these files (path and content), or stop it and all that it runs.
    Kubelet { node: String, start: Option<Vec<(String, Vec<u8>)>> },
}

/// What a started member does that its program shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// It wrote a line in its log.
    Line(LogView),
    /// It knows who it is and listens.
    Started { id: u64 },
    /// It belongs to its cluster and serves clients.
    Ready,
    /// The process ended by itself, with this code.
    Ended { code: i32 },
    /// The process was killed from outside.
    Killed,
    /// What a tool has asked is answered; with nothing where nobody answers.
    Told(Option<String>),
}
