//! `etcdctl role add`.

use etcd::rpc::AuthRoleAddRequest;

use crate::apart::Subcommand;
use crate::client::Context;
use crate::flags::CommandSpec;
use crate::print::Done;
use crate::program::{Exit, Invocation};

use super::super::global::{connect, show};

pub static ADD: CommandSpec = CommandSpec::apart("add <role name>", "Adds a role", &[], Subcommand::RoleAdd);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let [name] = invocation.args() else {
        return Err(Exit::bad_args("role add command requires role name as its argument"));
    };
    let name = name.clone();
    let request = AuthRoleAddRequest { name: name.clone() };
    let connected = connect(&mut invocation).await?;
    let response = connected.client.role_add(&Context::background(), request).await?;
    let fields = Some(response.header);
    let sentence = format!("Role {name} created");
    show(&invocation, connected.format, &Done { sentence, response, fields })
}
