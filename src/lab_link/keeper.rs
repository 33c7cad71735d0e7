//! Keeps the session in the browser's storage.

use crate::{
    session::{self, Record},
    storage,
};
use protocol::{Input, Logged, Session, TerminalId};

/// The session and whether the stored one is behind it.
pub struct Keeper {
    record: Record,
    marked: bool,
}

impl Keeper {
    /// The stored session, or a fresh one; with it, in words, why the stored one was not taken.
    pub fn restore() -> (Self, Option<String>) {
        let Some(text) = storage::read(session::KEY) else {
            return (Self::fresh(), None);
        };
        match session::from_text(&text) {
            Ok(found) => (Self { record: Record::of(found), marked: false }, None),
            Err(reason) => {
                put_aside(&text);
                let words = format!("The stored session could not be read: {reason}. A fresh cluster was started.");
                (Self::fresh(), Some(words))
            }
        }
    }

    fn fresh() -> Self {
        Self { record: Record::fresh(random_seed()), marked: false }
    }

    /// Begins another session. The old one is put aside: a person may have pressed the button in anger.
    pub fn start_fresh(&mut self) {
        if !self.record.session().log.is_empty()
            && let Ok(text) = session::to_text(self.record.session())
        {
            put_aside(&text);
        }
        storage::remove(session::KEY);
        *self = Self::fresh();
    }

    pub fn session(&self) -> Session {
        self.record.session().clone()
    }

    /// What was typed at a terminal since it was opened last, oldest first.
    pub fn lines(&self, of: TerminalId) -> Vec<String> {
        let mut lines = Vec::new();
        for logged in &self.record.session().log {
            match &logged.input {
                Input::Submit { terminal, text } if *terminal == of => lines.push(text.clone()),
                Input::CloseTerminal { terminal } if *terminal == of => lines.clear(),
                _ => {}
            }
        }
        lines
    }

    /// The lab refused the session and went on with a fresh world of the same seed.
    pub fn put_aside_refused(&mut self) {
        if let Ok(text) = session::to_text(self.record.session()) {
            put_aside(&text);
        }
        self.record = Record::fresh(self.record.session().seed);
        storage::remove(session::KEY);
    }

    /// See [`Record::add`].
    pub fn add(&mut self, logged: Logged) -> bool {
        self.record.add(logged)
    }

    pub fn advance(&mut self, now: u64) {
        self.record.advance(now);
    }

    /// Notes that the stored session is behind; whether it was not before.
    pub fn mark(&mut self) -> bool {
        !std::mem::replace(&mut self.marked, true)
    }

    /// Writes the session; whether the browser took it. A world nobody has touched is not worth keeping.
    pub fn store(&mut self) -> bool {
        self.marked = false;
        if self.record.session().log.is_empty() {
            return true;
        }
        session::to_text(self.record.session()).is_ok_and(|text| storage::write(session::KEY, &text))
    }
}

/// Damaged data is the learner's all the same: it is kept under another key until they fetch or replace it.
fn put_aside(text: &str) {
    storage::write(session::KEY_DAMAGED, text);
    storage::remove(session::KEY);
}

/// Any number will do: it only makes one learner's elections differ from another's.
fn random_seed() -> u64 {
    // Below 2^53, where every integer is a float.
    (js_sys::Math::random() * 9_007_199_254_740_991.0) as u64
}
