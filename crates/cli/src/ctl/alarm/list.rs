//! `etcdctl alarm list`.

use etcd::rpc::AlarmRequest;

use crate::apart::Subcommand;
use crate::flags::CommandSpec;
use crate::program::{Exit, Invocation};

use super::super::global::{command_context, connect, show};

pub static LIST: CommandSpec =
    CommandSpec::apart("list", "Lists the alarms that are raised", &[], Subcommand::AlarmList);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    if !invocation.args().is_empty() {
        return Err(Exit::bad_args("alarm list command accepts no arguments"));
    }
    let context = command_context(&invocation);
    let connected = connect(&mut invocation).await?;
    let response = connected.client.alarm(&context, AlarmRequest::default()).await?;
    show(&invocation, connected.format, &response)
}
