//! Doing what members want done.

use std::sync::Arc;

use raft::{AnyConfChange, Describe, Entry, HardState, Message, MessageKind, Snapshot, is_local_target};

use super::Outcome;
use super::env::Env;
use crate::datadriven::Case;

impl Env {
    /// Does `action` for every member named; with a heading for each if there are several.
    pub fn each(&mut self, case: &Case, what: &str, action: impl Fn(&mut Env, usize) -> Outcome) -> Outcome {
        let ids = case.numbers();
        for &id in &ids {
            let at = id as usize - 1;
            if ids.len() > 1 {
                self.print(format!("> {id} {what}\n"));
                self.indented(|env| action(env, at))?;
            } else {
                action(self, at)?;
            }
        }
        Ok(())
    }

    pub fn process_ready(&mut self, at: usize) -> Outcome {
        let ready = self.with(at, |node| node.ready()).map_err(|error| error.to_string())?;
        self.print(Describe(&ready).to_string());
        let asynchronous = self.members[at].config.async_storage_writes;
        if !asynchronous {
            self.write(at, ready.hard_state.unwrap_or_default(), &ready.entries, ready.snapshot)?;
            self.apply(at, &ready.committed_entries)?;
        }
        for message in ready.messages {
            let member = &mut self.members[at];
            match message.kind {
                _ if !is_local_target(message.to) => self.messages.push(message),
                MessageKind::StorageAppend if asynchronous => member.append_work.push_back(message),
                MessageKind::StorageApply if asynchronous => member.apply_work.push_back(message),
                kind => panic!("unexpected message to a local target: {kind}"),
            }
        }
        if asynchronous { Ok(()) } else { self.with(at, |node| node.advance()).map_err(|error| error.to_string()) }
    }

    pub fn process_append(&mut self, at: usize) -> Outcome {
        match self.members[at].append_work.pop_front() {
            None => self.print("no append work to perform"),
            Some(message) => self.process(message, |env, m| {
                let state = HardState { term: m.term, vote: m.vote, commit: m.commit };
                env.write(at, state, &m.entries, m.snapshot.clone())
            })?,
        }
        Ok(())
    }

    pub fn process_apply(&mut self, at: usize) -> Outcome {
        match self.members[at].apply_work.pop_front() {
            None => self.print("no apply work to perform"),
            Some(message) => self.process(message, |env, m| env.apply(at, &m.entries))?,
        }
        Ok(())
    }

    /// Does what a message to a local target asks for, and sends the responses it carries.
    fn process(&mut self, mut message: Message, work: impl FnOnce(&mut Env, &Message) -> Outcome) -> Outcome {
        let responses = std::mem::take(&mut message.responses);
        self.print(format!("Processing:\n{}\n", Describe(&message)));
        work(self, &message)?;
        self.print("Responses:\n");
        for response in &responses {
            self.print(format!("{}\n", Describe(response)));
        }
        self.messages.extend(responses);
        Ok(())
    }

    fn write(&mut self, at: usize, state: HardState, entries: &[Entry], snapshot: Option<Arc<Snapshot>>) -> Outcome {
        let log = &mut self.members[at].node.storage_mut().log;
        if !state.is_empty() {
            log.set_hard_state(state);
        }
        let written = match snapshot.filter(|snapshot| !snapshot.is_empty()) {
            Some(_) if !entries.is_empty() => {
                return Err("can't apply snapshot and entries at the same time".to_owned());
            }
            Some(snapshot) => log.apply_snapshot(snapshot),
            None => log.append(entries),
        };
        written.map_err(|error| error.to_string())
    }

    fn apply(&mut self, at: usize, entries: &[Entry]) -> Outcome {
        for entry in entries {
            let change = AnyConfChange::from_entry(entry.kind, &entry.data).map_err(|error| error.to_string())?;
            let (update, conf_state) = match change {
                None => (entry.data.clone(), None),
                Some(change) => {
                    let update = change.context().clone();
                    let applied = self.with(at, |node| node.apply_conf_change(change));
                    (update, Some(applied.map_err(|error| error.to_string())?))
                }
            };
            self.members[at].node.storage_mut().record(entry, &update, conf_state);
        }
        Ok(())
    }
}
