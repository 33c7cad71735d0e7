//! `etcdctl snapshot`: backups.

pub mod restore;
pub mod save;
pub mod status;

use crate::flags::CommandSpec;

pub static SNAPSHOT: CommandSpec = CommandSpec::group(
    "snapshot <subcommand>",
    "Saves a member's data, and works with what was saved",
    &[&save::SAVE, &restore::RESTORE, &status::STATUS],
);
