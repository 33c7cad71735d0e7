//! `etcdctl auth disable`.

use etcd::rpc::AuthDisableRequest;

use crate::apart::Subcommand;
use crate::flags::CommandSpec;
use crate::program::{Exit, Invocation};

use super::super::global::{command_context, connect};

pub static DISABLE: CommandSpec =
    CommandSpec::apart("disable", "Switches authentication off", &[], Subcommand::AuthDisable);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    if !invocation.args().is_empty() {
        return Err(Exit::bad_args("auth disable command does not accept any arguments"));
    }
    let context = command_context(&invocation);
    let connected = connect(&mut invocation).await?;
    connected.client.auth_disable(&context, AuthDisableRequest {}).await?;
    invocation.println("Authentication Disabled");
    Ok(())
}
