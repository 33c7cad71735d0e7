//! `etcdctl lease timetolive`.

use etcd::rpc::LeaseTimeToLiveRequest;

use crate::client::Context;
use crate::flags::{CommandSpec, FlagSpec};
use crate::print::TimeToLive;
use crate::program::{Exit, Invocation, RunFuture, code};

use super::super::global::{connect, show};
use super::lease_id;

pub static TIMETOLIVE: CommandSpec = CommandSpec::leaf(
    "timetolive <leaseID> [options]",
    "Tells what is left of a lease",
    &[FlagSpec::switch("keys", "list the keys attached to the lease")],
    |invocation| -> RunFuture { Box::pin(run(invocation)) },
);

async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let [id] = invocation.args() else {
        return Err(Exit::bad_args("lease timetolive command needs lease ID as argument"));
    };
    let id = id.clone();
    let keys = invocation.flags.bool("keys");
    let connected = connect(&mut invocation).await?;
    let request = LeaseTimeToLiveRequest { id: lease_id(&id)?, keys };
    let answer = connected.client.lease_time_to_live(&Context::background(), request).await;
    let response = answer.map_err(|e| Exit::new(code::BAD_CONNECTION, e))?;
    show(&invocation, connected.format, &TimeToLive { response, keys })
}
