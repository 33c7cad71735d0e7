//! One member: raft, the state machine, its disk, its clients and its peers, as a sans-IO actor
//! (etcd: server/etcdserver).
//!
//! [`Server`] as an [`Actor`] takes one input. What survives a crash is on the member's disk ([`DataDir`]); everything else is
//! in the process and gone with it. Time comes in ticks of a heartbeat interval, so an idle member is woken ten times a
//! second.
//!
//! In a new cluster the member with [`Config::campaign_first`] campaigns at its third tick, before any other member's
//! election time-out can end: this is what makes etcd-0 lead at term 2.

mod applying;
mod boot;
mod compactor;
mod config;
mod data_dir;
mod election;
mod http;
mod image;
mod inside;
mod inspect;
mod joining;
mod leases;
mod maintenance;
mod members;
mod membership;
mod msg;
mod note;
mod peers;
mod planted;
mod process;
mod proposals;
mod proposing;
mod reads;
mod requests;
mod say;
mod streams;
mod view;
mod wal;

use std::sync::Arc;

use sim::{Actor, Input, Out, Time};

pub use compactor::AutoCompaction;
pub use config::Config;
pub use data_dir::{DataDir, RestoreError, RestoreOptions};
pub use image::Image;
pub use inside::{Inside, WatchStream};
pub use inspect::Inspection;
pub use members::{MemberId, Members, cluster_id, member_id};
pub use msg::{Msg, PeerMessage};
pub use note::Note;
pub use planted::PlantedBug;
pub use say::Fields;
pub use view::{EntryView, LogView, ProgressView, View};

use joining::Joining;
use process::Process;
use view::LogLines;

/// What handling an input writes into.
pub type Effects = Out<Msg, Note>;

/// One member's machine: its configuration, its disk, and the process while it runs.
#[derive(Clone, Debug)]
pub struct Server {
    config: Arc<Config>,
    disk: DataDir,
    process: Option<Box<Process>>,
    joining: Option<Joining>,
    log: LogLines,
    failure: Option<String>,
    /// How often its process was started.
    lives: u64,
}

impl Server {
    /// A member with an empty disk that was not started yet.
    pub fn new(config: Config) -> Server {
        Server {
            config: Arc::new(config),
            disk: DataDir::default(),
            process: None,
            joining: None,
            log: LogLines::default(),
            failure: None,
            lives: 0,
        }
    }

    /// How it is told to run.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Changes the configuration; only what may change while it runs has an effect before the next start: addresses.
    pub fn set_config(&mut self, config: Config) {
        self.config = Arc::new(config);
        if let Some(process) = &mut self.process {
            process.config = Arc::clone(&self.config);
            process.locate_members();
        }
    }

    /// The disk of a stopped member; none while it runs.
    pub fn data_dir(&self) -> Option<&DataDir> {
        self.process.is_none().then_some(&self.disk)
    }

    /// Puts another disk into a stopped member. Does nothing to a running one, and says so by `false`.
    pub fn set_data_dir(&mut self, disk: DataDir) -> bool {
        let stopped = self.process.is_none();
        if stopped {
            self.disk = disk;
        }
        stopped
    }
}

impl Actor for Server {
    type Msg = Msg;
    type Note = Note;

    fn handle(&mut self, now: Time, input: Input<Msg>, out: &mut Effects) {
        if matches!(input, Input::Start) {
            self.failure = None;
            self.start(now, out);
        } else if self.joining.is_some() {
            return self.join_input(now, input, out);
        }
        let Some(process) = &mut self.process else { return };
        process.now = now;
        process.input(input, out);
        process.turn(out);
        process.drain_events(&mut self.log, out);
        if let Some(reason) = process.ended.take() {
            let code = match reason {
                process::Ended::Asked => 0,
                process::Ended::Failed(reason) => {
                    self.log.push(now, "fatal", &reason);
                    out.note(Note::Failed { reason: reason.clone() });
                    self.failure = Some(reason);
                    1
                }
            };
            out.exit(code);
        }
    }

    fn next_wakeup(&self) -> Option<Time> {
        let joining = self.joining.as_ref().map(|joining| joining.until);
        self.process.as_ref().map(|process| process.next_tick).or(joining)
    }

    fn crash(&mut self, lose_unsynced: bool) {
        self.joining = None;
        if let Some(process) = self.process.take() {
            self.disk = process.into_disk(lose_unsynced);
        }
    }

    fn wipe(&mut self) {
        self.disk = DataDir::default();
    }
}
