//! `etcdctl member`: who belongs to the cluster.

pub mod add;
mod list;
pub mod promote;
pub mod remove;
pub mod update;

use crate::flags::CommandSpec;
use crate::go;
use crate::program::{Exit, Invocation};

pub static MEMBER: CommandSpec = CommandSpec::group(
    "member <subcommand>",
    "Works with the members of the cluster",
    &[&add::ADD, &remove::REMOVE, &update::UPDATE, &list::LIST, &promote::PROMOTE],
);

/// The only argument, a member's id in hexadecimal.
fn one_member_id(invocation: &Invocation) -> Result<u64, Exit> {
    let [id] = invocation.args() else { return Err(Exit::bad_args("member ID is not provided")) };
    go::parse_uint(id, 16).map_err(|e| Exit::bad_args(format!("bad member ID arg ({e}), expecting ID in Hex")))
}

/// The URLs of `--peer-urls`.
fn peer_urls(invocation: &Invocation) -> Result<Vec<String>, Exit> {
    match invocation.flags.text("peer-urls") {
        "" => Err(Exit::bad_args("member peer urls not provided")),
        urls => Ok(urls.split(',').map(str::to_owned).collect()),
    }
}
