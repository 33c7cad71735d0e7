//! `curl`, as far as a member's HTTP endpoints and the JSON gateway need it.

mod options;
mod output;
mod transfer;

use std::rc::Rc;

use shell::{Candidate, LocalBoxFuture, Process, Program};

use crate::transport::Transport;

/// The program.
pub struct Curl(pub Rc<dyn Transport>);

impl Program for Curl {
    fn run(&self, process: Process) -> LocalBoxFuture<'static, i32> {
        Box::pin(transfer::run(process, self.0.clone()))
    }

    fn complete(&self, words: &[String]) -> Vec<Candidate> {
        let _ = words;
        Vec::new()
    }
}
