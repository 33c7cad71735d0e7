//! `etcdctl user get`.

use etcd::rpc::{AuthRoleGetRequest, AuthUserGetRequest};

use crate::apart::Subcommand;
use crate::client::Context;
use crate::flags::{CommandSpec, FlagSpec};
use crate::print::{RoleShown, UserShown};
use crate::program::{Exit, Invocation};

use super::super::global::{connect, show};

pub static GET: CommandSpec = CommandSpec::apart(
    "get <user name> [options]",
    "Shows the roles of a user",
    &[FlagSpec::switch("detail", "show what each of the roles may do")],
    Subcommand::UserGet,
);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let [name] = invocation.args() else {
        return Err(Exit::bad_args("user get command requires user name as its argument"));
    };
    let name = name.clone();
    let context = Context::background();
    let connected = connect(&mut invocation).await?;
    let response = connected.client.user_get(&context, AuthUserGetRequest { name: name.clone() }).await?;
    if !invocation.flags.bool("detail") {
        return show(&invocation, connected.format, &UserShown { name, response });
    }
    invocation.println(format_args!("User: {name}"));
    for role in response.roles {
        invocation.println("");
        let response = connected.client.role_get(&context, AuthRoleGetRequest { role: role.clone() }).await?;
        show(&invocation, connected.format, &RoleShown { name: role, response })?;
    }
    Ok(())
}
