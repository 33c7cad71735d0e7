//! `etcdctl user delete`.

use etcd::rpc::AuthUserDeleteRequest;

use crate::apart::Subcommand;
use crate::client::Context;
use crate::flags::CommandSpec;
use crate::print::Done;
use crate::program::{Exit, Invocation};

use super::super::global::{connect, show};

pub static DELETE: CommandSpec =
    CommandSpec::apart("delete <user name>", "Deletes a user", &[], Subcommand::UserDelete);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let [name] = invocation.args() else {
        return Err(Exit::bad_args("user delete command requires user name as its argument"));
    };
    let name = name.clone();
    let request = AuthUserDeleteRequest { name: name.clone() };
    let connected = connect(&mut invocation).await?;
    let response = connected.client.user_delete(&Context::background(), request).await?;
    let fields = Some(response.header);
    let sentence = format!("User {name} deleted");
    show(&invocation, connected.format, &Done { sentence, response, fields })
}
