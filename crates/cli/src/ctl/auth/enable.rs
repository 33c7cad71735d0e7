//! `etcdctl auth enable`.

use etcd::rpc::{AuthEnableRequest, AuthRoleAddRequest, AuthUserGrantRoleRequest, errors};

use crate::apart::Subcommand;
use crate::client::{Client, ClientError, Context};
use crate::flags::CommandSpec;
use crate::program::{Exit, Invocation};

use super::super::global::{command_context, connect};

pub static ENABLE: CommandSpec =
    CommandSpec::apart("enable", "Switches authentication on", &[], Subcommand::AuthEnable);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    if !invocation.args().is_empty() {
        return Err(Exit::bad_args("auth enable command does not accept any arguments"));
    }
    let context = command_context(&invocation);
    let connected = connect(&mut invocation).await?;
    loop {
        match connected.client.auth_enable(&context, AuthEnableRequest {}).await {
            Ok(_) => break,
            Err(error) if error.is(&errors::root_role_not_exist()) => make_root(&connected.client, &context).await?,
            Err(error) => return Err(error.into()),
        }
    }
    invocation.println("Authentication Enabled");
    Ok(())
}

/// Gives the user root the role root, without which authentication cannot be switched on.
async fn make_root(client: &Client, context: &Context) -> Result<(), ClientError> {
    let root = || "root".to_owned();
    client.role_add(context, AuthRoleAddRequest { name: root() }).await?;
    client.user_grant_role(context, AuthUserGrantRoleRequest { user: root(), role: root() }).await?;
    Ok(())
}
