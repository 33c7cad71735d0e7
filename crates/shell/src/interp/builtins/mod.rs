//! The commands that change the shell itself. Those that only read and print are among the [tools](crate::tools).

mod control;
mod declare;
mod directory;
mod eval;
mod help;
mod history;
mod jobs;
mod printf;
mod read;
mod set;

use super::Ran;
use super::io::Io;
use super::shell::Shell;
use crate::os::future::LocalBoxFuture;
use crate::tools::Body;

type ShellBody = for<'a> fn(&'a Shell, Vec<String>, &'a Io) -> LocalBoxFuture<'a, Ran>;

#[derive(Clone, Copy)]
pub enum Builtin {
    /// Needs the shell's state.
    Shell(ShellBody),
    /// A tool that bash runs without a process of its own.
    Tool(Body),
}

const BUILTINS: &[(&str, ShellBody)] = &[
    (".", eval::source),
    ("alias", declare::alias),
    ("bg", jobs::bg),
    ("break", control::break_),
    ("builtin", eval::builtin),
    ("cd", directory::cd),
    ("command", eval::command),
    ("continue", control::continue_),
    ("declare", declare::declare),
    ("dirs", directory::dirs),
    ("disown", jobs::disown),
    ("eval", eval::eval),
    ("exec", eval::exec),
    ("exit", control::exit),
    ("export", declare::export),
    ("fg", jobs::fg),
    ("getopts", read::getopts),
    ("hash", control::nothing),
    ("help", help::help),
    ("history", history::history),
    ("jobs", jobs::jobs),
    ("kill", jobs::kill),
    ("let", control::let_),
    ("local", declare::local),
    ("logout", control::exit),
    ("mapfile", read::mapfile),
    ("popd", directory::popd),
    ("printf", printf::printf),
    ("pushd", directory::pushd),
    ("pwd", directory::pwd),
    ("read", read::read),
    ("readarray", read::mapfile),
    ("readonly", declare::readonly),
    ("return", control::return_),
    ("set", set::set),
    ("shift", control::shift),
    ("shopt", set::shopt),
    ("source", eval::source),
    ("trap", control::trap),
    ("type", eval::type_),
    ("typeset", declare::declare),
    ("ulimit", control::nothing),
    ("umask", control::umask),
    ("unalias", declare::unalias),
    ("unset", declare::unset),
    ("wait", jobs::wait),
    ("which", eval::which),
];

pub fn find(name: &str) -> Option<Builtin> {
    if let Ok(at) = BUILTINS.binary_search_by(|(own, _)| own.cmp(&name)) {
        return Some(Builtin::Shell(BUILTINS[at].1));
    }
    crate::tools::builtin(name).map(Builtin::Tool)
}

/// Every name a builtin has, for completion and `type`.
pub fn names() -> impl Iterator<Item = &'static str> {
    BUILTINS.iter().map(|(name, _)| *name)
}

/// Whether the arguments of this command are expanded as assignments.
pub fn declares(name: &str) -> bool {
    matches!(name, "declare" | "typeset" | "local" | "export" | "readonly" | "alias")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_sorted_for_its_search() {
        assert!(super::BUILTINS.is_sorted_by(|a, b| a.0 < b.0));
    }
}
