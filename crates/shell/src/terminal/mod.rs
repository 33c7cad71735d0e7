//! One interactive shell session, as the person at the console sees it.

pub(crate) mod complete;
mod prompt;
pub(crate) mod session;

use crate::apart::{Unfinished, What};
use crate::interp::session::{Session, SessionHandle};
use crate::io::{Reader, Sink, Source, Stream, Tty, Writer};
use crate::os::process::{Child, Signal, Spec, Stdio, start_with};
use crate::os::{Candidate, Os};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

/// What the terminal waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The shell waits for a command.
    Prompt,
    /// The shell waits for the rest of a command (an open quote, a heredoc, a loop).
    Continuation,
    /// A command runs; typed lines go to its standard input.
    Running,
    /// The shell has ended (`exit`, Ctrl-D).
    Closed,
}

/// A command that came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// The number its processes carried, see [`Process::command_id`](crate::Process::command_id).
    pub command: u64,
    /// The line or lines as typed.
    pub text: String,
    pub code: i32,
    /// Virtual microseconds.
    pub started: u64,
    pub ended: u64,
}

/// A command under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The number its processes carry, see [`Process::command_id`](crate::Process::command_id).
    pub command: u64,
    /// The line or lines as typed.
    pub text: String,
    /// Virtual microseconds.
    pub started: u64,
}

/// An interactive shell. The owner feeds it lines and keys, runs the [`Os`] and takes the output.
pub struct Terminal {
    os: Os,
    tty: Tty,
    view: Rc<View>,
    shell: Option<Child>,
}

/// What the shell's loop and the terminal share.
pub(crate) struct View {
    pub session: SessionHandle,
    pub state: Cell<State>,
    pub prompt: RefCell<String>,
    pub command: Cell<u64>,
    pub running: RefCell<Option<Running>>,
    pub finished: RefCell<VecDeque<Finished>>,
}

/// How many finished commands are kept for their taker.
const FINISHED_LIMIT: usize = 1000;

impl View {
    pub fn finish(&self, finished: Finished) {
        let mut all = self.finished.borrow_mut();
        if all.len() >= FINISHED_LIMIT {
            all.pop_front();
        }
        all.push_back(finished);
    }
}

impl Terminal {
    /// Opens a terminal on the machine with the given session. The shell starts with the next [`Os::run`].
    pub fn new(os: &Os, session: Session) -> Self {
        let tty = Tty::new();
        let cwd = session.cwd().to_owned();
        let view = Rc::new(View {
            session: session.into_handle(),
            state: Cell::new(State::Prompt),
            prompt: RefCell::default(),
            command: Cell::new(0),
            running: RefCell::default(),
            finished: RefCell::default(),
        });
        let spec = Spec {
            args: vec!["bash".to_owned()],
            env: Default::default(),
            cwd,
            stdio: Stdio {
                stdin: Reader::of(Source::Tty(tty.clone())),
                stdout: Writer::of(Sink::Tty(tty.clone(), Stream::Stdout)),
                stderr: Writer::of(Sink::Tty(tty.clone(), Stream::Stderr)),
            },
            group: None,
            command: 0,
            parent: 1,
        };
        let (loop_tty, loop_view) = (tty.clone(), view.clone());
        let interpreter = os.kernel().code.interpreter;
        let shell = start_with(os.kernel(), spec, move |process| {
            Box::pin(async move {
                prompt::wait_for_input(&process, &loop_tty, &loop_view).await;
                interpreter.when_here(process, |process| What::Terminal(process, loop_tty, loop_view)).await
            })
        });
        if shell.is_err() {
            view.state.set(State::Closed);
        }
        Self { os: os.clone(), tty, view, shell: shell.ok() }
    }

    /// Types a line (or several, as a paste does) and Enter. At the prompt the shell takes them one by one; while a
    /// command runs they are its standard input. False when the terminal's input queue (4 MB) is full.
    pub fn submit(&mut self, text: &str) -> bool {
        let newline = if text.ends_with('\n') { "" } else { "\n" };
        self.tty.type_in(format!("{text}{newline}").as_bytes())
    }

    /// Ctrl-C ([`Signal::Int`]) or Ctrl-\ ([`Signal::Quit`]): what was typed ahead is forgotten, what runs in the
    /// foreground gets the signal.
    pub fn signal(&mut self, signal: Signal) {
        self.tty.flush_input();
        if let Some(shell) = &self.shell {
            if signal == Signal::Int {
                self.tty.write(Stream::Echo, b"^C\n");
            }
            self.os.kernel().signal_group(shell.record.group.get(), signal);
        }
    }

    /// Ctrl-D on an empty line.
    pub fn eof(&mut self) {
        self.tty.type_end();
    }

    /// Takes what was printed since the last call, in order. The echo of a line comes as [`Stream::Echo`] together with
    /// the prompt it was typed at, when the shell takes it up.
    pub fn take_output(&mut self) -> Vec<(Stream, Vec<u8>)> {
        self.tty.take_output()
    }

    /// Takes the record of commands that came to their end since the last call.
    pub fn take_finished(&mut self) -> Vec<Finished> {
        self.view.finished.borrow_mut().drain(..).collect()
    }

    pub fn state(&self) -> State {
        match &self.shell {
            Some(shell) if shell.status().is_none() => self.view.state.get(),
            _ => State::Closed,
        }
    }

    /// Whether the running command waits for something to be typed.
    pub fn wants_input(&self) -> bool {
        self.tty.is_read()
    }

    /// Whether lines typed ahead still wait to be read.
    pub fn has_pending_input(&self) -> bool {
        self.tty.has_input()
    }

    /// The command that runs in the foreground now.
    pub fn running(&self) -> Option<Running> {
        self.view.running.borrow().clone()
    }

    /// The prompt to show before the input, `PS1` or `PS2` expanded; empty while a command runs.
    pub fn prompt(&self) -> String {
        self.view.prompt.borrow().clone()
    }

    /// The number of the command that runs or ran last, see [`Process::command_id`](crate::Process::command_id).
    pub fn command_id(&self) -> u64 {
        self.view.command.get()
    }

    /// A copy of the session: variables, functions, directory, history.
    pub fn session(&self) -> Session {
        self.view.session.borrow().clone()
    }

    /// The history, oldest first.
    pub fn history(&self) -> Vec<String> {
        self.view.session.borrow().history().map(|(_, line)| line.to_owned()).collect()
    }

    /// The ways to finish the word that ends at byte `cursor` of `line`: where that word begins, and what it could be.
    /// `None` while the code that knows is still on its way; being asked, it begins to come.
    pub fn complete(&self, line: &str, cursor: usize) -> Option<(usize, Vec<Candidate>)> {
        let (kernel, session) = (self.os.kernel(), &*self.view.session.borrow());
        let interpreter = kernel.code.interpreter;
        (interpreter.is_here)().then(|| (interpreter.complete)(Unfinished { kernel, session, line, cursor }))?
    }

    /// Shows text as if a program had printed it: for the owner's own words.
    pub fn announce(&mut self, text: &str) {
        self.tty.write(Stream::Stderr, text.as_bytes());
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(shell) = &self.shell {
            self.os.kernel().hang_up(&shell.record);
        }
    }
}
