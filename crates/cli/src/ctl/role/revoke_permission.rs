//! `etcdctl role revoke-permission`.

use etcd::rpc::AuthRoleRevokePermissionRequest;

use crate::apart::Subcommand;
use crate::client::{Context, from_key};
use crate::flags::{CommandSpec, FlagSpec};
use crate::print::Done;
use crate::program::{Exit, Invocation};

use super::super::global::{connect, show};
use super::permission_range;

pub static REVOKE_PERMISSION: CommandSpec = CommandSpec::apart(
    "revoke-permission <role name> <key> [endkey]",
    "Takes a permission from a role",
    &[
        FlagSpec::switch("prefix", "every key that begins with the given one"),
        FlagSpec::switch("from-key", "every key from the given one on, in byte order"),
    ],
    Subcommand::RoleRevokePermission,
);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let [role, keys @ ..] = invocation.args() else { return Err(too_few()) };
    let Some(shown) = keys.first().cloned() else { return Err(too_few()) };
    let (key, range_end) = permission_range(&invocation.flags, keys)?;
    let role = role.clone();
    let end = range_end.to_lossy();
    let sentence = if range_end.is_empty() {
        format!("Permission of key {shown} is revoked from role {role}")
    } else if range_end == from_key() {
        format!("Permission of range [{shown}, <open ended> is revoked from role {role}")
    } else {
        format!("Permission of range [{shown}, {end}) is revoked from role {role}")
    };
    let connected = connect(&mut invocation).await?;
    let request = AuthRoleRevokePermissionRequest { role, key, range_end };
    let response = connected.client.role_revoke_permission(&Context::background(), request).await?;
    let fields = Some(response.header);
    show(&invocation, connected.format, &Done { sentence, response, fields })
}

fn too_few() -> Exit {
    Exit::bad_args("role revoke-permission command requires role name and key [endkey] as its argument")
}
