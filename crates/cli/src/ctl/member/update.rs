//! `etcdctl member update`.

use etcd::rpc::MemberUpdateRequest;

use crate::apart::Subcommand;
use crate::flags::{CommandSpec, FlagSpec};
use crate::print::Done;
use crate::program::{Exit, Invocation};
use crate::urls;

use super::super::global::{command_context, connect, show};
use super::{one_member_id, peer_urls};

pub static UPDATE: CommandSpec = CommandSpec::apart(
    "update <memberID> [options]",
    "Changes where the others reach a member",
    &[FlagSpec::text("peer-urls", "", "the new peer URLs, separated by commas")],
    Subcommand::MemberUpdate,
);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let id = one_member_id(&invocation)?;
    let peer_urls = peer_urls(&invocation)?;
    let context = command_context(&invocation);
    let connected = connect(&mut invocation).await?;
    peer_urls.iter().try_for_each(|url| urls::check(url)).map_err(Exit::error)?;
    let response = connected.client.member_update(&context, MemberUpdateRequest { id, peer_urls }).await?;
    let sentence = format!("Member {id:16x} updated in cluster {:16x}", response.header.cluster_id);
    show(&invocation, connected.format, &Done { sentence, response, fields: None })
}
