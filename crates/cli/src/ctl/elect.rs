//! `etcdctl elect`.

use etcd::rpc::{RangeRequest, RangeResponse};
use shell::{Either, Signal, race};

use crate::apart::Subcommand;
use crate::client::{ClientError, Context, Election, Session};
use crate::flags::{CommandSpec, FlagSpec};
use crate::program::{Exit, Invocation};

use super::global::{Connected, connect, show};

/// The time to live of a candidate's session, in seconds.
const SESSION_TTL: i64 = 60;

pub static ELECT: CommandSpec = CommandSpec::apart(
    "elect <election-name> [proposal]",
    "Stands for election, or looks on",
    &[FlagSpec::switch("listen", "only look on").short('l')],
    Subcommand::Elect,
);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let listen = invocation.flags.bool("listen");
    let (name, proposal) = match invocation.args() {
        [name] => (name.clone(), None),
        [name, proposal] => (name.clone(), Some(proposal.clone())),
        _ => {
            let message = "elect takes one election name argument and an optional proposal argument";
            return Err(Exit::bad_args(message));
        }
    };
    let connected = connect(&mut invocation).await?;
    match (proposal, listen) {
        (None, false) => Err(Exit::bad_args("no proposal argument but -l not set")),
        (Some(_), true) => Err(Exit::bad_args("proposal given but -l is set")),
        (None, true) => observe(&invocation, &connected, &name).await,
        (Some(proposal), false) => campaign(&invocation, &connected, &name, &proposal).await,
    }
}

async fn observe(invocation: &Invocation, connected: &Connected, name: &str) -> Result<(), Exit> {
    let mut session = Session::new(&connected.client, SESSION_TTL).await?;
    let election = Election::new(&connected.client, session.lease(), name);
    let signal = Box::pin(invocation.process.catch(&[Signal::Int, Signal::Term]));
    let mut refused = None;
    let observing = election.observe(async |response: RangeResponse| {
        if let Err(exit) = show(invocation, connected.format, &response) {
            refused = Some(exit);
        }
    });
    let ended = session.during(race(signal, observing)).await;
    match (refused, ended) {
        (Some(exit), _) => Err(exit),
        (None, Either::First(_)) => Ok(()),
        (None, Either::Second(())) => Err(Exit::error("elect: observer lost")),
    }
}

async fn campaign(invocation: &Invocation, connected: &Connected, name: &str, proposal: &str) -> Result<(), Exit> {
    let mut session = Session::new(&connected.client, SESSION_TTL).await?;
    let mut election = Election::new(&connected.client, session.lease(), name);
    let mut signal = Box::pin(invocation.process.catch(&[Signal::Int, Signal::Term]));
    match session.during(race(signal.as_mut(), election.campaign(proposal))).await {
        Either::Second(elected) => elected?,
        Either::First(_) => {
            session.during(election.resign()).await?;
            return Err(ClientError::Canceled.into());
        }
    }
    let get = RangeRequest { key: election.key().into(), ..RangeRequest::default() };
    let response = session.during(connected.client.range(&Context::background(), get)).await?;
    show(invocation, connected.format, &response)?;
    match race(signal, session.lost()).await {
        Either::First(_) => Ok(election.resign().await?),
        Either::Second(()) => Err(Exit::error("elect: session expired")),
    }
}
