//! `etcdctl snapshot restore`, which moved to etcdutl.

use crate::apart::Subcommand;
use crate::flags::{CommandSpec, FlagSpec};
use crate::program::{Exit, Invocation};
use crate::utl;

pub static RESTORE: CommandSpec = CommandSpec::apart(
    "restore <filename> [options]",
    "Makes the data directory of a new member from a snapshot file",
    &FLAGS,
    Subcommand::SnapshotRestore,
)
.long("Moved to etcdutl snapshot restore.");

static FLAGS: [FlagSpec; 10] = utl::restore_flags("0");

pub async fn run(invocation: Invocation) -> Result<(), Exit> {
    if !invocation.release.is_3_4() {
        invocation.eprint("Deprecated: Use `etcdutl snapshot restore` instead.\n\n");
    }
    utl::restore(&invocation)
}
