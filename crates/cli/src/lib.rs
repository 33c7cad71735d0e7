//! The programs of the console: etcdctl and etcdutl, one file a subcommand.
//!
//! A program sees what a real one sees: its arguments, environment, streams and files through [`shell::Process`], and
//! the cluster through a [`Transport`] like a client's connection. It knows nothing of the simulation.

#![forbid(unsafe_code)]

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

use flags::Tool;
use transport::Transport;

pub use kubectl::kubectl;
pub use version::Release;

/// The programs with the names they are called by, all reaching the cluster through `transport`.
pub fn programs(transport: Rc<dyn Transport>) -> Vec<(&'static str, Rc<dyn Program>)> {
    programs_of(&Release::DEFAULT, transport)
}

/// The same of a certain release of etcd.
pub fn programs_of(release: &Release, transport: Rc<dyn Transport>) -> Vec<(&'static str, Rc<dyn Program>)> {
    let tool = |tool: &Tool| -> Rc<dyn Program> {
        let tool = Rc::new(Tool { release: release.clone(), ..*tool });
        Rc::new(Installed { tool, transport: transport.clone() })
    };
    let curl: Rc<dyn Program> = Rc::new(curl::Curl(transport.clone()));
    vec![("etcdctl", tool(&ctl::ETCDCTL)), ("etcdutl", tool(&utl::ETCDUTL)), ("curl", curl)]
}

/// The program `etcd`, which starts members on `host`.
pub fn etcd_program(release: &Release, host: Rc<dyn host::Host>) -> Rc<dyn Program> {
    Rc::new(etcd_server::Etcd { release: release.clone(), host })
}

struct Installed {
    tool: Rc<Tool>,
    transport: Rc<dyn Transport>,
}

impl Program for Installed {
    fn run(&self, process: Process) -> LocalBoxFuture<'static, i32> {
        let (tool, transport) = (self.tool.clone(), self.transport.clone());
        let stdout = process.stdout.clone();
        // `etcdctl` is two programs in one (etcd: etcdctl/main.go).
        let api = if tool.root.name() == "etcdctl" { process.var("ETCDCTL_API") } else { None };
        let code: LocalBoxFuture<'static, i32> = match api {
            None | Some("" | "3") => Box::pin(async move { program::run_tool(&tool, process, transport).await }),
            Some("2") => Box::pin(async move { v2::run(process, transport, tool.release.version()).await }),
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
