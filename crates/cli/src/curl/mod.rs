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
        let (stdout, transport) = (process.stdout.clone(), self.0.clone());
        Box::pin(async move {
            let code = transfer::run(process, transport).await;
            stdout.flush().await;
            code
        })
    }

    fn complete(&self, words: &[String]) -> Vec<Candidate> {
        let _ = words;
        Vec::new()
    }
}
