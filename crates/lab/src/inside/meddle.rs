//! Messages dropped or held up by hand.

use super::raft::flights;
use crate::{World, cluster::Cluster};
use protocol::Input;
use sim::{EventId, Fault, Micros};

/// The longest a message is held up at a time, in microseconds.
const DELAY_MAX: u64 = 60_000_000;

/// A message and what is done to it.
pub(crate) struct Meddling {
    message: EventId,
    /// How long it is held up, in microseconds; `None` takes it off the wire.
    by: Option<u64>,
}

impl Meddling {
    /// What an input does to a message; `None` for an input that does something else.
    pub fn of(input: &Input) -> Option<Self> {
        match *input {
            Input::Drop { message } => Some(Self { message: EventId(message), by: None }),
            Input::Delay { message, by } => Some(Self { message: EventId(message), by: Some(by.clamp(1, DELAY_MAX)) }),
            _ => None,
        }
    }
}

/// What becomes of an input that meddles with a message, in words for the learner. To be asked before it is applied.
pub(crate) fn outcome(cluster: &Cluster, input: &Input) -> Option<String> {
    let Meddling { message, by } = Meddling::of(input)?;
    let Some(flight) = flights(cluster).find(|flight| flight.sent == message) else {
        return Some("Too late: that message had already arrived.".into());
    };
    let (from, to) = (cluster.name_of(flight.from), cluster.name_of(flight.to));
    let what = format!("{} from {from} to {to}", flight.msg.kind());
    Some(match by {
        None => format!("Dropped: {what}."),
        Some(_) if flight.held => format!("Not delayed: {what} waits already, for its way or its receiver."),
        Some(by) => format!("Held up for {} ms: {what}.", by / 1_000),
    })
}

impl World {
    /// Takes a message off the wire or holds it up. One that has arrived, or was never sent, is left alone.
    pub(crate) fn meddle(&mut self, meddling: &Meddling) {
        self.cluster.run_until(self.now());
        let Meddling { message: sent, by } = *meddling;
        let Some(held) = flights(&self.cluster).find(|flight| flight.sent == sent).map(|flight| flight.held) else {
            return;
        };
        match by {
            None => self.cluster.fault(&Fault::DropMessage { sent }),
            Some(by) if !held => self.cluster.fault(&Fault::DelayMessage { sent, by: Micros(by) }),
            Some(_) => {}
        }
    }
}
