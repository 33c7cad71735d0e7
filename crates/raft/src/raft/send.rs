//! Sending messages.

use crate::sink::log;
use crate::tracker::ProgressState;
use crate::{Bytes, Error, Message, MessageKind, NONE, Result, Storage, StorageError};

use super::Raft;

impl<S: Storage> Raft<S> {
    /// Queues a message, adding the sender and the term.
    pub(super) fn send(&mut self, mut message: Message) {
        if message.from == NONE {
            message.from = self.id();
        }
        // Election messages carry the term they are about. A forwarded proposal or read request has none: to the leader
        // it is as good as a local one.
        debug_assert_eq!(message.kind.is_election(), message.term != 0, "term of {:?}", message.kind);
        if !message.kind.is_election() && !matches!(message.kind, MessageKind::Prop | MessageKind::ReadIndex) {
            message.term = self.term;
        }
        match message.kind {
            // A vote or an acknowledgement is a promise. It must not be given before what it promises is on disk, or a
            // restart could break it (Raft thesis, 3.8). Rejections promise nothing, but wait as well: they are rare,
            // and nobody has proved that they need not.
            MessageKind::AppResp | MessageKind::VoteResp | MessageKind::PreVoteResp => {
                self.messages_after_append.push(message);
            }
            _ => self.messages.push(message),
        }
    }

    /// Sends new entries, or an empty message that carries the commit index.
    pub(super) fn send_append(&mut self, to: u64) -> Result<()> {
        self.maybe_send_append(to, true).map(drop)
    }

    /// Sends new entries if there are any, or else, `if_empty`, a message without; false if nothing was sent.
    pub(super) fn maybe_send_append(&mut self, to: u64, if_empty: bool) -> Result<bool> {
        let Some(progress) = self.tracker.progress.get_mut(&to) else { return Ok(false) };
        if progress.is_paused() {
            return Ok(false);
        }
        let previous = progress.next_index - 1;
        let Ok(log_term) = self.log.term(previous) else {
            // The follower needs entries that are compacted away.
            return self.maybe_send_snapshot(to);
        };
        // With a full window, an empty message still goes out now and then. If all messages under way were lost, its
        // answer empties the window.
        let throttled = progress.state == ProgressState::Replicate && progress.inflights.is_full();
        let entries = if throttled {
            Ok(Vec::new())
        } else {
            self.log.entries_from(progress.next_index, self.config.max_size_per_msg).map(|entries| entries.into_owned())
        };
        let entries = match entries {
            Ok(entries) if entries.is_empty() && !if_empty => return Ok(false),
            Ok(entries) => entries,
            Err(Error::Storage(_)) if !if_empty => return Ok(false),
            Err(Error::Storage(_)) => return self.maybe_send_snapshot(to),
            Err(error) => return Err(error),
        };
        let commit = self.log.committed;
        progress.sent_entries(entries.len() as u64, crate::entry::payload_size(&entries));
        progress.sent_commit = commit;
        self.send(Message { index: previous, log_term, entries, commit, ..Message::new(MessageKind::App, to) });
        Ok(true)
    }

    fn maybe_send_snapshot(&mut self, to: u64) -> Result<bool> {
        let id = self.id();
        let first_index = self.log.first_index();
        let Some(progress) = self.tracker.progress.get_mut(&to) else { return Ok(false) };
        if !progress.recent_active {
            log!(self.log.sink, Debug, "ignore sending snapshot to {to:x} since it is not recently active");
            return Ok(false);
        }
        let snapshot = match self.log.snapshot() {
            Ok(snapshot) => snapshot,
            Err(StorageError::SnapshotTemporarilyUnavailable) => {
                log!(
                    self.log.sink,
                    Debug,
                    "{id:x} failed to send snapshot to {to:x} because snapshot is temporarily unavailable"
                );
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        };
        if snapshot.is_empty() {
            return Err(Error::Fatal("need non-empty snapshot".to_owned()));
        }
        let (index, term) = (snapshot.metadata.index, snapshot.metadata.term);
        log!(
            self.log.sink,
            Debug,
            "{id:x} [firstindex: {first_index}, commit: {}] sent snapshot[index: {index}, term: {term}] to {to:x} \
             [{progress}]",
            self.log.committed
        );
        progress.become_snapshot(index);
        log!(self.log.sink, Debug, "{id:x} paused sending replication messages to {to:x} [{progress}]");
        self.send(Message { snapshot: Some(snapshot), ..Message::new(MessageKind::Snap, to) });
        Ok(true)
    }

    fn send_heartbeat(&mut self, to: u64, context: Bytes) {
        let Some(progress) = self.tracker.progress.get_mut(&to) else { return };
        // The follower may not have everything that is committed. It must not commit what does not match.
        let commit = self.log.committed.min(progress.match_index);
        progress.sent_commit = commit;
        self.send(Message { commit, context, ..Message::new(MessageKind::Heartbeat, to) });
    }

    /// Calls `visit` for every other member, in order of ids.
    pub(super) fn for_each_peer(&mut self, mut visit: impl FnMut(&mut Self, u64) -> Result<()>) -> Result<()> {
        let mut last = NONE;
        while let Some(id) = self.tracker.next_after(last) {
            if id != self.id() {
                visit(self, id)?;
            }
            last = id;
        }
        Ok(())
    }

    pub(super) fn broadcast_append(&mut self) -> Result<()> {
        self.for_each_peer(Self::send_append)
    }

    pub(super) fn broadcast_heartbeat(&mut self) -> Result<()> {
        let context = self.read_only.heartbeat_context();
        self.for_each_peer(|raft, id| {
            raft.send_heartbeat(id, context.clone());
            Ok(())
        })
    }
}
