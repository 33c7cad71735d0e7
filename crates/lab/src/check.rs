//! Checks: whether a lab's goal is reached, asked in a fork so that asking changes nothing.

use crate::World;
use border::Job;
use protocol::Verdict;

/// World time a check may take, in microseconds: a client that reaches nobody gives up after five seconds, and a check
/// asks several questions.
const LIMIT: u64 = 60_000_000;
/// Looks at the budget a check may take: one that goes round in circles without letting time pass ends here.
const TURNS: u32 = 1_000;
/// Characters of what a check says that are shown.
const SAYS_MAX: usize = 1_000;

/// A check under way.
pub(crate) struct Check {
    fork: World,
    job: Box<dyn Job>,
    /// World time at which it ends.
    limit: u64,
    turns: u32,
}

impl World {
    /// Runs a check in a fork of this world: exit code 0 says that the goal is reached, and what it prints on standard
    /// output tells the learner what is missing.
    pub fn check(&self, script: &str) -> Verdict {
        let mut check = Check::begin(self, script);
        check.advance().unwrap_or_else(|| check.verdict())
    }
}

impl Check {
    /// Begins a check of the world as it is now.
    pub fn begin(world: &World, script: &str) -> Self {
        let mut fork = world.fork();
        let job = fork.begin(script);
        Self { limit: fork.now() + LIMIT, fork, job, turns: TURNS }
    }

    /// Goes on to the end; `None` when it has to wait for the code of a program.
    pub fn advance(&mut self) -> Option<Verdict> {
        let Self { fork, job, limit, turns } = self;
        let mut in_time = || {
            *turns = turns.saturating_sub(1);
            *turns > 0
        };
        while job.code().is_none() && fork.now() < *limit {
            let next = fork.next_event().unwrap_or(*limit).clamp(fork.now(), *limit);
            if !fork.advance(next, &mut in_time) {
                if fork.is_fetching() {
                    return None;
                }
                break;
            }
        }
        Some(self.verdict())
    }

    fn verdict(&self) -> Verdict {
        let says = String::from_utf8_lossy(&self.job.stdout()).trim().chars().take(SAYS_MAX).collect();
        match self.job.code() {
            Some(code) => Verdict { reached: code == 0, says },
            None => Verdict { reached: false, says: "The check found no end: the cluster does not answer it.".into() },
        }
    }
}
