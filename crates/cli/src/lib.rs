//! The programs of the console: etcdctl and etcdutl, one file a subcommand.
//!
//! A program sees what a real one sees: its arguments, environment, streams and files through [`shell::Process`], and
//! the cluster through a [`Transport`] like a client's connection. It knows nothing of the simulation.

#![forbid(unsafe_code)]

mod apart;
mod client;
mod ctl;
mod curl;
mod datadir;
mod etcd_server;
mod flags;
mod go;
pub mod host;
mod http;
pub mod kubeadm;
mod kubectl;
mod log;
mod password;
mod print;
mod program;
pub mod service;
mod together;
pub mod transport;
mod urls;
mod utl;
mod v2;
mod version;

use std::rc::Rc;

use shell::Program;

use apart::{Curl, Etcd, Etcdutl};
use transport::Transport;

pub use apart::{Apart, Call, Completing, Own, Surroundings};
pub use kubectl::{RareCall, RareCommands};
pub use version::Release;

/// The programs with the names they are called by, all reaching the cluster through `transport`.
pub fn programs(transport: Rc<dyn Transport>) -> Vec<(&'static str, Rc<dyn Program>)> {
    let surroundings =
        Surroundings { transport, release: Release::DEFAULT, apart: Apart::HERE, rare: RareCommands::HERE, node: None };
    programs_among(&Rc::new(surroundings), Own::ETCDCTL)
}

/// The same among certain surroundings, with the code of `etcdctl` where that is.
pub fn programs_among(surroundings: &Rc<Surroundings>, etcdctl: Own) -> Vec<(&'static str, Rc<dyn Program>)> {
    let Surroundings { transport, release, apart, .. } = &**surroundings;
    let etcdutl = Etcdutl { apart: *apart, transport: transport.clone(), release: release.clone() };
    let curl = Curl { apart: *apart, transport: transport.clone() };
    vec![("etcdctl", etcdctl.program(surroundings)), ("etcdutl", Rc::new(etcdutl)), ("curl", Rc::new(curl))]
}

/// The program `etcd`, which starts members on `host`.
pub fn etcd_program(release: &Release, host: Rc<dyn host::Host>, apart: Apart) -> Rc<dyn Program> {
    Rc::new(Etcd { release: release.clone(), host, apart })
}
