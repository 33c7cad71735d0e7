//! The calls of [`Machine`](crate::Machine) and [`Job`](crate::Job) as data.

use crate::{Arrival, Event, Network, SessionId, Setup, Turn};
use protocol::{Candidate, CommandView, ConsoleChunk, Input, PromptView, TerminalId};
use serde::{Deserialize, Serialize};

/// One question, about one of the machines at the other side. Each is the method of the same name.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Question {
    pub machine: u32,
    pub what: What,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum What {
    /// Makes the machine of this number.
    Make(Setup),
    /// Makes the machine of this number from another one.
    Fork {
        from: u32,
    },
    /// Nobody needs it any more.
    Drop,
    Tell(Tell),
    Ask(Ask),
}

/// What is told, and answered with nothing.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Tell {
    Deliver(Arrival),
    Connect(Network),
    Hear { program: u64, event: Event },
    Input(Input),
    Remove(String),
    Exec { job: u32, script: String, session: SessionId },
    Signal { job: u32, name: String },
    DropJob { job: u32 },
}

/// What is asked for its answer.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Ask {
    Run { now: u64, polls: u32 },
    Output { limit: u32 },
    Prompts,
    Commands,
    Complete { terminal: TerminalId, line: String, cursor: u32 },
    Read(String),
    Write { path: String, content: Vec<u8> },
    Paths,
    LogIn,
    Copy(SessionId),
    Stdout { job: u32 },
    Stderr { job: u32 },
    Code { job: u32 },
}

/// What is answered. A question that is none (its machine or job does not exist) is answered with `Nothing`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    Nothing,
    Turn(Turn),
    Output(Vec<ConsoleChunk>),
    Prompts(Vec<PromptView>),
    Commands(Vec<CommandView>),
    Completion(Option<(u32, Vec<Candidate>)>),
    Content(Option<Vec<u8>>),
    Written(bool),
    Paths(Vec<String>),
    Session(SessionId),
    Code(Option<i32>),
}
