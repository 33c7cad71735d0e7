//! `etcdctl check`: how the cluster bears load.

mod datascale;
mod load;
mod perf;

use crate::flags::CommandSpec;

pub static CHECK: CommandSpec =
    CommandSpec::group("check <subcommand>", "Measures the cluster", &[&perf::PERF, &datascale::DATASCALE]);
