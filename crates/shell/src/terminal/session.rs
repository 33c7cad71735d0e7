//! The loop of an interactive shell: prompt, read, run.

use super::{Finished, State, View};
use crate::interp::shell::Shell;
use crate::io::{Stream, Tty};
use crate::os::process::Process;
use std::rc::Rc;

pub(super) async fn run(process: Process, tty: Tty, view: Rc<View>) -> i32 {
    let stdin = process.stdin.clone();
    let kernel = process.kernel.clone();
    let shell = Shell::new(process, view.session.clone());
    loop {
        view.state.set(State::Prompt);
        "$ ".clone_into(&mut view.prompt.borrow_mut());
        let Ok(Some(line)) = stdin.read_line(4 << 20).await else { break };
        let text = String::from_utf8_lossy(&line).into_owned();
        tty.write(Stream::Echo, format!("{}{text}", view.prompt.borrow()).as_bytes());
        view.state.set(State::Running);
        let command = kernel.commands.get() + 1;
        kernel.commands.set(command);
        view.command.set(command);
        let started = kernel.now.get();
        let code = shell.run_script(&text).await;
        view.finish(Finished { command, text, code, started, ended: kernel.now.get() });
    }
    view.state.set(State::Closed);
    view.session.borrow().status()
}
