//! `etcdctl snapshot restore`, which moved to etcdutl.

use crate::flags::{CommandSpec, FlagSpec, Kind};
use crate::program::{Exit, Invocation, RunFuture};
use crate::utl;

pub static RESTORE: CommandSpec = CommandSpec::leaf(
    "restore <filename> [options]",
    "Makes the data directory of a new member from a snapshot file",
    &[
        FlagSpec::text("data-dir", "", "directory to make"),
        FlagSpec::text("wal-dir", "", "directory for the write-ahead log, if not in --data-dir"),
        FlagSpec::text("initial-cluster", "default=http://localhost:2380", "names and peer URLs of the new cluster"),
        FlagSpec::text("initial-cluster-token", "etcd-cluster", "token that tells the new cluster from others"),
        FlagSpec::text(
            "initial-advertise-peer-urls",
            "http://localhost:2380",
            "where the others will reach this member",
        ),
        FlagSpec::text("name", "default", "name of this member"),
        FlagSpec::switch("skip-hash-check", "take a file without hash (copied from a data directory)"),
        FlagSpec::new("bump-revision", Kind::Uint, "0", "by how much the revision grows"),
        FlagSpec::switch("mark-compacted", "count everything before the grown revision as compacted"),
        FlagSpec::new("initial-memory-map-size", Kind::Uint, "0", "bytes of the database mapped at first"),
    ],
    |invocation| -> RunFuture { Box::pin(run(invocation)) },
)
.long("Moved to etcdutl snapshot restore.");

async fn run(invocation: Invocation) -> Result<(), Exit> {
    invocation.eprint("Deprecated: Use `etcdutl snapshot restore` instead.\n\n");
    utl::restore(&invocation)
}
