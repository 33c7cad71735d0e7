//! `etcdctl member list`.

use etcd::rpc::MemberListRequest;

use crate::flags::CommandSpec;
use crate::program::{Exit, Invocation, RunFuture};

use super::super::global::{command_context, connect, show};

pub static LIST: CommandSpec =
    CommandSpec::leaf("list", "Lists the members", &[], |invocation| -> RunFuture { Box::pin(run(invocation)) }).long(
        "In the simple format each member is a line of values separated by commas:\n\
     ID, Status, Name, Peer Addrs, Client Addrs, Is Learner.",
    );

async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let context = command_context(&invocation);
    let connected = connect(&mut invocation).await?;
    let response = connected.client.member_list(&context, MemberListRequest { linearizable: true }).await?;
    show(&invocation, connected.format, &response)
}
