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

const TOOLS: &[(&str, Body)] = &[
    #[cfg(feature = "awk")]
    ("awk", awk::run),
    ("base64", base64::run),
    ("basename", lines::basename),
    ("bash", sh::run),
    ("cat", cat::run),
    ("chmod", files::chmod),
    ("chown", files::chown),
    ("clear", machine::clear),
    ("column", lines::column),
    ("comm", lines::comm),
    ("cp", files::cp),
    ("cut", cut::run),
    ("date", date::run),
    ("dd", machine::dd),
    #[cfg(feature = "extras")]
    ("diff", diff::run),
    ("dirname", lines::dirname),
    ("egrep", grep::run),
    ("env", pipes::env),
    ("expr", lines::expr),
    ("fgrep", grep::run),
    #[cfg(feature = "extras")]
    ("find", find::run),
    #[cfg(feature = "awk")]
    ("gawk", awk::run),
    ("grep", grep::run),
    ("head", head::run),
    #[cfg(feature = "extras")]
    ("hexdump", dump::hexdump),
    ("hostname", machine::hostname),
    ("id", machine::id),
    #[cfg(feature = "jq")]
    ("jq", jq::run),
    ("less", cat::run),
    ("ln", files::ln),
    ("ls", ls::run),
    #[cfg(feature = "awk")]
    ("mawk", awk::run),
    #[cfg(feature = "extras")]
    ("md5sum", digest::md5sum),
    ("mkdir", files::mkdir),
    ("mktemp", machine::mktemp),
    ("more", cat::run),
    ("mv", files::mv),
    ("nano", machine::editor),
    ("nl", lines::nl),
    ("nohup", machine::nohup),
    #[cfg(feature = "extras")]
    ("od", dump::od),
    ("paste", lines::paste),
    ("pgrep", machine::pkill),
    ("pkill", machine::pkill),
    ("ps", machine::ps),
    ("pwd", small::pwd),
    ("readlink", machine::readlink),
    ("realpath", machine::realpath),
    ("rev", lines::rev),
    ("rm", files::rm),
    ("rmdir", files::rmdir),
    ("sed", sed::run),
    ("seq", seq::run),
    ("sh", sh::run),
    #[cfg(feature = "extras")]
    ("sha256sum", digest::sha256sum),
    ("sleep", small::sleep),
    ("sort", sort::run),
    ("stat", machine::stat),
    ("tac", lines::tac),
    ("tail", tail::run),
    ("tar", tar::RUN),
    ("tee", pipes::tee),
    ("timeout", timeout::run),
    ("touch", files::touch),
    ("tr", tr::run),
    ("truncate", files::truncate),
    ("uname", machine::uname),
    ("uniq", uniq::run),
    ("vi", machine::editor),
    ("vim", machine::editor),
    #[cfg(feature = "extras")]
    ("watch", watch::run),
    ("wc", wc::run),
    ("which", machine::which),
    ("whoami", machine::whoami),
    ("xargs", pipes::xargs),
    #[cfg(feature = "extras")]
    ("xxd", dump::xxd),
    ("yes", seq::yes),
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
pub(crate) fn all() -> Vec<(&'static str, Rc<dyn Program>)> {
    let tools = TOOLS.iter().chain(BUILTINS.iter().filter(|(name, _)| *name != ":"));
    tools.map(|(name, body)| (*name, Rc::new(Tool(*body)) as Rc<dyn Program>)).collect()
}
