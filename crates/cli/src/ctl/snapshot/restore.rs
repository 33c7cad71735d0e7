//! `etcdctl snapshot restore`, which moved to etcdutl.

use crate::flags::{CommandSpec, FlagSpec};
use crate::program::{Exit, Invocation, RunFuture};
use crate::utl;

pub static RESTORE: CommandSpec = CommandSpec::leaf(
    "restore <filename> [options]",
    "Makes the data directory of a new member from a snapshot file",
    &FLAGS,
    |invocation| -> RunFuture { Box::pin(run(invocation)) },
)
.long("Moved to etcdutl snapshot restore.");

static FLAGS: [FlagSpec; 10] = utl::restore_flags("0");

async fn run(invocation: Invocation) -> Result<(), Exit> {
    if !invocation.release.is_3_4() {
        invocation.eprint("Deprecated: Use `etcdutl snapshot restore` instead.\n\n");
    }
    utl::restore(&invocation)
}
