//! `etcdctl lease keep-alive`.

use crate::client::KeepAlive;
use crate::flags::{CommandSpec, FlagSpec};
use crate::print::{KeptAlive, lease_id as shown_id};
use crate::program::{Exit, Invocation, RunFuture, code};

use super::super::global::{connect, show};
use super::lease_id;

pub static KEEP_ALIVE: CommandSpec = CommandSpec::leaf(
    "keep-alive [options] <leaseID>",
    "Renews a lease again and again",
    &[FlagSpec::switch("once", "renew it once and end")],
    |invocation| -> RunFuture { Box::pin(run(invocation)) },
);

async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let [id] = invocation.args() else {
        return Err(Exit::bad_args("lease keep-alive command needs lease ID as argument"));
    };
    let id = lease_id(id)?;
    let connected = connect(&mut invocation).await?;
    if invocation.flags.bool("once") {
        let kept = connected.client.keep_alive_once(id).await;
        let response = kept.map_err(|e| Exit::new(code::BAD_CONNECTION, e))?;
        return show(&invocation, connected.format, &KeptAlive(response));
    }
    let mut keep_alive = KeepAlive::new(&connected.client, id);
    while let Some(response) = keep_alive.next().await {
        show(&invocation, connected.format, &KeptAlive(response))?;
    }
    if connected.format.is_simple() {
        invocation.println(format_args!("lease {} expired or revoked.", shown_id(id)));
    }
    Ok(())
}
