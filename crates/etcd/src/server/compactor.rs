//! Compaction without being asked: by age of the history or by its length
//! (etcd 3.5: server/etcdserver/api/v3compactor).

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use sim::{Micros, Time};

use super::Effects;
use super::process::Process;
use super::proposals::Waiter;
use super::say::{Fields, go_duration};
use crate::apply::Op;
use crate::rpc::{CompactionRequest, Response, Status, errors};

/// How often the length of the history is looked at (etcd: revision.go, `revInterval`).
const BY_REVISIONS: Micros = Micros::secs(300);
/// The longest time between two compactions by age (etcd: periodic.go, `getCompactInterval`).
const LONGEST: Micros = Micros::secs(3600);
/// How many times a revision is noted between two compactions (etcd: periodic.go, `retryDivisor`).
const NOTES: u64 = 10;

/// `--auto-compaction-mode` and `--auto-compaction-retention` in one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AutoCompaction {
    /// Retention 0: all history is kept.
    #[default]
    Off,
    /// Mode `periodic`: history of this age is kept.
    Periodic(Micros),
    /// Mode `revision`: so many revisions are kept.
    Revisions(i64),
}

impl AutoCompaction {
    /// Keeps history of so many nanoseconds.
    pub fn of_age(nanos: u64) -> Self {
        Self::Periodic(Micros(nanos / 1_000))
    }

    /// How long until it looks again.
    fn interval(self) -> Micros {
        match self {
            Self::Off => LONGEST,
            Self::Periodic(period) => Micros((period.min(LONGEST).0 / NOTES).max(1)),
            Self::Revisions(_) => BY_REVISIONS,
        }
    }
}

/// What a member remembers for its next compaction.
#[derive(Clone, Debug)]
pub(crate) struct Compactor {
    /// When it looks next; nobody knows while a compaction is under way.
    due: Option<Time>,
    /// The revisions noted last, the oldest first: that was the store's when the period began.
    noted: VecDeque<i64>,
    /// The compaction that was proposed last, and when.
    proposed: (i64, Time),
    /// When the last one was done; at first, when the member started.
    done_at: Time,
    /// Whether the whole period was waited for once.
    waited: bool,
    /// The revision of the last one that was done by length.
    last: i64,
}

impl Compactor {
    /// That of a member that starts now with its store at `revision`.
    pub(crate) fn new(how: AutoCompaction, now: Time, revision: i64) -> Compactor {
        let noted = VecDeque::new();
        let mut new = Compactor { due: None, noted, proposed: (0, now), done_at: now, waited: false, last: 0 };
        new.wait(how, now, revision);
        new
    }

    /// What is to be compacted now, if anything.
    fn look(&mut self, how: AutoCompaction, now: Time, revision: i64) -> Option<i64> {
        match how {
            AutoCompaction::Off => None,
            AutoCompaction::Periodic(period) => {
                let wait = if self.waited { period.min(LONGEST) } else { period };
                if now.since(self.done_at) < wait {
                    return None;
                }
                self.waited = true;
                self.noted.front().copied()
            }
            AutoCompaction::Revisions(kept) => {
                Some(revision - kept).filter(|target| *target > 0 && *target != self.last)
            }
        }
    }

    /// Looks again later, and notes where the store stands now.
    fn wait(&mut self, how: AutoCompaction, now: Time, revision: i64) {
        self.due = Some(now + how.interval());
        if let AutoCompaction::Periodic(period) = how {
            self.noted.push_back(revision);
            while self.noted.len() as u64 > period.0 / how.interval().0 + 1 {
                self.noted.pop_front();
            }
        }
    }
}

impl Process {
    /// Proposes the compaction that is due. Every member watches its store, the leader alone acts.
    pub(crate) fn check_compaction(&mut self, out: &mut Effects) {
        let how = self.config.auto_compaction;
        if how == AutoCompaction::Off || self.compactor.due.is_none_or(|due| due > self.now) {
            return;
        }
        let (now, revision) = (self.now, self.machine.store.revision());
        let target = if self.is_leader() { self.compactor.look(how, now, revision) } else { None };
        match target {
            Some(target) => {
                self.say_compaction(how, target, &Stage::Starting);
                (self.compactor.due, self.compactor.proposed) = (None, (target, now));
                let compaction = CompactionRequest { revision: target, physical: false };
                self.propose_for(Waiter::Compactor, Op::Compact(compaction), out);
            }
            None => self.compactor.wait(how, now, revision),
        }
    }

    /// The proposed compaction came to its end.
    pub(crate) fn compaction_ended(&mut self, result: Result<Response, Status>) {
        let how = self.config.auto_compaction;
        let (target, since) = self.compactor.proposed;
        match result {
            Err(status) if status != errors::compacted() => {
                self.say_compaction(how, target, &Stage::Failed(status.message));
            }
            // Somebody else was faster.
            Ok(_) | Err(_) => {
                (self.compactor.done_at, self.compactor.last) = (self.now, target);
                self.say_compaction(how, target, &Stage::Completed(self.now.since(since)));
            }
        }
        self.compactor.wait(how, self.now, self.machine.store.revision());
    }

    fn say_compaction(&mut self, how: AutoCompaction, revision: i64, stage: &Stage) {
        let (file, name, lines) = match how {
            AutoCompaction::Revisions(_) => ("revision", "revision", [86, 94, 101]),
            _ => ("periodic", "periodic", [134, 142, 150]),
        };
        let fields = Fields::default().raw("revision", revision);
        let fields = match how {
            AutoCompaction::Revisions(kept) => fields.raw("revision-compaction-retention", kept),
            AutoCompaction::Periodic(period) => fields.text("compact-period", &go_duration(period.0)),
            AutoCompaction::Off => fields,
        };
        let retry = go_duration(how.interval().0);
        let (level, verb, line, fields) = match stage {
            Stage::Starting => ("info", "starting", lines[0], fields),
            Stage::Completed(took) => ("info", "completed", lines[1], fields.text("took", &go_duration(took.0))),
            Stage::Failed(why) => {
                ("warn", "failed", lines[2], fields.text("retry-interval", &retry).text("error", why))
            }
        };
        self.say(level, &format!("v3compactor/{file}.go:{line}"), &format!("{verb} auto {name} compaction"), fields);
    }
}

/// How far a compaction is, for the log.
enum Stage {
    Starting,
    Completed(Micros),
    Failed(String),
}
