//! `etcdctl lease list`.

use etcd::rpc::LeaseLeasesRequest;

use crate::client::Context;
use crate::flags::CommandSpec;
use crate::print::LeaseList;
use crate::program::{Exit, Invocation, RunFuture, code};

use super::super::global::{connect, show};

pub static LIST: CommandSpec =
    CommandSpec::leaf("list", "Lists the leases that are alive", &[], |invocation| -> RunFuture {
        Box::pin(run(invocation))
    });

async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let connected = connect(&mut invocation).await?;
    let answer = connected.client.lease_leases(&Context::background(), LeaseLeasesRequest {}).await;
    let response = answer.map_err(|e| Exit::new(code::BAD_CONNECTION, e))?;
    show(&invocation, connected.format, &LeaseList(response))
}
