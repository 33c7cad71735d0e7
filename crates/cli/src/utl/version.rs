//! `etcdutl version`.

use crate::flags::CommandSpec;
use crate::program::{Exit, Invocation, RunFuture};

pub static VERSION_COMMAND: CommandSpec =
    CommandSpec::leaf("version", "Tells the version of etcdutl", &[], |invocation| -> RunFuture {
        Box::pin(run(invocation))
    });

async fn run(invocation: Invocation) -> Result<(), Exit> {
    let release = &invocation.release;
    invocation.println(format_args!("etcdutl version: {}", release.version()));
    invocation.println(format_args!("API version: {}", release.api_version()));
    Ok(())
}
