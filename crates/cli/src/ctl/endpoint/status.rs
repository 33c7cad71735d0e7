//! `etcdctl endpoint status`: one endpoint after the other.

use etcd::rpc::StatusRequest;

use crate::flags::CommandSpec;
use crate::print::EndpointStatus;
use crate::program::{Exit, Invocation, RunFuture, code};

use super::super::global::{command_context, connect, show};
use super::endpoints_of_cluster;

pub static STATUS: CommandSpec = CommandSpec::leaf(
    "status",
    "Tells each endpoint's version, size, role and Raft position",
    &[],
    |invocation| -> RunFuture { Box::pin(run(invocation)) },
)
.long(
    "In the simple format each endpoint is a line of values separated by commas:
endpoint, ID, version, db size, is leader, is learner, raft term, raft index, raft applied index, errors.",
);

async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let connected = connect(&mut invocation).await?;
    let mut found = Vec::new();
    let mut failed = false;
    for endpoint in endpoints_of_cluster(&invocation).await? {
        let context = command_context(&invocation);
        let result = match connected.client.dial(&endpoint).await {
            Ok(member) => member.status(&context, StatusRequest {}).await,
            Err(error) => Err(error),
        };
        match result {
            Ok(status) => found.push(EndpointStatus { endpoint, status }),
            Err(error) => {
                let message = format!("Failed to get the status of endpoint {endpoint} ({error})");
                invocation.eprintln(message);
                failed = true;
            }
        }
    }
    show(&invocation, connected.format, &found)?;
    if failed { Err(Exit::silent(code::ERROR)) } else { Ok(()) }
}
