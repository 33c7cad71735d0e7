//! What a shell remembers between commands.

use crate::os::loader::DEFAULT_PATH;
use sorted::SortedMap;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// How many lines `history` keeps.
const HISTORY_LIMIT: usize = 1000;

/// A session shared between its owner and the command that runs in it.
pub type SessionHandle = Rc<RefCell<Session>>;

/// The state of a shell between commands: variables, functions, directory, options, history. A clone is independent.
#[derive(Clone)]
pub struct Session {
    pub(crate) vars: SortedMap<String, Var>,
    pub(crate) functions: SortedMap<String, Rc<crate::grammar::ast::Function>>,
    pub(crate) aliases: SortedMap<String, String>,
    pub(crate) positional: Vec<String>,
    /// `$0`.
    pub(crate) name: String,
    pub(crate) status: i32,
    pub(crate) pipe_status: Vec<i32>,
    pub(crate) options: Options,
    pub(crate) last_background: Option<u32>,
    pub(crate) history: VecDeque<String>,
    /// Numbers of the lines in `history` begin after this many forgotten ones.
    pub(crate) history_start: usize,
    /// What `local` has to restore, one frame a running function.
    pub(crate) frames: Vec<SortedMap<String, Option<Var>>>,
    pub(crate) pid: u32,
    /// Where `$SECONDS` counts from, in virtual microseconds.
    pub(crate) started: u64,
    cwd: String,
}

#[derive(Clone, Default)]
pub(crate) struct Var {
    pub value: Value,
    pub exported: bool,
    pub readonly: bool,
    pub integer: bool,
}

#[derive(Clone, Default, PartialEq)]
pub(crate) enum Value {
    #[default]
    Unset,
    Text(String),
    Array(SortedMap<u64, String>),
    Map(SortedMap<String, String>),
}

/// The options of `set`.
#[derive(Clone, Copy, Default)]
pub(crate) struct Options {
    pub exit_on_error: bool,
    pub unset_is_error: bool,
    pub trace: bool,
    pub no_glob: bool,
    pub no_clobber: bool,
    pub no_exec: bool,
    pub export_all: bool,
    pub pipefail: bool,
    pub interactive: bool,
}

impl Session {
    /// A login of `root` in the given home directory, with the usual environment.
    pub fn new(home: &str) -> Self {
        let mut session = Self::bare(home);
        for (name, value) in [
            ("HOME", home),
            ("PATH", DEFAULT_PATH),
            ("USER", "root"),
            ("SHELL", "/bin/bash"),
            ("TERM", "xterm-256color"),
        ] {
            session.set_env(name, value);
        }
        session
    }

    /// A session with an empty environment.
    pub(crate) fn bare(cwd: &str) -> Self {
        let mut session = Self {
            vars: SortedMap::new(),
            functions: SortedMap::new(),
            aliases: SortedMap::new(),
            positional: Vec::new(),
            name: "bash".to_owned(),
            status: 0,
            pipe_status: vec![0],
            options: Options::default(),
            last_background: None,
            history: VecDeque::new(),
            history_start: 0,
            frames: Vec::new(),
            pid: 0,
            started: 0,
            cwd: cwd.to_owned(),
        };
        session.set_env("PWD", cwd);
        for (name, value) in
            [("IFS", " \t\n"), ("OPTIND", "1"), ("BASH_VERSION", "5.2.15(1)-release"), ("BASH", "/bin/bash")]
        {
            session.set(name, value);
        }
        session
    }

    /// The session as a handle that [`Os::exec_script`](crate::Os::exec_script) and
    /// [`Terminal::new`](crate::Terminal::new) take.
    pub fn into_handle(self) -> SessionHandle {
        Rc::new(RefCell::new(self))
    }

    /// The working directory.
    pub fn cwd(&self) -> &str {
        &self.cwd
    }

    /// Changes the working directory; the caller has checked that it exists.
    pub fn set_cwd(&mut self, cwd: &str) {
        cwd.clone_into(&mut self.cwd);
    }

    /// The exit code of the last command.
    pub fn status(&self) -> i32 {
        self.status
    }

    /// Sets a variable and exports it.
    pub fn set_env(&mut self, name: &str, value: &str) {
        let var = self.vars.entry(name.to_owned()).or_default();
        var.value = Value::Text(value.to_owned());
        var.exported = true;
    }

    /// Sets a variable; whether it is exported stays as it was.
    pub fn set(&mut self, name: &str, value: &str) {
        self.vars.entry(name.to_owned()).or_default().value = Value::Text(value.to_owned());
    }

    /// A variable's value (the first element of an array).
    pub fn get(&self, name: &str) -> Option<&str> {
        match &self.vars.get(name)?.value {
            Value::Unset => None,
            Value::Text(text) => Some(text),
            Value::Array(items) => items.get(&0).map(String::as_str),
            Value::Map(items) => items.get("0").map(String::as_str),
        }
    }

    /// The exported variables.
    pub fn env(&self) -> SortedMap<String, String> {
        let exported = self.vars.iter().filter(|(_, var)| var.exported);
        exported.filter_map(|(name, _)| Some((name.clone(), self.get(name)?.to_owned()))).collect::<SortedMap<_, _>>()
    }

    /// The lines of the history with their numbers, oldest first.
    pub fn history(&self) -> impl DoubleEndedIterator<Item = (usize, &str)> {
        self.history.iter().enumerate().map(|(i, line)| (self.history_start + i + 1, line.as_str()))
    }

    pub(crate) fn remember(&mut self, line: &str) {
        let line = line.trim_end();
        if line.is_empty() || self.history.back().is_some_and(|last| last == line) {
            return;
        }
        self.history.push_back(line.to_owned());
        if self.history.len() > HISTORY_LIMIT {
            self.history.pop_front();
            self.history_start += 1;
        }
    }
}
