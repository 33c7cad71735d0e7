//! `etcdctl role delete`.

use etcd::rpc::AuthRoleDeleteRequest;

use crate::apart::Subcommand;
use crate::client::Context;
use crate::flags::CommandSpec;
use crate::print::Done;
use crate::program::{Exit, Invocation};

use super::super::global::{connect, show};

pub static DELETE: CommandSpec =
    CommandSpec::apart("delete <role name>", "Deletes a role", &[], Subcommand::RoleDelete);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let [name] = invocation.args() else {
        return Err(Exit::bad_args("role delete command requires role name as its argument"));
    };
    let name = name.clone();
    let request = AuthRoleDeleteRequest { role: name.clone() };
    let connected = connect(&mut invocation).await?;
    let response = connected.client.role_delete(&Context::background(), request).await?;
    let fields = Some(response.header);
    let sentence = format!("Role {name} deleted");
    show(&invocation, connected.format, &Done { sentence, response, fields })
}
