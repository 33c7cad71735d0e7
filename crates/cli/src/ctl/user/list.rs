//! `etcdctl user list`.

use etcd::rpc::AuthUserListRequest;

use crate::apart::Subcommand;
use crate::client::Context;
use crate::flags::CommandSpec;
use crate::program::{Exit, Invocation};

use super::super::global::{connect, show};

pub static LIST: CommandSpec = CommandSpec::apart("list", "Lists the users", &[], Subcommand::UserList);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    if !invocation.args().is_empty() {
        return Err(Exit::bad_args("user list command requires no arguments"));
    }
    let connected = connect(&mut invocation).await?;
    let response = connected.client.user_list(&Context::background(), AuthUserListRequest {}).await?;
    show(&invocation, connected.format, &response)
}
