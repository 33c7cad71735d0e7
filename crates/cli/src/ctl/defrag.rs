//! `etcdctl defrag`.

use etcd::rpc::DefragmentRequest;

use crate::apart::Subcommand;
use crate::flags::{CommandSpec, FlagSpec};
use crate::program::{Exit, Invocation, RunFuture, code};
use crate::utl;

use super::endpoint::endpoints_of_cluster;
use super::global::{command_context, connect};

pub static DEFRAG: CommandSpec = CommandSpec::leaf(
    "defrag",
    "Gives freed space of the members' databases back",
    &[FlagSpec::text("data-dir", "", "a data directory that no etcd is using, instead of running members")],
    |invocation| -> RunFuture { Box::pin(run(invocation)) },
)
.persistent(&[FlagSpec::switch("cluster", "every endpoint in the member list")]);

async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    if !invocation.flags.text("data-dir").is_empty() {
        return Subcommand::Defrag.run(invocation).await;
    }
    let connected = connect(&mut invocation).await?;
    let mut failed = false;
    for endpoint in endpoints_of_cluster(&invocation).await? {
        let context = command_context(&invocation);
        let result = match connected.client.dial(&endpoint).await {
            Ok(member) => member.defragment(&context, DefragmentRequest {}).await,
            Err(error) => Err(error),
        };
        match result {
            Ok(_) => invocation.println(format_args!("Finished defragmenting etcd member[{endpoint}]")),
            Err(error) => {
                let message = format!("Failed to defragment etcd member[{endpoint}] ({error})");
                invocation.eprintln(message);
                failed = true;
            }
        }
    }
    if failed { Err(Exit::silent(code::ERROR)) } else { Ok(()) }
}

/// Works on the directory that `--data-dir` names.
pub async fn run_on_files(invocation: Invocation) -> Result<(), Exit> {
    let data_dir = invocation.flags.text("data-dir").to_owned();
    let advice = "Use `etcdutl defrag` instead. The --data-dir is going to be decomissioned in v3.6.\n\n";
    invocation.eprint(advice);
    utl::defragment(&invocation, &data_dir).await
}
