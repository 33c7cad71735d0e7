//! The learner's machine as the lab sees it.

use crate::{Arrival, Event, Network, Order, Sending};
use protocol::{Candidate, CommandView, ConsoleChunk, Input, Nodes, PromptView, TerminalId};
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// Which machine to set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// Where its random numbers begin.
    pub seed: u64,
    /// The release of etcd and etcdctl.
    pub version: String,
    /// Whether etcd's certificates lie where kubeadm puts them.
    pub tls: bool,
    /// Whether a kubelet runs, with etcd's manifest as kubeadm writes it.
    pub kubelet: bool,
    /// Whether etcd is installed; otherwise it comes with the archive that a learner downloads.
    pub etcd: bool,
    /// Whether it is the control plane node of a Kubernetes cluster, with the administrator's kubeconfig.
    pub kubernetes: bool,
    /// Whether nothing of that cluster is set up yet: its nodes have a kubelet and a container runtime, and no more.
    pub bare: bool,
    /// The nodes of that cluster.
    pub nodes: Nodes,
    /// What the calendar shows when the world begins, in seconds since 1970.
    pub epoch: u64,
}

/// Makes machines: the world's own.
pub type Maker = Rc<dyn Fn(&Setup) -> Box<dyn Machine>>;

/// Who sits at a shell: variables, directory, history. One that has nothing to do with any terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionId(pub u32);

/// What a turn of the machine came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// The budget ran out with work left at this instant; nothing else is told before it is done.
    pub more: bool,
    /// There is work left because the code of a program is still on its way: it makes no sense to ask again at once.
    pub fetching: bool,
    /// When something happens next by itself, in microseconds.
    pub next_timer: Option<u64>,
    /// What programs put on the wire.
    pub sendings: Vec<Sending>,
    /// What programs want of the lab.
    pub orders: Vec<Order>,
}

/// A machine with files, programs and terminals. It has no clock: the lab says what time it is. Nothing it does depends
/// on how often it is asked.
pub trait Machine {
    /// Whether it can be worked with. One that is still being fetched takes what happens in the world and catches up
    /// later, but nobody may sit down at it.
    fn is_here(&self) -> bool {
        true
    }

    /// Lets programs run at this moment, `polls` steps at most.
    fn run(&mut self, now: u64, polls: u32) -> Turn;

    /// Hands over what the network brought.
    fn deliver(&mut self, arrival: Arrival);

    /// Says who can be reached from now on.
    fn connect(&mut self, network: Network);

    /// Tells a program what its member did.
    fn hear(&mut self, program: u64, event: Event);

    /// Takes what a learner does at a terminal; other inputs change nothing.
    fn input(&mut self, input: &Input);

    /// What terminals printed and nobody has taken yet, up to about `limit` bytes.
    fn output(&mut self, limit: usize) -> Vec<ConsoleChunk>;

    /// What the terminals wait for.
    fn prompts(&self) -> Vec<PromptView>;

    /// The latest commands of all terminals.
    fn commands(&self) -> Vec<CommandView>;

    /// How a line could go on at the cursor: where the replaced part begins, and the candidates. `None` while the code that
    /// knows is still on its way; being asked, it begins to come.
    fn complete(&self, terminal: TerminalId, line: &str, cursor: u32) -> Option<(u32, Vec<Candidate>)>;

    /// A file's content; `None` when there is no such file. Here and below, what lies on another node has the node's name
    /// before its path, as `scp` writes it: `controlplane2:/var/lib/etcd`.
    fn read(&self, path: &str) -> Option<Vec<u8>>;

    /// Writes a file and the directories it lies in; `false` on a full disk.
    fn write(&mut self, path: &str, content: &[u8]) -> bool;

    /// Removes a file or a directory with all that is in it, if it is there.
    fn remove(&mut self, path: &str);

    /// The paths of all files.
    fn paths(&self) -> Vec<String>;

    /// Somebody logs in without a terminal.
    fn log_in(&mut self) -> SessionId;

    /// A session that begins with what another has set.
    fn copy(&mut self, session: SessionId) -> SessionId;

    /// Runs a command line without a terminal.
    fn exec(&mut self, script: &str, session: SessionId) -> Box<dyn Job>;

    /// A machine with the same files at the same moment, on which nothing runs.
    fn fork(&self) -> Box<dyn Machine>;
}

/// A command line under way, and what it has printed so far.
pub trait Job {
    /// What was printed to standard output so far.
    fn stdout(&self) -> Vec<u8>;

    /// What was printed to standard error so far.
    fn stderr(&self) -> Vec<u8>;

    /// The exit code once the command line is done.
    fn code(&self) -> Option<i32>;

    /// Signals everything it runs, as a terminal's Ctrl-C does with `INT`. A name nobody knows counts as that.
    fn signal(&self, name: &str);
}
