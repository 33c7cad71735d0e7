//! `etcdctl member remove`.

use etcd::rpc::MemberRemoveRequest;

use crate::apart::Subcommand;
use crate::flags::CommandSpec;
use crate::print::Done;
use crate::program::{Exit, Invocation};

use super::super::global::{command_context, connect, show};
use super::one_member_id;

pub static REMOVE: CommandSpec =
    CommandSpec::apart("remove <memberID>", "Removes a member", &[], Subcommand::MemberRemove);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let id = one_member_id(&invocation)?;
    let context = command_context(&invocation);
    let connected = connect(&mut invocation).await?;
    let response = connected.client.member_remove(&context, MemberRemoveRequest { id }).await?;
    let sentence = format!("Member {id:16x} removed from cluster {:16x}", response.header.cluster_id);
    show(&invocation, connected.format, &Done { sentence, response, fields: None })
}
