//! `etcdctl user grant-role`.

use etcd::rpc::AuthUserGrantRoleRequest;

use crate::apart::Subcommand;
use crate::client::Context;
use crate::flags::CommandSpec;
use crate::print::Done;
use crate::program::{Exit, Invocation};

use super::super::global::{connect, show};

pub static GRANT_ROLE: CommandSpec =
    CommandSpec::apart("grant-role <user name> <role name>", "Gives a user a role", &[], Subcommand::UserGrantRole);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let [user, role] = invocation.args() else {
        return Err(Exit::bad_args("user grant command requires user name and role name as its argument"));
    };
    let (user, role) = (user.clone(), role.clone());
    let request = AuthUserGrantRoleRequest { user: user.clone(), role: role.clone() };
    let connected = connect(&mut invocation).await?;
    let response = connected.client.user_grant_role(&Context::background(), request).await?;
    let fields = Some(response.header);
    let sentence = format!("Role {role} is granted to user {user}");
    show(&invocation, connected.format, &Done { sentence, response, fields })
}
