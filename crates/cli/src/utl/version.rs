//! `etcdutl version`.

use crate::flags::CommandSpec;
use crate::program::{Exit, Invocation, RunFuture};
use crate::version::{API_VERSION, VERSION};

pub static VERSION_COMMAND: CommandSpec =
    CommandSpec::leaf("version", "Tells the version of etcdutl", &[], |invocation| -> RunFuture {
        Box::pin(run(invocation))
    });

async fn run(invocation: Invocation) -> Result<(), Exit> {
    invocation.println(format_args!("etcdutl version: {VERSION}")).await;
    invocation.println(format_args!("API version: {API_VERSION}")).await;
    Ok(())
}
