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

use shell::{Candidate, LocalBoxFuture, Process, Program};

use apart::{Curl, Etcd, Etcdutl};
use flags::Tool;
use transport::Transport;

pub use apart::{Apart, Call, Completing, Kubectl};
pub use version::Release;

/// The programs with the names they are called by, all reaching the cluster through `transport`.
pub fn programs(transport: Rc<dyn Transport>) -> Vec<(&'static str, Rc<dyn Program>)> {
    programs_of(&Release::DEFAULT, transport, Apart::HERE)
}

/// The same of a certain release of etcd, with the rarer of them where `apart` says they are.
pub fn programs_of(
    release: &Release,
    transport: Rc<dyn Transport>,
    apart: Apart,
) -> Vec<(&'static str, Rc<dyn Program>)> {
    let tool = Rc::new(Tool { release: release.clone(), ..ctl::ETCDCTL });
    let etcdctl = Rc::new(Etcdctl { tool, transport: transport.clone(), apart });
    let etcdutl = Rc::new(Etcdutl { apart, transport: transport.clone(), release: release.clone() });
    vec![("etcdctl", etcdctl), ("etcdutl", etcdutl), ("curl", Rc::new(Curl { apart, transport }))]
}

/// The program `etcd`, which starts members on `host`.
pub fn etcd_program(release: &Release, host: Rc<dyn host::Host>, apart: Apart) -> Rc<dyn Program> {
    Rc::new(Etcd { release: release.clone(), host, apart })
}

struct Etcdctl {
    tool: Rc<Tool>,
    transport: Rc<dyn Transport>,
    apart: Apart,
}

impl Program for Etcdctl {
    fn run(&self, process: Process) -> LocalBoxFuture<'static, i32> {
        let (tool, transport, apart) = (self.tool.clone(), self.transport.clone(), self.apart);
        let stdout = process.stdout.clone();
        // `etcdctl` is two programs in one (etcd: etcdctl/main.go).
        let code: LocalBoxFuture<'static, i32> = match process.var("ETCDCTL_API") {
            None | Some("" | "3") => Box::pin(async move { program::run_tool(&tool, process, transport, apart).await }),
            Some("2") => apart.etcdctl_v2(process, transport, tool.release.clone()),
            Some(other) => {
                process.eprint(format!("unsupported API version: {other}\n"));
                Box::pin(std::future::ready(program::code::ERROR))
            }
        };
        Box::pin(async move {
            let code = code.await;
            stdout.flush().await;
            code
        })
    }

    fn complete(&self, words: &[String]) -> Vec<Candidate> {
        flags::complete(&self.tool, words)
    }
}
