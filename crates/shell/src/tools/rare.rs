//! The tools that the shell can do without until somebody calls one. In the browser their code lies apart and is fetched
//! then.

use super::Body;
use super::regex::Regex;
use crate::os::Program;
use crate::os::future::LocalBoxFuture;
use crate::os::process::Process;
use std::rc::Rc;

/// The names they are installed under. Nothing but [`RareTools`] may lead from here to their code, or it would lie with
/// the shell again.
const NAMES: &[&str] = &[
    #[cfg(feature = "awk")]
    "awk",
    "base64",
    "basename",
    "chmod",
    "chown",
    "column",
    "comm",
    "cp",
    "cut",
    "date",
    "dd",
    #[cfg(feature = "extras")]
    "diff",
    "dirname",
    "egrep",
    "env",
    "expr",
    "fgrep",
    #[cfg(feature = "extras")]
    "find",
    #[cfg(feature = "awk")]
    "gawk",
    "grep",
    #[cfg(feature = "extras")]
    "hexdump",
    "hostname",
    "id",
    #[cfg(feature = "jq")]
    "jq",
    "ln",
    #[cfg(feature = "awk")]
    "mawk",
    #[cfg(feature = "extras")]
    "md5sum",
    "mkdir",
    "mktemp",
    "mv",
    "nano",
    "nl",
    "nohup",
    #[cfg(feature = "extras")]
    "od",
    "paste",
    "pgrep",
    "pkill",
    "ps",
    "readlink",
    "realpath",
    "rev",
    "rm",
    "rmdir",
    "sed",
    #[cfg(feature = "extras")]
    "sha256sum",
    "sort",
    "stat",
    "tac",
    "tar",
    "tee",
    "timeout",
    "touch",
    "tr",
    "truncate",
    "uname",
    "uniq",
    "vi",
    "vim",
    #[cfg(feature = "extras")]
    "watch",
    "which",
    "whoami",
    "xargs",
    #[cfg(feature = "extras")]
    "xxd",
    "yes",
];

/// The texts of the groups of a match; group 0 is the whole.
pub type Groups = Vec<Option<String>>;

/// Where the code of the tools is.
#[derive(Clone, Copy)]
pub struct RareTools {
    /// Whether it is here. Asked for the first time where it is not, it begins with fetching it.
    pub is_here: fn() -> bool,
    /// Runs the tool of this name; called only when the code is here.
    pub run: fn(&'static str, Process) -> LocalBoxFuture<'static, i32>,
    /// Looks for an extended regular expression (the first) in a text, as `[[ =~ ]]` does; like `run`.
    pub search: fn(&str, &str) -> Result<Option<Groups>, String>,
}

impl RareTools {
    /// With the shell.
    pub const HERE: Self = Self { is_here: || true, run, search };

    pub(super) fn programs(self) -> impl Iterator<Item = (&'static str, Rc<dyn Program>)> {
        NAMES.iter().map(move |name| (*name, Rc::new(RareTool { name, tools: self }) as Rc<dyn Program>))
    }
}

struct RareTool {
    name: &'static str,
    tools: RareTools,
}

impl Program for RareTool {
    fn run(&self, process: Process) -> LocalBoxFuture<'static, i32> {
        let (name, run) = (self.name, self.tools.run);
        let fetched = process.fetched(self.tools.is_here);
        Box::pin(async move {
            fetched.await;
            run(name, process).await
        })
    }

    fn start_cost(&self) -> Option<u64> {
        Some(1_000)
    }
}

fn run(name: &'static str, process: Process) -> LocalBoxFuture<'static, i32> {
    match body(name) {
        Some(body) => body(process),
        None => Box::pin(std::future::ready(127)),
    }
}

fn body(name: &str) -> Option<Body> {
    Some(match name {
        #[cfg(feature = "awk")]
        "awk" | "gawk" | "mawk" => super::awk::run,
        "base64" => super::base64::run,
        "basename" => super::lines::basename,
        "chmod" => super::files::chmod,
        "chown" => super::files::chown,
        "column" => super::lines::column,
        "comm" => super::lines::comm,
        "cp" => super::files::cp,
        "cut" => super::cut::run,
        "date" => super::date::run,
        "dd" => super::machine::dd,
        #[cfg(feature = "extras")]
        "diff" => super::diff::run,
        "dirname" => super::lines::dirname,
        "egrep" | "fgrep" | "grep" => super::grep::run,
        "env" => super::pipes::env,
        "expr" => super::lines::expr,
        #[cfg(feature = "extras")]
        "find" => super::find::run,
        #[cfg(feature = "extras")]
        "hexdump" => super::dump::hexdump,
        "hostname" => super::machine::hostname,
        "id" => super::machine::id,
        #[cfg(feature = "jq")]
        "jq" => super::jq::run,
        "ln" => super::files::ln,
        #[cfg(feature = "extras")]
        "md5sum" => super::digest::md5sum,
        "mkdir" => super::files::mkdir,
        "mktemp" => super::machine::mktemp,
        "mv" => super::files::mv,
        "nano" | "vi" | "vim" => super::machine::editor,
        "nl" => super::lines::nl,
        "nohup" => super::machine::nohup,
        #[cfg(feature = "extras")]
        "od" => super::dump::od,
        "paste" => super::lines::paste,
        "pgrep" | "pkill" => super::machine::pkill,
        "ps" => super::machine::ps,
        "readlink" => super::machine::readlink,
        "realpath" => super::machine::realpath,
        "rev" => super::lines::rev,
        "rm" => super::files::rm,
        "rmdir" => super::files::rmdir,
        "sed" => super::sed::run,
        #[cfg(feature = "extras")]
        "sha256sum" => super::digest::sha256sum,
        "sort" => super::sort::run,
        "stat" => super::machine::stat,
        "tac" => super::lines::tac,
        "tar" => super::tar::RUN,
        "tee" => super::pipes::tee,
        "timeout" => super::timeout::run,
        "touch" => super::files::touch,
        "tr" => super::tr::run,
        "truncate" => super::files::truncate,
        "uname" => super::machine::uname,
        "uniq" => super::uniq::run,
        #[cfg(feature = "extras")]
        "watch" => super::watch::run,
        "which" => super::machine::which,
        "whoami" => super::machine::whoami,
        "xargs" => super::pipes::xargs,
        #[cfg(feature = "extras")]
        "xxd" => super::dump::xxd,
        "yes" => super::seq::yes,
        _ => return None,
    })
}

fn search(pattern: &str, text: &str) -> Result<Option<Groups>, String> {
    Ok(Regex::extended(pattern, false)?.captures(text))
}

#[cfg(test)]
mod tests {
    use super::{NAMES, body};

    #[test]
    fn every_name_leads_to_a_tool() {
        for name in NAMES {
            assert!(body(name).is_some(), "{name}");
        }
    }
}
