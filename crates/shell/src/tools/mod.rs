//! The text tools, one file each, and what they share: options, input, regular expressions, escapes.

#[cfg(feature = "awk")]
mod awk;
mod base64;
mod cat;
mod cut;
pub(crate) mod date;
#[cfg(feature = "extras")]
mod diff;
#[cfg(feature = "extras")]
mod digest;
#[cfg(feature = "extras")]
mod dump;
mod echo;
pub(crate) mod escape;
mod files;
#[cfg(feature = "extras")]
mod find;
mod grep;
mod head;
mod input;
#[cfg(feature = "jq")]
mod jq;
mod lines;
mod ls;
mod machine;
mod number;
mod options;
mod pipes;
pub(crate) mod printf;
pub(crate) mod rare;
pub(crate) mod regex;
mod sed;
mod seq;
pub mod sh;
mod small;
mod sort;
mod tail;
pub(crate) mod tar;
pub(crate) mod test;
mod timeout;
mod tr;
mod uniq;
#[cfg(feature = "extras")]
mod watch;
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

/// What is called all the time; the others are in [`rare`].
const TOOLS: &[(&str, Body)] = &[
    ("bash", sh::run),
    ("cat", cat::run),
    ("clear", machine::clear),
    ("head", head::run),
    ("less", cat::run),
    ("ls", ls::run),
    ("more", cat::run),
    ("pwd", small::pwd),
    ("seq", seq::run),
    ("sh", sh::run),
    ("sleep", small::sleep),
    ("tail", tail::run),
    ("wc", wc::run),
];

/// A text with the escapes of C strings replaced.
fn unescape(text: &str) -> String {
    let bytes = escape::expand(text.as_bytes(), escape::Style::Format).bytes;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A tool that the shell itself provides.
pub(crate) fn builtin(name: &str) -> Option<Body> {
    BUILTINS.iter().find(|(own, _)| *own == name).map(|(_, body)| *body)
}

/// Every tool with the name it is installed under.
pub(crate) fn all(rare: rare::RareTools) -> Vec<(&'static str, Rc<dyn Program>)> {
    let tools = TOOLS.iter().chain(BUILTINS.iter().filter(|(name, _)| *name != ":"));
    let tools = tools.map(|(name, body)| (*name, Rc::new(Tool(*body)) as Rc<dyn Program>));
    tools.chain(rare.programs()).collect()
}
