//! etcdutl: tools for the files of a member that is not running, one subcommand a file.

mod backup;
mod check;
mod defrag;
mod snapshot_file;
mod snapshot_restore;
mod snapshot_status;
mod version;

use crate::flags::{CommandSpec, FlagSpec, Tool, UsageStyle};
use crate::program::{Exit, Invocation, RunFuture};
use crate::version::Release;

pub use backup::backup;
pub use defrag::defragment;
pub use snapshot_file::seal;
pub use snapshot_restore::{flags as restore_flags, restore};
pub use snapshot_status::show_status;

/// The program of a release.
pub fn etcdutl(release: Release) -> Tool {
    Tool { root: &ROOT, style: UsageStyle::Cobra, release }
}

static ROOT: CommandSpec = CommandSpec::group(
    "etcdutl",
    "Works on the files of an etcd member that is not running.",
    &[&backup::BACKUP, &defrag::DEFRAG, &SNAPSHOT, &version::VERSION_COMMAND, &check::CHECK],
)
.persistent(&[
    FlagSpec::text("write-out", "simple", "output format: fields, json, protobuf, simple or table").short('w')
]);

static SNAPSHOT: CommandSpec = CommandSpec::group(
    "snapshot <subcommand>",
    "Works with snapshot files",
    &[&SAVE, &snapshot_restore::RESTORE, &snapshot_status::STATUS],
);

/// Only a running member can be saved, which takes etcdctl.
static SAVE: CommandSpec = CommandSpec {
    deprecated: Some("Use `etcdctl snapshot save` to download snapshot"),
    ..CommandSpec::leaf("save <filename>", "Stores a snapshot of a member in a file", &[], |_| -> RunFuture {
        Box::pin(async { Err(Exit::bad_args("In order to download snapshot use: `etcdctl snapshot save ...`")) })
    })
};

/// Refuses a run that has no single file to work on.
fn one_file(invocation: &Invocation, command: &str) -> Result<String, Exit> {
    match invocation.args() {
        [file] => Ok(file.clone()),
        _ => Err(Exit::bad_args(format!("{command} requires exactly one argument"))),
    }
}
