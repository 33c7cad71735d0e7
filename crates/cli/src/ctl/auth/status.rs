//! `etcdctl auth status`.

use etcd::rpc::AuthStatusRequest;

use crate::apart::Subcommand;
use crate::flags::CommandSpec;
use crate::program::{Exit, Invocation};

use super::super::global::{command_context, connect, show};

pub static STATUS: CommandSpec =
    CommandSpec::apart("status", "Tells whether authentication is on", &[], Subcommand::AuthStatus).since_3_5();

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    if !invocation.args().is_empty() {
        return Err(Exit::bad_args("auth status command does not accept any arguments"));
    }
    let context = command_context(&invocation);
    let connected = connect(&mut invocation).await?;
    let response = connected.client.auth_status(&context, AuthStatusRequest {}).await?;
    show(&invocation, connected.format, &response)
}
