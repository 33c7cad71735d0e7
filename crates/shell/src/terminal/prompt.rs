//! The prompt, and a terminal at which nothing has been typed yet: all of the shell that a machine needs at once.

use super::{State, View};
use crate::interp::session::Session;
use crate::io::Tty;
use crate::os::future::{Either, race};
use crate::os::kernel::Kernel;
use crate::os::process::{ExitStatus, Process, Signal};
use crate::vfs::path;

/// Shows the prompt until there is something for the shell to read.
pub(super) async fn wait_for_input(process: &Process, tty: &Tty, view: &View) {
    process.record.catch(Signal::Int);
    for signal in [Signal::Term, Signal::Quit, Signal::Pipe] {
        process.record.ignore(signal);
    }
    {
        let mut session = view.session.borrow_mut();
        session.options.interactive = true;
        for (name, value) in [("PS1", "\\u@\\h:\\w\\$ "), ("PS2", "> ")] {
            if session.get(name).is_none() {
                session.set(name, value);
            }
        }
    }
    view.show_prompt(&process.kernel, State::Prompt);
    while let Either::First(signal) = race(process.record.next_signal(&[Signal::Int]), tty.typed()).await {
        view.session.borrow_mut().status = ExitStatus::killed(signal).code;
    }
}

impl View {
    /// Says what the shell waits for, with the prompt for it.
    pub fn show_prompt(&self, kernel: &Kernel, state: State) {
        let name = if state == State::Continuation { "PS2" } else { "PS1" };
        self.state.set(state);
        let prompt = prompt(kernel, &self.session.borrow(), name);
        *self.prompt.borrow_mut() = prompt;
    }
}

/// A prompt with its escapes replaced.
fn prompt(kernel: &Kernel, session: &Session, name: &str) -> String {
    let template = session.get(name).unwrap_or("$ ");
    let cwd = session.cwd();
    let home = session.get("HOME").unwrap_or_default();
    let short = match cwd.strip_prefix(home) {
        Some(rest) if !home.is_empty() && (rest.is_empty() || rest.starts_with('/')) => format!("~{rest}"),
        _ => cwd.to_owned(),
    };
    let host = kernel.hostname();
    let mut out = String::new();
    let mut chars = template.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('u') => out.push_str(session.get("USER").unwrap_or("root")),
            Some('h') => out.push_str(host.split('.').next().unwrap_or(&host)),
            Some('H') => out.push_str(&host),
            Some('w') => out.push_str(&short),
            Some('W') => out.push_str(if short == "~" { "~" } else { path::file_name(cwd) }),
            Some('$') => out.push('#'),
            Some('n') => out.push('\n'),
            Some('\\') => out.push('\\'),
            Some('[' | ']') | None => {}
            Some('e') => out.push('\x1b'),
            Some(other) => out.extend(['\\', other]),
        }
    }
    out
}
