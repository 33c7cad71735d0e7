//! The programs of the console: etcdctl and etcdutl, one file a subcommand.
//!
//! A program sees what a real one sees: its arguments, environment, streams and files through [`shell::Process`], and
//! the cluster through a [`Transport`] like a client's connection. It knows nothing of the simulation.

mod client;
mod ctl;
pub mod datadir;
mod flags;
mod go;
mod log;
mod print;
mod program;
mod together;
pub mod transport;
mod utl;
mod version;

use std::rc::Rc;

use shell::{Candidate, LocalBoxFuture, Process, Program};

use flags::Tool;
use transport::Transport;

/// The programs with the names they are called by, all reaching the cluster through `transport`.
pub fn programs(transport: Rc<dyn Transport>) -> Vec<(&'static str, Rc<dyn Program>)> {
    let tool = |tool| -> Rc<dyn Program> { Rc::new(Installed { tool, transport: transport.clone() }) };
    vec![("etcdctl", tool(&ctl::ETCDCTL)), ("etcdutl", tool(&utl::ETCDUTL))]
}

struct Installed {
    tool: &'static Tool,
    transport: Rc<dyn Transport>,
}

impl Program for Installed {
    fn run(&self, process: Process) -> LocalBoxFuture<'static, i32> {
        Box::pin(program::run_tool(self.tool, process, self.transport.clone()))
    }

    fn complete(&self, words: &[String]) -> Vec<Candidate> {
        flags::complete(self.tool, words)
    }
}
