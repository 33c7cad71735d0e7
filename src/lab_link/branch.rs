//! Other sessions in the place of the present one: one that was shared, one that was put aside, the same one as it was
//! earlier. None of it is lost by that: what was there before is put aside, where it can be brought back from.

use super::{Keeper, Lab, Notice, Phase};
use crate::{session, storage};
use leptos::prelude::{UpdateValue, WithValue};
use protocol::{ClockControl, Logged, Session, Setup, ToLab};

impl Keeper {
    /// Puts another session in the place of this one; whether this one was put aside for that. A lab's world leaves the
    /// learner's own session stored, as it does when one starts the lab.
    ///
    /// # Errors
    /// In words, while the learner is at a lab: there would be two sessions to keep.
    fn take_over(&mut self, session: Session) -> Result<bool, String> {
        if let Some(here) = self.exercise()
            && session.exercise.as_ref().is_none_or(|exercise| exercise.name != here)
        {
            return Err("you are at a lab; leave that first".to_owned());
        }
        self.store();
        let aside = session.exercise.is_none() == self.exercise().is_none() && self.put_aside_present();
        self.replace(session);
        Ok(aside)
    }

    /// Keeps this session aside, unless nothing was done in it, or what is aside goes on from here.
    fn put_aside_present(&self) -> bool {
        let worth = self.is_touched() && aside().is_none_or(|aside| !begins(&self.session(), &aside));
        worth && session::to_text(&self.session()).is_ok_and(|text| storage::write(session::KEY_DAMAGED, &text))
    }

    /// Goes back to the moment before an input, by its place in the log.
    fn rewind(&mut self, input: usize) {
        let whole = self.session();
        let Some(first) = whole.log.get(input) else { return };
        let earlier = Session { now: first.at, log: whole.log[..input].to_vec(), ..whole.clone() };
        self.put_aside_present();
        self.replace(earlier);
    }
}

/// The session that was put aside, if it can be read.
pub fn aside() -> Option<Session> {
    storage::read(session::KEY_DAMAGED).and_then(|text| session::from_text(&text).ok())
}

/// Whether `whole` is the same story as `session`, told further.
fn begins(session: &Session, whole: &Session) -> bool {
    let same = session.seed == whole.seed && session.setup == whole.setup && session.exercise == whole.exercise;
    same && whole.log.starts_with(&session.log)
}

impl Lab {
    /// The inputs of the session, oldest first.
    pub fn inputs(self) -> Vec<Logged> {
        self.session().log
    }

    /// The session as it stands.
    pub fn session(self) -> Session {
        self.inner.with_value(|inner| inner.keeper.session())
    }

    /// Where this very session can be gone on with, on a page of its own: the address without a session where a fresh one
    /// would be the same, or it is too long for a link.
    pub fn address(self) -> String {
        let session = self.session();
        let fresh = session.log.is_empty() && session.exercise.is_none() && session.setup == Setup::default();
        let link = if fresh { None } else { session::to_link(&session).ok() };
        self.router.with_fragment(&link.unwrap_or_default())
    }

    /// Goes back to the moment before an input, and stands still there. What came after is put aside.
    pub fn rewind(self, input: usize) {
        self.inner.update_value(|inner| inner.keeper.rewind(input));
        let text = "The cluster is as it was, and its clock stands still. What came after was put aside.".to_owned();
        self.notice.set(Some(Notice { text, damaged_kept: true }));
        self.begin_here();
        // After what the start sends: a replay goes on although the clock stands.
        self.send(&ToLab::Clock(ClockControl::Pause));
    }

    /// Opens a session that came from elsewhere.
    ///
    /// # Errors
    /// In words, when it cannot take the place of the present one, which then stays.
    pub fn open_session(self, session: Session) -> Result<(), String> {
        let aside = self
            .inner
            .try_update_value(|inner| inner.keeper.take_over(session))
            .unwrap_or_else(|| Err("the page is closing".to_owned()))?;
        let text = match aside {
            true => "Another session was opened. What you did in the one before was put aside.",
            false => "Another session was opened.",
        };
        // What an embedded page opens at first is what its author put there, and nothing to tell of.
        let told = aside || !self.router.embedded;
        self.notice.set(told.then(|| Notice { text: text.to_owned(), damaged_kept: aside }));
        self.begin_here();
        Ok(())
    }

    /// Opens the session of a link, by the part of the address after `#`; `false` when it is no such part.
    pub fn open_link(self, fragment: &str) -> bool {
        let Some(text) = fragment.strip_prefix(session::LINK) else { return false };
        if let Err(reason) = session::from_link(text).and_then(|session| self.open_session(session)) {
            let text = format!("The session of this link was not opened: {reason}.");
            self.notice.set(Some(Notice { text, damaged_kept: false }));
        }
        true
    }

    /// Brings the session back that was put aside.
    ///
    /// # Errors
    /// In words, when it cannot be read, or cannot take the place of the present one.
    pub fn bring_back(self) -> Result<(), String> {
        let text = storage::read(session::KEY_DAMAGED).unwrap_or_default();
        self.open_session(session::from_text(&text)?)
    }

    /// Begins the session of the keeper, as soon as there is a worker to begin it in.
    fn begin_here(self) {
        self.selected.set(None);
        match self.phase.get_untracked() {
            // The worker has not been asked for yet, and will be given this session.
            Phase::Waiting => self.forget_world(),
            Phase::Ready => self.begin(),
            // One that is busy with the old world would go on telling of it.
            _ => self.load(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::begins;
    use protocol::{Input, Logged, Session, Setup, TerminalId};

    fn story(seed: u64, lines: &[&str]) -> Session {
        let mut session = Session::fresh(seed, Setup::default());
        for (at, line) in lines.iter().enumerate() {
            let input = Input::Submit { terminal: TerminalId(0), text: (*line).to_owned() };
            session.log.push(Logged { at: at as u64, input });
        }
        session
    }

    #[test]
    fn a_session_goes_on_from_another_when_it_begins_with_all_of_it() {
        let whole = story(1, &["etcdctl put a b", "etcdctl del a"]);
        for (other, expected) in [
            (story(1, &[]), true),
            (story(1, &["etcdctl put a b"]), true),
            (whole.clone(), true),
            (story(1, &["etcdctl put a c"]), false),
            (story(1, &["etcdctl put a b", "etcdctl del a", "etcdctl get a"]), false),
            (story(2, &["etcdctl put a b"]), false),
        ] {
            assert_eq!(begins(&other, &whole), expected, "{other:?}");
        }
    }
}
