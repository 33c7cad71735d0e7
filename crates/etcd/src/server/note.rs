//! What a member writes in the trace about itself.

use std::fmt;

use sim::{Digest, Payload};

/// A change in a member that a learner may want to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// It took a role at a term.
    Became {
        /// The role.
        role: raft::Role,
        /// The term.
        term: u64,
    },
    /// It follows another leader; 0 for none.
    Leader {
        /// The leader.
        lead: u64,
        /// The term.
        term: u64,
    },
    /// It answered a candidate.
    Voted {
        /// Who asked.
        candidate: u64,
        /// For which term.
        term: u64,
        /// Whether it was a pre-vote.
        pre: bool,
        /// The answer.
        granted: bool,
    },
    /// It wrote entries to its log.
    Appended {
        /// The first.
        first: u64,
        /// The last.
        last: u64,
    },
    /// It learned that the log is committed up to here.
    Committed {
        /// The index.
        index: u64,
    },
    /// It applied entries to its store.
    Applied {
        /// The last one's index.
        index: u64,
        /// The revision after it.
        revision: i64,
    },
    /// A linearizable read was confirmed to be no older than this index.
    ReadConfirmed {
        /// The index.
        index: u64,
    },
    /// Leases ran out; the leader asks for their revocation.
    LeaseExpired {
        /// Which.
        lease: i64,
    },
    /// Its log was replaced by a snapshot.
    SnapshotInstalled {
        /// The snapshot's index.
        index: u64,
    },
    /// It sends its state to a member that lags too far behind.
    SnapshotSent {
        /// To whom.
        to: u64,
        /// The snapshot's index.
        index: u64,
    },
    /// The membership changed.
    Members {
        /// In words.
        change: String,
    },
    /// Its process started.
    Started {
        /// Whether from its own disk, not as a new member.
        restarted: bool,
    },
    /// It cannot go on.
    Failed {
        /// Why.
        reason: String,
    },
}

impl Payload for Note {
    fn digest(&self, digest: &mut Digest) {
        let words: [u64; 5] = match self {
            Note::Became { role, term } => [1, *role as u64, *term, 0, 0],
            Note::Leader { lead, term } => [2, *lead, *term, 0, 0],
            Note::Voted { candidate, term, pre, granted } => {
                [3, *candidate, *term, u64::from(*pre), u64::from(*granted)]
            }
            Note::Appended { first, last } => [4, *first, *last, 0, 0],
            Note::Committed { index } => [5, *index, 0, 0, 0],
            Note::Applied { index, revision } => [6, *index, revision.cast_unsigned(), 0, 0],
            Note::ReadConfirmed { index } => [7, *index, 0, 0, 0],
            Note::LeaseExpired { lease } => [8, lease.cast_unsigned(), 0, 0, 0],
            Note::SnapshotInstalled { index } => [9, *index, 0, 0, 0],
            Note::SnapshotSent { to, index } => [10, *to, *index, 0, 0],
            Note::Members { change } => {
                digest.str(change);
                [11, 0, 0, 0, 0]
            }
            Note::Started { restarted } => [12, u64::from(*restarted), 0, 0, 0],
            Note::Failed { reason } => {
                digest.str(reason);
                [13, 0, 0, 0, 0]
            }
        };
        words.iter().for_each(|word| digest.u64(*word));
    }
}

fn role(role: raft::Role) -> &'static str {
    match role {
        raft::Role::Follower => "follower",
        raft::Role::Candidate => "candidate",
        raft::Role::Leader => "leader",
        raft::Role::PreCandidate => "pre-candidate",
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::Became { role: new, term } => write!(f, "became {} at term {term}", role(*new)),
            Note::Leader { lead: 0, term } => write!(f, "knows no leader at term {term}"),
            Note::Leader { lead, term } => write!(f, "follows {lead:x} at term {term}"),
            Note::Voted { candidate, term, pre, granted } => write!(
                f,
                "{} {} to {candidate:x} for term {term}",
                if *granted { "gave" } else { "refused" },
                if *pre { "a pre-vote" } else { "its vote" },
            ),
            Note::Appended { first, last } if first == last => write!(f, "appended entry {first}"),
            Note::Appended { first, last } => write!(f, "appended entries {first} to {last}"),
            Note::Committed { index } => write!(f, "committed up to {index}"),
            Note::Applied { index, revision } => write!(f, "applied up to {index}: revision {revision}"),
            Note::ReadConfirmed { index } => write!(f, "read index {index} confirmed"),
            Note::LeaseExpired { lease } => write!(f, "lease {lease:x} expired"),
            Note::SnapshotInstalled { index } => write!(f, "installed a snapshot at {index}"),
            Note::SnapshotSent { to, index } => write!(f, "sends {to:x} a snapshot at {index}"),
            Note::Members { change } => f.write_str(change),
            Note::Started { restarted: true } => f.write_str("restarted from its disk"),
            Note::Started { restarted: false } => f.write_str("started as a new member"),
            Note::Failed { reason } => write!(f, "stopped: {reason}"),
        }
    }
}
