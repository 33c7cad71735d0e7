//! The code of the shell that nothing needs before a line is typed: the language with its builtins and tools, and the
//! rarer tools. In the browser it lies apart from the rest and is fetched when somebody calls it.
//!
//! Nothing but [`Interpreter`] and [`RareTools`] may lead to that code from outside, no table of tools either, or it would
//! lie with the rest again.

use crate::interp::session::{Session, SessionHandle};
use crate::interp::shell::Shell;
use crate::io::Tty;
use crate::os::Candidate;
use crate::os::future::LocalBoxFuture;
use crate::os::kernel::Kernel;
use crate::os::process::Process;
use crate::terminal::{View, complete, session};
use crate::tools;
use crate::tools::rare::RareTools;
use std::rc::Rc;

/// Where that code is.
#[derive(Clone, Copy)]
pub struct Code {
    /// The language, and the tools that are called all the time.
    pub interpreter: Interpreter,
    /// The other tools.
    pub tools: RareTools,
}

impl Code {
    /// With the rest.
    pub const HERE: Self = Self { interpreter: Interpreter::HERE, tools: RareTools::HERE };
}

/// Where the code of the language is: grammar, expansion, builtins, tools, and what completes a line.
#[derive(Clone, Copy)]
pub struct Interpreter {
    /// Whether it is here. Asked for the first time where it is not, it begins with fetching it.
    pub is_here: fn() -> bool,
    /// Runs something; only when the code is here.
    pub run: fn(Interpreting) -> LocalBoxFuture<'static, i32>,
    /// How a line could go on, see [`Terminal::complete`](crate::Terminal::complete); like `run`.
    pub complete: fn(Unfinished<'_>) -> Option<(usize, Vec<Candidate>)>,
}

/// What the interpreter is to run, with all it needs.
pub struct Interpreting(pub(crate) What);

pub(crate) enum What {
    /// A terminal at which something has been typed.
    Terminal(Process, Tty, Rc<View>),
    /// A command line without a terminal.
    Script(Process, SessionHandle, String),
    /// A tool.
    Tool(&'static str, Process),
}

/// A line that is being typed.
pub struct Unfinished<'a> {
    pub(crate) kernel: &'a Kernel,
    pub(crate) session: &'a Session,
    pub(crate) line: &'a str,
    pub(crate) cursor: usize,
}

impl Interpreter {
    /// With the rest.
    pub const HERE: Self = Self { is_here: || true, run, complete: complete::complete };

    /// Runs something when the code is here.
    pub(crate) async fn when_here(self, process: Process, what: impl FnOnce(Process) -> What) -> i32 {
        process.fetched(self.is_here).await;
        (self.run)(Interpreting(what(process))).await
    }
}

/// Here is the way to all the code of the language.
fn run(Interpreting(what): Interpreting) -> LocalBoxFuture<'static, i32> {
    match what {
        What::Terminal(process, tty, view) => Box::pin(session::run(process, tty, view)),
        What::Script(process, session, script) => {
            Box::pin(async move { Shell::new(process, session).run_script(&script).await })
        }
        What::Tool(name, process) => tools::run(name, process),
    }
}
