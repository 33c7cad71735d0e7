//! What a leader appends to the log.

use crate::conf_change::{AnyConfChange, ConfChangeV2};
use crate::sink::log;
use crate::{Entry, Error, Message, MessageKind, NONE, Result, Storage};

use super::Raft;

impl<S: Storage> Raft<S> {
    /// Appends proposed entries to the log and sends them out.
    pub(super) fn propose(&mut self, mut entries: Vec<Entry>) -> Result<()> {
        // A leader that was removed keeps leading until somebody else does, but accepts nothing new.
        if entries.is_empty() || !self.tracker.progress.contains_key(&self.config.id) {
            return Err(Error::ProposalDropped);
        }
        if self.lead_transferee != NONE {
            log!(
                self.log.sink,
                Debug,
                "{:x} [term {}] transfer leadership to {:x} is in progress; dropping proposal",
                self.config.id,
                self.term,
                self.lead_transferee
            );
            return Err(Error::ProposalDropped);
        }
        let first = self.log.last_index() + 1;
        for (entry, index) in entries.iter_mut().zip(first..) {
            let Some(change) = AnyConfChange::from_entry(entry.kind, &entry.data)? else { continue };
            let change = change.into_v2();
            match self.objection(&change) {
                Some(why) if !self.config.disable_conf_change_validation => {
                    log!(
                        self.log.sink,
                        Info,
                        "{:x} ignoring conf change {change} at config {}: {why}",
                        self.config.id,
                        self.tracker.membership
                    );
                    // An empty entry takes its place, so that the proposer's count of entries stays right.
                    *entry = Entry::default();
                }
                _ => self.pending_conf_index = index,
            }
        }
        if !self.append(entries)? {
            return Err(Error::ProposalDropped);
        }
        self.broadcast_append()
    }

    /// Why a membership change should not be proposed now. This is only a first check: the membership may be another
    /// when the change is applied.
    fn objection(&self, change: &ConfChangeV2) -> Option<String> {
        let joint = self.tracker.membership.voters.is_joint();
        let leaves = change.changes.is_empty();
        if self.pending_conf_index > self.log.applied {
            Some(format!(
                "possible unapplied conf change at index {} (applied to {})",
                self.pending_conf_index, self.log.applied
            ))
        } else if joint && !leaves {
            Some("must transition out of joint config first".to_owned())
        } else if !joint && leaves {
            Some("not in joint state; refusing empty conf change".to_owned())
        } else {
            None
        }
    }

    /// Appends entries of this term; false if there is too much uncommitted already.
    pub(super) fn append(&mut self, mut entries: Vec<Entry>) -> Result<bool> {
        let size = crate::entry::payload_size(&entries);
        // One proposal of any size is let in when nothing else waits, and empty ones always are: a new leader's first
        // entry and the end of a joint configuration cannot be refused.
        let total = self.uncommitted_size.saturating_add(size);
        if self.uncommitted_size > 0 && size > 0 && total > self.config.max_uncommitted_entries_size {
            log!(
                self.log.sink,
                Warn,
                "{:x} appending new entries to log would exceed uncommitted entry size limit; dropping proposal",
                self.config.id
            );
            return Ok(false);
        }
        self.uncommitted_size = total;
        let first = self.log.last_index() + 1;
        for (entry, index) in entries.iter_mut().zip(first..) {
            entry.term = self.term;
            entry.index = index;
        }
        let index = self.log.append(entries)?;
        // The leader acknowledges its own entries as everybody else does: once they are on its disk.
        self.send(Message { index, ..Message::new(MessageKind::AppResp, self.config.id) });
        Ok(true)
    }
}
