//! What the site sees of the world.

use crate::TerminalId;
use serde::{Deserialize, Serialize};

/// What there is to show: the state of the cluster now, and what happened since the frame before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// The world's clock.
    pub now: u64,
    pub playing: bool,
    /// World time per wall time in thousandths.
    pub speed: u32,
    /// The members of the etcd cluster, in order of their names.
    pub members: Vec<MemberView>,
    /// Messages sent since the frame before, oldest first; at most 256.
    pub wire: Vec<WireMessage>,
    /// How many more there were.
    pub wire_skipped: u64,
    /// What the terminals printed since the frame before.
    pub console: Vec<ConsoleChunk>,
    /// The terminals whose state changed.
    pub prompts: Vec<PromptView>,
    /// Commands that started or ended since the frame before.
    pub commands: Vec<CommandView>,
    /// The component whose panel is open.
    pub details: Option<Details>,
}

/// One etcd member at a glance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberView {
    /// `etcd-0` and so on.
    pub name: String,
    pub power: Power,
    /// The network carries nothing to or from it.
    pub cut_off: bool,
    pub role: Role,
    pub term: u64,
    /// Who it believes leads.
    pub leader: Option<String>,
    /// Who it voted for in this term.
    pub vote: Option<String>,
    pub commit: u64,
    pub applied: u64,
    /// The last index of its log.
    pub last_index: u64,
    /// The revision of its store.
    pub revision: i64,
    /// Size of the database file in bytes.
    pub db_size: i64,
    /// Nothing that it sends arrives.
    pub cut_outgoing: bool,
    /// Nothing arrives at it.
    pub cut_incoming: bool,
    /// Its disk takes more than a second to make a write durable.
    pub slow_disk: bool,
    /// Its clock stands still: it does not notice that time passes.
    pub clock_stopped: bool,
}

/// Whether a process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Power {
    Running,
    Paused,
    Stopped,
}

/// A member's part in Raft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    Follower,
    PreCandidate,
    Candidate,
    Leader,
    Learner,
}

/// One message between two components.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireMessage {
    /// Grows with time; the same message has the same id in a [`crate::Waterfall`].
    pub id: u64,
    /// Component names, as on the diagram; the learner's machine is `learner`.
    pub from: String,
    pub to: String,
    pub kind: WireKind,
    /// A few words: `append entries 9..9`, `put greeting`.
    pub label: String,
    pub sent_at: u64,
    /// When it arrives, or would have.
    pub arrives_at: u64,
    pub fate: WireFate,
    /// The command it belongs to ([`CommandView::id`]); 0 for the cluster's own affairs.
    pub root: u64,
}

/// What a message is about; gives it its colour and shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WireKind {
    Append,
    AppendAnswer,
    Heartbeat,
    HeartbeatAnswer,
    Vote,
    VoteAnswer,
    Snapshot,
    /// A client's request, or one that a follower hands to the leader.
    Request,
    Reply,
    /// An event on a watch or another stream.
    Event,
    Other,
}

/// How a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum WireFate {
    /// On its way, or arrived.
    Carried,
    /// Lost on the network.
    Lost,
    /// Nobody listens there: the process is dead.
    Refused,
}

/// Which of a program's streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stream {
    Out,
    Err,
    /// What was typed, with the prompt it was typed at.
    Echo,
}

/// Output of a terminal, in order. Bytes that are not UTF-8 were replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsoleChunk {
    pub terminal: TerminalId,
    pub stream: Stream,
    pub text: String,
    /// The command that printed it; 0 when none did.
    pub command: u64,
}

/// What a terminal waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptView {
    pub terminal: TerminalId,
    pub state: PromptState,
    /// The prompt's text, such as `learner@kubarium:~$ `; empty while a program runs.
    pub text: String,
}

/// The state of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PromptState {
    /// A command may be typed.
    Ready,
    /// The command typed so far is unfinished: an open quote, a heredoc, a loop.
    Continuation,
    /// A program runs in the foreground; what is typed goes to it.
    Running,
    /// The shell has ended (`exit`, Ctrl-D); the next submitted line starts a new one.
    Closed,
}

/// A command the learner gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandView {
    /// Numbered from 1 through the session, over all terminals.
    pub id: u64,
    pub terminal: TerminalId,
    pub text: String,
    pub state: CommandState,
    pub started_at: u64,
}

/// Whether a command has ended, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CommandState {
    Running,
    Ended { code: i32, at: u64 },
}

/// Everything the panel of a component tells about now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    pub component: String,
    /// Short facts in reading order: `Role: leader`, `Term: 2`.
    pub facts: Vec<Fact>,
    /// The tail of the Raft log, newest last; at most 50 entries.
    pub log: Vec<LogEntry>,
    /// How the leader sees its peers; empty on others.
    pub peers: Vec<PeerView>,
    /// The component's own log, newest last; at most 100 lines.
    pub lines: Vec<String>,
}

/// A name and its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    pub name: String,
    pub value: String,
}

/// One entry of the Raft log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    pub index: u64,
    pub term: u64,
    /// What it does, in words: `put greeting`.
    pub text: String,
    pub committed: bool,
}

/// A peer's progress, as the leader keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerView {
    pub name: String,
    /// `probe`, `replicate` or `snapshot`.
    pub state: String,
    /// The highest index known to be in its log.
    pub matched: u64,
    pub next: u64,
    /// Whether it answered within the last election time-out.
    pub active: bool,
}
