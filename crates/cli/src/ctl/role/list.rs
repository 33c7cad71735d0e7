//! `etcdctl role list`.

use etcd::rpc::AuthRoleListRequest;

use crate::apart::Subcommand;
use crate::client::Context;
use crate::flags::CommandSpec;
use crate::program::{Exit, Invocation};

use super::super::global::{connect, show};

pub static LIST: CommandSpec = CommandSpec::apart("list", "Lists the roles", &[], Subcommand::RoleList);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    if !invocation.args().is_empty() {
        return Err(Exit::bad_args("role list command requires no arguments"));
    }
    let connected = connect(&mut invocation).await?;
    let response = connected.client.role_list(&Context::background(), AuthRoleListRequest {}).await?;
    show(&invocation, connected.format, &response)
}
