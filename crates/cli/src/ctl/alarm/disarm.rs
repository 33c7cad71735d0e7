//! `etcdctl alarm disarm`.

use etcd::rpc::{AlarmAction, AlarmRequest, AlarmResponse};

use crate::apart::Subcommand;
use crate::flags::CommandSpec;
use crate::program::{Exit, Invocation};

use super::super::global::{command_context, connect, show};

pub static DISARM: CommandSpec = CommandSpec::apart("disarm", "Disarms every alarm", &[], Subcommand::AlarmDisarm);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    if !invocation.args().is_empty() {
        return Err(Exit::bad_args("alarm disarm command accepts no arguments"));
    }
    let context = command_context(&invocation);
    let connected = connect(&mut invocation).await?;
    let raised = connected.client.alarm(&context, AlarmRequest::default()).await?;
    let mut disarmed = AlarmResponse::default();
    for alarm in raised.alarms {
        let (action, member_id, alarm) = (AlarmAction::Deactivate, alarm.member_id, alarm.alarm);
        let response = connected.client.alarm(&context, AlarmRequest { action, member_id, alarm }).await?;
        disarmed.alarms.extend(response.alarms);
    }
    show(&invocation, connected.format, &disarmed)
}
