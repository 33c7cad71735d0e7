//! Append messages on their way.

use std::collections::VecDeque;

/// An append message that was sent and not answered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Inflight {
    /// The last entry in the message.
    index: u64,
    /// Bytes of payload in it.
    bytes: u64,
}

/// The window of append messages on their way to one follower (etcd: raft/tracker/inflights.go). It bounds what a slow
/// follower can make the leader send ahead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inflights {
    messages: VecDeque<Inflight>,
    bytes: u64,
    max_messages: usize,
    max_bytes: u64,
}

impl Inflights {
    /// A window of `max_messages` messages; once `max_bytes`, unless 0, are under way no further message is sent.
    pub(crate) fn new(max_messages: usize, max_bytes: u64) -> Inflights {
        let max_bytes = if max_bytes == 0 { u64::MAX } else { max_bytes };
        Inflights { messages: VecDeque::new(), bytes: 0, max_messages, max_bytes }
    }

    /// Records that a message up to `index` was sent. The caller has asked [`is_full`](Self::is_full) first.
    pub(crate) fn add(&mut self, index: u64, bytes: u64) {
        self.messages.push_back(Inflight { index, bytes });
        self.bytes += bytes;
    }

    /// Forgets the messages that an answer for `index` acknowledges.
    pub(crate) fn free_up_to(&mut self, index: u64) {
        while let Some(first) = self.messages.front()
            && first.index <= index
        {
            self.bytes -= first.bytes;
            self.messages.pop_front();
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.messages.clear();
        self.bytes = 0;
    }

    /// Whether no further message may be sent.
    pub fn is_full(&self) -> bool {
        self.messages.len() >= self.max_messages || self.bytes >= self.max_bytes
    }

    /// How many messages are on their way.
    pub fn count(&self) -> usize {
        self.messages.len()
    }

    /// How many bytes of payload are on their way.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}
