//! `etcdctl auth`: whether one must log in.

pub mod disable;
pub mod enable;
pub mod status;

use crate::flags::CommandSpec;

pub static AUTH: CommandSpec = CommandSpec::group(
    "auth <enable or disable>",
    "Switches authentication on and off",
    &[&enable::ENABLE, &disable::DISABLE, &status::STATUS],
);
