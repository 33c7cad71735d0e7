//! `etcdctl member promote`.

use etcd::rpc::MemberPromoteRequest;

use crate::apart::Subcommand;
use crate::flags::CommandSpec;
use crate::print::Done;
use crate::program::{Exit, Invocation};

use super::super::global::{command_context, connect, show};
use super::one_member_id;

pub static PROMOTE: CommandSpec =
    CommandSpec::apart("promote <memberID>", "Gives a learner a vote", &[], Subcommand::MemberPromote)
        .long("A learner follows without a vote until it is promoted.");

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let id = one_member_id(&invocation)?;
    let context = command_context(&invocation);
    let connected = connect(&mut invocation).await?;
    let response = connected.client.member_promote(&context, MemberPromoteRequest { id }).await?;
    let sentence = format!("Member {id:16x} promoted in cluster {:16x}", response.header.cluster_id);
    show(&invocation, connected.format, &Done { sentence, response, fields: None })
}
