//! The machine the shell runs on: an executor in virtual time, processes, files and installed programs.

pub mod future;
pub mod job;
pub(crate) mod kernel;
pub(crate) mod loader;
pub mod process;

use crate::apart::Code;
use crate::interp::session::SessionHandle;
use crate::io::Reader;
use crate::vfs::{Files, FsError, Vfs};
use future::LocalBoxFuture;
use job::JobHandle;
use kernel::Kernel;
use process::Process;
use sorted::SortedMap;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Wake, Waker};

/// A program of the machine: what runs when its name is called.
pub trait Program {
    /// Runs until it returns its exit code. The future is dropped when the process is killed, so whatever it holds must
    /// be released by dropping.
    fn run(&self, process: Process) -> LocalBoxFuture<'static, i32>;

    /// What may follow: `words` are the words typed so far, the program's name first and the unfinished one last
    /// (possibly empty). `None` while the code that knows is still on its way; being asked, it begins to come.
    fn complete(&self, words: &[String]) -> Option<Vec<Candidate>> {
        let _ = words;
        Some(Vec::new())
    }

    /// How long it takes from being called until its first instruction, in microseconds; `None` for
    /// [`Costs::program`].
    fn start_cost(&self) -> Option<u64> {
        None
    }
}

/// One way to finish the word being typed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// The whole word as it would stand after completion.
    pub text: String,
    /// A few words on what it is; may be empty.
    pub help: String,
    /// Whether a blank may follow: false for `--flag=` and directories.
    pub complete: bool,
}

impl Candidate {
    /// A finished word without help.
    pub fn word(text: impl Into<String>) -> Self {
        Self { text: text.into(), help: String::new(), complete: true }
    }
}

/// What running something costs in virtual microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Costs {
    /// A command the shell does itself, also an assignment or a turn of a loop.
    pub builtin: u64,
    /// Starting a text tool such as `grep`.
    pub tool: u64,
    /// Starting an installed [`Program`] that does not say otherwise.
    pub program: u64,
}

impl Default for Costs {
    fn default() -> Self {
        Self { builtin: 20, tool: 1_000, program: 3_000 }
    }
}

/// Whether a call of [`Os::run`] left something to do at the same instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Everything waits: for time, for input, or for something outside.
    Idle,
    /// The budget ran out first; call again.
    MoreToDo,
    /// The code of a program is on its way: see [`Process::fetched`]. Call again when it may have come; until then
    /// nothing runs and no time may pass.
    Fetching,
}

/// A machine: files, clock, programs and what runs on it. Clones are handles to the same machine.
#[derive(Clone)]
pub struct Os(Rc<Machine>);

struct Machine {
    kernel: Rc<Kernel>,
    tasks: RefCell<SortedMap<u64, Task>>,
    ready: Arc<Ready>,
}

struct Task {
    future: LocalBoxFuture<'static, ()>,
    waker: Waker,
}

/// The queue of woken tasks. Wakers must be `Send` by their contract, hence a lock that is never contended.
#[derive(Default)]
struct Ready(Mutex<VecDeque<u64>>);

struct TaskWaker {
    id: u64,
    ready: Arc<Ready>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.ready.push(self.id);
    }
}

impl Ready {
    fn push(&self, id: u64) {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.back() != Some(&id) {
            queue.push_back(id);
        }
    }

    fn pop(&self) -> Option<u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

impl Os {
    /// A machine with the given files. The text tools are installed under `/usr/bin`; `seed` feeds `/dev/urandom` and
    /// `$RANDOM`.
    pub fn new(files: Vfs, seed: u64) -> Self {
        Self::with_code(files, seed, Code::HERE)
    }

    /// The same, with the shell's language and the tools where `code` says they are.
    pub fn with_code(files: Vfs, seed: u64, code: Code) -> Self {
        let os = Self::bare(Kernel::new(files, seed, code));
        loader::prepare(&os);
        os
    }

    fn bare(kernel: Kernel) -> Self {
        Self(Rc::new(Machine { kernel: Rc::new(kernel), tasks: RefCell::default(), ready: Arc::default() }))
    }

    /// A new machine with a copy of the files, the same programs and the same clock, and nothing running. Programs
    /// that reach outside keep doing so: install them anew in the fork.
    pub fn fork_idle(&self) -> Self {
        Self::bare(self.0.kernel.fork_idle())
    }

    pub(crate) fn kernel(&self) -> &Rc<Kernel> {
        &self.0.kernel
    }

    /// The virtual time of the last call of [`Os::run`], in microseconds.
    pub fn now(&self) -> u64 {
        self.0.kernel.now.get()
    }

    /// Sets what the wall clock (`date`) shows at virtual time zero, in seconds since 1970.
    pub fn set_epoch(&self, seconds: i64) {
        self.0.kernel.epoch.set(seconds);
    }

    /// Changes what commands cost from now on.
    pub fn set_costs(&self, costs: Costs) {
        self.0.kernel.costs.set(costs);
    }

    /// The machine's files.
    pub fn files(&self) -> Files {
        Files::new(self.0.kernel.files.clone())
    }

    /// Installs (or replaces) a program and puts its executable at `/usr/bin/NAME`.
    ///
    /// # Errors
    /// When the file system is full.
    pub fn install(&self, name: &str, program: Rc<dyn Program>) -> Result<(), FsError> {
        self.register(name, program);
        self.files().write_executable(&format!("/usr/bin/{name}"), &loader::image(name))
    }

    /// Makes a program known without an executable file: the file may be delivered later, by an archive for instance,
    /// with [`Os::executable_image`] as its content.
    pub fn register(&self, name: &str, program: Rc<dyn Program>) {
        self.0.kernel.programs.borrow_mut().insert(name.to_owned(), program);
    }

    /// The content of an executable file that runs the registered program `name`.
    pub fn executable_image(name: &str) -> Vec<u8> {
        loader::image(name)
    }

    /// Runs a command line (any number of lines) in a session without a terminal, as `bash` does with a script:
    /// captured output, `stdin` as given. The session keeps its variables, functions and directory for the next call.
    pub fn exec_script(&self, script: &str, session: &SessionHandle, stdin: Reader) -> JobHandle {
        job::start(self, script, session, stdin)
    }

    /// Lets tasks run at time `now` (microseconds; an earlier time than before counts as the same instant) until all
    /// wait or `budget` polls are used up.
    pub fn run(&self, now: u64, budget: u32) -> Progress {
        let machine = &*self.0;
        machine.kernel.advance(now);
        let mut left = budget;
        loop {
            machine.settle();
            if machine.kernel.is_fetching() {
                return Progress::Fetching;
            }
            if left == 0 {
                return if machine.ready.is_empty() { Progress::Idle } else { Progress::MoreToDo };
            }
            let Some(id) = machine.ready.pop() else { return Progress::Idle };
            left -= u32::from(machine.poll(id));
        }
    }

    /// When the next sleeping task wants to run, in microseconds; `None` when nothing sleeps.
    pub fn next_timer(&self) -> Option<u64> {
        self.0.kernel.next_timer()
    }

    /// Whether any process is left.
    pub fn is_busy(&self) -> bool {
        !self.0.tasks.borrow().is_empty() || !self.0.kernel.spawned.borrow().is_empty()
    }
}

impl Machine {
    /// Takes up new tasks and drops killed ones. Dropping may wake or kill others, so no borrow is held meanwhile.
    fn settle(&self) {
        loop {
            let spawned = std::mem::take(&mut *self.kernel.spawned.borrow_mut());
            let killed = std::mem::take(&mut *self.kernel.killed.borrow_mut());
            if spawned.is_empty() && killed.is_empty() {
                return;
            }
            for (id, future) in spawned {
                let waker = Waker::from(Arc::new(TaskWaker { id, ready: self.ready.clone() }));
                self.tasks.borrow_mut().insert(id, Task { future, waker });
                self.ready.push(id);
            }
            for id in killed {
                let task = self.tasks.borrow_mut().remove(&id);
                drop(task);
            }
        }
    }

    /// Polls one task; false when it was gone already.
    fn poll(&self, id: u64) -> bool {
        let Some(mut task) = self.tasks.borrow_mut().remove(&id) else { return false };
        let waker = task.waker.clone();
        if task.future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            self.tasks.borrow_mut().insert(id, task);
        }
        true
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // Tasks hold the kernel; the kernel must not keep tasks that were never taken up.
        let spawned = std::mem::take(&mut *self.kernel.spawned.borrow_mut());
        drop(spawned);
        let tasks = std::mem::take(&mut *self.tasks.borrow_mut());
        drop(tasks);
    }
}
