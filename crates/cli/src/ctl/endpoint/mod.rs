//! `etcdctl endpoint`: what each endpoint says of itself.

pub mod hashkv;
mod health;
mod status;

use etcd::rpc::MemberListRequest;

use crate::client::{Client, ClientConfig, ClientError};
use crate::flags::{CommandSpec, FlagSpec};
use crate::program::{Exit, Invocation};

use super::global::{command_context, endpoints, login_settings};

pub static ENDPOINT: CommandSpec = CommandSpec::group(
    "endpoint <subcommand>",
    "Asks endpoints about themselves",
    &[&health::HEALTH, &status::STATUS, &hashkv::HASHKV],
)
.persistent(&[FlagSpec::switch("cluster", "every endpoint in the member list")]);

/// The endpoints of the flags, or with `--cluster` those in the member list.
pub async fn endpoints_of_cluster(invocation: &Invocation) -> Result<Vec<String>, Exit> {
    if !invocation.flags.bool("cluster") {
        return Ok(invocation.flags.list("endpoints").to_vec());
    }
    let config = ClientConfig { endpoints: endpoints(invocation)?, ..login_settings(invocation).await? };
    let client = Client::new(&invocation.process, &invocation.transport, config).await?;
    let context = command_context(invocation);
    let members = client
        .member_list(&context, MemberListRequest { linearizable: true })
        .await
        .map_err(|e| ClientError::Other(format!("failed to fetch endpoints from etcd cluster member list: {e}")))?;
    Ok(members.members.into_iter().flat_map(|m| m.client_urls).collect())
}
