//! etcdutl: tools for the files of a member that is not running, one subcommand a file.

mod version;

use crate::flags::{CommandSpec, FlagSpec, Tool, UsageStyle};
use crate::program::{Exit, Invocation};

/// The program as the shell runs it.
pub static ETCDUTL: Tool = Tool { root: &ROOT, style: UsageStyle::Cobra };

static ROOT: CommandSpec = CommandSpec::group(
    "etcdutl",
    "Works on the files of an etcd member that is not running.",
    &[&version::VERSION_COMMAND],
)
.persistent(&[
    FlagSpec::text("write-out", "simple", "output format: fields, json, protobuf, simple or table").short('w')
]);

pub async fn defragment(_invocation: &Invocation, _data_dir: &str) -> Result<(), Exit> {
    Ok(())
}
