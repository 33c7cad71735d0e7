//! `etcdctl lease revoke`.

use etcd::rpc::LeaseRevokeRequest;

use crate::flags::CommandSpec;
use crate::print::LeaseRevoked;
use crate::program::{Exit, Invocation, RunFuture};

use super::super::global::{command_context, connect, show};
use super::lease_id;

pub static REVOKE: CommandSpec =
    CommandSpec::leaf("revoke <leaseID>", "Ends a lease and deletes its keys", &[], |invocation| -> RunFuture {
        Box::pin(run(invocation))
    });

async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let [id] = invocation.args() else {
        return Err(Exit::bad_args("lease revoke command needs 1 argument"));
    };
    let id = lease_id(id)?;
    let context = command_context(&invocation);
    let connected = connect(&mut invocation).await?;
    let revoked = connected.client.lease_revoke(&context, LeaseRevokeRequest { id }).await;
    let response = revoked.map_err(|e| Exit::error(format!("failed to revoke lease ({e})")))?;
    show(&invocation, connected.format, &LeaseRevoked { id, response })
}
