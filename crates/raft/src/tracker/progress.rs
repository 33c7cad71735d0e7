//! What a leader knows of one follower.

use std::fmt;

use super::Inflights;

/// How a leader feeds a follower.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ProgressState {
    /// Where the follower's log ends is not known: one message at a time, to find out.
    #[default]
    Probe,
    /// Entries are sent ahead of the answers.
    Replicate,
    /// The follower needs entries that are compacted away: a snapshot is on its way, and nothing else is sent.
    Snapshot,
}

impl fmt::Display for ProgressState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ProgressState::Probe => "StateProbe",
            ProgressState::Replicate => "StateReplicate",
            ProgressState::Snapshot => "StateSnapshot",
        })
    }
}

/// What a leader knows of one follower (etcd: raft/tracker/progress.go).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The follower's log equals the leader's up to here.
    pub match_index: u64,
    /// The next entry to send. Always after `match_index`; what lies between is on its way.
    pub next_index: u64,
    /// The highest commit index sent. It falls back when the message carrying it probably was not accepted.
    pub(crate) sent_commit: u64,
    /// How the leader feeds the follower.
    pub state: ProgressState,
    /// The index of the snapshot on its way, 0 if none.
    pub pending_snapshot: u64,
    /// Whether the follower was heard within the last election timeout.
    pub recent_active: bool,
    /// Whether appends wait for a heartbeat's answer: after a probe, or with a full window.
    pub append_paused: bool,
    /// Messages on their way.
    pub inflights: Inflights,
    /// Whether the follower does not vote.
    pub is_learner: bool,
}

impl Progress {
    pub(crate) fn new(match_index: u64, next_index: u64, inflights: Inflights, is_learner: bool) -> Progress {
        Progress {
            match_index,
            next_index,
            sent_commit: 0,
            state: ProgressState::Probe,
            pending_snapshot: 0,
            recent_active: false,
            append_paused: false,
            inflights,
            is_learner,
        }
    }

    fn enter(&mut self, state: ProgressState) {
        self.append_paused = false;
        self.pending_snapshot = 0;
        self.state = state;
        self.inflights.clear();
    }

    /// Starts probing, from after a snapshot that is believed to have arrived or else from the last known match.
    pub(crate) fn become_probe(&mut self) {
        let snapshot = self.pending_snapshot;
        let after_snapshot = self.state == ProgressState::Snapshot;
        self.enter(ProgressState::Probe);
        self.next_index = self.match_index + 1;
        if after_snapshot {
            self.next_index = self.next_index.max(snapshot + 1);
        }
        self.regress_sent_commit();
    }

    /// Starts sending ahead, from the last known match.
    pub(crate) fn become_replicate(&mut self) {
        self.enter(ProgressState::Replicate);
        self.next_index = self.match_index + 1;
    }

    /// Waits for the snapshot at `index` to arrive.
    pub(crate) fn become_snapshot(&mut self, index: u64) {
        self.enter(ProgressState::Snapshot);
        self.pending_snapshot = index;
        self.next_index = index + 1;
        self.sent_commit = index;
    }

    /// Records that a message with `entries` entries of `bytes` bytes was sent.
    pub(crate) fn sent_entries(&mut self, entries: u64, bytes: u64) {
        match self.state {
            ProgressState::Replicate => {
                if entries > 0 {
                    self.next_index += entries;
                    self.inflights.add(self.next_index - 1, bytes);
                }
                // With a full window this message is a probe as well: wait for a heartbeat before the next.
                self.append_paused = self.inflights.is_full();
            }
            ProgressState::Probe => {
                if entries > 0 {
                    self.append_paused = true;
                }
            }
            // Nothing is appended while a snapshot is on its way: see `is_paused`.
            ProgressState::Snapshot => {}
        }
    }

    /// Whether telling the follower of commit index `index` could do any good. Once a commit index was sent that
    /// commits everything on its way, a higher one will not.
    pub(crate) fn can_bump_commit(&self, index: u64) -> bool {
        index > self.sent_commit && self.sent_commit < self.next_index - 1
    }

    /// Records an acknowledgement; false if it tells nothing new.
    pub(crate) fn maybe_update(&mut self, index: u64) -> bool {
        if index <= self.match_index {
            return false;
        }
        self.match_index = index;
        self.next_index = self.next_index.max(index + 1);
        self.append_paused = false;
        true
    }

    /// Steps back after the follower rejected an append at `rejected` with the hint that the logs may match at `hint`;
    /// false if the rejection is an old one.
    pub(crate) fn maybe_decr_to(&mut self, rejected: u64, hint: u64) -> bool {
        if self.state == ProgressState::Replicate {
            if rejected <= self.match_index {
                return false;
            }
            self.next_index = self.match_index + 1;
            self.regress_sent_commit();
            return true;
        }
        // A probe has one message under way, so a rejection of anything else is an old one.
        if self.next_index - 1 != rejected {
            return false;
        }
        self.next_index = rejected.min(hint + 1).max(self.match_index + 1);
        self.regress_sent_commit();
        self.append_paused = false;
        true
    }

    /// Whether nothing may be appended for now.
    pub fn is_paused(&self) -> bool {
        self.state == ProgressState::Snapshot || self.append_paused
    }

    fn regress_sent_commit(&mut self) {
        self.sent_commit = self.sent_commit.min(self.next_index - 1);
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} match={} next={}", self.state, self.match_index, self.next_index)?;
        if self.is_learner {
            f.write_str(" learner")?;
        }
        if self.is_paused() {
            f.write_str(" paused")?;
        }
        if self.pending_snapshot > 0 {
            write!(f, " pendingSnap={}", self.pending_snapshot)?;
        }
        if !self.recent_active {
            f.write_str(" inactive")?;
        }
        if self.inflights.count() > 0 {
            write!(f, " inflight={}", self.inflights.count())?;
            if self.inflights.is_full() {
                f.write_str("[full]")?;
            }
        }
        Ok(())
    }
}
