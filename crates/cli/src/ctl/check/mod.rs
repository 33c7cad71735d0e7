//! `etcdctl check`: how the cluster bears load.

pub mod datascale;
mod load;
pub mod perf;

use crate::flags::CommandSpec;

pub static CHECK: CommandSpec =
    CommandSpec::group("check <subcommand>", "Measures the cluster", &[&perf::PERF, &datascale::DATASCALE]);
