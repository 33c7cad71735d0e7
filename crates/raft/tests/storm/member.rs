//! A member, its disk and its state machine.

use std::collections::VecDeque;
use std::sync::Arc;

use raft::{
    AnyConfChange, Bytes, ConfState, Config, Entry, HardState, MemStorage, Message, MessageKind, RawNode, Snapshot,
    Storage, is_local_target,
};

use crate::cluster::Weather;

/// The state machine: a digest of everything applied so far.
#[derive(Clone, Copy, Default)]
pub struct State {
    pub index: u64,
    pub digest: u64,
}

pub struct Member {
    pub node: RawNode<MemStorage>,
    pub state: State,
    pub conf_state: ConfState,
    /// Reads that may be served: the context and the index.
    pub reads: Vec<(Bytes, u64)>,
    appends: VecDeque<Message>,
    applies: VecDeque<Message>,
    asynchronous: bool,
}

impl Member {
    pub fn new(id: u64, seed: u64, weather: Weather, mut disk: MemStorage) -> Result<Member, String> {
        // What was applied after the last snapshot is applied again.
        let snapshot = disk.snapshot().map_err(|error| error.to_string())?;
        let digest = snapshot.data.as_slice().try_into().map(u64::from_le_bytes).unwrap_or(0);
        let index = snapshot.metadata.index;
        if disk.hard_state().commit < index {
            // The crash came between writing the snapshot and the state. The snapshot proves what was committed.
            let state = disk.hard_state();
            disk.set_hard_state(HardState { commit: index, ..state });
        }
        let config = Config {
            id,
            seed,
            applied: index,
            pre_vote: weather.pre_vote,
            check_quorum: weather.pre_vote,
            async_storage_writes: weather.asynchronous,
            // Else a leader that was removed would go on leading and accept nothing: applications stop such a member.
            step_down_on_removal: true,
            max_size_per_msg: 64,
            max_inflight_msgs: 4,
            max_committed_size_per_ready: 48,
            ..Config::default()
        };
        let fresh = disk.last_index() == 0 && disk.hard_state().is_empty();
        let mut node = RawNode::new(config, disk).map_err(|error| error.to_string())?;
        let peers: Vec<_> = (1..=weather.first_members).map(|id| (id, Bytes::EMPTY)).collect();
        if fresh && id <= weather.first_members {
            node.bootstrap(&peers).map_err(|error| error.to_string())?;
        }
        Ok(Member {
            node,
            state: State { index, digest },
            conf_state: snapshot.metadata.conf_state.clone(),
            reads: Vec::new(),
            appends: VecDeque::new(),
            applies: VecDeque::new(),
            asynchronous: weather.asynchronous,
        })
    }

    /// Does what the node wants done; `applied` is told of every new state.
    pub fn work(&mut self, out: &mut Vec<Message>, applied: &mut dyn FnMut(State)) -> Result<(), String> {
        if !self.node.has_ready() {
            return Ok(());
        }
        let ready = self.node.ready().map_err(|error| error.to_string())?;
        self.reads.extend(ready.read_states.into_iter().map(|read| (read.context, read.index)));
        if !self.asynchronous {
            self.write(ready.hard_state.unwrap_or_default(), &ready.entries, ready.snapshot, applied)?;
            self.apply(&ready.committed_entries, applied)?;
        }
        // A candidate can win before its own vote is on disk. After a crash it could then win the same term again, with
        // another log. So requests for votes wait for the write of the term, as `Config::async_storage_writes` demands.
        let (mut requests, others): (Vec<_>, Vec<_>) =
            ready.messages.into_iter().partition(|m| self.asynchronous && m.kind == MessageKind::Vote);
        for mut message in others {
            match message.kind {
                _ if !is_local_target(message.to) => out.push(message),
                MessageKind::StorageAppend => {
                    message.responses.append(&mut requests);
                    self.appends.push_back(message);
                }
                _ => self.applies.push_back(message),
            }
        }
        if self.asynchronous { Ok(()) } else { self.node.advance().map_err(|error| error.to_string()) }
    }

    /// Finishes one write, or applies one message's entries, if any is under way.
    pub fn finish_one(
        &mut self,
        append: bool,
        out: &mut Vec<Message>,
        applied: &mut dyn FnMut(State),
    ) -> Result<(), String> {
        let queue = if append { &mut self.appends } else { &mut self.applies };
        let Some(mut m) = queue.pop_front() else { return Ok(()) };
        if append {
            let state = HardState { term: m.term, vote: m.vote, commit: m.commit };
            self.write(state, &m.entries, m.snapshot.take(), applied)?;
        } else {
            self.apply(&m.entries, applied)?;
        }
        for response in m.responses {
            if response.to == m.from {
                self.step(response)?;
            } else {
                out.push(response);
            }
        }
        Ok(())
    }

    /// Steps a message. Only those errors count that end the member.
    pub fn step(&mut self, message: Message) -> Result<(), String> {
        match self.node.step(message) {
            Err(error) if error.is_fatal() => Err(error.to_string()),
            _ => Ok(()),
        }
    }

    /// What a crash leaves.
    pub fn disk(&self) -> MemStorage {
        self.node.storage().clone()
    }

    /// Takes a snapshot and forgets most of the log before it.
    pub fn compact(&mut self) {
        let state = self.state;
        let conf_state = self.conf_state.clone();
        let disk = self.node.storage_mut();
        if disk.create_snapshot(state.index, Some(conf_state), Bytes::from(&state.digest.to_le_bytes())).is_ok() {
            let _ = disk.compact(state.index.saturating_sub(2));
        }
    }

    fn write(
        &mut self,
        state: HardState,
        entries: &[Entry],
        snapshot: Option<Arc<Snapshot>>,
        applied: &mut dyn FnMut(State),
    ) -> Result<(), String> {
        let disk = self.node.storage_mut();
        if let Some(snapshot) = snapshot {
            let digest = snapshot.data.as_slice().try_into().map(u64::from_le_bytes).map_err(|_| "no digest")?;
            self.state = State { index: snapshot.metadata.index, digest };
            self.conf_state = snapshot.metadata.conf_state.clone();
            applied(self.state);
            disk.apply_snapshot(snapshot).map_err(|error| error.to_string())?;
        }
        disk.append(entries).map_err(|error| error.to_string())?;
        if !state.is_empty() {
            let commit = state.commit.max(disk.hard_state().commit);
            disk.set_hard_state(HardState { commit, ..state });
        }
        Ok(())
    }

    fn apply(&mut self, entries: &[Entry], applied: &mut dyn FnMut(State)) -> Result<(), String> {
        // A snapshot may have been written while entries before it still waited to be applied.
        // What was applied must be known to be committed after a crash, or the member could act on a membership that the
        // group has left behind. A write that says so may still be under way.
        let (disk, last) = (self.node.storage_mut(), entries.last().map_or(0, |last| last.index));
        let state = disk.hard_state();
        disk.set_hard_state(HardState { commit: state.commit.max(last), ..state });
        let restored = if self.asynchronous { self.state.index } else { 0 };
        for entry in entries.iter().skip_while(|entry| entry.index <= restored) {
            if entry.index != self.state.index + 1 {
                return Err(format!("applied {} after {}", entry.index, self.state.index));
            }
            self.state.index = entry.index;
            for part in entry.data.iter().map(|&byte| u64::from(byte)).chain([entry.term, entry.kind as u64]) {
                self.state.digest = (self.state.digest ^ part).wrapping_mul(0x0100_0000_01b3).rotate_left(5);
            }
            applied(self.state);
            let change = AnyConfChange::from_entry(entry.kind, &entry.data).map_err(|error| error.to_string())?;
            if let Some(change) = change {
                self.conf_state = self.node.apply_conf_change(change).map_err(|error| error.to_string())?;
            }
        }
        Ok(())
    }
}
