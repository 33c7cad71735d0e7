//! `etcdctl role grant-permission`.

use etcd::rpc::{AuthRoleGrantPermissionRequest, Permission, PermissionType};

use crate::apart::Subcommand;
use crate::client::Context;
use crate::flags::{CommandSpec, FlagSpec};
use crate::print::Done;
use crate::program::{Exit, Invocation};

use super::super::global::{connect, show};
use super::permission_range;

pub static GRANT_PERMISSION: CommandSpec = CommandSpec::apart(
    "grant-permission [options] <role name> <permission type> <key> [endkey]",
    "Lets a role read or write a key or a range of keys",
    &[
        FlagSpec::switch("prefix", "every key that begins with the given one"),
        FlagSpec::switch("from-key", "every key from the given one on, in byte order"),
    ],
    Subcommand::RoleGrantPermission,
);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let [name, kind, keys @ ..] = invocation.args() else { return Err(too_few()) };
    if keys.is_empty() {
        return Err(too_few());
    }
    let perm_type = match kind.to_uppercase().as_str() {
        "READ" => PermissionType::Read,
        "WRITE" => PermissionType::Write,
        "READWRITE" => PermissionType::ReadWrite,
        _ => return Err(Exit::bad_args(format!("invalid permission type: {kind}"))),
    };
    let (key, range_end) = permission_range(&invocation.flags, keys)?;
    let name = name.clone();
    let perm = Permission { perm_type, key, range_end };
    let connected = connect(&mut invocation).await?;
    let request = AuthRoleGrantPermissionRequest { name: name.clone(), perm };
    let response = connected.client.role_grant_permission(&Context::background(), request).await?;
    let fields = Some(response.header);
    let sentence = format!("Role {name} updated");
    show(&invocation, connected.format, &Done { sentence, response, fields })
}

fn too_few() -> Exit {
    Exit::bad_args("role grant command requires role name, permission type, and key [endkey] as its argument")
}
