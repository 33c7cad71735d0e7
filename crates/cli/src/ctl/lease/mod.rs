//! `etcdctl lease`: times to live that keys can be attached to.

mod grant;
mod keep_alive;
mod list;
mod revoke;
mod timetolive;

use crate::flags::CommandSpec;
use crate::go;
use crate::program::Exit;

pub static LEASE: CommandSpec = CommandSpec::group(
    "lease <subcommand>",
    "Works with leases",
    &[&grant::GRANT, &revoke::REVOKE, &timetolive::TIMETOLIVE, &list::LIST, &keep_alive::KEEP_ALIVE],
);

/// A lease's id as typed, in hexadecimal.
fn lease_id(text: &str) -> Result<i64, Exit> {
    go::parse_int(text, 16).map_err(|e| Exit::bad_args(format!("bad lease ID arg ({e}), expecting ID in Hex")))
}
