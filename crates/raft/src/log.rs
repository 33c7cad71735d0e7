//! A member's log: what its storage holds, and the end of it that is not there yet.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::entry::{encoded_size, limit_size};
use crate::sink::{Sink, log};
use crate::unstable::Unstable;
use crate::{Entry, EntryId, Error, Result, Snapshot, Storage, StorageError};

/// The log (etcd: raft/log.go, `raftLog`).
#[derive(Clone, Debug)]
pub(crate) struct RaftLog<S> {
    pub storage: S,
    pub unstable: Unstable,
    /// The highest index known to be on a quorum's disks.
    pub committed: u64,
    /// The highest index handed out to be applied; between `applied` and `committed`.
    pub applying: u64,
    /// The highest index that is applied.
    pub applied: u64,
    /// How many bytes may be handed out to be applied at a time.
    pub max_applying_size: u64,
    /// How many bytes are handed out and not yet applied.
    applying_size: u64,
    /// Whether no more is handed out until something was applied.
    applying_paused: bool,
    /// Where the member's log lines and events go. It lives here because the log has something to say, too.
    pub sink: Sink,
}

fn fatal<T>(text: String) -> Result<T> {
    Err(Error::Fatal(text))
}

impl<S: Storage> RaftLog<S> {
    pub fn new(storage: S, max_applying_size: u64, sink: Sink) -> RaftLog<S> {
        let compacted = storage.first_index() - 1;
        RaftLog {
            unstable: Unstable::new(storage.last_index() + 1),
            storage,
            committed: compacted,
            applying: compacted,
            applied: compacted,
            max_applying_size,
            applying_size: 0,
            applying_paused: false,
            sink,
        }
    }

    pub fn first_index(&self) -> u64 {
        self.unstable.first_index().unwrap_or_else(|| self.storage.first_index())
    }

    pub fn last_index(&self) -> u64 {
        self.unstable.last_index().unwrap_or_else(|| self.storage.last_index())
    }

    /// The term of the entry at `index`. Just before the first entry it is still known, to match logs.
    pub fn term(&self, index: u64) -> Result<u64, StorageError> {
        if let Some(term) = self.unstable.term(index) {
            return Ok(term);
        }
        if index.saturating_add(1) < self.first_index() {
            return Err(StorageError::Compacted);
        }
        if index > self.last_index() {
            return Err(StorageError::Unavailable);
        }
        self.storage.term(index)
    }

    /// The term of the entry at `index`, or 0 if it is not in the log.
    pub fn term_or_zero(&self, index: u64) -> u64 {
        self.term(index).unwrap_or(0)
    }

    pub fn last_id(&self) -> Result<EntryId> {
        let index = self.last_index();
        match self.term(index) {
            Ok(term) => Ok(EntryId { term, index }),
            Err(error) => fatal(format!("unexpected error when getting the last term at {index}: {error}")),
        }
    }

    pub fn matches(&self, id: EntryId) -> bool {
        self.term(id.index) == Ok(id.term)
    }

    /// Whether a log ending with `theirs` has everything that can be committed here: a later term, or the same term
    /// and no shorter.
    pub fn is_up_to_date(&self, theirs: EntryId) -> Result<bool> {
        Ok(theirs >= self.last_id()?)
    }

    /// Appends a leader's `entries` after the entry `prev`, and commits up to `committed`. The last index that the
    /// leader's log and this one now share, or `None` if the logs do not match at `prev`.
    pub fn maybe_append(&mut self, prev: EntryId, mut entries: Vec<Entry>, committed: u64) -> Result<Option<u64>> {
        if !self.matches(prev) {
            return Ok(None);
        }
        let last = prev.index + entries.len() as u64;
        if let Some(at) = self.find_conflict(&entries) {
            let index = entries[at].index;
            if index <= self.committed {
                return fatal(format!("entry {index} conflict with committed entry [committed({})]", self.committed));
            }
            entries.drain(..at);
            self.append(entries)?;
        }
        self.commit_to(committed.min(last))?;
        Ok(Some(last))
    }

    /// Appends `entries`, replacing whatever is in the log from the first of them on.
    pub fn append(&mut self, entries: Vec<Entry>) -> Result<u64> {
        if let Some(first) = entries.first() {
            if first.index <= self.committed {
                let after = first.index.saturating_sub(1);
                return fatal(format!("after({after}) is out of range [committed({})]", self.committed));
            }
            if first.index > self.last_index() + 1 {
                return fatal(format!("entry {} would leave a hole after {}", first.index, self.last_index()));
            }
            self.unstable.truncate_and_append(entries, &mut self.sink);
        }
        Ok(self.last_index())
    }

    /// Where in `entries` the first one stands that the log does not have, be it new or in place of another.
    fn find_conflict(&mut self, entries: &[Entry]) -> Option<usize> {
        let at = entries.iter().position(|entry| !self.matches(entry.id()))?;
        let EntryId { term, index } = entries[at].id();
        if index <= self.last_index() && self.sink.wants(crate::LogLevel::Info) {
            let existing = self.term_or_zero(index);
            log!(
                self.sink,
                Info,
                "found conflict at index {index} [existing term: {existing}, conflicting term: {term}]"
            );
        }
        Some(at)
    }

    /// The best guess where this log and another may match, of which only one entry at `index` of `term` is known: the
    /// last entry here up to `index` whose term is not later. Its term is 0 if it is not known.
    pub fn find_conflict_by_term(&self, index: u64, term: u64) -> EntryId {
        for index in (1..=index).rev() {
            match self.term(index) {
                Ok(ours) if ours > term => {}
                Ok(ours) => return EntryId { term: ours, index },
                // What cannot be seen may well match.
                Err(_) => return EntryId { term: 0, index },
            }
        }
        EntryId::default()
    }

    /// Raises the commit index; it never falls.
    pub fn commit_to(&mut self, index: u64) -> Result<()> {
        if index <= self.committed {
            return Ok(());
        }
        if self.last_index() < index {
            return fatal(format!(
                "tocommit({index}) is out of range [lastIndex({})]. Was the raft log corrupted, truncated, or lost?",
                self.last_index()
            ));
        }
        self.committed = index;
        self.sink.event(crate::Event::Committed { index });
        Ok(())
    }

    /// Commits up to `id` if that is new. A leader may only count acknowledgements for entries of its own term, so the
    /// term has to match (Raft thesis, 3.6.2).
    pub fn maybe_commit(&mut self, id: EntryId) -> Result<bool> {
        let new = id.term != 0 && id.index > self.committed && self.matches(id);
        if new {
            self.commit_to(id.index)?;
        }
        Ok(new)
    }

    /// Replaces the log by a snapshot.
    pub fn restore(&mut self, snapshot: Arc<Snapshot>) {
        let (index, term) = (snapshot.metadata.index, snapshot.metadata.term);
        if self.sink.wants(crate::LogLevel::Info) {
            let text = format!("log [{self}] starts to restore snapshot [index: {index}, term: {term}]");
            self.sink.push(crate::LogLevel::Info, text);
        }
        self.committed = index;
        self.unstable.restore(snapshot);
        self.sink.event(crate::Event::Restored { index, term });
        self.sink.event(crate::Event::Committed { index });
    }

    pub fn snapshot(&self) -> Result<Arc<Snapshot>, StorageError> {
        match &self.unstable.snapshot {
            Some(snapshot) => Ok(Arc::clone(snapshot)),
            None => self.storage.snapshot(),
        }
    }

    /// Whether a snapshot has yet to be written.
    pub fn has_pending_snapshot(&self) -> bool {
        self.unstable.snapshot.is_some()
    }

    /// The indexes that can be handed out to be applied, as `[lo, hi)`. Entries not on this member's own disk yet count
    /// only if `allow_unstable`.
    fn applicable(&self, allow_unstable: bool) -> Option<(u64, u64)> {
        // A snapshot has to be applied before anything else.
        if self.applying_paused || self.has_pending_snapshot() {
            return None;
        }
        let (lo, hi) = (self.applying + 1, self.max_appliable_index(allow_unstable) + 1);
        (lo < hi).then_some((lo, hi))
    }

    fn max_appliable_index(&self, allow_unstable: bool) -> u64 {
        if allow_unstable { self.committed } else { self.committed.min(self.unstable.offset - 1) }
    }

    pub fn has_next_committed(&self, allow_unstable: bool) -> bool {
        self.applicable(allow_unstable).is_some()
    }

    /// The next entries to be applied.
    pub fn next_committed(&self, allow_unstable: bool) -> Result<Vec<Entry>> {
        let Some((lo, hi)) = self.applicable(allow_unstable) else { return Ok(Vec::new()) };
        // Not paused means that there is room left.
        self.slice(lo, hi, self.max_applying_size - self.applying_size)
            .map(Cow::into_owned)
            .or_else(|error| fatal(format!("unexpected error when getting unapplied entries ({error})")))
    }

    /// Records that entries up to `index`, of `size` bytes, were handed out to be applied.
    pub fn accept_applying(&mut self, index: u64, size: u64, allow_unstable: bool) -> Result<()> {
        if self.committed < index {
            return fatal(format!(
                "applying({index}) is out of range [prevApplying({}), committed({})]",
                self.applying, self.committed
            ));
        }
        self.applying = index;
        self.applying_size += size;
        // If less was handed out than could be, the next entry would not have fit.
        self.applying_paused =
            self.applying_size >= self.max_applying_size || index < self.max_appliable_index(allow_unstable);
        Ok(())
    }

    /// Records that entries up to `index`, of `size` bytes, were applied.
    pub fn applied_to(&mut self, index: u64, size: u64) -> Result<()> {
        if self.committed < index || index < self.applied {
            return fatal(format!(
                "applied({index}) is out of range [prevApplied({}), committed({})]",
                self.applied, self.committed
            ));
        }
        self.applied = index;
        self.applying = self.applying.max(index);
        self.applying_size = self.applying_size.saturating_sub(size);
        self.applying_paused = self.applying_size >= self.max_applying_size;
        Ok(())
    }

    pub fn stable_to(&mut self, id: EntryId) {
        self.unstable.stable_to(id, &mut self.sink);
    }

    /// The entries from `from` on, as many as fit in `max_size`.
    pub fn entries_from(&self, from: u64, max_size: u64) -> Result<Cow<'_, [Entry]>> {
        let last = self.last_index();
        if from > last {
            return Ok(Cow::Borrowed(&[]));
        }
        self.slice(from, last + 1, max_size)
    }

    /// The entries in `[lo, hi)`, as many as fit in `max_size` but at least one.
    fn slice(&self, lo: u64, hi: u64, max_size: u64) -> Result<Cow<'_, [Entry]>> {
        self.check_bounds(lo, hi)?;
        if lo == hi {
            return Ok(Cow::Borrowed(&[]));
        }
        let offset = self.unstable.offset;
        if lo >= offset {
            return Ok(Cow::Borrowed(limit_size(self.unstable.slice(lo, hi)?, max_size)));
        }
        let cut = hi.min(offset);
        let mut entries = match self.storage.entries(lo, cut, max_size) {
            Ok(entries) => entries,
            Err(StorageError::Unavailable) => {
                return fatal(format!("entries[{lo}:{cut}) is unavailable from storage"));
            }
            Err(error) => return Err(error.into()),
        };
        // A storage that gave less than it was asked for did so for the size.
        if hi <= offset || (entries.len() as u64) < cut - lo {
            return Ok(entries.into());
        }
        let size = encoded_size(&entries);
        if size >= max_size {
            return Ok(entries.into());
        }
        let rest = limit_size(self.unstable.slice(offset, hi)?, max_size - size);
        // One entry is given even if it does not fit, but here there are others already.
        if rest.len() != 1 || size + rest[0].encoded_size() <= max_size {
            entries.extend_from_slice(rest);
        }
        Ok(entries.into())
    }

    fn check_bounds(&self, lo: u64, hi: u64) -> Result<()> {
        if lo > hi {
            return fatal(format!("invalid slice {lo} > {hi}"));
        }
        let (first, last) = (self.first_index(), self.last_index());
        if lo < first {
            return Err(StorageError::Compacted.into());
        }
        if hi > last + 1 {
            return fatal(format!("slice[{lo},{hi}) out of bound [{first},{last}]"));
        }
        Ok(())
    }

    /// Whether an entry in `[lo, hi)` satisfies `wanted`. The log is read page by page.
    pub fn any(&self, mut lo: u64, hi: u64, wanted: impl Fn(&Entry) -> bool) -> Result<bool> {
        while lo < hi {
            let page = self.slice(lo, hi, self.max_applying_size)?;
            if page.is_empty() {
                return fatal(format!("got 0 entries in [{lo}, {hi})"));
            }
            if page.iter().any(&wanted) {
                return Ok(true);
            }
            lo += page.len() as u64;
        }
        Ok(false)
    }
}

impl<S: Storage> fmt::Display for RaftLog<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "committed={}, applied={}, applying={}, unstable.offset={}, unstable.offsetInProgress={}, \
             len(unstable.Entries)={}",
            self.committed,
            self.applied,
            self.applying,
            self.unstable.offset,
            self.unstable.offset_in_progress,
            self.unstable.entries.len()
        )
    }
}
