//! Log lines and state changes, collected for whoever wants to show them.

use std::collections::VecDeque;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Role;

/// How much a log line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LogLevel {
    /// Details of replication.
    Debug,
    /// Elections, votes, membership.
    Info,
    /// Unusual, but handled.
    Warn,
    /// A request that had to be ignored.
    Error,
    /// The member cannot go on.
    Fatal,
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            LogLevel::Debug => "DEBUG",
            LogLevel::Info => "INFO",
            LogLevel::Warn => "WARN",
            LogLevel::Error => "ERROR",
            LogLevel::Fatal => "FATAL",
        })
    }
}

/// One line a member logged, in upstream's words.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LogLine {
    /// How much it matters.
    pub level: LogLevel,
    /// The line, without an end of line.
    pub text: String,
}

/// A change of state worth showing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Event {
    /// The member took a role at a term.
    Became {
        /// The new role.
        role: Role,
        /// The term it holds for.
        term: u64,
    },
    /// The member follows another leader, or none (0).
    Leader {
        /// The leader.
        lead: u64,
        /// The term.
        term: u64,
    },
    /// The member answered a candidate.
    Voted {
        /// Who asked.
        candidate: u64,
        /// The term asked for.
        term: u64,
        /// Whether this was only a pre-vote.
        pre: bool,
        /// The answer.
        granted: bool,
    },
    /// The member, being a candidate, got an answer.
    VoteReceived {
        /// Who answered.
        from: u64,
        /// The term of the candidacy.
        term: u64,
        /// Whether this was only a pre-vote.
        pre: bool,
        /// The answer.
        granted: bool,
    },
    /// More of the log is committed. Consecutive ones are merged.
    Committed {
        /// The new commit index.
        index: u64,
    },
    /// The log was replaced by a snapshot.
    Restored {
        /// The snapshot's index.
        index: u64,
        /// The snapshot's term.
        term: u64,
    },
    /// The membership changed; [`Status`](crate::Status) tells to what.
    ConfChanged {
        /// Whether both an old and a new majority have to agree now.
        joint: bool,
    },
}

/// Collects log lines and events up to a bound; the oldest go first.
#[derive(Clone, Debug)]
pub(crate) struct Sink {
    level: Option<LogLevel>,
    lines: VecDeque<LogLine>,
    events: VecDeque<Event>,
    record_events: bool,
    capacity: usize,
    lost: u64,
}

impl Sink {
    pub fn new(level: Option<LogLevel>, record_events: bool, capacity: usize) -> Sink {
        Sink {
            level,
            lines: VecDeque::new(),
            events: VecDeque::new(),
            record_events,
            capacity: capacity.max(1),
            lost: 0,
        }
    }

    pub fn set_level(&mut self, level: Option<LogLevel>) {
        self.level = level;
    }

    /// Whether a line at `level` would be kept: asked before any text is formatted.
    pub fn wants(&self, level: LogLevel) -> bool {
        self.level.is_some_and(|least| level >= least)
    }

    pub fn push(&mut self, level: LogLevel, text: String) {
        if self.lines.len() == self.capacity {
            self.lines.pop_front();
            self.lost += 1;
        }
        self.lines.push_back(LogLine { level, text });
    }

    pub fn event(&mut self, event: Event) {
        if !self.record_events {
            return;
        }
        if let (Event::Committed { .. }, Some(last @ Event::Committed { .. })) = (event, self.events.back_mut()) {
            *last = event;
            return;
        }
        if self.events.len() == self.capacity {
            self.events.pop_front();
            self.lost += 1;
        }
        self.events.push_back(event);
    }

    pub fn drain_lines(&mut self) -> impl Iterator<Item = LogLine> + '_ {
        self.lines.drain(..)
    }

    pub fn drain_events(&mut self) -> impl Iterator<Item = Event> + '_ {
        self.events.drain(..)
    }

    pub fn lost(&self) -> u64 {
        self.lost
    }
}

/// Logs a line through anything that has a `sink()`, formatting it only when somebody wants it.
macro_rules! log {
    ($sink:expr, $level:ident, $($format:tt)+) => {
        if $sink.wants($crate::sink::LogLevel::$level) {
            let text = format!($($format)+);
            $sink.push($crate::sink::LogLevel::$level, text);
        }
    };
}
pub(crate) use log;
