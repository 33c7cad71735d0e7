//! `etcdctl snapshot status`, which moved to etcdutl.

use crate::apart::Subcommand;
use crate::flags::CommandSpec;
use crate::program::{Exit, Invocation};
use crate::utl;

pub static STATUS: CommandSpec = CommandSpec::apart(
    "status <filename>",
    "[deprecated] Tells what a snapshot file holds",
    &[],
    Subcommand::SnapshotStatus,
)
.long("In the simple format: hash, revision, total keys, total size.\n\nMoved to etcdutl snapshot status.");

pub async fn run(invocation: Invocation) -> Result<(), Exit> {
    if !invocation.release.is_3_4() {
        invocation.eprint("Deprecated: Use `etcdutl snapshot status` instead.\n\n");
    }
    utl::show_status(&invocation).await
}
