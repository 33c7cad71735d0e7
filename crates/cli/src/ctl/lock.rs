//! `etcdctl lock`.

use std::pin::Pin;

use etcd::rpc::RangeRequest;
use shell::{Either, Signal, race};

use crate::apart::Subcommand;
use crate::client::{ClientError, Context, Mutex, Session};
use crate::flags::{CommandSpec, FlagSpec, Kind};
use crate::program::{Exit, Invocation, code};

use super::global::{Connected, connect, show};
use super::watch::run_command;

/// The time to live of the session, in seconds, when `--ttl` asks for none.
const DEFAULT_SESSION_TTL: i64 = 60;

pub static LOCK: CommandSpec = CommandSpec::apart(
    "lock <lockname> [exec-command arg1 arg2 ...]",
    "Takes a lock by name and holds it",
    &[FlagSpec::new("ttl", Kind::Int, "10", "seconds after which the lock of a vanished holder is free")],
    Subcommand::Lock,
);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let Some((name, exec)) = invocation.args().split_first() else {
        return Err(Exit::bad_args("lock takes a lock name argument and an optional command to execute"));
    };
    let (name, exec) = (name.clone(), exec.to_vec());
    let connected = connect(&mut invocation).await?;
    let ttl = match invocation.flags.int("ttl") {
        ttl if ttl > 0 => ttl,
        _ => DEFAULT_SESSION_TTL,
    };
    let mut session = Session::new(&connected.client, ttl).await?;
    let mut mutex = Mutex::new(&connected.client, session.lease(), &name);
    let mut signal: Pin<Box<_>> = Box::pin(invocation.process.catch(&[Signal::Int, Signal::Term]));
    match session.during(race(signal.as_mut(), mutex.lock())).await {
        Either::Second(locked) => locked?,
        Either::First(_) => {
            session.during(mutex.unlock()).await?;
            return Err(ClientError::Canceled.into());
        }
    }
    if !exec.is_empty() {
        return session.during(hold_for_command(&invocation, &mutex, &exec)).await;
    }
    session.during(show_key(&invocation, &connected, &mutex)).await?;
    match race(signal, session.lost()).await {
        Either::First(_) => Ok(mutex.unlock().await?),
        Either::Second(()) => Err(Exit::error("session expired")),
    }
}

/// Runs the command while holding the lock; its exit code becomes ours.
async fn hold_for_command(invocation: &Invocation, mutex: &Mutex, exec: &[String]) -> Result<(), Exit> {
    let mut env = invocation.process.env.clone();
    env.entry("ETCD_LOCK_KEY".to_owned()).or_insert_with(|| mutex.key().to_owned());
    env.entry("ETCD_LOCK_REV".to_owned()).or_insert_with(|| mutex.revision().to_string());
    let ran = run_command(invocation, exec, env).await;
    let unlocked = mutex.unlock().await;
    ran.map_err(|failure| Exit::new(failure.code.unwrap_or(code::ERROR), failure.text))?;
    Ok(unlocked?)
}

async fn show_key(invocation: &Invocation, connected: &Connected, mutex: &Mutex) -> Result<(), Exit> {
    let get = RangeRequest { key: mutex.key().into(), ..RangeRequest::default() };
    let response = connected.client.range(&Context::background(), get).await?;
    if response.kvs.is_empty() {
        return Err(Exit::error("lock lost on init"));
    }
    show(invocation, connected.format, &response)
}
