//! `etcdctl user passwd`.

use etcd::rpc::AuthUserChangePasswordRequest;

use crate::apart::Subcommand;
use crate::client::Context;
use crate::flags::{CommandSpec, FlagSpec, Kind};
use crate::print::Done;
use crate::program::{Exit, Invocation};

use super::super::global::{connect, show};
use crate::password::{ask_new, read_word};

pub static PASSWD: CommandSpec = CommandSpec::apart(
    "passwd <user name> [options]",
    "Changes the password of a user",
    &[FlagSpec::new("interactive", Kind::Bool, "true", "ask twice; false takes a line of standard input")],
    Subcommand::UserPasswd,
);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let [name] = invocation.args() else {
        return Err(Exit::bad_args("user passwd command requires user name as its argument"));
    };
    let name = name.clone();
    let password = match invocation.flags.bool("interactive") {
        true => ask_new(&invocation, &name).await?,
        false => read_word(&invocation).await,
    };
    let connected = connect(&mut invocation).await?;
    let request = AuthUserChangePasswordRequest { name, password, ..AuthUserChangePasswordRequest::default() };
    let response = connected.client.user_change_password(&Context::background(), request).await?;
    let (sentence, fields) = ("Password updated".to_owned(), Some(response.header));
    show(&invocation, connected.format, &Done { sentence, response, fields })
}
