//! `etcdctl user revoke-role`.

use etcd::rpc::AuthUserRevokeRoleRequest;

use crate::apart::Subcommand;
use crate::client::Context;
use crate::flags::CommandSpec;
use crate::print::Done;
use crate::program::{Exit, Invocation};

use super::super::global::{connect, show};

pub static REVOKE_ROLE: CommandSpec = CommandSpec::apart(
    "revoke-role <user name> <role name>",
    "Takes a role from a user",
    &[],
    Subcommand::UserRevokeRole,
);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let [user, role] = invocation.args() else {
        return Err(Exit::bad_args("user revoke-role requires user name and role name as its argument"));
    };
    let (user, role) = (user.clone(), role.clone());
    let request = AuthUserRevokeRoleRequest { name: user.clone(), role: role.clone() };
    let connected = connect(&mut invocation).await?;
    let response = connected.client.user_revoke_role(&Context::background(), request).await?;
    let fields = Some(response.header);
    let sentence = format!("Role {role} is revoked from user {user}");
    show(&invocation, connected.format, &Done { sentence, response, fields })
}
