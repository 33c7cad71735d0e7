//! Keeps the session in the browser's storage.

use crate::{
    session::{self, Record},
    storage,
};
use protocol::{Exercise, Input, Logged, Session, Setup, TerminalId};

/// The session and whether the stored one is behind it.
pub struct Keeper {
    record: Record,
    marked: bool,
}

impl Keeper {
    /// The stored session of a lab, or the learner's own, or a fresh one; with it, in words, why a stored one was not
    /// taken.
    pub fn restore() -> (Self, Option<String>) {
        let mut trouble = None;
        for key in [session::KEY_LAB, session::KEY] {
            let Some(text) = storage::read(key) else { continue };
            match session::from_text(&text) {
                Ok(found) => return (Self::of(Record::of(found)), trouble),
                Err(reason) => {
                    put_aside(&text, key);
                    let instead =
                        if key == session::KEY { "A fresh cluster was started" } else { "The lab begins anew" };
                    trouble = Some(format!("The stored session could not be read: {reason}. {instead}."));
                }
            }
        }
        (Self::of(Record::fresh(random_seed(), Setup::default())), trouble)
    }

    /// Goes on with another session, which is stored from now on.
    pub fn replace(&mut self, session: Session) {
        *self = Self::of(Record::of(session));
        self.store();
    }

    fn of(record: Record) -> Self {
        Self { record, marked: false }
    }

    /// Where this session is kept.
    fn key(&self) -> &'static str {
        if self.record.session().exercise.is_some() { session::KEY_LAB } else { session::KEY }
    }

    /// Begins another session, in such a world; in a lab, in that of the lab. The old one is put aside: a person may have
    /// pressed the button in anger. Whether there was anything to put aside.
    pub fn start_fresh(&mut self, setup: Setup) -> bool {
        let touched = self.is_touched();
        if touched && let Ok(text) = session::to_text(self.record.session()) {
            put_aside(&text, self.key());
        }
        storage::remove(self.key());
        let record = match self.record.session().exercise.clone() {
            Some(exercise) => Record::of_exercise(random_seed(), exercise),
            None => Record::fresh(random_seed(), setup),
        };
        *self = Self::of(record);
        self.store();
        touched
    }

    /// Puts the world of a lab in the place of the present one. The learner's own session stays stored; that of another
    /// lab is given up.
    pub fn start_exercise(&mut self, exercise: Exercise) {
        self.store();
        *self = Self::of(Record::of_exercise(random_seed(), exercise));
        self.store();
    }

    /// Goes back to the learner's own session, and gives that of the lab up.
    pub fn leave_exercise(&mut self) -> Option<String> {
        storage::remove(session::KEY_LAB);
        let (own, trouble) = Self::restore();
        *self = own;
        trouble
    }

    /// Takes the last input back.
    pub fn undo(&mut self) {
        self.record.undo();
        self.store();
    }

    /// Whether anything was done in this session.
    pub fn is_touched(&self) -> bool {
        !self.record.session().log.is_empty()
    }

    /// The lab this session belongs to.
    pub fn exercise(&self) -> Option<String> {
        self.record.session().exercise.as_ref().map(|exercise| exercise.name.clone())
    }

    /// Which world the learner has chosen, or the lab holds Kubernetes.
    pub fn setup(&self) -> Setup {
        let session = self.record.session();
        match &session.exercise {
            Some(exercise) => exercise.kubernetes.map_or(session.setup, Setup::Kubernetes),
            None => session.setup,
        }
    }

    /// See [`session::members_at_first`].
    pub fn members_at_first(&self) -> u8 {
        session::members_at_first(self.record.session())
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

    /// The simulation refused the session and went on with a fresh world of the same seed.
    pub fn put_aside_refused(&mut self) {
        if let Ok(text) = session::to_text(self.record.session()) {
            put_aside(&text, self.key());
        }
        self.record = Record::fresh(self.record.session().seed, Setup::default());
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

    /// Writes the session; whether the browser took it. A world that nobody has chosen nor touched is not worth keeping.
    pub fn store(&mut self) -> bool {
        self.marked = false;
        if !self.is_touched() && self.exercise().is_none() && self.setup() == Setup::default() {
            return true;
        }
        session::to_text(self.record.session()).is_ok_and(|text| storage::write(self.key(), &text))
    }
}

/// Damaged data is the learner's all the same: it is kept under another key until they fetch or replace it.
fn put_aside(text: &str, key: &str) {
    storage::write(session::KEY_DAMAGED, text);
    storage::remove(key);
}

/// Any number will do: it only makes one learner's elections differ from another's.
fn random_seed() -> u64 {
    // Below 2^53, where every integer is a float.
    (js_sys::Math::random() * 9_007_199_254_740_991.0) as u64
}
