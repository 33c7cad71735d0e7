//! The text tools and builtins, one file each.

mod cat;
mod echo;
pub mod sh;

use crate::os::Program;
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;
use std::rc::Rc;

type Body = fn(Process) -> LocalBoxFuture<'static, i32>;

/// A text tool: an async function under a name.
struct Tool(Body);

impl Program for Tool {
    fn run(&self, process: Process) -> LocalBoxFuture<'static, i32> {
        (self.0)(process)
    }
}

/// Every tool with the name it is installed under.
pub(crate) fn all() -> Vec<(&'static str, Rc<dyn Program>)> {
    const TOOLS: &[(&str, Body)] = &[("cat", cat::run), ("echo", echo::run), ("bash", sh::run), ("sh", sh::run)];
    TOOLS.iter().map(|(name, body)| (*name, Rc::new(Tool(*body)) as Rc<dyn Program>)).collect()
}
