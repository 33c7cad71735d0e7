//! What must hold in every cluster at every moment, whatever goes wrong: for fault tests and debug builds.
//!
//! Feed a [`Checker`] every member of one cluster after every event. It remembers what it has seen, so that it also
//! notices what was true once and is not any more.

use core::fmt;
use std::collections::BTreeMap;

use sim::Digest;

use crate::server::{Inspection, MemberId, Server};

/// How many indexes of the log are remembered.
const REMEMBERED: usize = 100_000;

/// A promise of Raft or of the store that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// Two members lead at the same term (Raft, "election safety").
    TwoLeaders {
        /// The term.
        term: u64,
        /// The one seen first, and the other.
        leaders: (MemberId, MemberId),
    },
    /// Two members have committed different entries at an index (Raft, "state machine safety").
    CommittedDiffers {
        /// The index.
        index: u64,
        /// Whose entry differs from what was committed there before.
        member: MemberId,
    },
    /// A member's term, commit index or revision went back while it ran.
    WentBack {
        /// Which member.
        member: MemberId,
        /// What went back, and from where to where.
        what: &'static str,
        /// Before.
        from: u64,
        /// Now.
        to: u64,
    },
    /// A member has applied what it does not know to be committed.
    AppliedUncommitted {
        /// Which member.
        member: MemberId,
        /// The applied index.
        applied: u64,
        /// The commit index.
        commit: u64,
    },
    /// Two members that have applied the same entries are in different states.
    StateDiffers {
        /// The last applied index of both.
        applied: u64,
        /// Whose state differs from what was seen at that index before.
        member: MemberId,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Violation::TwoLeaders { term, leaders: (one, other) } => {
                write!(f, "{one:x} and {other:x} both lead at term {term}")
            }
            Violation::CommittedDiffers { index, member } => {
                write!(f, "{member:x} has committed another entry at index {index} than others before")
            }
            Violation::WentBack { member, what, from, to } => {
                write!(f, "the {what} of {member:x} went back from {from} to {to}")
            }
            Violation::AppliedUncommitted { member, applied, commit } => {
                write!(f, "{member:x} has applied index {applied}, but only {commit} is committed")
            }
            Violation::StateDiffers { applied, member } => {
                write!(f, "the state of {member:x} at index {applied} is another than that of others there")
            }
        }
    }
}

impl core::error::Error for Violation {}

/// What was seen of one member last.
#[derive(Clone, Copy, Debug)]
struct Seen {
    life: u64,
    term: u64,
    commit: u64,
    applied: u64,
    revision: i64,
    /// Up to where its committed entries were compared.
    compared: u64,
}

/// Watches over one cluster.
#[derive(Clone, Debug, Default)]
pub struct Checker {
    leaders: BTreeMap<u64, MemberId>,
    members: BTreeMap<MemberId, Seen>,
    committed: BTreeMap<u64, u64>,
    states: BTreeMap<u64, u64>,
}

impl Checker {
    /// Looks at the members of a cluster; those that do not run are passed over.
    ///
    /// # Errors
    /// The first promise found broken.
    pub fn observe<'a>(&mut self, servers: impl IntoIterator<Item = &'a Server>) -> Result<(), Violation> {
        servers.into_iter().filter_map(Server::inspect).try_for_each(|member| self.look_at(&member))
    }

    fn look_at(&mut self, now: &Inspection<'_>) -> Result<(), Violation> {
        let member = now.member;
        if now.applied > now.commit {
            return Err(Violation::AppliedUncommitted { member, applied: now.applied, commit: now.commit });
        }
        if now.leads {
            let leader = *self.leaders.entry(now.term).or_insert(member);
            if leader != member {
                return Err(Violation::TwoLeaders { term: now.term, leaders: (leader, member) });
            }
        }
        // After a restart a member may be behind what it was in memory, though never behind what it had promised.
        let before = self.members.get(&member).filter(|seen| seen.life == now.life).copied();
        let mut compared = 0;
        if let Some(before) = before {
            let back = |what, from: u64, to: u64| {
                if to < from { Err(Violation::WentBack { member, what, from, to }) } else { Ok(()) }
            };
            back("term", before.term, now.term)?;
            back("commit index", before.commit, now.commit)?;
            back("applied index", before.applied, now.applied)?;
            back("revision", before.revision.unsigned_abs(), now.revision.unsigned_abs())?;
            compared = before.compared;
        }
        compared = self.compare_log(now, compared)?;
        if before.is_none_or(|before| before.applied != now.applied) {
            self.compare_state(now)?;
        }
        let Inspection { life, term, commit, applied, revision, .. } = *now;
        self.members.insert(member, Seen { life, term, commit, applied, revision, compared });
        Ok(())
    }

    fn compare_log(&mut self, now: &Inspection<'_>, compared: u64) -> Result<u64, Violation> {
        let Some(first) = now.log.first().map(|entry| entry.index) else { return Ok(compared) };
        let skip = usize::try_from((compared + 1).saturating_sub(first)).unwrap_or(usize::MAX);
        let mut last = compared;
        for entry in now.log.iter().skip(skip).take_while(|entry| entry.index <= now.commit) {
            let mut digest = Digest::new();
            digest.u64(entry.term);
            digest.u64(entry.kind as u64);
            digest.bytes(&entry.data);
            let hash = digest.finish();
            if *self.committed.entry(entry.index).or_insert(hash) != hash {
                return Err(Violation::CommittedDiffers { index: entry.index, member: now.member });
            }
            last = entry.index;
        }
        forget_oldest(&mut self.committed);
        Ok(last)
    }

    fn compare_state(&mut self, now: &Inspection<'_>) -> Result<(), Violation> {
        let mut digest = Digest::new();
        digest.i64(now.revision);
        digest.i64(now.compact_revision);
        digest.u64(now.keys);
        digest.u64(now.leases);
        let hash = digest.finish();
        if *self.states.entry(now.applied).or_insert(hash) != hash {
            return Err(Violation::StateDiffers { applied: now.applied, member: now.member });
        }
        forget_oldest(&mut self.states);
        Ok(())
    }
}

fn forget_oldest(map: &mut BTreeMap<u64, u64>) {
    while map.len() > REMEMBERED {
        map.pop_first();
    }
}
