//! `etcdctl move-leader`.

use etcd::rpc::{MoveLeaderRequest, StatusRequest};

use crate::apart::Subcommand;
use crate::client::ClientConfig;
use crate::flags::CommandSpec;
use crate::go;
use crate::print::Done;
use crate::program::{Exit, Invocation};

use super::global::{Settings, client, command_context, settings, show};

pub static MOVE_LEADER: CommandSpec = CommandSpec::apart(
    "move-leader <transferee-member-id>",
    "Hands leadership to another member",
    &[],
    Subcommand::MoveLeader,
);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let [target] = invocation.args() else {
        return Err(Exit::bad_args("move-leader command needs 1 argument"));
    };
    let target_id = go::parse_uint(target, 16).map_err(Exit::bad_args)?;
    let Settings { config, format } = settings(&mut invocation).await?;
    client(&invocation, config.clone()).await?;
    let context = command_context(&invocation);
    for endpoint in &config.endpoints {
        let one = ClientConfig { endpoints: vec![endpoint.clone()], ..config.clone() };
        let member = client(&invocation, one).await?;
        let status = member.status(&context, StatusRequest {}).await?;
        if status.header.member_id != status.leader {
            continue;
        }
        let response = member.move_leader(&context, MoveLeaderRequest { target_id }).await?;
        let sentence = format!("Leadership transferred from {:x} to {target_id:x}", status.leader);
        return show(&invocation, format, &Done { sentence, response, fields: None });
    }
    Err(Exit::bad_args(format!("no leader endpoint given at [{}]", config.endpoints.join(" "))))
}
