//! `etcdctl compaction`, also reached as `compact`.

use etcd::rpc::CompactionRequest;

use crate::flags::{CommandSpec, FlagSpec};
use crate::go;
use crate::program::{Exit, Invocation, RunFuture};

use super::global::{command_context, connect};

pub static COMPACTION: CommandSpec = CommandSpec::leaf(
    "compaction [options] <revision>",
    "Forgets the history of keys up to a revision",
    &[FlagSpec::switch("physical", "wait until the old revisions are gone from the database")],
    |invocation| -> RunFuture { Box::pin(run(invocation)) },
);

async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let [revision] = invocation.args() else {
        return Err(Exit::bad_args("compaction command needs 1 argument"));
    };
    let revision = go::parse_int(revision, 10).map_err(Exit::error)?;
    let physical = invocation.flags.bool("physical");
    let connected = connect(&mut invocation).await?;
    let context = command_context(&invocation);
    connected.client.compact(&context, CompactionRequest { revision, physical }).await?;
    invocation.println(format_args!("compacted revision {revision}"));
    Ok(())
}
