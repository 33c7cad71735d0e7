//! `etcdctl endpoint hashkv`: members that hold the same have the same hash.

use etcd::rpc::HashKvRequest;

use crate::apart::Subcommand;
use crate::flags::{CommandSpec, FlagSpec, Kind};
use crate::print::EndpointHash;
use crate::program::{Exit, Invocation};

use super::super::global::{command_context, connect, show};
use super::endpoints_of_cluster;

pub static HASHKV: CommandSpec = CommandSpec::apart(
    "hashkv",
    "Tells a hash of each endpoint's keys and their history",
    &[],
    Subcommand::EndpointHashkv,
)
.persistent(&[FlagSpec::new("rev", Kind::Int, "0", "hash up to this revision; 0 is all")]);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let connected = connect(&mut invocation).await?;
    let revision = invocation.flags.int("rev");
    let mut found = Vec::new();
    let mut last_error = None;
    for endpoint in endpoints_of_cluster(&invocation).await? {
        let context = command_context(&invocation);
        let result = match connected.client.dial(&endpoint).await {
            Ok(member) => member.hash_kv(&context, HashKvRequest { revision }).await,
            Err(error) => Err(error),
        };
        match result {
            Ok(hash) => found.push(EndpointHash { endpoint, hash }),
            Err(error) => {
                invocation.eprintln(format_args!("Failed to get the hash of endpoint {endpoint} ({error})"));
                last_error = Some(error);
            }
        }
    }
    show(&invocation, connected.format, &found)?;
    last_error.map_or(Ok(()), |error| Err(Exit::error(error)))
}
