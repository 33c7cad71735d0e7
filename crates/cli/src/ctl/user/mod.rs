//! `etcdctl user`: who may log in.

mod add;
mod delete;
mod get;
mod grant_role;
mod list;
mod passwd;
mod revoke_role;

use crate::flags::CommandSpec;

pub static USER: CommandSpec = CommandSpec::group(
    "user <subcommand>",
    "Works with users",
    &[
        &add::ADD,
        &delete::DELETE,
        &get::GET,
        &list::LIST,
        &passwd::PASSWD,
        &grant_role::GRANT_ROLE,
        &revoke_role::REVOKE_ROLE,
    ],
);
