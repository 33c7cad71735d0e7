//! Processes: what a program sees of the machine, and what its parent sees of it.

use super::future::LocalBoxFuture;
use super::kernel::Kernel;
use super::{Program, loader};
use crate::io::{Reader, Writer};
use crate::vfs::{Files, path};
use sorted::SortedMap;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// The signals the shell and its programs know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    Hup,
    Int,
    Quit,
    Kill,
    Usr1,
    Usr2,
    Pipe,
    Term,
}

impl Signal {
    pub(crate) const ALL: [Signal; 8] =
        [Signal::Hup, Signal::Int, Signal::Quit, Signal::Kill, Signal::Usr1, Signal::Usr2, Signal::Pipe, Signal::Term];

    /// The number POSIX gives it on Linux.
    pub fn number(self) -> i32 {
        match self {
            Signal::Hup => 1,
            Signal::Int => 2,
            Signal::Quit => 3,
            Signal::Kill => 9,
            Signal::Usr1 => 10,
            Signal::Usr2 => 12,
            Signal::Pipe => 13,
            Signal::Term => 15,
        }
    }

    /// The name without `SIG`.
    pub fn name(self) -> &'static str {
        match self {
            Signal::Hup => "HUP",
            Signal::Int => "INT",
            Signal::Quit => "QUIT",
            Signal::Kill => "KILL",
            Signal::Usr1 => "USR1",
            Signal::Usr2 => "USR2",
            Signal::Pipe => "PIPE",
            Signal::Term => "TERM",
        }
    }

    /// Reads `9`, `KILL`, `SIGKILL` or `kill`.
    pub fn parse(text: &str) -> Option<Signal> {
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper);
        Signal::ALL.into_iter().find(|s| s.name() == name || s.number().to_string() == name)
    }

    fn bit(self) -> u32 {
        1 << self.number()
    }
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitStatus {
    /// The exit code as `$?` shows it: 128 plus the signal's number for a killed process.
    pub code: i32,
    /// The signal it died of.
    pub signal: Option<Signal>,
}

impl ExitStatus {
    pub(crate) fn exited(code: i32) -> Self {
        Self { code: code & 0xff, signal: None }
    }

    pub(crate) fn killed(signal: Signal) -> Self {
        Self { code: 128 + signal.number(), signal: Some(signal) }
    }
}

/// The kernel's record of a process.
pub(crate) struct Proc {
    pub pid: u32,
    pub parent: u32,
    pub group: Cell<u32>,
    pub task: u64,
    /// The words of the program it runs, as `ps` shows them; `exec` puts others in their place.
    pub line: RefCell<String>,
    /// Which of the learner's commands this belongs to.
    pub command: Cell<u64>,
    pub status: Cell<Option<ExitStatus>>,
    caught: Cell<u32>,
    ignored: Cell<u32>,
    /// Its shell has let go of it (`disown`): the end of the terminal is nothing to it.
    pub disowned: Cell<bool>,
    pending: RefCell<VecDeque<Signal>>,
    wakers: RefCell<Vec<Waker>>,
}

impl Proc {
    pub fn catches(&self, signal: Signal) -> bool {
        self.caught.get() & signal.bit() != 0 && signal != Signal::Kill
    }

    pub fn ignores(&self, signal: Signal) -> bool {
        self.ignored.get() & signal.bit() != 0 && signal != Signal::Kill
    }

    pub fn catch(&self, signal: Signal) {
        self.caught.set(self.caught.get() | signal.bit());
    }

    pub fn ignore(&self, signal: Signal) {
        self.ignored.set(self.ignored.get() | signal.bit());
    }

    /// Gives up all handlers, as `exec` does.
    pub fn reset_signals(&self) {
        self.caught.set(0);
        self.pending.borrow_mut().clear();
    }

    pub fn notify(&self, signal: Signal) {
        let mut pending = self.pending.borrow_mut();
        if !pending.contains(&signal) {
            pending.push_back(signal);
        }
        drop(pending);
        self.wake();
    }

    pub fn finish(&self, status: ExitStatus) {
        self.status.set(Some(status));
        self.wake();
    }

    fn wake(&self) {
        for waker in std::mem::take(&mut *self.wakers.borrow_mut()) {
            waker.wake();
        }
    }

    fn take_pending(&self, wanted: u32) -> Option<Signal> {
        let mut pending = self.pending.borrow_mut();
        let at = pending.iter().position(|s| wanted & s.bit() != 0)?;
        pending.remove(at)
    }

    pub async fn next_signal(&self, wanted: &[Signal]) -> Signal {
        let mask = wanted.iter().fold(0, |mask, s| mask | s.bit());
        std::future::poll_fn(|cx| match self.take_pending(mask) {
            Some(signal) => Poll::Ready(signal),
            None => {
                register(&self.wakers, cx.waker());
                Poll::Pending
            }
        })
        .await
    }

    pub async fn wait(&self) -> ExitStatus {
        std::future::poll_fn(|cx| match self.status.get() {
            Some(status) => Poll::Ready(status),
            None => {
                register(&self.wakers, cx.waker());
                Poll::Pending
            }
        })
        .await
    }
}

/// Remembers a waker once.
pub(crate) fn register(wakers: &RefCell<Vec<Waker>>, waker: &Waker) {
    let mut wakers = wakers.borrow_mut();
    if !wakers.iter().any(|w| w.will_wake(waker)) {
        wakers.push(waker.clone());
    }
}

/// Why a program could not be started. The words are the shell's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpawnError {
    /// No such command on the `PATH`.
    NotFound,
    /// A path was given and nothing is there.
    NoSuchFile,
    /// The file is not executable.
    Denied,
    /// A directory was named.
    IsADirectory,
    /// The file is neither a script nor a program of this machine.
    ExecFormat,
    /// The process table is full.
    TooMany,
}

impl SpawnError {
    /// The exit code a shell gives for it.
    pub fn code(&self) -> i32 {
        match self {
            SpawnError::NotFound | SpawnError::NoSuchFile => 127,
            SpawnError::TooMany => 254,
            _ => 126,
        }
    }
}

impl fmt::Display for SpawnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SpawnError::NotFound => "command not found",
            SpawnError::NoSuchFile => "No such file or directory",
            SpawnError::Denied => "Permission denied",
            SpawnError::IsADirectory => "Is a directory",
            SpawnError::ExecFormat => "cannot execute binary file: Exec format error",
            SpawnError::TooMany => "Resource temporarily unavailable",
        })
    }
}

impl std::error::Error for SpawnError {}

/// The three standard streams of a process to be started.
#[derive(Clone)]
pub struct Stdio {
    pub stdin: Reader,
    pub stdout: Writer,
    pub stderr: Writer,
}

/// A running program's view of the machine.
pub struct Process {
    /// The words of the command; `args[0]` is the name it was called by.
    pub args: Vec<String>,
    /// The exported variables.
    pub env: SortedMap<String, String>,
    /// The working directory, absolute.
    pub cwd: String,
    pub stdin: Reader,
    pub stdout: Writer,
    pub stderr: Writer,
    /// How the messages of a tool begin that the shell runs inside itself: `bash: line 1: `. Empty for a process.
    pub(crate) prefix: String,
    pub(crate) kernel: Rc<Kernel>,
    pub(crate) record: Rc<Proc>,
}

impl Process {
    /// Virtual time in microseconds.
    pub fn now(&self) -> u64 {
        self.kernel.now.get()
    }

    /// The wall clock in microseconds since 1970.
    pub fn wall_clock(&self) -> i64 {
        self.kernel.epoch.get().saturating_mul(1_000_000).saturating_add_unsigned(self.now())
    }

    /// Sleeps in virtual time.
    pub fn sleep(&self, micros: u64) -> impl Future<Output = ()> + 'static {
        self.kernel.sleep(micros)
    }

    /// Waits until code is here that may have to be fetched: until `is_here`, which begins with fetching it when it is
    /// asked first. The world stands still meanwhile, and what happens is the same wherever the code was.
    pub fn fetched(&self, is_here: fn() -> bool) -> impl Future<Output = ()> + 'static {
        let kernel = self.kernel.clone();
        async move {
            kernel.fetched.borrow_mut().push(is_here);
            // The executor looks before it polls anything again.
            super::future::yield_now().await;
        }
    }

    /// A random number of the machine's seeded generator.
    pub fn random(&self) -> u64 {
        self.kernel.random()
    }

    pub fn pid(&self) -> u32 {
        self.record.pid
    }

    /// The number of the learner's command this process works for; children inherit it.
    pub fn command_id(&self) -> u64 {
        self.record.command.get()
    }

    /// The machine's files. Relative paths go through [`Process::path`].
    pub fn fs(&self) -> Files {
        Files::new(self.kernel.files.clone())
    }

    /// A path as the program's user means it, made absolute.
    pub fn path(&self, name: &str) -> String {
        path::resolve(&self.cwd, name)
    }

    /// The value of an environment variable.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.env.get(name).map(String::as_str)
    }

    pub fn stdin_is_terminal(&self) -> bool {
        self.stdin.is_terminal()
    }

    pub fn stdout_is_terminal(&self) -> bool {
        self.stdout.is_terminal()
    }

    /// Writes to standard output. A reader that went away ends the process with SIGPIPE, as everywhere; other errors
    /// (a full disk) are dropped: use `stdout.write_all` to see them.
    pub async fn print(&self, text: impl AsRef<[u8]>) {
        let _ = self.stdout.write_all(text.as_ref()).await;
    }

    /// Writes a message to standard error, without waiting for the reader: see [`Writer::put`].
    pub fn eprint(&self, text: impl AsRef<[u8]>) {
        self.stderr.put(text);
    }

    /// Starts a program found on the `PATH` (or by path), with this process' directory.
    ///
    /// # Errors
    /// When there is no such program or no room for another process.
    pub fn spawn(
        &self,
        argv: Vec<String>,
        env: SortedMap<String, String>,
        stdin: Reader,
        stdout: Writer,
        stderr: Writer,
    ) -> Result<Child, SpawnError> {
        let program = loader::find(&self.kernel, &argv, &env, &self.cwd)?;
        let spec = Spec {
            args: argv,
            env,
            cwd: self.cwd.clone(),
            stdio: Stdio { stdin, stdout, stderr },
            group: Some(self.record.group.get()),
            command: self.record.command.get(),
            parent: self.record.pid,
        };
        start(&self.kernel, program, spec)
    }

    /// Ends this process as the signal would without a handler: what a program does that has cleaned up after one.
    pub async fn die_of(&self, signal: Signal) {
        self.record.reset_signals();
        self.kernel.signal(&self.record, signal);
        std::future::pending::<()>().await;
    }

    /// Signals another process of the machine; `false` when there is none with this number.
    pub fn kill(&self, pid: u32, signal: Signal) -> bool {
        let record = self.kernel.processes.borrow().get(&pid).cloned();
        record.inspect(|record| self.kernel.signal(record, signal)).is_some()
    }

    /// Starts a program that outlives whoever starts it: in a process group of its own, with the machine's first
    /// process as its parent. No terminal's Ctrl-C or closing reaches it.
    ///
    /// # Errors
    /// As [`Process::spawn`].
    pub fn spawn_daemon(
        &self,
        argv: Vec<String>,
        env: SortedMap<String, String>,
        stdout: Writer,
        stderr: Writer,
    ) -> Result<Child, SpawnError> {
        let program = loader::find(&self.kernel, &argv, &env, &self.cwd)?;
        let stdio = Stdio { stdin: Reader::null(), stdout, stderr };
        let cwd = self.cwd.clone();
        let spec = Spec { args: argv, env, cwd, stdio, group: None, command: self.record.command.get(), parent: 1 };
        start(&self.kernel, program, spec)
    }

    /// From now on SIGINT does not kill this process: the returned future completes when one arrives. Call it again
    /// for the next one.
    pub fn catch_interrupt(&self) -> impl Future<Output = ()> + 'static {
        let next = self.catch(&[Signal::Int]);
        async move {
            next.await;
        }
    }

    /// From now on these signals do not kill this process: the returned future completes with the next that arrives.
    /// SIGKILL cannot be caught.
    pub fn catch(&self, signals: &[Signal]) -> impl Future<Output = Signal> + 'static {
        for signal in signals {
            self.record.catch(*signal);
        }
        let record = self.record.clone();
        let signals = signals.to_vec();
        async move { record.next_signal(&signals).await }
    }
}

/// A started process, seen by whoever started it. Dropping it leaves the process running.
#[derive(Clone)]
pub struct Child {
    pub(crate) record: Rc<Proc>,
    kernel: Rc<Kernel>,
}

impl Child {
    pub fn pid(&self) -> u32 {
        self.record.pid
    }

    /// Waits for its end.
    pub async fn wait(&self) -> ExitStatus {
        self.record.wait().await
    }

    /// How it ended, if it has.
    pub fn status(&self) -> Option<ExitStatus> {
        self.record.status.get()
    }

    /// Sends a signal to this process alone.
    pub fn kill(&self, signal: Signal) {
        self.kernel.signal(&self.record, signal);
    }

    /// Sends a signal to this process and everything it started.
    pub fn kill_tree(&self, signal: Signal) {
        self.kernel.signal_tree(&self.record, signal);
    }
}

/// What a new process starts with.
pub(crate) struct Spec {
    pub args: Vec<String>,
    pub env: SortedMap<String, String>,
    pub cwd: String,
    pub stdio: Stdio,
    /// The process group to join; `None` makes the process the leader of a new one.
    pub group: Option<u32>,
    pub command: u64,
    pub parent: u32,
}

/// Makes a process record and its view, and hands the future made of it to the executor.
pub(crate) fn start_with(
    kernel: &Rc<Kernel>,
    spec: Spec,
    body: impl FnOnce(Process) -> LocalBoxFuture<'static, i32>,
) -> Result<Child, SpawnError> {
    if kernel.processes.borrow().len() >= super::kernel::MAX_PROCESSES {
        return Err(SpawnError::TooMany);
    }
    let pid = kernel.next_pid();
    // A program begins with its parent's ignored signals. Only a hang-up is ever ignored on behalf of others, by `nohup`.
    let parent = kernel.processes.borrow().get(&spec.parent).cloned();
    let ignores_hangup = parent.is_some_and(|parent| parent.ignores(Signal::Hup));
    let record = Rc::new(Proc {
        pid,
        parent: spec.parent,
        group: Cell::new(spec.group.unwrap_or(pid)),
        task: kernel.sequence(),
        line: RefCell::new(spec.args.join(" ")),
        command: Cell::new(spec.command),
        status: Cell::new(None),
        caught: Cell::new(0),
        ignored: Cell::new(if ignores_hangup { Signal::Hup.bit() } else { 0 }),
        disowned: Cell::new(false),
        pending: RefCell::default(),
        wakers: RefCell::default(),
    });
    kernel.processes.borrow_mut().insert(pid, record.clone());
    let process = Process {
        args: spec.args,
        env: spec.env,
        cwd: spec.cwd,
        stdin: spec.stdio.stdin,
        stdout: spec.stdio.stdout.owned_by(kernel, &record),
        stderr: spec.stdio.stderr.owned_by(kernel, &record),
        prefix: String::new(),
        kernel: kernel.clone(),
        record: record.clone(),
    };
    let future = body(process);
    let (ending, task) = (kernel.clone(), record.task);
    let finished = record.clone();
    let whole = Box::pin(async move {
        let code = future.await;
        ending.finish(&finished, ExitStatus::exited(code));
    });
    kernel.spawned.borrow_mut().push((task, whole));
    Ok(Child { record, kernel: kernel.clone() })
}

/// Starts a program as a process of its own.
pub(crate) fn start(kernel: &Rc<Kernel>, program: Rc<dyn Program>, spec: Spec) -> Result<Child, SpawnError> {
    let cost = program.start_cost().unwrap_or(kernel.costs.get().program);
    start_with(kernel, spec, move |process| {
        Box::pin(async move {
            process.sleep(cost).await;
            program.run(process).await
        })
    })
}
