//! `etcdctl auth status`.

use etcd::rpc::AuthStatusRequest;

use crate::flags::CommandSpec;
use crate::program::{Exit, Invocation, RunFuture};

use super::super::global::{command_context, connect, show};

pub static STATUS: CommandSpec =
    CommandSpec::leaf("status", "Tells whether authentication is on", &[], |invocation| -> RunFuture {
        Box::pin(run(invocation))
    })
    .since_3_5();

async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    if !invocation.args().is_empty() {
        return Err(Exit::bad_args("auth status command does not accept any arguments"));
    }
    let context = command_context(&invocation);
    let connected = connect(&mut invocation).await?;
    let response = connected.client.auth_status(&context, AuthStatusRequest {}).await?;
    show(&invocation, connected.format, &response)
}
