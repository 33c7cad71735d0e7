//! Runs a program in a container.
//!
//! A program that waits is not kept: it is run again from its beginning with what its wishes have brought so far, up to
//! the first one that is still open. It sees nothing but its container and the answers to its wishes, so it does the
//! same again, and a fork of the world can go on with it.

use super::images::{self, Base};
use super::msg::{Ask, Channel, Container, Told};
use super::programs;
use sim::{Micros, Time};
use std::collections::BTreeMap;

/// What a program wants of the world around it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Wish {
    Now,
    Sleep(Micros),
    /// The next line of its input.
    Line,
    /// Something that listens at an address shall answer, and how long to wait for that.
    Send {
        to: String,
        port: u16,
        udp: bool,
        ask: Ask,
        patience: Micros,
    },
    Read(String),
    /// What is added to a file beyond the bytes that were seen.
    Follow {
        path: String,
        seen: usize,
    },
    /// The names in a folder.
    List(String),
    Write {
        path: String,
        text: String,
        append: bool,
    },
    Remove(String),
    /// What runs in the container.
    Processes,
    /// The kernel's rules, of one table or of all.
    Rules(Option<String>),
}

/// What a wish has brought.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Got {
    Done,
    Time(Time),
    Text(Option<String>),
    Names(Vec<String>),
    /// `None` is silence.
    Told(Option<Told>),
}

/// Why a program does not go on here.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Halt {
    /// It waits.
    Wish(Wish),
    Exit(i64),
}

pub(super) type Did<T> = Result<T, Halt>;

/// Where output goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sink {
    Stream(Channel),
    Buffer(usize),
}

/// The streams of a command.
#[derive(Clone, Copy, Debug)]
pub(super) struct Streams {
    /// Text that is there already; without it the program's own input.
    pub(super) input: Option<usize>,
    pub(super) out: Sink,
    pub(super) err: Sink,
}

/// Commands that a script may run, and wishes it may have: one that goes round without end is ended.
pub(super) const STEPS: u32 = 20_000;
const WISHES: usize = 4_000;
/// As deep as commands may stand in each other.
pub(super) const DEEPEST: u32 = 40;

pub(super) struct Run<'a> {
    pub(super) container: &'a Container,
    pub(super) memo: &'a [Got],
    pub(super) asked: usize,
    /// All that was written since it began.
    pub(super) printed: Vec<(Channel, String)>,
    pub(super) buffers: Vec<String>,
    pub(super) variables: BTreeMap<String, String>,
    pub(super) arguments: Vec<String>,
    pub(super) folder: String,
    pub(super) status: i64,
    pub(super) tty: bool,
    pub(super) steps: u32,
    pub(super) depth: u32,
    /// Where it begins, and the last round it has begun.
    pub(super) begin: Option<Mark>,
    pub(super) mark: Option<Mark>,
}

/// What a run of a program has shown.
pub(super) struct Shown {
    pub(super) came: Came,
    /// All that was written since it began, or since the round it began with.
    pub(super) printed: Vec<(Channel, String)>,
    pub(super) mark: Option<Mark>,
}

/// Where a round of a loop began that has the rest of the script inside it: the program can be run again from there, and
/// what was before it can be forgotten.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    /// Which pipeline of the script the loop is.
    pub(super) index: usize,
    pub(super) variables: BTreeMap<String, String>,
    pub(super) folder: String,
    pub(super) status: i64,
    /// Wishes and pieces of output that are behind it.
    pub(super) asked: usize,
    pub(super) printed: usize,
}

/// How far a program has come.
pub(super) enum Came {
    Waits(Wish),
    Ended(i64),
}

/// Runs a program as far as it comes, from its beginning or from a round of its.
pub(super) fn run(container: &Container, argv: &[String], tty: bool, memo: &[Got], begin: Option<&Mark>) -> Shown {
    let mut run = Run {
        container,
        memo,
        asked: 0,
        printed: Vec::new(),
        buffers: Vec::new(),
        variables: container.env.iter().cloned().collect(),
        arguments: Vec::new(),
        folder: "/".into(),
        status: 0,
        tty,
        steps: 0,
        depth: 0,
        begin: begin.cloned(),
        mark: None,
    };
    run.variables.entry("PATH".into()).or_insert_with(|| PATH.into());
    run.variables.entry("HOSTNAME".into()).or_insert_with(|| container.hostname.clone());
    run.variables.entry("HOME".into()).or_insert_with(|| "/root".into());
    let streams = Streams { input: None, out: Sink::Stream(Channel::Out), err: Sink::Stream(Channel::Err) };
    let came = match run.program(argv, streams) {
        Ok(code) | Err(Halt::Exit(code)) => Came::Ended(code),
        Err(Halt::Wish(wish)) => Came::Waits(wish),
    };
    Shown { came, printed: run.printed, mark: run.mark }
}

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The name of a program that a path means.
pub(super) fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether a container has a program.
pub(super) fn has_program(container: &Container, path: &str) -> bool {
    let image = images::find(&container.image);
    let name = base_name(path);
    let is_there = |list: &str| list.split(' ').any(|known| known == name);
    let of_base = match image.base {
        Base::Busybox => is_there(programs::EVERYWHERE) || is_there(programs::BUSYBOX),
        Base::Debian => is_there(programs::EVERYWHERE) || is_there(programs::DEBIAN),
        Base::Bare => false,
    };
    // A path has to be one that programs lie at.
    let place = path.strip_suffix(name).unwrap_or_default();
    let fits =
        place.is_empty() || matches!(place, "/bin/" | "/usr/bin/" | "/usr/local/bin/" | "/sbin/" | "/usr/sbin/" | "/");
    fits && (of_base || is_there(image.tools))
}

impl Run<'_> {
    /// Has a wish; goes on when it was fulfilled.
    pub(super) fn wish(&mut self, wish: Wish) -> Did<Got> {
        if self.asked >= WISHES {
            return Err(Halt::Exit(137));
        }
        let got = self.memo.get(self.asked).cloned();
        self.asked += 1;
        got.ok_or(Halt::Wish(wish))
    }

    pub(super) fn now(&mut self) -> Did<Time> {
        match self.wish(Wish::Now)? {
            Got::Time(time) => Ok(time),
            _ => Ok(Time::ZERO),
        }
    }

    pub(super) fn read(&mut self, path: &str) -> Did<Option<String>> {
        let path = self.absolute(path);
        if path == "/dev/null" {
            return Ok(Some(String::new()));
        }
        match self.wish(Wish::Read(path))? {
            Got::Text(text) => Ok(text),
            _ => Ok(None),
        }
    }

    pub(super) fn names(&mut self, folder: &str) -> Did<Vec<String>> {
        match self.wish(Wish::List(self.absolute(folder)))? {
            Got::Names(names) => Ok(names),
            _ => Ok(Vec::new()),
        }
    }

    /// The next line of a command's input, with its newline; nothing at the end.
    pub(super) fn line(&mut self, streams: Streams) -> Did<Option<String>> {
        if let Some(buffer) = streams.input {
            let text = &mut self.buffers[buffer];
            let end = text.find('\n').map_or(text.len(), |end| end + 1);
            let line: String = text.drain(..end).collect();
            return Ok((!line.is_empty()).then_some(line));
        }
        match self.wish(Wish::Line)? {
            Got::Text(line) => Ok(line),
            _ => Ok(None),
        }
    }

    /// All of a command's input.
    pub(super) fn input(&mut self, streams: Streams) -> Did<String> {
        let mut all = String::new();
        while let Some(line) = self.line(streams)? {
            all.push_str(&line);
        }
        Ok(all)
    }

    pub(super) fn print(&mut self, sink: Sink, text: impl Into<String>) {
        let text = text.into();
        match sink {
            Sink::Buffer(index) => self.buffers[index].push_str(&text),
            Sink::Stream(_) if text.is_empty() => {}
            Sink::Stream(channel) => self.printed.push((channel, text)),
        }
    }

    pub(super) fn absolute(&self, path: &str) -> String {
        let whole = if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", self.folder) };
        let mut parts: Vec<&str> = Vec::new();
        for part in whole.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        format!("/{}", parts.join("/"))
    }

    /// Runs a program by its name.
    pub(super) fn program(&mut self, argv: &[String], streams: Streams) -> Did<i64> {
        let Some((name, arguments)) = argv.split_first() else { return Ok(0) };
        match base_name(name) {
            "sh" | "ash" | "bash" | "dash" => self.shell(base_name(name), arguments, streams),
            _ => programs::run(self, argv, streams),
        }
    }
}
