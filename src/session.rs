//! The session as the browser keeps it: a seed and an input log, as bounded text.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use protocol::{Exercise, Logged, SESSION_LIMITS, Session, Setup};

/// Where the session of this tab's cluster is kept.
pub const KEY: &str = "kubarium.session";
/// Where the session of the lab the learner works on is kept; while there is one, their own waits under [`KEY`].
pub const KEY_LAB: &str = "kubarium.session.lab";
/// Where a session that could not be read is put aside, for its owner to download.
pub const KEY_DAMAGED: &str = "kubarium.session.damaged";
/// Browsers give a site about five million characters in all; two fifths of it leave room for the rest.
const STORED_BYTES: usize = 1_500_000;

/// How the part of an address after `#` begins that holds a session.
pub const LINK: &str = "s=";
/// Longer links do not survive every mail and chat.
const LINK_BYTES: usize = 48_000;

/// A session as the part of an address after `#`.
///
/// # Errors
/// When it is too large for that, in words.
pub fn to_link(session: &Session) -> Result<String, String> {
    let text = URL_SAFE_NO_PAD.encode(protocol::encode(session)?);
    if text.len() > LINK_BYTES {
        return Err(format!("this session is too long for one ({} kB)", text.len() / 1000));
    }
    Ok(format!("{LINK}{text}"))
}

/// A session back from what follows [`LINK`] in an address, which may be anything at all.
///
/// # Errors
/// See [`from_text`].
pub fn from_link(text: &str) -> Result<Session, String> {
    if text.len() > LINK_BYTES {
        return Err(format!("it is longer than {} kB", LINK_BYTES / 1000));
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| "it is not a stored session at all".to_owned())?;
    from_bytes(&bytes)
}

/// A session as text to store.
///
/// # Errors
/// When the session cannot be written, in words.
pub fn to_text(session: &Session) -> Result<String, String> {
    Ok(STANDARD.encode(protocol::encode(session)?))
}

/// A session back from stored text, which may be anything at all.
///
/// # Errors
/// Says in words why it is not a session the lab can take.
pub fn from_text(text: &str) -> Result<Session, String> {
    if text.len() / 4 * 3 > SESSION_LIMITS.bytes {
        return Err(format!("it is larger than {} bytes", SESSION_LIMITS.bytes));
    }
    let bytes = STANDARD.decode(text.trim()).map_err(|_| "it is not a stored session at all".to_owned())?;
    from_bytes(&bytes)
}

fn from_bytes(bytes: &[u8]) -> Result<Session, String> {
    // What another version wrote may look damaged to this one.
    protocol::check_version(Session::version_of(bytes).unwrap_or_default())?;
    let session: Session = protocol::decode(bytes).map_err(|_| "it is damaged".to_owned())?;
    session.check()?;
    Ok(session)
}

/// How many members a session's world begins with.
pub fn members_at_first(session: &Session) -> u8 {
    match (&session.exercise, session.setup) {
        (Some(exercise), _) => exercise.kubernetes.map_or(exercise.members, |nodes| nodes.control_planes),
        (None, Setup::Etcd { members }) => members,
        (None, Setup::Bare) => 0,
        (None, Setup::ControlPlane) => 1,
        (None, Setup::Kubernetes(nodes) | Setup::BareNodes(nodes)) => nodes.control_planes,
    }
}

/// The session being written.
pub struct Record {
    session: Session,
    /// An upper estimate of the encoded size.
    bytes: usize,
    full: bool,
}

impl Record {
    /// Continues a session.
    pub fn of(session: Session) -> Self {
        let bytes = session.log.iter().map(cost).sum();
        Self { session, bytes, full: false }
    }

    /// A world nobody has touched.
    pub fn fresh(seed: u64, setup: Setup) -> Self {
        Self::of(Session::fresh(seed, setup))
    }

    /// The untouched world of a lab.
    pub fn of_exercise(seed: u64, exercise: Exercise) -> Self {
        Self::of(Session::of_exercise(seed, exercise))
    }

    /// Takes the last input back: the session then ends at the moment before it. Nothing to take back leaves it alone.
    pub fn undo(&mut self) {
        if let Some(last) = self.session.log.pop() {
            self.bytes -= cost(&last);
            self.full = false;
            self.session.now = last.at;
        }
    }

    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Adds an input. Once the bounds are reached nothing more is added, for a log with a gap would replay another
    /// story; returns whether this call was the one that met the bound.
    pub fn add(&mut self, logged: Logged) -> bool {
        if self.full {
            return false;
        }
        let cost = cost(&logged);
        if self.bytes + cost > STORED_BYTES
            || self.session.log.len() >= SESSION_LIMITS.inputs
            || logged.at > SESSION_LIMITS.now
        {
            self.full = true;
            return true;
        }
        self.bytes += cost;
        self.session.now = self.session.now.max(logged.at);
        self.session.log.push(logged);
        false
    }

    /// The world's clock moved on. A full record stands still: what came after it is not in it.
    pub fn advance(&mut self, now: u64) {
        if !self.full {
            self.session.now = self.session.now.max(now.min(SESSION_LIMITS.now));
        }
    }
}

/// What an input takes at most: its text, the two numbers before it and their lengths.
fn cost(logged: &Logged) -> usize {
    use protocol::Input;
    32 + match &logged.input {
        Input::Submit { text, .. } => text.len(),
        Input::Fault { component, .. } => component.len(),
        Input::Interrupt { .. }
        | Input::EndOfInput { .. }
        | Input::Drop { .. }
        | Input::Delay { .. }
        | Input::OpenTerminal { .. }
        | Input::CloseTerminal { .. } => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{Input, Nodes, TerminalId};

    fn submit(at: u64, text: &str) -> Logged {
        Logged { at, input: Input::Submit { terminal: TerminalId(0), text: text.into() } }
    }

    #[test]
    fn a_session_survives_storage() {
        let mut record = Record::fresh(7, Setup::Bare);
        assert!(!record.add(submit(5, "etcdctl put a b")));
        record.advance(9);
        let text = to_text(record.session()).expect("plain data can be written");
        assert_eq!(from_text(&text).as_ref(), Ok(record.session()));
    }

    #[test]
    fn a_session_goes_out_as_a_link_and_comes_back() {
        let mut record = Record::fresh(u64::MAX, Setup::default());
        record.add(submit(5, "etcdctl put greeting '¿?~ÿ>'"));
        let link = to_link(record.session()).expect("it is short");
        assert!(link.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"=-_".contains(&byte)), "{link}");
        assert_eq!(link.strip_prefix(LINK).map(from_link), Some(Ok(record.session().clone())));
        check_not("A".repeat(LINK_BYTES + 1).as_str(), from_link, "longer than");
        check_not("%20", from_link, "not a stored session");
        check_not("AAAA", from_link, "another version");
        record.add(submit(6, &"x".repeat(LINK_BYTES)));
        assert!(to_link(record.session()).is_err_and(|reason| reason.contains("too long")));
    }

    fn check_refused(text: &str, part: &str) {
        check_not(text, from_text, part);
    }

    fn check_not(text: &str, read: fn(&str) -> Result<Session, String>, part: &str) {
        let found = read(text);
        assert!(found.as_ref().is_err_and(|error| error.contains(part)), "{found:?} does not say {part:?}");
    }

    #[test]
    fn what_is_no_session_is_refused_in_words() {
        check_refused("{\"not\": \"base64\"}", "not a stored session");
        check_refused(&STANDARD.encode([0xff; 40]), "another version");
        let cut = protocol::encode(&Session::fresh(1, Setup::default())).expect("plain data can be written");
        check_refused(&STANDARD.encode(&cut[..3]), "damaged");
        check_refused(&"A".repeat(SESSION_LIMITS.bytes * 2), "larger than");
        let mut session = Session::fresh(1, Setup::default());
        session.version = 9;
        check_refused(&to_text(&session).expect("plain data can be written"), "another version");
    }

    #[test]
    fn a_full_record_takes_nothing_more_and_says_so_once() {
        let mut record = Record::fresh(1, Setup::default());
        let long = "x".repeat(STORED_BYTES / 2);
        assert!(!record.add(submit(1, &long)));
        assert!(record.add(submit(2, &long)));
        assert!(!record.add(submit(3, "small")), "a gap would replay another story");
        record.advance(100);
        assert_eq!(record.session().log.len(), 1);
        assert_eq!(record.session().now, 1);
        assert_eq!(record.session().check(), Ok(()));
    }

    #[test]
    fn an_undone_input_leaves_the_session_as_it_was_before() {
        let mut record = Record::of_exercise(1, Exercise { name: "first".into(), members: 3, ..Exercise::default() });
        record.add(submit(5, "etcdctl put a b"));
        let before = Session { now: 9, ..record.session().clone() };
        record.add(submit(9, "etcdctl del a"));
        record.advance(20);
        record.undo();
        assert_eq!(*record.session(), before);
        record.undo();
        record.undo();
        assert_eq!((record.session().log.len(), record.session().now), (0, 5));
    }

    fn check_members(session: &Session, expected: u8) {
        assert_eq!(members_at_first(session), expected, "{session:?}");
    }

    #[test]
    fn it_is_known_how_many_will_be_there_before_the_simulation_tells() {
        let own = |setup| Session::fresh(1, setup);
        check_members(&own(Setup::Etcd { members: 5 }), 5);
        check_members(&own(Setup::Bare), 0);
        check_members(&own(Setup::ControlPlane), 1);
        check_members(&own(Setup::Kubernetes(Nodes::FEW)), 1);
        check_members(&own(Setup::Kubernetes(Nodes::HIGHLY_AVAILABLE)), 3);
        let lab = Exercise { members: 1, ..Exercise::default() };
        check_members(&Session::of_exercise(1, lab), 1);
    }

    #[test]
    fn the_clock_of_a_stored_session_stays_within_what_the_lab_accepts() {
        let mut record = Record::fresh(1, Setup::default());
        record.advance(u64::MAX);
        assert_eq!(record.session().check(), Ok(()));
    }
}
