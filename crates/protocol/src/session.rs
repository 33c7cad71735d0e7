//! A session is a seed and an input log: replaying them gives the same world, to the bit.

use crate::Input;
use serde::{Deserialize, Serialize};

/// The version of the session's format; one of another version is refused.
pub const SESSION_VERSION: u32 = 1;

/// How large a session may be: it is foreign bytes when it comes from storage or a link.
#[derive(Clone, Copy, Debug)]
pub struct SessionLimits {
    /// Encoded bytes.
    pub bytes: usize,
    /// Inputs in the log.
    pub inputs: usize,
    /// World time in microseconds: a week.
    pub now: u64,
    /// Members of the etcd cluster.
    pub members: u8,
}

/// What the lab accepts.
pub const SESSION_LIMITS: SessionLimits =
    SessionLimits { bytes: 4 << 20, inputs: 10_000, now: 7 * 24 * 3600 * 1_000_000, members: 7 };

/// All that a world is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// [`SESSION_VERSION`] of the build that wrote it.
    pub version: u32,
    /// What every random number of the world comes from.
    pub seed: u64,
    pub setup: Setup,
    /// The inputs, oldest first.
    pub log: Vec<Logged>,
    /// The world's clock when the session was stored.
    pub now: u64,
}

/// Which world to build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// Members of the etcd cluster: 1, 3 or 5; 0 for a machine on which nothing runs yet.
    pub members: u8,
}

/// An input and the moment it took effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    pub at: u64,
    pub input: Input,
}

impl Session {
    /// A world nobody has touched yet.
    pub fn fresh(seed: u64, setup: Setup) -> Self {
        Self { version: SESSION_VERSION, seed, setup, log: Vec::new(), now: 0 }
    }

    /// Whether the lab can take this session.
    ///
    /// # Errors
    /// Says in words what is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        let limits = SESSION_LIMITS;
        if self.version != SESSION_VERSION {
            return Err(format!(
                "it was stored by another version of this site ({}, not {SESSION_VERSION})",
                self.version
            ));
        }
        if self.log.len() > limits.inputs {
            return Err(format!("its log holds {} inputs, more than {}", self.log.len(), limits.inputs));
        }
        if !matches!(self.setup.members, 0 | 1 | 3 | 5 | 7) || self.setup.members > limits.members {
            return Err(format!("a cluster of {} members is not one of 0, 1, 3, 5 or 7", self.setup.members));
        }
        if self.now > limits.now {
            return Err("its clock is past a week".into());
        }
        if !self.log.is_sorted_by_key(|entry| entry.at) || self.log.last().is_some_and(|entry| entry.at > self.now) {
            return Err("its inputs are out of order".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TerminalId;

    fn check(change: impl FnOnce(&mut Session), expected: Result<(), &str>) {
        let mut session = Session::fresh(1, Setup { members: 3 });
        session.now = 10;
        session.log.push(Logged { at: 5, input: Input::Interrupt { terminal: TerminalId(0) } });
        change(&mut session);
        let found = session.check();
        match expected {
            Ok(()) => assert_eq!(found, Ok(())),
            Err(part) => {
                assert!(found.as_ref().is_err_and(|text| text.contains(part)), "{found:?} does not say {part:?}")
            }
        }
    }

    #[test]
    fn a_session_is_refused_in_words_when_it_is_not_one_the_lab_can_take() {
        check(|_| {}, Ok(()));
        check(|session| session.version = 99, Err("another version"));
        check(|session| session.setup.members = 2, Err("not one of"));
        check(|session| session.now = u64::MAX, Err("past a week"));
        check(|session| session.now = 4, Err("out of order"));
        check(|session| session.log = vec![session.log[0].clone(); 10_001], Err("more than 10000"));
    }
}
