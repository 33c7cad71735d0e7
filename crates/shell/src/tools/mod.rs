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

use crate::apart::{Code, Interpreting, What};
use crate::os::Program;
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;
use std::rc::Rc;

pub(crate) type Body = fn(Process) -> LocalBoxFuture<'static, i32>;

/// The tools that are called all the time, by the names they are installed under; the others are in [`rare`]. Their code
/// lies with the language's, so there are no functions here.
const NAMES: [&str; 19] = [
    "[", "bash", "cat", "clear", "echo", "false", "head", "less", "ls", "more", "printf", "pwd", "seq", "sh", "sleep",
    "tail", "test", "true", "wc",
];

/// A tool under its name. Whoever starts it is a shell, so its code is here.
struct Tool(&'static str);

impl Program for Tool {
    fn run(&self, process: Process) -> LocalBoxFuture<'static, i32> {
        let run = process.kernel.code.interpreter.run;
        run(Interpreting(What::Tool(self.0, process)))
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

/// What is a program and nothing else.
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

/// Runs the tool of this name.
pub(crate) fn run(name: &str, process: Process) -> LocalBoxFuture<'static, i32> {
    match TOOLS.iter().chain(BUILTINS).find(|(own, _)| *own == name) {
        Some((_, body)) => body(process),
        None => Box::pin(std::future::ready(127)),
    }
}

/// Every tool with the name it is installed under.
pub(crate) fn all(code: Code) -> Vec<(&'static str, Rc<dyn Program>)> {
    let tools = NAMES.iter().map(|name| (*name, Rc::new(Tool(name)) as Rc<dyn Program>));
    tools.chain(code.tools.programs()).collect()
}

#[cfg(test)]
mod tests {
    use super::{BUILTINS, NAMES, TOOLS};

    #[test]
    fn every_name_leads_to_a_tool_and_every_tool_has_one() {
        let bodies = TOOLS.iter().chain(BUILTINS).map(|(name, _)| *name);
        let mut named: Vec<&str> = bodies.filter(|name| *name != ":").collect();
        named.sort_unstable();
        assert_eq!(named, NAMES);
    }
}
