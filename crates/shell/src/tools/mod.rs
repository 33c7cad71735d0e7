//! The text tools, one file each, and what they share: options, input, regular expressions, escapes.

mod awk;
mod base64;
mod cat;
mod cut;
pub(crate) mod date;
mod echo;
pub(crate) mod escape;
mod files;
mod grep;
mod head;
mod input;
mod jq;
mod number;
mod options;
mod pipes;
mod printf;
pub(crate) mod regex;
pub mod sh;
mod sed;
mod seq;
mod small;
mod sort;
mod tail;
pub(crate) mod test;
mod timeout;
mod tr;
mod uniq;
mod wc;

use crate::os::Program;
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;
use std::rc::Rc;

pub(crate) type Body = fn(Process) -> LocalBoxFuture<'static, i32>;

/// A text tool: an async function under a name.
struct Tool(Body);

impl Program for Tool {
    fn run(&self, process: Process) -> LocalBoxFuture<'static, i32> {
        (self.0)(process)
    }

    fn start_cost(&self) -> Option<u64> {
        Some(1_000)
    }
}

/// What bash runs without starting a process.
const BUILTINS: &[(&str, Body)] = &[
    (":", small::true_),
    ("[", test::run),
    ("echo", echo::run),
    ("false", small::false_),
    ("printf", printf::run),
    ("test", test::run),
    ("true", small::true_),
];

const TOOLS: &[(&str, Body)] = &[
    ("awk", awk::run),
    ("base64", base64::run),
    ("bash", sh::run),
    ("cat", cat::run),
    ("chmod", files::chmod),
    ("chown", files::chown),
    ("cp", files::cp),
    ("cut", cut::run),
    ("date", date::run),
    ("egrep", grep::run),
    ("env", pipes::env),
    ("fgrep", grep::run),
    ("gawk", awk::run),
    ("grep", grep::run),
    ("head", head::run),
    ("jq", jq::run),
    ("ln", files::ln),
    ("mawk", awk::run),
    ("mkdir", files::mkdir),
    ("mv", files::mv),
    ("rm", files::rm),
    ("rmdir", files::rmdir),
    ("sed", sed::run),
    ("seq", seq::run),
    ("sh", sh::run),
    ("sleep", small::sleep),
    ("sort", sort::run),
    ("tail", tail::run),
    ("tee", pipes::tee),
    ("timeout", timeout::run),
    ("touch", files::touch),
    ("tr", tr::run),
    ("uniq", uniq::run),
    ("wc", wc::run),
    ("xargs", pipes::xargs),
    ("yes", seq::yes),
];

/// A tool that the shell itself provides.
pub(crate) fn builtin(name: &str) -> Option<Body> {
    BUILTINS.iter().find(|(own, _)| *own == name).map(|(_, body)| *body)
}

/// Every tool with the name it is installed under.
pub(crate) fn all() -> Vec<(&'static str, Rc<dyn Program>)> {
    let tools = TOOLS.iter().chain(BUILTINS.iter().filter(|(name, _)| *name != ":"));
    tools.map(|(name, body)| (*name, Rc::new(Tool(*body)) as Rc<dyn Program>)).collect()
}
