//! `etcdctl user add`.

use etcd::rpc::{AuthUserAddRequest, UserAddOptions};

use crate::apart::Subcommand;
use crate::client::Context;
use crate::flags::{CommandSpec, FlagSpec, Kind};
use crate::print::Done;
use crate::program::{Exit, Invocation};

use super::super::global::{connect, show};
use crate::password::{ask_new, read_word};

pub static ADD: CommandSpec = CommandSpec::apart(
    "add <user name or user:password> [options]",
    "Adds a user",
    &[
        FlagSpec::new(
            "interactive",
            Kind::Bool,
            "true",
            "ask twice for the password; false takes a line of standard input",
        ),
        FlagSpec::text("new-user-password", "", "the password"),
        FlagSpec::switch("no-password", "a user without password, who logs in by certificate"),
    ],
    Subcommand::UserAdd,
);

pub async fn run(mut invocation: Invocation) -> Result<(), Exit> {
    let [argument] = invocation.args() else {
        return Err(Exit::bad_args("user add command requires user name as its argument"));
    };
    let no_password = invocation.flags.bool("no-password");
    let (name, password) = match (argument.split_once(':'), invocation.flags.text("new-user-password")) {
        _ if no_password => (argument.clone(), String::new()),
        (Some(("", _)), "") => return Err(Exit::bad_args("empty user name is not allowed")),
        (Some((name, password)), "") => (name.to_owned(), password.to_owned()),
        (None, "") if invocation.flags.bool("interactive") => (argument.clone(), ask_new(&invocation, argument).await?),
        (None, "") => (argument.clone(), read_word(&invocation).await),
        (_, password) => (argument.clone(), password.to_owned()),
    };
    let connected = connect(&mut invocation).await?;
    let options = Some(UserAddOptions { no_password });
    let request = AuthUserAddRequest { name: name.clone(), password, options, ..AuthUserAddRequest::default() };
    let response = connected.client.user_add(&Context::background(), request).await?;
    let (sentence, fields) = (format!("User {name} created"), Some(response.header));
    show(&invocation, connected.format, &Done { sentence, response, fields })
}
