//! `etcdctl role get`.

use etcd::rpc::AuthRoleGetRequest;

use crate::apart::Subcommand;
use crate::client::Context;
use crate::flags::CommandSpec;
use crate::print::RoleShown;
use crate::program::{Exit, Invocation};

use super::super::global::{connect, show};

pub static GET: CommandSpec =
    CommandSpec::apart("get <role name>", "Shows the permissions of a role", &[], Subcommand::RoleGet);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let [name] = invocation.args() else {
        return Err(Exit::bad_args("role get command requires role name as its argument"));
    };
    let name = name.clone();
    let connected = connect(&mut invocation).await?;
    let request = AuthRoleGetRequest { role: name.clone() };
    let response = connected.client.role_get(&Context::background(), request).await?;
    show(&invocation, connected.format, &RoleShown { name, response })
}
