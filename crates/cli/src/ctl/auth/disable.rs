//! `etcdctl auth disable`.

use etcd::rpc::AuthDisableRequest;

use crate::flags::CommandSpec;
use crate::program::{Exit, Invocation, RunFuture};

use super::super::global::{command_context, connect};

pub static DISABLE: CommandSpec =
    CommandSpec::leaf("disable", "Switches authentication off", &[], |invocation| -> RunFuture {
        Box::pin(run(invocation))
    });

async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    if !invocation.args().is_empty() {
        return Err(Exit::bad_args("auth disable command does not accept any arguments"));
    }
    let context = command_context(&invocation);
    let connected = connect(&mut invocation).await?;
    connected.client.auth_disable(&context, AuthDisableRequest {}).await?;
    invocation.println("Authentication Disabled");
    Ok(())
}
