//! Command lines run without a terminal: each stream captured for itself.

use super::Os;
use super::process::{Child, Signal, Spec, Stdio, start_with};
use crate::apart::What;
use crate::interp::session::SessionHandle;
use crate::io::{Capture, Reader};

/// How much of a stream is kept; more fails the program's write.
const CAPTURE_LIMIT: usize = 16 << 20;

/// A command line under way, and what it has printed so far.
pub struct JobHandle {
    stdout: Capture,
    stderr: Capture,
    child: Option<Child>,
    os: Os,
}

pub(super) fn start(os: &Os, script: &str, session: &SessionHandle, stdin: Reader) -> JobHandle {
    let kernel = os.kernel();
    let (out, stdout) = Capture::new(CAPTURE_LIMIT);
    let (err, stderr) = Capture::new(CAPTURE_LIMIT);
    session.borrow_mut().options.interactive = false;
    let command = kernel.commands.get() + 1;
    kernel.commands.set(command);
    let spec = Spec {
        args: vec!["bash".to_owned()],
        env: Default::default(),
        cwd: session.borrow().cwd().to_owned(),
        stdio: Stdio { stdin, stdout: out, stderr: err },
        group: None,
        command,
        parent: 1,
    };
    let (script, session) = (script.to_owned(), session.clone());
    let child = start_with(kernel, spec, move |process| {
        let interpreter = process.kernel.code.interpreter;
        Box::pin(interpreter.when_here(process, |process| What::Script(process, session, script)))
    });
    JobHandle { stdout, stderr, child: child.ok(), os: os.clone() }
}

impl JobHandle {
    /// What was printed to standard output so far.
    pub fn stdout(&self) -> Vec<u8> {
        self.stdout.bytes()
    }

    /// What was printed to standard error so far.
    pub fn stderr(&self) -> Vec<u8> {
        self.stderr.bytes()
    }

    /// The exit code once the command line is done.
    pub fn code(&self) -> Option<i32> {
        match &self.child {
            Some(child) => child.status().map(|status| status.code),
            None => Some(254),
        }
    }

    /// The number of this command, see [`Process::command_id`](crate::Process::command_id).
    pub fn command_id(&self) -> u64 {
        self.child.as_ref().map_or(0, |child| child.record.command.get())
    }

    /// Signals everything the command line runs, as a terminal's Ctrl-C does. The shell itself lets its program decide
    /// and ends with it.
    pub fn signal(&self, signal: Signal) {
        if let Some(child) = &self.child {
            self.os.kernel().signal_group(child.record.group.get(), signal);
        }
    }
}
