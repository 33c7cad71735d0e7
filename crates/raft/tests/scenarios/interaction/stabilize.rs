//! Letting things run until nothing is left to do.

use super::Outcome;
use super::env::Env;
use crate::datadriven::Case;

impl Env {
    /// `stabilize 1 2 log-level=none`, or everybody if nobody is named.
    pub fn stabilize(&mut self, case: &Case) -> Outcome {
        let mut members: Vec<usize> = case.numbers().into_iter().map(|id| id as usize - 1).collect();
        if members.is_empty() {
            members = (0..self.members.len()).collect();
        }
        let before = self.level;
        if let Some(name) = case.value("log-level") {
            self.set_level(name)?;
        }
        let outcome = self.run(&members);
        self.level = before;
        outcome
    }

    fn run(&mut self, members: &[usize]) -> Outcome {
        loop {
            let mut idle = true;
            for &at in members {
                if self.members[at].node.has_ready() {
                    idle = false;
                    self.print(format!("> {} handling Ready\n", at + 1));
                    self.indented(|env| env.process_ready(at))?;
                }
            }
            for &at in members {
                let id = at as u64 + 1;
                if self.has_messages_to(id) {
                    idle = false;
                    self.print(format!("> {id} receiving messages\n"));
                    self.indented(|env| env.deliver_to(id, None, false).map(drop))?;
                }
            }
            for &at in members {
                if !self.members[at].append_work.is_empty() {
                    idle = false;
                    self.print(format!("> {} processing append thread\n", at + 1));
                    while !self.members[at].append_work.is_empty() {
                        self.indented(|env| env.process_append(at))?;
                    }
                }
            }
            for &at in members {
                if !self.members[at].apply_work.is_empty() {
                    idle = false;
                    self.print(format!("> {} processing apply thread\n", at + 1));
                    while !self.members[at].apply_work.is_empty() {
                        self.indented(|env| env.process_apply(at))?;
                    }
                }
            }
            if idle {
                return Ok(());
            }
        }
    }
}
