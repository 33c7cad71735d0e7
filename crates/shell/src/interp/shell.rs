//! One running shell: the interactive one, a script's, or a subshell.

use super::Flow;
use super::io::Io;
use super::jobs::Jobs;
use super::session::{Session, SessionHandle};
use crate::grammar::ast::List;
use crate::grammar::{ParseError, Parser};
use crate::io::{Reader, Writer};
use crate::os::future::{Either, LocalBoxFuture, race};
use crate::os::kernel::Kernel;
use crate::os::process::{Child, ExitStatus, Process, Signal, SpawnError, Spec, Stdio, start_with};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// How deep functions, compound commands and substitutions may nest while running.
pub(super) const MAX_NESTING: u32 = 100;

pub struct Shell {
    pub(crate) process: Process,
    pub(crate) session: SessionHandle,
    pub(crate) jobs: RefCell<Jobs>,
    /// The descriptors of the shell itself.
    pub(super) io: Io,
    pub(super) line: Cell<u32>,
    pub(super) nesting: Cell<u32>,
    /// Functions and sourced files under way: where `return` is allowed.
    pub(super) calls: Cell<u32>,
    pub(super) loops: Cell<u32>,
    /// Above zero where a failing command does not end a `set -e` shell.
    pub(super) tested: Cell<u32>,
    /// The status of the last command substitution, for commands that consist of nothing else.
    pub(super) substituted: Cell<i32>,
    pub(super) exit_trap: RefCell<Option<String>>,
    /// Whether this is a subshell, which never owns the terminal.
    pub(super) is_subshell: bool,
    /// How syntax errors begin, after the shell's name: `-c: ` for `bash -c`.
    pub(super) origin: Cell<&'static str>,
}

impl Shell {
    pub fn new(process: Process, session: SessionHandle) -> Self {
        {
            let mut session = session.borrow_mut();
            session.pid = process.pid();
            session.frames.clear();
        }
        Self::build(process, session, false)
    }

    fn build(process: Process, session: SessionHandle, is_subshell: bool) -> Self {
        Self {
            io: Io::of(&process),
            process,
            session,
            jobs: RefCell::default(),
            line: Cell::new(1),
            nesting: Cell::new(0),
            calls: Cell::new(0),
            loops: Cell::new(0),
            tested: Cell::new(0),
            substituted: Cell::new(0),
            exit_trap: RefCell::default(),
            is_subshell,
            origin: Cell::new(""),
        }
    }

    pub(crate) fn kernel(&self) -> &Rc<Kernel> {
        &self.process.kernel
    }

    pub(super) fn interactive(&self) -> bool {
        self.session.borrow().options.interactive
    }

    /// Marks syntax errors as coming from `-c`.
    pub fn with_command_string(self) -> Self {
        self.origin.set("-c: ");
        self
    }

    /// Runs a whole script and gives its exit code. Ctrl-C ends it unless what it runs catches the signal.
    pub async fn run_script(&self, script: &str) -> i32 {
        let code = match self.interruptible(&[Signal::Int, Signal::Term, Signal::Hup], self.run_text(script)).await {
            Ok(Ok(code) | Err(Flow::Exit(code) | Flow::Abort(code) | Flow::Return(code))) => code,
            Ok(Err(_)) => self.session.borrow().status,
            Err(signal) => ExitStatus::killed(signal).code,
        };
        self.session.borrow_mut().status = code;
        self.run_exit_trap(code).await
    }

    /// Runs the argument of `bash -c`; a program that is all there is to run takes over the process.
    pub async fn run_command_string(&self, script: &str) -> i32 {
        let mut parser = Parser::new(script, false);
        if let Ok(Some(list)) = parser.next_command()
            && let [item] = list.items.as_slice()
            && let [command] = item.first.commands.as_slice()
            && item.rest.is_empty()
            && !item.background
            && !item.first.negated
            && item.first.timed.is_none()
            && matches!(parser.next_command(), Ok(None))
            && parser.warnings.is_empty()
        {
            let code = match self.final_command(command, &self.io).await {
                Ok(code) | Err(Flow::Exit(code) | Flow::Abort(code) | Flow::Return(code)) => code,
                Err(_) => self.session.borrow().status,
            };
            return self.run_exit_trap(code).await;
        }
        self.run_script(script).await
    }

    /// Runs the commands of a text in this shell, one complete command after the other.
    pub(super) async fn run_text(&self, text: &str) -> super::Ran {
        let mut parser = Parser::new(text, false);
        loop {
            let next = parser.next_command();
            for warning in parser.warnings.split_off(0) {
                self.line.set(parser.line.saturating_sub(1).max(1));
                self.complain(&self.io, &warning);
            }
            match next {
                Ok(Some(list)) => {
                    self.list(&list, &self.io).await?;
                }
                Ok(None) => return Ok(self.session.borrow().status),
                Err(error) => {
                    self.report_syntax(&error, &parser);
                    self.session.borrow_mut().status = 2;
                    return Err(Flow::Abort(2));
                }
            }
        }
    }

    /// Runs commands that were read before.
    pub(crate) async fn run_lists(&self, lists: &[List]) -> super::Ran {
        let mut code = 0;
        for list in lists {
            code = self.list(list, &self.io).await?;
        }
        Ok(code)
    }

    pub(crate) fn report_syntax(&self, error: &ParseError, parser: &Parser) {
        let (interactive, name) = {
            let session = self.session.borrow();
            (session.options.interactive, session.name.clone())
        };
        let mut text = if interactive {
            format!("{name}: {}\n", error.message)
        } else {
            let prefix = format!("{name}: {}line {}: ", self.origin.get(), error.line);
            if error.message.contains("near unexpected token") {
                format!("{prefix}{}\n{prefix}`{}'\n", error.message, parser.line_text(error.line))
            } else {
                format!("{prefix}{}\n", error.message)
            }
        };
        text.truncate(4096);
        self.io.stderr().put(text);
    }

    pub(crate) async fn run_exit_trap(&self, code: i32) -> i32 {
        let Some(trap) = self.exit_trap.take() else { return code };
        self.session.borrow_mut().status = code;
        match self.run_text(&trap).await {
            Err(Flow::Exit(code)) => code,
            _ => code,
        }
    }

    /// Runs something until it is done or one of the signals arrives that nobody in the foreground catches; then it
    /// is dropped where it stands.
    pub(crate) async fn interruptible<T>(
        &self,
        signals: &[Signal],
        work: impl Future<Output = T>,
    ) -> Result<T, Signal> {
        for signal in signals {
            self.process.record.catch(*signal);
        }
        let abandoned = async {
            loop {
                let signal = self.process.record.next_signal(signals).await;
                if !self.kernel().has_children(self.process.pid()) {
                    return signal;
                }
            }
        };
        // The signal is looked at first, or the work might start another program before it is noticed.
        match race(abandoned, work).await {
            Either::First(signal) => Err(signal),
            Either::Second(value) => Ok(value),
        }
    }

    /// Forgets what was under way when a command was dropped in its middle.
    pub(crate) fn reset(&self) {
        self.nesting.set(0);
        self.calls.set(0);
        self.loops.set(0);
        self.tested.set(0);
        let mut session = self.session.borrow_mut();
        while session.pop_frame() {}
    }

    /// Starts a subshell: a process with a copy of the session that runs `body` and ends with its code.
    pub(super) fn fork(
        &self,
        io: &Io,
        group: Option<u32>,
        body: impl FnOnce(Rc<Shell>, Io) -> LocalBoxFuture<'static, super::Ran> + 'static,
    ) -> Result<Child, SpawnError> {
        let session = Rc::new(RefCell::new(self.session.borrow().clone()));
        let spec = Spec {
            args: vec!["bash".to_owned()],
            env: Default::default(),
            cwd: session.borrow().cwd().to_owned(),
            stdio: Stdio { stdin: io.stdin(), stdout: io.stdout(), stderr: io.stderr() },
            group,
            command: self.process.command_id(),
            parent: self.process.pid(),
        };
        let (line, nesting, loops, calls, tested) =
            (self.line.get(), self.nesting.get(), self.loops.get(), self.calls.get(), self.tested.get());
        let origin = self.origin.get();
        let io = io.clone();
        start_with(self.kernel(), spec, move |process| {
            Box::pin(async move {
                // The standard streams now belong to the new process, which is the one a broken pipe kills.
                let own = Io::of(&process);
                for fd in [0, 1, 2] {
                    if let (Some(_), Some(stream)) = (io.get(fd), own.get(fd)) {
                        io.set(fd, stream);
                    }
                }
                drop(own);
                process.sleep(process.kernel.costs.get().builtin * 10).await;
                let shell = Shell::build(process, session, true);
                shell.io.replace(io.clone());
                shell.line.set(line);
                shell.nesting.set(nesting);
                shell.loops.set(loops);
                shell.calls.set(calls);
                shell.tested.set(tested);
                shell.origin.set(origin);
                let shell = Rc::new(shell);
                let code = match body(shell.clone(), io).await {
                    Ok(code) | Err(Flow::Exit(code) | Flow::Abort(code) | Flow::Return(code)) => code,
                    Err(_) => shell.session.borrow().status,
                };
                shell.run_exit_trap(code).await
            })
        })
    }

    /// Lets virtual time pass for one command.
    pub(super) fn charge(&self) -> impl Future<Output = ()> + 'static {
        self.kernel().sleep(self.kernel().costs.get().builtin)
    }

    /// Prints an error the way this shell begins its messages.
    pub(super) fn complain(&self, io: &Io, message: &str) {
        let text = format!("{}{message}\n", self.prefix());
        io.stderr().put(text);
    }

    pub(super) fn prefix(&self) -> String {
        let session = self.session.borrow();
        if session.options.interactive {
            format!("{}: ", session.name)
        } else {
            format!("{}: line {}: ", session.name, self.line.get())
        }
    }

    /// A process view of this shell for a builtin that reads and writes like a program.
    pub(super) fn as_process(&self, args: Vec<String>, io: &Io) -> Process {
        let prefix = self.prefix();
        let session = self.session.borrow();
        Process {
            prefix,
            args,
            env: session.env(),
            cwd: session.cwd().to_owned(),
            stdin: io.stdin(),
            stdout: self.own(io.stdout()),
            stderr: self.own(io.stderr()),
            kernel: self.process.kernel.clone(),
            record: self.process.record.clone(),
        }
    }

    pub(super) fn own(&self, writer: Writer) -> Writer {
        writer.owned_by(&self.process.kernel, &self.process.record)
    }
}

/// A new session for a shell started as a program: its environment is the process', its directory too.
pub fn session_of(process: &Process) -> Session {
    let mut session = Session::bare(&process.cwd);
    for (name, value) in &process.env {
        session.set_env(name, value);
    }
    session.set_env("PWD", &process.cwd);
    let depth: u32 = session.get("SHLVL").and_then(|v| v.parse().ok()).unwrap_or(0);
    session.set_env("SHLVL", &(depth + 1).to_string());
    session
}

/// Standard input that is at its end.
pub fn no_input() -> Reader {
    Reader::null()
}
