//! What the page and the worker take from outside: stored and shared sessions, and messages.

use protocol::{Fault, Input, Logged, Session, Setup, TerminalId, ToLab};

use super::Target;
use crate::samples;

/// A session as a link or a file holds it: refused, or one that passes the checks and is written as it was read.
pub const SESSION: Target =
    Target { name: "session", samples: sessions, prepare: || Box::new(reads_a_session), quick: 5_000 };
/// A message between page and worker.
pub const MESSAGE: Target =
    Target { name: "message", samples: messages, prepare: || Box::new(reads_a_message), quick: 5_000 };

fn inputs() -> Vec<Input> {
    let lines = samples::commands("etcdctl").into_iter().step_by(97);
    let mut inputs: Vec<Input> = lines
        .map(|line| Input::Submit { terminal: TerminalId(0), text: String::from_utf8_lossy(&line).into_owned() })
        .collect();
    inputs.push(Input::Fault { component: "etcd-0".into(), fault: Fault::Kill });
    inputs
}

fn sessions() -> Vec<Vec<u8>> {
    let setups = [Setup::Etcd { members: 3 }, Setup::Bare];
    let sessions = setups.into_iter().map(|setup| {
        let log = inputs().into_iter().enumerate();
        let log = log.map(|(index, input)| Logged { at: index as u64 * 1_000_000, input }).collect();
        Session { log, ..Session::fresh(7, setup) }
    });
    sessions.filter_map(|session| protocol::encode(&session).ok()).collect()
}

fn reads_a_session(input: &[u8]) -> Result<(), String> {
    let _ = protocol::check_version(Session::version_of(input).unwrap_or_default());
    let Ok(session) = protocol::decode::<Session>(input) else { return Ok(()) };
    if session.check().is_err() {
        return Ok(());
    }
    let written = protocol::encode(&session)?;
    match protocol::decode::<Session>(&written) {
        Ok(again) if again == session => Ok(()),
        _ => Err("a session is not read as it was written".into()),
    }
}

fn messages() -> Vec<Vec<u8>> {
    inputs().into_iter().filter_map(|input| protocol::encode(&ToLab::Input(input)).ok()).collect()
}

fn reads_a_message(input: &[u8]) -> Result<(), String> {
    let Ok(message) = protocol::decode::<ToLab>(input) else { return Ok(()) };
    protocol::encode(&message).map(drop)
}
