//! `etcdctl alarm`: what members have to complain of.

pub mod disarm;
pub mod list;

use crate::flags::CommandSpec;

pub static ALARM: CommandSpec =
    CommandSpec::group("alarm <subcommand>", "Works with alarms", &[&disarm::DISARM, &list::LIST]);
