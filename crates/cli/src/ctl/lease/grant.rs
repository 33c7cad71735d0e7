//! `etcdctl lease grant`.

use etcd::rpc::LeaseGrantRequest;

use crate::flags::CommandSpec;
use crate::go;
use crate::print::Granted;
use crate::program::{Exit, Invocation, RunFuture};

use super::super::global::{command_context, connect, show};

pub static GRANT: CommandSpec =
    CommandSpec::leaf("grant <ttl>", "Makes a lease of so many seconds", &[], |invocation| -> RunFuture {
        Box::pin(run(invocation))
    });

async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let [ttl] = invocation.args() else {
        return Err(Exit::bad_args("lease grant command needs TTL argument"));
    };
    let ttl = go::parse_int(ttl, 10).map_err(|e| Exit::bad_args(format!("bad TTL ({e})")))?;
    let context = command_context(&invocation);
    let connected = connect(&mut invocation).await?;
    let granted = connected.client.lease_grant(&context, LeaseGrantRequest { ttl, id: 0 }).await;
    let response = granted.map_err(|e| Exit::error(format!("failed to grant lease ({e})")))?;
    show(&invocation, connected.format, &Granted(response))
}
