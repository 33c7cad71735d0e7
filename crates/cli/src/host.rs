//! What the program `etcd` needs of its machine beyond files and streams: ports, and a process that is a member of the
//! cluster. The lab implements [`Host`] on the simulation.

pub use border::Event;
use etcd::server::Config;

use crate::transport::LocalBoxFuture;

/// Where a member listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// An address of the machine, or `0.0.0.0` for all of them.
    pub host: String,
    pub port: u16,
    /// What connections are secured with; `None` is plain text.
    pub tls: Option<ServerFiles>,
}

/// The server's side of TLS: contents of the files given by `--cert-file` and its neighbours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerFiles {
    /// Certificate and key, PEM.
    pub identity: (Vec<u8>, Vec<u8>),
    /// Whose clients are let in, PEM; without `--client-cert-auth` nobody is asked.
    pub client_authority: Option<Vec<u8>>,
}

/// A member to be started.
#[derive(Clone, Debug)]
pub struct Launch {
    pub config: Config,
    /// The data directory, absolute.
    pub data_dir: String,
    /// The directory of the write-ahead log, absolute.
    pub wal_dir: String,
    pub clients: Vec<Listen>,
    pub peers: Vec<Listen>,
}

/// A started member. Dropping it kills the process, as the death of its program would.
pub trait Member {
    /// The next thing it does.
    fn next(&mut self) -> LocalBoxFuture<'_, Event>;

    /// Asks it to end.
    fn terminate(&self);
}

/// A machine that can run members.
pub trait Host {
    /// Whether a member could listen there.
    ///
    /// # Errors
    /// The system's or the TLS library's words why not.
    fn can_listen(&self, at: &Listen) -> Result<(), String>;

    /// Whether a running member holds this data directory.
    fn holds(&self, data_dir: &str) -> bool;

    /// Asks the services of the node itself, such as systemd, over their sockets. `None` where nobody answers.
    fn ask(&self, words: &[&str]) -> LocalBoxFuture<'static, Option<String>>;

    /// Starts a member as part of the learner's `command`.
    fn launch(&self, command: u64, launch: Launch) -> Box<dyn Member>;
}
