//! `etcdctl role`: what holders of a role may do.

pub mod add;
pub mod delete;
pub mod get;
pub mod grant_permission;
pub mod list;
pub mod revoke_permission;

use etcd::Bytes;

use crate::client::{from_key, prefix_end};
use crate::flags::{CommandSpec, FlagSet};
use crate::program::Exit;

pub static ROLE: CommandSpec = CommandSpec::group(
    "role <subcommand>",
    "Works with roles",
    &[
        &add::ADD,
        &delete::DELETE,
        &get::GET,
        &list::LIST,
        &grant_permission::GRANT_PERMISSION,
        &revoke_permission::REVOKE_PERMISSION,
    ],
);

/// The range that `key [endkey]`, `--prefix` and `--from-key` describe (etcd: role_command.go, `permRange`). An empty
/// end is the key alone.
fn permission_range(flags: &FlagSet, keys: &[String]) -> Result<(Bytes, Bytes), Exit> {
    let (prefix, from) = (flags.bool("prefix"), flags.bool("from-key"));
    let exclusive = || Exit::bad_args("--from-key and --prefix flags are mutually exclusive");
    let key = keys.first().map_or("", String::as_str);
    if key.is_empty() {
        if prefix && from {
            return Err(exclusive());
        }
        let end = if prefix || from { from_key() } else { Bytes::default() };
        return Ok((from_key(), end));
    }
    let end = match (keys.get(1), prefix, from) {
        (None, true, true) => return Err(exclusive()),
        (None, true, false) => prefix_end(key.as_bytes()),
        (None, false, true) => from_key(),
        (None, false, false) => Bytes::default(),
        (Some(_), true, _) => return Err(Exit::bad_args("unexpected endkey argument with --prefix flag")),
        (Some(_), _, true) => return Err(Exit::bad_args("unexpected endkey argument with --from-key flag")),
        (Some(end), false, false) => end.as_str().into(),
    };
    Ok((key.into(), end))
}
