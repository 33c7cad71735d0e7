//! `curl`, as far as a member's HTTP endpoints and the JSON gateway need it.

mod options;
mod output;
mod transfer;

use std::rc::Rc;

use shell::Process;

use crate::transport::Transport;

/// The program.
pub async fn run(process: Process, transport: Rc<dyn Transport>) -> i32 {
    let stdout = process.stdout.clone();
    let code = transfer::run(process, transport).await;
    stdout.flush().await;
    code
}
