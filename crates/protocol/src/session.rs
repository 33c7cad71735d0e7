//! A session is a seed and an input log: replaying them gives the same world, to the bit.

use crate::{Exercise, Input, Nodes};
use serde::{Deserialize, Serialize};

/// The version of the session's format; one of another version is refused.
pub const SESSION_VERSION: u32 = 5;

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
    /// The lab this session works on; its world takes the place of that in `setup`.
    pub exercise: Option<Exercise>,
}

/// Which world to build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Setup {
    /// An etcd cluster of so many members: 1, 3, 5 or 7.
    Etcd { members: u8 },
    /// A machine on which nothing runs and no etcd is installed: a learner downloads it, or sets it up as a service.
    Bare,
    /// A control plane node as kubeadm lays it out: the kubelet runs etcd as a static pod, with TLS.
    ControlPlane,
    /// A Kubernetes cluster as kubeadm sets it up: a member of etcd on each control plane node.
    Kubernetes(Nodes),
    /// Such nodes before anybody has called kubeadm: a kubelet and a container runtime on each, and no cluster.
    BareNodes(Nodes),
}

impl Default for Setup {
    /// The cluster that the notes describe.
    fn default() -> Self {
        Self::Etcd { members: 3 }
    }
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
        Self { version: SESSION_VERSION, seed, setup, log: Vec::new(), now: 0, exercise: None }
    }

    /// The world of a lab as it is before anybody has touched it.
    pub fn of_exercise(seed: u64, exercise: Exercise) -> Self {
        Self { exercise: Some(exercise), ..Self::fresh(seed, Setup::default()) }
    }

    /// Whether its world holds Kubernetes.
    pub fn has_kubernetes(&self) -> bool {
        match &self.exercise {
            Some(exercise) => exercise.kubernetes.is_some(),
            None => matches!(self.setup, Setup::Kubernetes(_)),
        }
    }

    /// The nodes of its world, if it is one with nodes.
    pub fn nodes(&self) -> Option<Nodes> {
        match (&self.exercise, self.setup) {
            (Some(exercise), _) => exercise.kubernetes,
            (None, Setup::Kubernetes(nodes) | Setup::BareNodes(nodes)) => Some(nodes),
            (None, _) => None,
        }
    }

    /// The version a stored session was written in, whatever follows it.
    pub fn version_of(bytes: &[u8]) -> Option<u32> {
        crate::decode(bytes).ok()
    }

    /// Whether the lab can take this session.
    ///
    /// # Errors
    /// Says in words what is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        let limits = SESSION_LIMITS;
        check_version(self.version)?;
        if self.log.len() > limits.inputs {
            return Err(format!("its log holds {} inputs, more than {}", self.log.len(), limits.inputs));
        }
        match self.setup {
            Setup::Etcd { members } => check_members(members)?,
            Setup::Kubernetes(nodes) | Setup::BareNodes(nodes) => nodes.check()?,
            Setup::Bare | Setup::ControlPlane => {}
        }
        if self.now > limits.now {
            return Err("its clock is past a week".into());
        }
        if !self.log.is_sorted_by_key(|entry| entry.at) || self.log.last().is_some_and(|entry| entry.at > self.now) {
            return Err("its inputs are out of order".into());
        }
        self.exercise.as_ref().map_or(Ok(()), Exercise::check)
    }
}

pub(crate) fn check_members(members: u8) -> Result<(), String> {
    if matches!(members, 1 | 3 | 5 | 7) && members <= SESSION_LIMITS.members {
        return Ok(());
    }
    Err(format!("a cluster of {members} members is not one of 1, 3, 5 or 7"))
}

/// Whether a session of this version can be read.
///
/// # Errors
/// Says in words that it cannot.
pub fn check_version(version: u32) -> Result<(), String> {
    if version == SESSION_VERSION {
        return Ok(());
    }
    Err(format!("it was stored by another version of this site ({version}, not {SESSION_VERSION})"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TerminalId;

    fn check(change: impl FnOnce(&mut Session), expected: Result<(), &str>) {
        let mut session = Session::fresh(1, Setup::default());
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
        let members = |members| move |session: &mut Session| session.setup = Setup::Etcd { members };
        check(members(7), Ok(()));
        check(members(2), Err("not one of"));
        check(members(0), Err("not one of"));
        check(|session| session.setup = Setup::Bare, Ok(()));
        check(|session| session.setup = Setup::ControlPlane, Ok(()));
        let nodes = |control_planes, workers| {
            move |session: &mut Session| session.setup = Setup::Kubernetes(Nodes { control_planes, workers })
        };
        check(nodes(1, 10), Ok(()));
        check(nodes(3, 2), Ok(()));
        check(nodes(2, 2), Err("not one of 1 or 3"));
        check(nodes(1, 0), Err("1 to 100 workers"));
        check(nodes(1, 5_000), Err("1 to 100 workers"));
        check(|session| session.setup = Setup::BareNodes(Nodes::FEW), Ok(()));
        check(|session| session.now = u64::MAX, Err("past a week"));
        check(|session| session.now = 4, Err("out of order"));
        check(|session| session.log = vec![session.log[0].clone(); 10_001], Err("more than 10000"));
        let exercise = |members| Exercise { name: "first-steps".into(), members, ..Exercise::default() };
        check(|session| session.exercise = Some(exercise(3)), Ok(()));
        check(|session| session.exercise = Some(exercise(4)), Err("not one of"));
    }

    #[test]
    fn a_lab_s_world_counts_and_not_the_one_it_takes_the_place_of() {
        let lab = |kubernetes| Session::of_exercise(1, Exercise { kubernetes, ..Exercise::default() });
        let own = Setup::Kubernetes(Nodes::FEW);
        assert!(!Session::fresh(1, Setup::ControlPlane).has_kubernetes());
        assert!(Session::fresh(1, own).has_kubernetes());
        assert!(lab(Some(Nodes::FEW)).has_kubernetes() && !lab(None).has_kubernetes());
        assert!(!Session { setup: own, ..lab(None) }.has_kubernetes());
        assert_eq!(Session { setup: own, ..lab(Some(Nodes::HIGHLY_AVAILABLE)) }.nodes(), Some(Nodes::HIGHLY_AVAILABLE));
    }

    #[test]
    fn the_version_of_a_stored_session_is_read_even_where_its_rest_cannot_be() {
        let bytes = crate::encode(&(7_u32, "of another build")).expect("plain data can be written");
        assert_eq!(Session::version_of(&bytes), Some(7));
        assert_eq!(Session::version_of(&[]), None);
    }
}
