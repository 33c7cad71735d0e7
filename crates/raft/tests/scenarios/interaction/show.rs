//! Looking at members.

use raft::{Describe, NO_LIMIT, Storage};

use super::Outcome;
use super::env::Env;
use crate::datadriven::Case;

impl Env {
    /// `raft-log 1`: what is in a member's storage.
    pub fn show_log(&mut self, at: usize) -> Outcome {
        let storage = self.members[at].node.storage();
        let (first, last) = (storage.first_index(), storage.last_index());
        if last < first {
            self.print(format!("log is empty: first index={first}, last index={last}"));
            return Ok(());
        }
        let entries = storage.entries(first, last + 1, NO_LIMIT).map_err(|error| error.to_string())?;
        self.print(Describe(&entries[..]).to_string());
        Ok(())
    }

    /// `raft-state`: what every member thinks it is.
    pub fn show_states(&mut self) -> Outcome {
        for at in 0..self.members.len() {
            let status = self.members[at].node.status();
            let id = status.basic.id;
            let voter = if status.membership.voters.contains(id) { "(Voter)" } else { "(Non-Voter)" };
            let (soft, term) = (status.basic.soft_state, status.basic.hard_state.term);
            self.print(format!("{id}: {} {voter} Term:{term} Lead:{}\n", soft.role, soft.lead));
        }
        Ok(())
    }

    /// `status 1`: what a leader knows of everybody.
    pub fn show_status(&mut self, case: &Case) -> Outcome {
        for (id, progress) in self.members[Self::first(case)].node.status().progress {
            self.print(format!("{id}: {progress}\n"));
        }
        Ok(())
    }
}
