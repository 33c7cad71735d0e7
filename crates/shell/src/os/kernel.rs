//! What every process of an [`Os`](super::Os) shares: clock, timers, files, programs and the process table.
//!
//! The kernel holds no running future for longer than it takes the executor to pick it up, so a process may hold the
//! kernel without keeping itself alive.

use super::future::LocalBoxFuture;
use super::process::{ExitStatus, Proc, Signal};
use super::{Costs, Program};
use crate::apart::Code;
use crate::vfs::Vfs;
use sorted::SortedMap;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// How many processes may run at once; beyond it `fork` fails as on a machine whose process table is full.
pub(crate) const MAX_PROCESSES: usize = 256;

pub(crate) struct Kernel {
    pub now: Cell<u64>,
    timers: RefCell<SortedMap<(u64, u64), Waker>>,
    sequence: Cell<u64>,
    pub spawned: RefCell<Vec<(u64, LocalBoxFuture<'static, ()>)>>,
    pub killed: RefCell<Vec<u64>>,
    /// Code that a program needs before it can go on: whether it is here.
    pub fetched: RefCell<Vec<fn() -> bool>>,
    pub processes: RefCell<SortedMap<u32, Rc<Proc>>>,
    next_pid: Cell<u32>,
    pub files: Rc<RefCell<Vfs>>,
    pub programs: RefCell<SortedMap<String, Rc<dyn Program>>>,
    /// Where the code of the language and of the rarer tools is.
    pub code: Code,
    pub costs: Cell<Costs>,
    pub commands: Cell<u64>,
    random: Cell<u64>,
    /// The wall clock the machine shows at virtual time zero, in seconds since 1970.
    pub epoch: Cell<i64>,
    /// Bytes handed out by `/dev/urandom` and `$RANDOM` depend only on this seed.
    pub seed: u64,
}

impl Kernel {
    pub fn new(files: Vfs, seed: u64, code: Code) -> Self {
        Self {
            now: Cell::new(0),
            timers: RefCell::default(),
            sequence: Cell::new(0),
            spawned: RefCell::default(),
            killed: RefCell::default(),
            fetched: RefCell::default(),
            processes: RefCell::default(),
            next_pid: Cell::new(100),
            files: Rc::new(RefCell::new(files)),
            programs: RefCell::default(),
            code,
            costs: Cell::new(Costs::default()),
            commands: Cell::new(0),
            random: Cell::new(seed ^ 0x9e37_79b9_7f4a_7c15),
            epoch: Cell::new(1_795_305_600),
            seed,
        }
    }

    /// A copy with the same files, programs and clock, and no process.
    pub fn fork_idle(&self) -> Self {
        let fork = Self::new(self.files.borrow().clone(), self.seed, self.code);
        fork.now.set(self.now.get());
        fork.next_pid.set(self.next_pid.get());
        fork.programs.replace(self.programs.borrow().clone());
        fork.costs.set(self.costs.get());
        fork.commands.set(self.commands.get());
        fork.random.set(self.random.get());
        fork.epoch.set(self.epoch.get());
        fork
    }

    /// Whether some program's code is still on its way.
    pub fn is_fetching(&self) -> bool {
        let mut fetched = self.fetched.borrow_mut();
        fetched.retain(|is_here| !is_here());
        !fetched.is_empty()
    }

    pub fn hostname(&self) -> String {
        let name = self.files.borrow().read("/etc/hostname").unwrap_or_default();
        let name = String::from_utf8_lossy(&name).trim().to_owned();
        if name.is_empty() { "localhost".to_owned() } else { name }
    }

    pub fn sequence(&self) -> u64 {
        let next = self.sequence.get() + 1;
        self.sequence.set(next);
        next
    }

    pub fn next_pid(&self) -> u32 {
        let pid = self.next_pid.get();
        self.next_pid.set(pid.wrapping_add(1).max(100));
        pid
    }

    pub fn random(&self) -> u64 {
        // splitmix64: small, and good enough for `/dev/urandom` in a lesson.
        let state = self.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.random.set(state);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Moves the clock forward (never back) and wakes what was due.
    pub fn advance(&self, now: u64) {
        let now = self.now.get().max(now);
        self.now.set(now);
        self.files.borrow_mut().set_clock(now);
        let due = {
            let mut timers = self.timers.borrow_mut();
            let later = timers.split_off(&(now.saturating_add(1), 0));
            std::mem::replace(&mut *timers, later)
        };
        for waker in due.into_values() {
            waker.wake();
        }
    }

    pub fn next_timer(&self) -> Option<u64> {
        self.timers.borrow().keys().next().map(|(at, _)| *at)
    }

    pub fn signal_group(&self, group: u32, signal: Signal) -> usize {
        let members: Vec<_> = self.processes.borrow().values().filter(|p| p.group.get() == group).cloned().collect();
        for process in &members {
            self.signal(process, signal);
        }
        members.len()
    }

    /// A process and everything it started, parents first; without those it has let go of.
    fn tree(&self, root: &Rc<Proc>, disowned: bool) -> Vec<Rc<Proc>> {
        let all: Vec<_> = self.processes.borrow().values().cloned().collect();
        let mut tree = vec![root.clone()];
        for process in all.into_iter().filter(|process| disowned || !process.disowned.get()) {
            if tree.iter().any(|p| p.pid == process.parent) {
                tree.push(process);
            }
        }
        tree
    }

    /// Signals a process and everything it started, children first.
    pub fn signal_tree(&self, root: &Rc<Proc>, signal: Signal) {
        for process in self.tree(root, true).iter().rev() {
            self.signal(process, signal);
        }
    }

    /// The terminal of a shell is gone: the shell ends and tells its jobs, but not those that were disowned.
    pub fn hang_up(&self, shell: &Rc<Proc>) {
        for process in self.tree(shell, false).iter().skip(1).rev() {
            self.signal(process, Signal::Hup);
        }
        self.signal(shell, Signal::Kill);
    }

    /// Whether something a process started in its own group is still running.
    pub fn has_children(&self, pid: u32) -> bool {
        let processes = self.processes.borrow();
        let Some(group) = processes.get(&pid).map(|own| own.group.get()) else { return false };
        // Children have higher numbers than their parents, so one pass finds all descendants.
        let mut family = vec![pid];
        for process in processes.values().filter(|p| p.group.get() == group) {
            if family.contains(&process.parent) {
                family.push(process.pid);
            }
        }
        family.len() > 1
    }

    /// Delivers a signal: to the process' own handler when it catches this one, otherwise its future is dropped.
    pub fn signal(&self, process: &Rc<Proc>, signal: Signal) {
        if process.status.get().is_some() || process.ignores(signal) {
            return;
        }
        if process.catches(signal) {
            process.notify(signal);
            return;
        }
        self.killed.borrow_mut().push(process.task);
        self.finish(process, ExitStatus::killed(signal));
    }

    pub fn finish(&self, process: &Rc<Proc>, status: ExitStatus) {
        if process.status.get().is_none() {
            process.finish(status);
            self.processes.borrow_mut().remove(&process.pid);
        }
    }

    pub fn sleep(self: &Rc<Self>, micros: u64) -> Sleep {
        Sleep { kernel: self.clone(), key: (self.now.get().saturating_add(micros), self.sequence()), armed: false }
    }
}

/// Completes when the clock reaches its time. Dropping it takes the timer away.
pub(crate) struct Sleep {
    kernel: Rc<Kernel>,
    key: (u64, u64),
    armed: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.armed && self.kernel.now.get() >= self.key.0 {
            self.kernel.timers.borrow_mut().remove(&self.key);
            return Poll::Ready(());
        }
        if self.kernel.now.get() >= self.key.0 {
            // A sleep of zero still lets the others run once.
            cx.waker().wake_by_ref();
        } else {
            self.kernel.timers.borrow_mut().insert(self.key, cx.waker().clone());
        }
        self.armed = true;
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if self.armed {
            self.kernel.timers.borrow_mut().remove(&self.key);
        }
    }
}
