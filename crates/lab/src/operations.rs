//! What is done to servers from outside the cluster: started, stopped, moved, given another disk.

use crate::{
    World,
    cluster::{Member, set_flag},
};
use border::{HOME, IN_USE, WAL_FILE, database, wal_dir};
use etcd::{apply::Snapshot, server::DataDir};
use protocol::Fault as Press;
use sim::{Fault, NodeId};

/// How long a process may take to end before it is killed, in microseconds.
pub(crate) const TERMINATE_LIMIT: u64 = 10_000_000;

/// Something done to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// SIGKILL.
    Stop(String),
    /// SIGTERM.
    Terminate(String),
    /// Started again with the flags it had.
    Start(String),
    /// SIGSTOP.
    Pause(String),
    /// SIGCONT.
    Resume(String),
    /// Its data directory is removed.
    Wipe(String),
    /// Started as a new member of the running cluster (`--initial-cluster-state existing`).
    Join { name: String, ports: Option<(u16, u16)> },
    /// Started again with one flag changed.
    RestartWith { name: String, flag: String, value: String },
    /// A server started by hand on a data directory of its own.
    Serve { name: String, client_port: u16, peer_port: u16, data_dir: String, initial_cluster: Option<String> },
}

impl Operation {
    /// An operation as the recorded cases write it; `None` when they know no such.
    pub fn parse(op: &str, args: &[String]) -> Option<Self> {
        let port = |text: &String| text.parse::<u16>().ok();
        Some(match (op, args) {
            ("stop", [name]) => Self::Stop(name.clone()),
            ("term", [name]) => Self::Terminate(name.clone()),
            ("start", [name]) => Self::Start(name.clone()),
            ("pause", [name]) => Self::Pause(name.clone()),
            ("resume", [name]) => Self::Resume(name.clone()),
            ("wipe", [name]) => Self::Wipe(name.clone()),
            ("join", [name]) => Self::Join { name: name.clone(), ports: None },
            ("join", [name, client, peer]) => {
                Self::Join { name: name.clone(), ports: Some((port(client)?, port(peer)?)) }
            }
            ("restart-with", [name, setting]) => {
                let (flag, value) = setting.trim_start_matches('-').split_once('=')?;
                Self::RestartWith { name: name.clone(), flag: flag.into(), value: value.into() }
            }
            ("server", [name, client, peer, data_dir, rest @ ..]) => Self::Serve {
                name: name.clone(),
                client_port: port(client)?,
                peer_port: port(peer)?,
                data_dir: data_dir.clone(),
                initial_cluster: rest.first().cloned(),
            },
            _ => return None,
        })
    }
}

impl World {
    /// Does something to a server, now. A server that does not exist is left alone.
    pub fn operate(&mut self, operation: &Operation) {
        self.cluster.run_until(self.now());
        match operation {
            Operation::Stop(name) => self.hold(name),
            Operation::Terminate(name) => self.terminate(name),
            Operation::Start(name) => self.release(name),
            Operation::Pause(name) => self.power(name, |node| Fault::Pause { node }),
            Operation::Resume(name) => self.power(name, |node| Fault::Resume { node }),
            Operation::Wipe(name) => {
                if let Some(member) = self.cluster.find(name) {
                    let data_dir = member.data_dir.clone();
                    self.machine.remove(&data_dir);
                }
            }
            Operation::Join { name, ports } => self.join(name, *ports),
            Operation::RestartWith { name, flag, value } => self.restart_with(name, flag, value),
            Operation::Serve { name, client_port, peer_port, data_dir, initial_cluster } => {
                self.serve(name, (*client_port, *peer_port), data_dir, initial_cluster.as_deref());
            }
        }
        self.refresh_network();
    }

    /// A button on the diagram was pressed.
    pub(crate) fn press(&mut self, component: &str, fault: Press) {
        let name = component.to_string();
        match fault {
            Press::Kill => {
                self.cluster.run_until(self.now());
                self.kill(&name);
                self.refresh_network();
            }
            Press::Stop => self.operate(&Operation::Stop(name)),
            Press::Restart => self.operate(&Operation::Start(name)),
            Press::Pause => self.operate(&Operation::Pause(name)),
            Press::Resume => self.operate(&Operation::Resume(name)),
            _ => {
                self.cluster.run_until(self.now());
                self.cluster.set_condition(component, fault);
            }
        }
        // A cluster whose only member is gone has no event by which its program would hear of that.
        self.hear_members();
    }

    fn power(&mut self, name: &str, fault: impl FnOnce(NodeId) -> Fault) {
        if let Some(node) = self.cluster.node(name) {
            self.cluster.fault(&fault(node));
        }
    }

    pub(crate) fn kill(&mut self, name: &str) {
        self.power(name, |node| Fault::Crash { node, lose_unsynced: false });
        self.put_disk_down(name);
    }

    /// Asks a process to end.
    pub(crate) fn ask_to_end(&mut self, name: &str) {
        self.cluster.run_until(self.now());
        self.power(name, |node| Fault::Terminate { node });
    }

    /// Asks a process to end and waits for it.
    fn terminate(&mut self, name: &str) {
        let Some(node) = self.cluster.node(name) else { return };
        self.ask_to_end(name);
        let limit = self.now() + TERMINATE_LIMIT;
        while self.cluster.runs(node) && self.now() < limit {
            let next = self.now() + 1_000;
            self.run_until(next);
        }
        self.kill(name);
    }

    pub(crate) fn start(&mut self, name: &str) {
        let Some(node) = self.cluster.node(name).filter(|node| !self.cluster.runs(*node)) else { return };
        if let Err(reason) = self.take_disk_up(name) {
            self.cluster.refuse_start(node, &reason);
            return;
        }
        self.cluster.fault(&Fault::Restart { node, wipe: false });
    }

    fn join(&mut self, name: &str, ports: Option<(u16, u16)>) {
        self.kill(name);
        if let Some((client, peer)) = ports {
            self.cluster.add(name, client, peer);
        }
        let mut config = {
            let running =
                self.cluster.members().iter().filter(|member| member.name == name || self.cluster.runs(member.node));
            let names: Vec<&str> = running.map(|member| member.name.as_str()).collect();
            self.cluster.config(name, self.cluster.initial_cluster(names), "etcd-cluster-1")
        };
        config.join_existing = true;
        self.cluster.set_config(name, config);
        self.cluster.share_addresses();
        self.start(name);
    }

    fn restart_with(&mut self, name: &str, flag: &str, value: &str) {
        self.kill(name);
        if flag == "data-dir" {
            let path = at_home(value);
            if let Some(member) = self.cluster.find_mut(name) {
                member.wal_dir = wal_dir(&path);
                member.data_dir = path;
            }
        } else if let Some(node) = self.cluster.node(name)
            && let Some(mut config) = self.cluster.server(node).map(|server| server.config().clone())
        {
            set_flag(&mut config, flag, value);
            self.cluster.set_config(name, config);
            if let Some(member) = self.cluster.find_mut(name).filter(|_| flag == "listen-client-urls") {
                member.clients = value.split(',').filter_map(socket).collect();
            }
        }
        self.start(name);
    }

    fn serve(&mut self, name: &str, (client, peer): (u16, u16), data_dir: &str, initial_cluster: Option<&str>) {
        self.kill(name);
        self.cluster.add(name, client, peer);
        if let Some(member) = self.cluster.find_mut(name) {
            member.data_dir = at_home(data_dir);
            member.wal_dir = wal_dir(&member.data_dir);
        }
        let initial = match initial_cluster {
            Some(text) => text
                .split(',')
                .filter_map(|part| part.split_once('='))
                .map(|(name, url)| (name.to_string(), url.to_string()))
                .collect(),
            None => self.cluster.initial_cluster([name]),
        };
        let config = self.cluster.config(name, initial, "etcd-cluster");
        self.cluster.set_config(name, config);
        self.cluster.share_addresses();
        self.start(name);
    }

    /// A stopped member's disk becomes files, unless somebody removed or changed them meanwhile: what was removed was only
    /// held by the process, and is gone with it; what was overwritten stays as it was left.
    pub(crate) fn put_disk_down(&mut self, name: &str) {
        let Some(member) = self.cluster.find(name) else { return };
        let Some(disk) = self.cluster.server(member.node).and_then(|server| server.data_dir()) else { return };
        let wal = disk.to_bytes();
        let snapshot = disk.snapshot().map(|snapshot| snapshot.encode()).unwrap_or_default();
        for (path, content) in [(wal_file(member), wal), (database(&member.data_dir), snapshot)] {
            if self.machine.read(&path).is_some_and(|content| content == IN_USE) {
                // A full disk leaves the marker: the member then starts from what it holds itself.
                self.machine.write(&path, &content);
            }
        }
    }

    /// A member about to start takes its disk from its data directory.
    ///
    /// # Errors
    /// The words etcd ends with when the files cannot be read.
    fn take_disk_up(&mut self, name: &str) -> Result<(), String> {
        let Some(member) = self.cluster.find(name).cloned() else { return Ok(()) };
        let stored = match self.machine.read(&database(&member.data_dir)) {
            Some(content) if content.is_empty() || content == IN_USE => None,
            Some(content) => {
                Some(Snapshot::decode_database(&content).ok_or("failed to open database: invalid database")?)
            }
            None => None,
        };
        let disk = match self.machine.read(&wal_file(&member)) {
            Some(content) if content == IN_USE => None,
            Some(content) => {
                let mut disk = DataDir::from_bytes(&content).map_err(|error| error.to_string())?;
                let known = disk.snapshot().map(|snapshot| snapshot.encode());
                if let Some(stored) = stored.filter(|stored| known != Some(stored.encode())) {
                    disk.replace_database(stored);
                }
                Some(disk)
            }
            None => Some(DataDir::default()),
        };
        if let (Some(disk), Some(server)) = (disk, self.cluster.server_mut(member.node)) {
            server.set_data_dir(disk);
        }
        self.mark_in_use(&member);
        Ok(())
    }

    /// Lays out the data directories of members that have just been started.
    pub(crate) fn lay_out_disks(&mut self) {
        if self.cluster.is_bare() {
            return;
        }
        for member in self.cluster.members().to_vec() {
            self.mark_in_use(&member);
        }
    }

    fn mark_in_use(&mut self, member: &Member) {
        for path in [wal_file(member), database(&member.data_dir)] {
            // Without room for the marker there is nothing to read at the next start, as on a full disk.
            self.machine.write(&path, IN_USE);
        }
    }
}

fn wal_file(member: &Member) -> String {
    format!("{}/{WAL_FILE}", member.wal_dir)
}

/// Host and port of a URL.
fn socket(url: &str) -> Option<(String, u16)> {
    let (host, port) = url.split_once("://")?.1.rsplit_once(':')?;
    Some((host.to_owned(), port.parse().ok()?))
}

/// A path as given to a server that somebody starts from the home directory.
fn at_home(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("{HOME}/{}", path.trim_start_matches("./")) }
}
