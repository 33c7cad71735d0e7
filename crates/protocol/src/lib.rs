//! The messages between the site (main thread) and the lab (Web Worker): plain data, no logic.
//!
//! The page sends [`ToLab`], the worker answers with [`FromLab`]; both travel as postcard bytes in one `Uint8Array` a
//! message. Times are microseconds of the world's own clock since the world began, never of the wall.

#![forbid(unsafe_code)]

mod exercise;
mod input;
mod inside;
mod kubernetes;
mod nodes;
mod session;
mod view;
mod waterfall;

pub use exercise::{Exercise, Preparation, Verdict};
pub use input::{Fault, Input, TerminalId};
pub use inside::{
    Child, Folder, Happening, History, Inside, KeysQuery, KeysView, LeaseView, Look, RaftMember, RaftView, SLOW,
    VersionView, WatchView,
};
pub use kubernetes::{ComponentView, KubernetesNews, NodeView, PodPhase, PodView};
pub use nodes::{Nodes, WORKERS_MAX};
pub use session::{Logged, SESSION_LIMITS, SESSION_VERSION, Session, SessionLimits, Setup, check_version};
pub use view::{
    CommandState, CommandView, ConsoleChunk, Details, Fact, Frame, LogEntry, MemberView, PeerView, Power, PromptState,
    PromptView, Role, Stream, WireFate, WireKind, WireMessage,
};
pub use waterfall::{Waterfall, WaterfallSpan};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// What the page says to the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToLab {
    /// The first message: build the world of this session and replay its log.
    Start(Session),
    /// Something that changes the world. The worker answers [`FromLab::Logged`] with the moment it took effect.
    Input(Input),
    /// How fast the world's clock runs against the wall; changes nothing in the world.
    Clock(ClockControl),
    /// Which component's panel is open, so that its [`Details`] come with the frames; `None` closes it.
    Inspect(Option<String>),
    /// Asks for the causal tree of one command, by [`CommandView::id`].
    Follow(u64),
    /// Asks what could stand at the cursor (a byte offset into `line`); answered by [`FromLab::Completion`] with the same `id`.
    Complete { id: u64, terminal: TerminalId, line: String, cursor: u32 },
    /// What else the page shows, so that [`FromLab::Inside`] comes when it changes; [`Look::Nothing`] at first.
    Look(Look),
    /// Asks whether a lab's goal is reached: runs the script in a fork of the world, which stays as it is; answered by
    /// [`FromLab::Verdict`] with the same `id`.
    Check { id: u64, script: String },
}

/// The clock's controls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClockControl {
    Play,
    Pause,
    /// Runs to the next event that moves something on the diagram, then stays paused.
    Step,
    /// World time per wall time in thousandths: 1000 is real time, 1 is a thousand times slower, 1_000_000 a thousand times faster.
    Speed(u32),
    /// Runs until a message other than a heartbeat is sent between members, then stays paused, so that it can be caught
    /// on its way.
    Catch,
}

/// What the worker says to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromLab {
    /// The worker's code is loaded and waits for [`ToLab::Start`].
    Loaded,
    /// A stored session is being replayed: how far the world's clock is, of how far it has to come.
    Replaying { at: u64, until: u64 },
    /// The world stands and answers.
    Ready,
    /// The session cannot be replayed; the world was started fresh from its seed instead. The reason is for the learner.
    SessionRefused { reason: String },
    /// An input took effect and belongs in the stored session.
    Logged(Logged),
    /// What there is to show now; sent only when something changed.
    Frame(Frame),
    /// Candidates for [`ToLab::Complete`]; the part of the line from `start` (a byte offset) to the cursor is replaced.
    Completion { id: u64, start: u32, candidates: Vec<Candidate> },
    /// The answer to [`ToLab::Follow`]; `None` when the trace no longer holds that command.
    Waterfall(Option<Waterfall>),
    /// What the page looks at, told when it changed.
    Inside(Inside),
    /// The answer to [`ToLab::Check`].
    Verdict { id: u64, verdict: Verdict },
    /// Whether the world, or a check, stands still because the code of a program is on its way.
    Fetching(bool),
    /// What changed of Kubernetes, in a world that holds it.
    Kubernetes(KubernetesNews),
}

/// One way to complete a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// What replaces the word.
    pub text: String,
    /// What it is, in a few words; empty where the text says it all.
    pub hint: String,
}

/// Bytes of a message for `postMessage`.
///
/// # Errors
/// Only when the message cannot be represented, which plain data always can.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, String> {
    postcard::to_allocvec(message).map_err(|error| format!("the message could not be written: {error}"))
}

/// A message back from its bytes.
///
/// # Errors
/// In words, when the bytes are not such a message: they may come from a stored session or another build of the site.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    postcard::from_bytes(bytes).map_err(|error| format!("the message could not be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &ToLab) {
        let bytes = encode(message).expect("plain data can be written");
        assert_eq!(decode::<ToLab>(&bytes).as_ref(), Ok(message));
        for cut in 0..bytes.len() {
            // A cut message is an error or another message, never a panic.
            let _ = decode::<ToLab>(&bytes[..cut]);
        }
    }

    #[test]
    fn every_message_survives_the_wire_and_a_cut_one_is_no_panic() {
        let input = Input::Submit { terminal: TerminalId(0), text: "etcdctl put greeting \"Hello, etcd\"".into() };
        let log = vec![Logged { at: 1_500_000, input: input.clone() }];
        check(&ToLab::Start(Session {
            version: SESSION_VERSION,
            seed: 7,
            setup: Setup::ControlPlane,
            log,
            now: 2_000_000,
            exercise: Some(Exercise { name: "first-steps".into(), members: 3, ..Exercise::default() }),
        }));
        check(&ToLab::Input(input));
        check(&ToLab::Input(Input::Fault { component: "etcd-0".into(), fault: Fault::Kill }));
        check(&ToLab::Input(Input::Delay { message: 7, by: 200_000 }));
        check(&ToLab::Clock(ClockControl::Speed(1000)));
        check(&ToLab::Look(Look::Keys(KeysQuery { member: "etcd-0".into(), ..KeysQuery::default() })));
        check(&ToLab::Complete { id: 1, terminal: TerminalId(0), line: "etc".into(), cursor: 3 });
    }
}
