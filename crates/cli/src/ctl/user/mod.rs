//! `etcdctl user`: who may log in.

pub mod add;
pub mod delete;
pub mod get;
pub mod grant_role;
pub mod list;
pub mod passwd;
pub mod revoke_role;

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
