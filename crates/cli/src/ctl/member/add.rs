//! `etcdctl member add`.

use etcd::rpc::{MemberAddRequest, MemberAddResponse};

use crate::apart::Subcommand;
use crate::flags::{CommandSpec, FlagSpec};
use crate::go;
use crate::program::{Exit, Invocation};
use crate::urls;

use super::super::global::{command_context, connect, show};
use super::peer_urls;

pub static ADD: CommandSpec = CommandSpec::apart(
    "add <memberName> [options]",
    "Adds a member",
    &[
        FlagSpec::text("peer-urls", "", "where the others will reach it, separated by commas"),
        FlagSpec::switch("learner", "add it without a vote"),
    ],
    Subcommand::MemberAdd,
);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let name = match invocation.args() {
        [] => return Err(Exit::bad_args("member name not provided")),
        [name] => name.clone(),
        args => {
            let urls = args.iter().filter(|a| a.to_lowercase().starts_with("http"));
            let hints: String = urls.map(|u| format!(", did you mean --peer-urls={u}")).collect();
            return Err(Exit::bad_args(format!("too many arguments{hints}")));
        }
    };
    let request = MemberAddRequest { peer_urls: peer_urls(&invocation)?, is_learner: invocation.flags.bool("learner") };
    let context = command_context(&invocation);
    let connected = connect(&mut invocation).await?;
    request.peer_urls.iter().try_for_each(|url| urls::check(url)).map_err(Exit::error)?;
    let response = connected.client.member_add(&context, request).await?;
    show(&invocation, connected.format, &response)?;
    if connected.format.is_simple() {
        invocation.print(start_hints(&name, invocation.flags.text("peer-urls"), &response));
    }
    Ok(())
}

/// The variables with which the new member has to be started.
fn start_hints(name: &str, peer_urls: &str, response: &MemberAddResponse) -> String {
    let member_urls = response.members.iter().flat_map(|m| {
        let shown = if m.id == response.member.id { name } else { &m.name };
        m.peer_urls.iter().map(move |u| format!("{shown}={u}"))
    });
    let cluster = member_urls.collect::<Vec<_>>().join(",");
    let (name, cluster, peer_urls) = (go::quote(name), go::quote(&cluster), go::quote(peer_urls));
    format!(
        "\nETCD_NAME={name}\nETCD_INITIAL_CLUSTER={cluster}\nETCD_INITIAL_ADVERTISE_PEER_URLS={peer_urls}\n\
         ETCD_INITIAL_CLUSTER_STATE=\"existing\"\n"
    )
}
